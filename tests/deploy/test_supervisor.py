"""The supervisor starts parts in order, says what went wrong, and leaves nothing running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from deploy.faults import SetupFault
from deploy.local.folders import FolderLock
from deploy.local.ports import free_port, healthy, listening, must_be_free
from deploy.local.programs import Child
from deploy.local.redis import EmbeddedRedis
from deploy.local.supervisor import Supervisor, supervise
from tests.deploy.waiting import eventually

STAYS = """
import pathlib, signal, sys
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def stop(number, frame):
    with (folder / "stopped").open("a") as file:
        file.write(name + " ")
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
(folder / name).touch()
while True:
    signal.pause()
"""
STUBBORN = """
import pathlib, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(sys.argv[2], sys.argv[1]).touch()
while True:
    signal.pause()
"""
RUN = """
import sys
from pathlib import Path
from deploy.local.programs import Child
from deploy.local.redis import EmbeddedRedis
from deploy.local.supervisor import supervise
def setup(supervisor):
    supervisor.serve(EmbeddedRedis(Path(sys.argv[1])))
    supervisor.start(Child(name="a", argv=(sys.executable, "-c", sys.argv[2], "a", sys.argv[1]),
                           ready=Path(sys.argv[1], "a").exists))
    print("up", flush=True)
sys.exit(supervise(Path(sys.argv[1]), setup))
"""


def child(name: str, folder: Path, *, code: str = STAYS) -> Child:
    return Child(
        name=name,
        argv=(sys.executable, "-c", code, name, str(folder)),
        ready=(folder / name).exists,
        grace_seconds=0.2 if code == STUBBORN else 20,
    )


def running(folder: Path) -> list[psutil.Process]:
    """Every process that has the folder's path among its arguments, but not ourselves."""
    found = psutil.process_iter(["cmdline"])
    return [
        p
        for p in found
        if str(folder) in " ".join(p.info["cmdline"] or []) and p.pid != os.getpid()
    ]


def supervised(folder: Path, setup: Callable[[Supervisor], None]) -> tuple[int, str]:
    said: list[str] = []
    status = supervise(folder, setup, say=said.append)
    assert running(folder) == []
    return status, "\n".join(said)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_everything_in_reverse_order_and_is_no_failure(
    data_dir: Path, number: signal.Signals
) -> None:
    def setup(supervisor: Supervisor) -> None:
        supervisor.serve(EmbeddedRedis(data_dir))
        for name in ("first", "second", "third"):
            supervisor.start(child(name, data_dir))
        os.kill(os.getpid(), number)

    assert supervised(data_dir, setup) == (0, "Stopping ...")
    assert (data_dir / "stopped").read_text() == "third second first "


def test_a_child_that_dies_ends_the_run_with_one_clear_sentence(data_dir: Path) -> None:
    dies = "import sys; print('ready to go'); print('no such table: orders'); sys.exit(3)"

    def setup(supervisor: Supervisor) -> None:
        supervisor.start(child("stays", data_dir))
        supervisor.start(Child(name="api", argv=(sys.executable, "-c", dies)))

    status, said = supervised(data_dir, setup)
    assert status == 1
    assert "api ended by itself (exit code 3)" in said
    assert f"its whole log is {data_dir}/logs/api.log" in said
    assert said.endswith("    ready to go\n    no such table: orders")
    assert (data_dir / "stopped").read_text() == "stays "


def test_a_child_that_dies_before_it_is_ready_is_told_at_once(data_dir: Path) -> None:
    def setup(supervisor: Supervisor) -> None:
        supervisor.start(child("api", data_dir, code="raise SystemExit('bad settings')"))

    status, said = supervised(data_dir, setup)
    assert status == 1
    assert "api ended by itself (exit code 1)" in said
    assert "bad settings" in said


def test_a_child_that_is_never_ready_is_given_up(data_dir: Path) -> None:
    idle = Child(
        name="api",
        argv=(sys.executable, "-c", STAYS, "api", str(data_dir)),
        ready=lambda: False,
        ready_within_seconds=0.3,
    )
    status, said = supervised(data_dir, lambda supervisor: supervisor.start(idle))
    assert status == 1
    assert "api was not ready within 0.3 s" in said


def test_a_server_that_dies_is_told_like_any_child(data_dir: Path) -> None:
    server = EmbeddedRedis(data_dir)

    def setup(supervisor: Supervisor) -> None:
        supervisor.serve(server)
        assert server.process is not None
        server.process.kill()

    status, said = supervised(data_dir, setup)
    assert status == 1
    assert "redis ended by itself (signal SIGKILL)" in said


