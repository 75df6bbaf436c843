"""Verifying finds every row that is not what the log says, in flat memory."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any, LiteralString
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, connection_pool
from projections import replay
from projections.base import AnyReadModel
from projections.replay import ReplayRefused, bulk
from projections.replay.bulk import FoldBulk
from projections.runner import Projector
from tests.core.notes import Note, note_rows, reader_sums, reading_lines
from tests.core.projecting import AUTHOR, asked, catch_up, note_read_by, store
from tests.core.replaying import (
    by_hand,
    counted_notes,
    folded,
    many_notes,
    silent,
    stops_after,
    verdict,
    workshop,
)
from tests.core.writing import commanding
from tests.databases import open_log
from tests.given import NOW


async def test_every_kind_of_tampering_is_found(event_log: PostgresLog, pool: Pool) -> None:
    changed, deleted = note_read_by("a"), note_read_by("b")
    await store(event_log, changed, deleted)
    model = note_rows()
    await catch_up(Projector(pool, event_log, [model]))
    assert (await verdict(pool, event_log, model)).equal
    await asked(pool, "UPDATE read.test_notes_v1 SET text = 'x' WHERE note_id = %s", changed.id)
    await asked(pool, "DELETE FROM read.test_notes_v1 WHERE note_id = %s", deleted.id)
    added = UUID(int=9)
    await asked(pool, "INSERT INTO read.test_notes_v1 VALUES (%s, 'new', '[]', NULL)", added)
    found = await verdict(pool, event_log, model)
    assert not found.equal
    assert (found.different, found.missing, found.unexpected) == (
        [changed.id],
        [deleted.id],
        [added],
    )
    assert (found.rows, found.wrong, found.position) == (2, 3, 4)


CHANGES: tuple[LiteralString, ...] = (
    "UPDATE read.test_notes_v1 SET text = ''",
    'UPDATE read.test_notes_v1 SET readers = \'["a", "a"]\'',
    "UPDATE read.test_notes_v1 SET last_read_at = NULL",
    "UPDATE read.test_notes_v1 SET last_read_at = last_read_at + interval '1 microsecond'",
    "UPDATE read.test_notes_v1 SET note_id = gen_random_uuid()",
)


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_of_any_column_is_found(
    event_log: PostgresLog, pool: Pool, change: LiteralString
) -> None:
    await store(event_log, note_read_by("a"))
    model = note_rows()
    await catch_up(Projector(pool, event_log, [model]))
    await asked(pool, change)
    assert not (await verdict(pool, event_log, model)).equal


async def test_at_most_ten_are_named_and_all_are_counted(
    event_log: PostgresLog, pool: Pool
) -> None:
    await many_notes(event_log, 25)
    lines = reading_lines()
    await catch_up(Projector(pool, event_log, [lines]))
    await asked(pool, "UPDATE read.test_readings_v1 SET by = by || '!'")
    found = await verdict(pool, event_log, lines)
    assert (found.wrong, len(found.different)) == (found.rows, 10)


async def test_what_was_skipped_is_left_out_of_the_fold(event_log: PostgresLog, pool: Pool) -> None:
    await store(event_log, note_read_by("a", "b"))
    model = note_rows()
    await asked(pool, "INSERT INTO skips VALUES ('test_notes', 1, 3, 'forged', 'op')")
    await catch_up(Projector(pool, event_log, [model]))
    assert await asked(pool, "SELECT readers FROM read.test_notes") == [(["a"],)]
    assert (await verdict(pool, event_log, model)).equal


async def test_the_serving_build_is_verified_and_an_unknown_one_refused(
    event_log: PostgresLog, pool: Pool
) -> None:
    old, new = note_rows(), counted_notes()
    await many_notes(event_log, 3)
    await catch_up(by_hand(pool, event_log, old))
    await replay.build(workshop(pool, event_log, old), old, tell=silent)
    await asked(pool, "DELETE FROM read.test_notes_v1_b2")
    assert (await verdict(pool, event_log, old)).equal
    with pytest.raises(
        ReplayRefused, match="no build of test_notes version 2; start the projector"
    ):
        await verdict(pool, event_log, new)


async def test_verifying_leaves_nothing_behind(event_log: PostgresLog, pool: Pool) -> None:
    await many_notes(event_log, 3)
    model = note_rows()
    await catch_up(Projector(pool, event_log, [model]))
    query = "SELECT relname FROM pg_class WHERE relnamespace = 'read'::regnamespace ORDER BY 1"
    before = await asked(pool, query)
    assert (await verdict(pool, event_log, model)).equal
    assert await asked(pool, query) == before


async def test_memory_is_flat_however_long_the_log_is(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "PAGE", 200)
    monkeypatch.setattr(bulk, "EVENTS", 400)
    monkeypatch.setattr(bulk, "LINES", 400)
    monkeypatch.setattr(FoldBulk, "_estimated_room", lambda _bulk: 100)
    models: list[AnyReadModel] = [note_rows(), reading_lines(), reader_sums()]

    async def peak(notes: int) -> int:
        for _ in range(0, notes, 50):
            await store(event_log, *(note_read_by(*"abc") for _ in range(50)))
        await catch_up(Projector(pool, event_log, models))
        tracemalloc.start()
        for model in models:
            assert (await verdict(pool, event_log, model)).equal
            await replay.rebuild(pool, event_log, model=model, tell=silent)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    await peak(100)
    little = await peak(100)
    assert await peak(1_400) < little * 1.5


class Happening(Struct, frozen=True):
    """Something that happens to one of a few notes; nothing does once it was removed."""

    slot: int
    what: str


happenings = st.lists(
    st.builds(Happening, st.integers(0, 4), st.sampled_from(["read", "read", "remove"])),
    max_size=40,
)


class World:
    """One database, for examples that come one after the other."""

    def __init__(self, database_url: str) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        self.pool: Pool = self.run(
            self._stack.enter_async_context(connection_pool(database_url, name="test"))
        )
        opened = open_log(self.pool, database_url)
        self.log: PostgresLog = self.run(self._stack.enter_async_context(opened))

    def run(self, work: Any) -> Any:
        return self._runner.run(work)

    def close(self) -> None:
        self.run(self._stack.aclose())
        self._runner.close()


@pytest.fixture
def world(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A database whose log grows from example to example, read in the smallest parts."""
    monkeypatch.setattr(bulk, "PAGE", 3)
    monkeypatch.setattr(bulk, "EVENTS", 5)
    monkeypatch.setattr(bulk, "EVENTS_A_ROW", 0)
    monkeypatch.setattr(FoldBulk, "_estimated_room", lambda _bulk: 4)
    made = World(database_url)
    yield made
    made.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(happened=happenings, interrupted_after=st.integers(1, 60))
