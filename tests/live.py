"""The whole system as real processes, for journeys and fault tests."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg

from deploy.local.folders import temporary_data_folder
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.programs import Child, Program
from deploy.local.redis import EmbeddedRedis
from deploy.parts import migration, serving
from deploy.settings import Settings, load_settings
from tests.waiting import eventually

READY_SECONDS = 60


class LiveSystem:
    """Embedded servers and every process, on free ports, in a folder of its own."""

    def __init__(self, folder: Path, env: Mapping[str, str]) -> None:
        self.folder = folder
        self.postgres = EmbeddedPostgres(folder)
        self.redis = EmbeddedRedis(folder)
        port = _free_ports(12)
        self.env: dict[str, str] = {
            "DATA_DIR": str(folder),
            "PORT": str(port),
            "EMULATORS_PORT": str(port + 1),
            "METRICS_PORT": str(port + 6),
            "LOG_FORMAT": "json",
            **env,
        }
        self.programs: dict[str, Program] = {}
        self.warnings: list[str] = []

    @property
    def settings(self) -> Settings:
        return load_settings(self.env)

    @property
    def url(self) -> str:
        return self.settings.web.public_url

    @property
    def database_url(self) -> str:
        return self.env["DATABASE_URL"]

    def start(self) -> None:
        """Start the servers, migrate, and start every process."""
        self.env["DATABASE_URL"] = self.postgres.start()
        self.env["REDIS_URL"] = self.redis.start()
        self._finish(migration(self.env))
        for child in serving(self.settings, self.env):
            self.programs[child.name] = self._program(child)
            self.programs[child.name].start()
        for child in serving(self.settings, self.env):
            self.await_ready(child.name)

    def restart(self, name: str) -> None:
        """Start a process that was killed or stopped."""
        self.programs[name].start()

    def kill(self, name: str) -> None:
        """SIGKILL a process."""
        self.programs[name].kill()

    def await_ready(self, name: str) -> None:
        """Wait until the process says that it is ready."""
        ready = self.programs[name].child.ready
        if ready is not None:
            eventually(ready, seconds=READY_SECONDS, what=f"{name} to be ready")

    def stop(self) -> None:
        """Stop everything, the last started first."""
        for program in reversed(self.programs.values()):
            program.stop()
        self.redis.stop()
        self.postgres.stop()

    def query(self, statement: str, *parameters: object) -> list[tuple[object, ...]]:
        """Rows from the database, as its owner sees them."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def _finish(self, child: Child) -> None:
        program = self._program(child)
        program.start()
        assert program.process is not None
        assert program.process.wait(READY_SECONDS) == 0, program.log.read_text()

    def _program(self, child: Child) -> Program:
        return Program(child, logs=self.folder / "logs", warn=self.warnings.append)


@contextlib.contextmanager
def live_system(**env: str) -> Iterator[LiveSystem]:
    """A running system; it is stopped and its folder removed at the end."""
    with temporary_data_folder() as folder:
        (folder / "logs").mkdir()
        system = LiveSystem(folder, env)
        try:
            system.start()
            yield system
        finally:
            system.stop()


def _free_ports(count: int) -> int:
    """The first of so many neighbouring ports that nobody listens on."""
    first = 20_000 + os.getpid() % 300 * 40
    while True:
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    probe = stack.enter_context(socket.socket())
                    probe.bind(("127.0.0.1", port))
            except OSError:
                first += count
                continue
            return first
