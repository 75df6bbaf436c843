"""Writers and PostgreSQL are killed at work: what was acknowledged stands once, as told."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from uuid import uuid4

import psutil
import pytest

from adapters.postgres import writer
from adapters.postgres.migrations import migrate
from application.store import KeyTaken, LogUnavailable
from deploy.local.folders import temporary_data_folder
from deploy.local.postgres import EmbeddedPostgres
from tests.core.ledger import Plan, judge, start
from tests.core.test_batches import adding, stored, together
from tests.core.test_lost_answers import until_done
from tests.core.writing import log_of
from tests.waiting import eventually

pytestmark = pytest.mark.fault

PROCESSES = 2
KILLS = 6
CRASHES = 3


@pytest.fixture
def chance() -> Random:
    """What decides on the moments; `FAULT_SEED` repeats a run."""
    seed = os.environ.get("FAULT_SEED") or str(int.from_bytes(os.urandom(4)))
    print(f"FAULT_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    return Random(seed)  # noqa: S311 - repeatable


class Staff:
    """Writer processes, each with a ledger of its own."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.plans = [
            Plan(database_url=database_url, file=str(folder / f"{number}.jsonl"), owner=uuid4())
            for number in range(PROCESSES)
        ]
        self._running = [start(plan) for plan in self.plans]

    def kill(self, number: int) -> None:
        """SIGKILL one, and start it again."""
        self._running[number].kill()
        self._running[number].wait()
        self._running[number] = start(self.plans[number])

    def go_on(self, number: int, lines: int) -> None:
        """Wait until one has written down so much more."""
        path = Path(self.plans[number].file)
        before = path.stat().st_size if path.exists() else 0
        eventually(
            lambda: path.exists() and path.stat().st_size > before + lines * 40,
            what=f"writer {number} to go on",
        )

    def end(self) -> None:
        """Let each finish what it asked."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            assert process.wait(20) == 0

    def end_at_once(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()


@contextmanager
def staff_on(database_url: str, folder: Path) -> Iterator[Staff]:
    with ExitStack() as stack:
        staff = Staff(database_url, folder)
        stack.callback(staff.end_at_once)
        yield staff


def test_writers_killed_at_random_moments_lose_and_double_nothing(
    database_url: str, tmp_path: Path, chance: Random
) -> None:
    with staff_on(database_url, tmp_path) as staff:
        for _ in range(KILLS):
            number = chance.randrange(PROCESSES)
            staff.go_on(number, chance.randrange(1, 150))
            staff.kill(number)
        for number in range(PROCESSES):
            staff.go_on(number, 20)
        staff.end()
        outcomes = judge(staff.plans)
    assert outcomes["done"] > 50
    assert outcomes["refused"] > 5
    assert outcomes["asked"] == 0


def test_killed_writers_that_never_come_back_leave_whole_commands(
    database_url: str, tmp_path: Path, chance: Random
) -> None:
    with staff_on(database_url, tmp_path) as staff:
        for number in range(PROCESSES):
            staff.go_on(number, chance.randrange(1, 150))
        staff.end_at_once()
        assert judge(staff.plans)["asked"] <= PROCESSES * 6


@contextmanager
def frozen(server: EmbeddedPostgres) -> Iterator[None]:
    """Every process of the server is stopped, as on a machine that hangs."""
    assert server.process is not None
    parent = psutil.Process(server.process.pid)
    processes = [parent, *parent.children(recursive=True)]
    for process in processes:
        process.suspend()
    yield
    for process in processes:
        process.resume()


async def test_a_frozen_database_is_given_up_in_time_and_nothing_is_done_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writer, "PATIENCE_SECONDS", 0.4)
    with temporary_data_folder() as folder, ExitStack() as stack:
        server = EmbeddedPostgres(folder)
        database_url = await asyncio.to_thread(server.start)
        stack.callback(server.stop)
        migrate(database_url)
        async with log_of(database_url, name="frozen") as log:
            await together(log, *(adding(uuid4()) for _ in range(20)))
            commands = [adding(uuid4(), 1, 2, key=str(number)) for number in range(50)]
            with frozen(server):
                began = time.monotonic()
                outcomes = await together(log, *commands)
                assert time.monotonic() - began < 4
            assert {type(each) for each in outcomes} == {LogUnavailable}
            for number, command in enumerate(commands):
                with contextlib.suppress(KeyTaken):
                    await until_done(log, command)
                assert await log.answer("test", str(number))
            assert [position for position, _, _ in await stored(log)] == list(range(1, 121))


def test_a_database_that_crashes_under_load_keeps_what_it_acknowledged(
    tmp_path: Path, chance: Random
) -> None:
    with temporary_data_folder() as folder, ExitStack() as stack:
        server = EmbeddedPostgres(folder)
        database_url = server.start()
        stack.callback(server.stop)
        migrate(database_url)
        staff = stack.enter_context(staff_on(database_url, tmp_path))
        for _ in range(CRASHES):
            number = chance.randrange(PROCESSES)
            staff.go_on(number, chance.randrange(20, 300))
            if chance.random() < 0.5:
                staff.kill(number)
            server.kill()
            server.start()
        for number in range(PROCESSES):
            staff.go_on(number, 20)
        staff.end()
        outcomes = judge(staff.plans)
    assert outcomes["done"] > 50
    assert outcomes["asked"] == 0