def test_whatever_happened_and_whenever_it_was_interrupted_a_build_equals_its_fold(
    world: World, happened: list[Happening], interrupted_after: int
) -> None:
    world.run(_build_equals_fold(world, happened, interrupted_after))


async def _build_equals_fold(world: World, happened: list[Happening], after: int) -> None:
    notes = [Note.write(uuid4(), AUTHOR, str(slot), now=NOW) for slot in range(5)]
    events: list[Any] = []
    gone: set[int] = set()
    for each in happened:
        if each.slot in gone:
            continue
        if each.what == "remove":
            notes[each.slot].remove()
            gone.add(each.slot)
        else:
            notes[each.slot].read(each.what)
        events += notes[each.slot].collect_events()
    await world.log.append(commanding(events))
    model = note_rows()
    shop = workshop(world.pool, world.log, model)
    try:
        await replay.build(shop, model, tell=stops_after(after), anew=True)
    except asyncio.CancelledError:
        await replay.build(shop, model, tell=silent)
    await replay.switch(shop, model.name, tell=silent)
    found = await asked(world.pool, "SELECT to_jsonb(n) FROM read.test_notes AS n")
    rows = {UUID(row[0]["note_id"]): row[0] for row in found}
    expected = await folded(world.log, model)
    assert rows.keys() == expected.keys()
    for key, row in rows.items():
        assert (row["text"], row["readers"]) == (expected[key]["text"], expected[key]["readers"])
    assert (await verdict(world.pool, world.log, model)).equal