def test_a_program_that_can_not_be_started_is_named(data_dir: Path) -> None:
    absent = Child(name="api", argv=("/nowhere/polikrami",))
    status, said = supervised(data_dir, lambda supervisor: supervisor.start(absent))
    assert status == 1
    assert "/nowhere/polikrami can't be started: No such file or directory" in said


def test_a_child_that_ignores_sigterm_is_killed(data_dir: Path) -> None:
    def setup(supervisor: Supervisor) -> None:
        supervisor.start(child("stubborn", data_dir, code=STUBBORN))
        raise KeyboardInterrupt

    assert supervised(data_dir, setup)[0] == 0


def test_what_a_child_started_goes_with_it(data_dir: Path) -> None:
    begets = "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c'"
    family = f"{begets}, {STUBBORN!r}, 'grandchild', {str(data_dir)!r}])\n{STAYS}"

    def setup(supervisor: Supervisor) -> None:
        supervisor.start(child("parent", data_dir, code=family))
        eventually((data_dir / "grandchild").exists)
        raise KeyboardInterrupt

    assert supervised(data_dir, setup)[0] == 0


def test_only_warnings_reach_the_console_and_everything_reaches_the_log(data_dir: Path) -> None:
    lines = [
        '{"level": "info", "event": "error budget fine"}',
        '{"level": "warning", "event": "slow"}',
        "\x1b[2m10:00\x1b[0m [\x1b[31merror    \x1b[0m] broken",
        "Traceback (most recent call last):",
    ]
    talks = Child(name="talks", argv=(sys.executable, "-c", f"print(*{lines!r}, sep='\\n')"))

    def setup(supervisor: Supervisor) -> None:
        supervisor.finish(talks)
        raise KeyboardInterrupt

    _, said = supervised(data_dir, setup)
    assert said.splitlines() == [
        'talks: {"level": "warning", "event": "slow"}',
        "talks: 10:00 [error    ] broken",
        "talks: Traceback (most recent call last):",
        "Stopping ...",
    ]
    assert (data_dir / "logs" / "talks.log").read_text().splitlines() == lines


def test_a_step_that_fails_ends_the_run(data_dir: Path) -> None:
    step = Child(name="migrate", argv=(sys.executable, "-c", "raise SystemExit('no database')"))
    status, said = supervised(data_dir, lambda supervisor: supervisor.finish(step))
    assert status == 1
    assert "migrate failed (exit code 1)" in said
    assert "no database" in said


def test_a_second_run_on_the_same_folder_is_told_of_the_first(data_dir: Path) -> None:
    lock = FolderLock(data_dir / "run.lock")
    lock.hold()
    status, said = supervised(data_dir, lambda _: None)
    lock.release()
    assert status == 1
    assert f"{data_dir} is in use by the process with PID {os.getpid()}; stop that one" in said


def test_a_folder_that_can_not_be_written_is_told(data_dir: Path) -> None:
    (data_dir / "file").touch()
    status, said = supervised(data_dir / "file" / "data", lambda _: None)
    assert status == 1
    assert "can't be written (Not a directory); give it to this user or set DATA_DIR" in said


def test_a_taken_port_is_told_with_its_holder_and_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SetupFault) as told:
            must_be_free("PORT", host="127.0.0.1", port=port)
        assert listening("127.0.0.1", port)
    assert f"Port {port} is taken" in str(told.value)
    assert "stop it or set PORT to another port" in str(told.value)
    if sys.platform == "linux":
        assert f"(PID {os.getpid()})" in str(told.value)
    must_be_free("PORT", host="127.0.0.1", port=port)
    assert not listening("127.0.0.1", port)


def test_health_is_a_good_answer_and_not_only_an_open_port(data_dir: Path) -> None:
    port = free_port()
    serve = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    server = Child(
        name="web",
        argv=(*serve, "--directory", str(data_dir)),
        ready=lambda: healthy("127.0.0.1", port, path="/"),
    )

    def setup(supervisor: Supervisor) -> None:
        supervisor.start(server)
        assert not healthy("127.0.0.1", port, path="/absent")
        raise KeyboardInterrupt

    assert supervised(data_dir, setup)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_of_its_own_leaves_nothing_behind(data_dir: Path, number: signal.Signals) -> None:
    run = subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-c", RUN, data_dir, STAYS], stdout=subprocess.PIPE
    )
    assert run.stdout is not None
    with run, run.stdout:
        assert run.stdout.readline() == b"up\n"
        run.send_signal(number)
        assert run.wait(20) == (0 if number == signal.SIGINT else -number)
    if number == signal.SIGINT or sys.platform == "linux":
        eventually(lambda: running(data_dir) == [])
    assert supervised(data_dir, _interrupted_at_once)[0] == 0


def _interrupted_at_once(_supervisor: Supervisor) -> None:
    raise KeyboardInterrupt
