"""When the connection dies or goes silent, nothing is done twice, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres import writer as writing
from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.postgres.writer import Writer
from application.store import Append, ConcurrentChange, KeyTaken, LogUnavailable
from tests.core.test_batches import adding, keyed, stored, together
from tests.core.wire import Wire, wire_to
from tests.core.writing import commanding
from tests.databases import MASTER

PATIENCE_SECONDS = 0.4
CUT_WRITERS = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE application_name = 'polikrami writer' AND datname = current_database()"
)


@asynccontextmanager
async def wired_log(pool: Pool, database_url: str) -> AsyncIterator[tuple[PostgresLog, Wire]]:
    """A log that appends by way of a wire, and reads without."""
    async with wire_to(database_url) as (wire, url):
        writer = Writer(app_url(url))
        await writer.start()
        keys = PersonKeys(pool, MASTER)
        try:
            yield PostgresLog(pool, writer, keys), wire
        finally:
            wire.speak()
            await writer.stop()


@contextmanager
def nobody_appends(database_url: str) -> Iterator[None]:
    """Somebody holds the table, so that every append waits."""
    with psycopg.connect(database_url) as owner:
        owner.execute("LOCK TABLE events IN EXCLUSIVE MODE")
        yield


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PATIENCE_SECONDS", PATIENCE_SECONDS)


async def until_done(log: PostgresLog, command: Append) -> int:
    """Ask until the log can be reached; what happened already counts as this command's own."""
    while True:
        try:
            return await log.append(command)
        except LogUnavailable:
            await asyncio.sleep(0)


async def test_commands_recognise_their_events_when_the_answer_was_lost(
    pool: Pool, database_url: str
) -> None:
    async with wired_log(pool, database_url) as (log, wire):
        assert await log.append(adding(uuid4())) == 1
        batch = [adding(uuid4(), 1, 2, key=str(number)) for number in range(10)]
        wire.lose_answers()
        assert await together(log, *batch) == list(range(3, 22, 2))
        assert wire.lost == 1
        assert len(await stored(log)) == 21


