"""The real processes behind the HTTP figures, each on the core it is given."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import msgspec
import psutil
from msgspec import Struct

from adapters.postgres.migrations import migrate
from deploy.local.folders import temporary_data_folder
from deploy.local.ports import free_port, healthy, listening
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.redis import EmbeddedRedis
from deploy.settings import Settings, load_settings
from tests.benchmarks.http_client import Line, Load, Told
from tests.waiting import eventually

READY_SECONDS = 60
LOOPBACK = "127.0.0.1"


class Cores(Struct, frozen=True):
    """Which cores the server has, and which all others have; the same ones where there is one."""

    server: set[int]
    others: set[int]


def cores() -> Cores | None:
    """A core for the server and the rest for others; None where processes can't be bound."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    all_of_them = os.sched_getaffinity(0)
    server = {min(all_of_them)}
    return Cores(server, all_of_them - server or server)


class Used(Struct, frozen=True):
    """What a server spent on a load: seconds of processor, and its memory afterwards."""

    seconds: float
    memory_mb: float


class Server:
    """A server under load: one process and its children."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def load(self, lines: Sequence[Line]) -> tuple[Told, Used]:
        """Put a load on it, by a client in another process."""
        before = self._seconds()
        load = msgspec.msgpack.encode(Load(LOOPBACK, self.port, list(lines)))
        told = subprocess.run(  # our own module
            [sys.executable, "-m", "tests.benchmarks.http_client"],
            input=load,
            capture_output=True,
            check=True,
        ).stdout
        used = Used(self._seconds() - before, self.memory_mb())
        return msgspec.msgpack.decode(told, type=Told), used

    def _seconds(self) -> float:
        return float(sum(sum(each.cpu_times()[:2]) for each in self._family()))

    def memory_mb(self) -> float:
        """The memory of the largest of its processes."""
        return float(max(each.memory_info().rss for each in self._family()) / 1024**2)

    def _family(self) -> list[psutil.Process]:
        head = psutil.Process(self.process.pid)
        return [head, *head.children(recursive=True)]


class Served:
    """Servers and a projector in a folder of their own; an API at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._postgres = EmbeddedPostgres(folder)
        self._redis = EmbeddedRedis(folder)
        self._cores = cores()
        self._projector: subprocess.Popen[bytes] | None = None
        self.env: dict[str, str] = {"DATA_DIR": str(folder), "LOG_FORMAT": "json"}

    @property
    def settings(self) -> Settings:
        return load_settings(self.env)

    @property
    def on_own_core(self) -> bool:
        """Whether the server has a core that nothing else of the benchmark uses."""
        return self._cores is not None and self._cores.server != self._cores.others

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """PostgreSQL, Redis, and a projector that gives way to everybody else."""
        if self._cores:
            os.sched_setaffinity(0, self._cores.others)
        for name in ("PORT", "EMULATORS_PORT", "METRICS_PORT"):
            self.env[name] = str(free_port())
        self.env["DATABASE_URL"] = self._postgres.start()
        self.env["REDIS_URL"] = self._redis.start()
        migrate(self.env["DATABASE_URL"])
        try:
            with self._process("deploy.cli", "serve", "projector", gives_way=True) as process:
                self._projector = process
                yield
        finally:
            self._redis.stop()
            self._postgres.stop()
            if self._cores:
                os.sched_setaffinity(0, self._cores.server | self._cores.others)

    @contextlib.contextmanager
    def without_projector(self) -> Iterator[None]:
        """It stands still, because it would take the core of the database from the commands."""
        assert self._projector is not None
        self._projector.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._projector.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def api(self, processes: int = 1) -> Iterator[Server]:
        """`polikrami serve api`; one process on its own core, several on all of them."""
        self.env["WEB_CONCURRENCY"] = str(processes)
        port = self.settings.web.port
        ready = partial(healthy, LOOPBACK, port, path="/health/ready")
        with self._process("deploy.cli", "serve", "api", alone=processes == 1) as process:
            eventually(ready, seconds=READY_SECONDS, what="the API to be ready")
            yield Server(process, port)

    @contextlib.contextmanager
    def bare(self) -> Iterator[Server]:
        """The peer, on the same core."""
        port = free_port()
        with self._process("tests.benchmarks.http_bare", str(port), alone=True) as process:
            eventually(partial(listening, LOOPBACK, port), seconds=READY_SECONDS, what="the peer")
            yield Server(process, port)

    @contextlib.contextmanager
    def _process(
        self, module: str, *arguments: str, alone: bool = False, gives_way: bool = False
    ) -> Iterator[subprocess.Popen[bytes]]:
        argv = [*(("nice",) if gives_way else ()), sys.executable, "-m", module, *arguments]
        with (self._folder / f"{arguments[-1]}.log").open("ab") as log:
            env = os.environ | self.env
            if self._cores:
                # Children are born with the affinity of their parent, threads and all.
                both = self._cores.server | self._cores.others
                os.sched_setaffinity(0, self._cores.server if alone else both)
            process = subprocess.Popen(argv, env=env, stdout=log, stderr=log)  # noqa: S603  # ours
            if self._cores:
                os.sched_setaffinity(0, self._cores.others)
            try:
                yield process
            finally:
                process.terminate()
                process.wait(READY_SECONDS)


@contextlib.contextmanager
def served() -> Iterator[Served]:
    """Everything but the API is running; its folder is removed at the end."""
    with temporary_data_folder() as folder:
        town = Served(folder)
        with town.running():
            yield town
