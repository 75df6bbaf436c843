"""Switching to another build and back is one moment for readers, and refused when it can't be."""

from __future__ import annotations

import asyncio
from typing import Any, LiteralString

import pytest
from psycopg.errors import UndefinedTable

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections import replay
from projections.reads import Reads, forget_prepared
from projections.replay import ReplayRefused, switching
from tests.core.notes import NoteRow, note_rows
from tests.core.projecting import (
    asked,
    catch_up,
    note_read_by,
    poisoned_rows,
    rows,
    running,
    standings,
    store,
)
from tests.core.replaying import (
    builds,
    by_hand,
    counted_notes,
    equals_its_fold,
    many_notes,
    silent,
    workshop,
)

QUERY: LiteralString = "SELECT * FROM read.test_notes"
OLD, NEW = note_rows(), counted_notes()


@pytest.fixture
async def shop(event_log: PostgresLog, pool: Pool) -> replay.Workshop:
    """Twenty notes; version 1 serves, and version 2 waits."""
    await many_notes(event_log, 20)
    await catch_up(by_hand(pool, event_log, OLD))
    shop = workshop(pool, event_log, OLD, NEW)
    await replay.build(shop, NEW, tell=silent)
    return shop


async def test_a_switch_retires_the_build_before_and_keeps_its_table(
    shop: replay.Workshop, event_log: PostgresLog, pool: Pool
) -> None:
    await store(event_log, note_read_by("late"))
    made = await replay.switch(shop, OLD.name, tell=silent)
    head = await event_log.head()
    assert (made.version, made.state, made.position) == (2, "live", head)
    assert [row[1:5] for row in await standings(pool)] == [
        (1, 1, "retired", False),
        (2, 2, "live", True),
    ]
    assert len((await rows(pool))[0]) == len(NEW.columns)
    assert len(await rows(pool, "test_notes_v1")) == 20
    assert await equals_its_fold(pool, event_log, NEW)


async def test_going_back_brings_the_retired_build_up_to_date_first(
    shop: replay.Workshop, event_log: PostgresLog, pool: Pool
) -> None:
    await replay.switch(shop, OLD.name, tell=silent)
    await store(event_log, note_read_by("late"))
    await catch_up(by_hand(pool, event_log, OLD, NEW))
    back = await replay.switch_back(shop, OLD.name, tell=silent)
    assert (back.version, back.position) == (1, await event_log.head())
    assert len(await rows(pool)) == 21
    assert await equals_its_fold(pool, event_log, OLD)
    forth = await replay.switch_back(shop, OLD.name, tell=silent)
    assert forth.version == 2


async def test_a_rebuild_begins_anew_though_a_build_waits(
    shop: replay.Workshop, event_log: PostgresLog, pool: Pool
) -> None:
    await asked(pool, "UPDATE read.test_notes_v2_b2 SET text = 'forged'")
    await replay.rebuild(pool, event_log, model=NEW, tell=silent)
    assert await equals_its_fold(pool, event_log, NEW)