async def test_commands_recognise_their_events_when_the_answer_does_not_come(
    pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has committed and waits for more, but this end hears nothing any more."""
    impatient(monkeypatch)
    async with wired_log(pool, database_url) as (log, wire):
        first, second = [[adding(uuid4()) for _ in range(40)] for _ in range(2)]
        await together(log, *first)
        wire.keep_answers()
        outcomes = await together(log, *second)
        assert sorted(each for each in outcomes if isinstance(each, int)) == list(range(41, 81))
        assert len(await stored(log)) == 80


async def test_a_refusal_whose_answer_was_lost_is_not_taken_for_success(
    pool: Pool, database_url: str
) -> None:
    async with wired_log(pool, database_url) as (log, wire):
        taken = adding(uuid4(), key="k")
        await log.append(taken)
        for late in (adding(taken.events[0].originator_id), adding(uuid4(), key="k")):
            wire.lose_answers()
            with pytest.raises((ConcurrentChange, KeyTaken, LogUnavailable)):
                await log.append(late)
        assert len(await stored(log)) == 1


async def test_an_answer_without_events_is_stored_at_most_once_when_it_was_lost(
    pool: Pool, database_url: str
) -> None:
    async with wired_log(pool, database_url) as (log, wire):
        await log.append(adding(uuid4()))
        nothing = keyed(commanding([]), "nothing")
        wire.lose_answers()
        try:
            assert await log.append(nothing) == 1
        except LogUnavailable:
            with pytest.raises(KeyTaken):
                await log.append(nothing)
        assert await log.answer("test", "nothing")


async def test_a_writer_that_is_cut_off_again_and_again_does_each_command_once(
    pool: Pool, database_url: str
) -> None:
    async with wired_log(pool, database_url) as (log, wire):
        positions: list[int] = []

        async def client(number: int) -> None:
            for turn in range(20):
                positions.append(await until_done(log, adding(uuid4(), key=f"{number}/{turn}")))
                if turn % 4 == number:
                    wire.lose_answers()

        await asyncio.gather(*(client(number) for number in range(6)))
        assert wire.lost >= 10
        assert sorted(positions) == list(range(1, 121))
        assert len(await stored(log)) == 120


async def test_killed_sessions_lose_and_double_nothing(
    event_log: PostgresLog, database_url: str
) -> None:
    """The server ends the writer's sessions in a tight loop while many clients append."""
    told: dict[UUID, int] = {}
    writing_goes_on = True

    async def client() -> None:
        for _ in range(40):
            command = adding(uuid4())
            try:
                told[command.metadata.command_id] = await event_log.append(command)
            except LogUnavailable:
                continue

    async def cut() -> int:
        times = 0
        async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as owner:
            while writing_goes_on:
                cursor = await owner.execute(CUT_WRITERS)
                times += ((await cursor.fetchone()) or (0,))[0]
        return times

    cutting = asyncio.create_task(cut())
    await asyncio.gather(*(client() for _ in range(16)))
    writing_goes_on = False
    assert await cutting > 5
    page = await event_log.page(0, 10_000)
    assert [each.position for each in page] == list(range(1, len(page) + 1))
    by_command = {each.metadata.command_id: each.position for each in page}
    assert len(by_command) == len(page), "a command was done twice"
    assert told.items() <= by_command.items()


async def test_a_silent_server_is_given_up_in_time_and_asked_again_when_it_speaks(
    pool: Pool, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    async with wired_log(pool, database_url) as (log, wire):
        await log.append(adding(uuid4()))
        wire.fall_silent()
        began = time.monotonic()
        batch = [adding(uuid4(), key=str(number)) for number in range(100)]
        outcomes = await together(log, *batch)
        assert time.monotonic() - began < PATIENCE_SECONDS * 5
        assert {type(each) for each in outcomes} == {LogUnavailable}
        wire.speak()
        for command in batch:
            try:
                await until_done(log, command)
            except (KeyTaken, ConcurrentChange):
                assert await log.answer("test", command.key.key if command.key else "")
        assert len(await stored(log)) == 101


async def test_appends_that_wait_for_a_lock_are_given_up_in_time_and_never_done_later(
    event_log: PostgresLog, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    with nobody_appends(database_url):
        began = time.monotonic()
        outcomes = await together(event_log, *(adding(uuid4()) for _ in range(40)))
        assert time.monotonic() - began < PATIENCE_SECONDS * 8
        assert {type(each) for each in outcomes} == {LogUnavailable}
    assert await until_done(event_log, adding(uuid4())) == 1
    assert len(await stored(event_log)) == 1


async def test_a_full_queue_refuses_at_once_and_drains(
    event_log: PostgresLog, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "WAITING", 10)
    await event_log.append(adding(uuid4()))
    with nobody_appends(database_url):
        waiting = [asyncio.create_task(event_log.append(adding(uuid4()))) for _ in range(2)]
        await asyncio.sleep(0)
        more = [asyncio.create_task(event_log.append(adding(uuid4()))) for _ in range(200)]
        done, _ = await asyncio.wait(more, return_when=asyncio.FIRST_COMPLETED, timeout=1)
        refused = [type(each.exception()) for each in done]
        assert set(refused) == {LogUnavailable}
        assert len(refused) >= 200 - 10 - 2 * writing.GROUP
    accepted = [
        each
        for each in await asyncio.gather(*waiting, *more, return_exceptions=True)
        if isinstance(each, int)
    ]
    assert len(accepted) >= 10
    assert await event_log.append(adding(uuid4())) == len(accepted) + 2


async def test_a_cancelled_caller_cancels_no_append_at_any_moment(event_log: PostgresLog) -> None:
    await event_log.append(adding(uuid4()))
    commands = [adding(uuid4(), 1, 2) for _ in range(60)]
    for turns, command in enumerate(commands):
        waiting = asyncio.create_task(event_log.append(command))
        for _ in range(1 + turns % 12):
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    async with asyncio.timeout(10):
        while await event_log.head() < 1 + 2 * len(commands):
            pass
    assert len(await stored(event_log)) == 1 + 2 * len(commands)