async def test_readers_see_the_one_or_the_other_at_every_moment(
    shop: replay.Workshop, event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    """Each reader's statement is prepared, and runs on while the view is another one."""
    reads = Reads(pool, database_url)
    counts: list[int] = []
    switching = True

    async def read() -> None:
        while switching:
            found = await reads.all(NoteRow, QUERY)
            counts.append(len(found))

    async def append() -> None:
        while switching:
            await store(event_log, note_read_by("x"))

    async with running(by_hand(pool, event_log, OLD, NEW)):
        tasks = [asyncio.create_task(each) for each in (read(), read(), read(), append())]
        await replay.switch(shop, OLD.name, tell=silent)
        for _ in range(6):
            await replay.switch_back(shop, OLD.name, tell=silent)
        switching = False
        await asyncio.gather(*tasks)
    assert len(counts) > 20
    assert min(counts) >= 20


async def test_whoever_waits_for_a_position_sees_it_after_the_switch(
    shop: replay.Workshop, event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    reads = Reads(pool, database_url)
    await reads.start()
    position = await store(event_log, note_read_by("late"))
    waiting = asyncio.create_task(reads.reach([OLD.name], position, timeout_seconds=10))
    await replay.switch(shop, OLD.name, tell=silent)
    assert await waiting
    await reads.stop()


async def test_a_long_query_makes_the_switch_give_up_and_changes_nothing(
    shop: replay.Workshop, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switching, "TRIES", 2)
    monkeypatch.setattr(switching, "LOCK_WAIT", "50ms")
    before = await standings(pool)
    async with pool.connection() as reader, reader.transaction():
        await reader.execute("SELECT * FROM read.test_notes")
        with pytest.raises(ReplayRefused, match="Long queries hold test_notes"):
            await replay.switch(shop, OLD.name, tell=silent)
    assert await standings(pool) == before
    assert (await replay.switch(shop, OLD.name, tell=silent)).version == 2


async def test_what_can_not_be_switched_to_is_refused_in_one_sentence(
    event_log: PostgresLog, pool: Pool
) -> None:
    await many_notes(event_log, 2)
    await catch_up(by_hand(pool, event_log, OLD))
    shop = workshop(pool, event_log, OLD, NEW)
    with pytest.raises(ReplayRefused, match="No build of test_notes waits"):
        await replay.switch(shop, "test_notes", tell=silent)
    with pytest.raises(ReplayRefused, match="no retired build of test_notes to go back to"):
        await replay.switch_back(shop, "test_notes", tell=silent)
    with pytest.raises(ReplayRefused, match="There is no read model nope; there are: test_notes"):
        await replay.switch(shop, "nope", tell=silent)


async def test_a_release_does_not_switch_to_what_it_can_not_fold(
    shop: replay.Workshop, event_log: PostgresLog, pool: Pool
) -> None:
    older, newer = workshop(pool, event_log, OLD), workshop(pool, event_log, NEW)
    with pytest.raises(ReplayRefused, match="does not know how version 2 of test_notes is folded"):
        await replay.switch(older, OLD.name, tell=silent)
    await replay.switch(newer, OLD.name, tell=silent)
    with pytest.raises(ReplayRefused, match="does not know how version 1 of test_notes is folded"):
        await replay.switch_back(newer, OLD.name, tell=silent)
    assert await builds(pool, "live") == [2]


async def test_a_paused_build_is_not_switched_to(event_log: PostgresLog, pool: Pool) -> None:
    model = poisoned_rows()
    await store(event_log, note_read_by("poison"))
    shop = workshop(pool, event_log, model)
    with pytest.raises(ReplayRefused, match="can't be folded"):
        await replay.build(shop, model, tell=silent)
    with pytest.raises(ReplayRefused, match="is paused: the event at 2"):
        await replay.switch(shop, model.name, tell=silent)
    assert await builds(pool, "paused") == [1]


async def test_a_build_without_its_table_is_not_switched_to(
    shop: replay.Workshop, pool: Pool
) -> None:
    await asked(pool, "DROP TABLE read.test_notes_v2_b2")
    with pytest.raises(ReplayRefused, match="is gone; drop this build"):
        await replay.switch(shop, OLD.name, tell=silent)
    await replay.drop(shop, OLD.name, number=2)
    assert await builds(pool, "building") == []


async def test_only_what_does_not_serve_can_be_dropped(shop: replay.Workshop, pool: Pool) -> None:
    with pytest.raises(ReplayRefused, match="no such build of test_notes; there are: build 1 of"):
        await replay.drop(shop, OLD.name, number=7)
    with pytest.raises(ReplayRefused, match="serves, or is gone"):
        await replay.drop(shop, OLD.name, number=1)
    with pytest.raises(ReplayRefused, match="no such build"):
        await replay.drop(shop, OLD.name, number=2, version=1)
    gone = await replay.drop(shop, OLD.name, number=2, version=2)
    assert gone.table == "test_notes_v2_b2"
    with pytest.raises(UndefinedTable):
        await rows(pool, gone.table)
    assert len(await rows(pool)) == 20


async def test_two_versions_with_one_build_number_are_told_apart(
    shop: replay.Workshop, event_log: PostgresLog, pool: Pool
) -> None:
    await asked(pool, "UPDATE projections SET build = 1")
    with pytest.raises(ReplayRefused, match="Several versions have a build 1"):
        await replay.drop(shop, OLD.name, number=1)
    await replay.drop(shop, OLD.name, number=1, version=2)
    assert [row[1:4] for row in await standings(pool)] == [(1, 1, "live")]


async def test_what_is_being_read_is_dropped_later(
    shop: replay.Workshop, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay.builds, "LOCK_WAIT", "50ms")
    before: Any = await standings(pool)
    async with pool.connection() as reader, reader.transaction():
        await reader.execute("SELECT * FROM read.test_notes_v2_b2")
        with pytest.raises(ReplayRefused, match="Somebody reads build 2"):
            await replay.drop(shop, OLD.name, number=2)
    assert await standings(pool) == before


async def test_a_connection_can_forget_what_it_prepared_again_and_again(pool: Pool) -> None:
    """Also when nothing was prepared the first time."""
    async with pool.connection() as connection:
        for _ in range(3):
            await forget_prepared(connection)
            cursor = await connection.execute("SELECT 7", prepare=True)
            assert await cursor.fetchone() == (7,)
