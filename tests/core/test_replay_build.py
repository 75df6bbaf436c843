"""A read model is built beside the one that serves, whatever interrupts it, and equals its fold."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import LiteralString

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections import replay
from projections.base import AnyReadModel
from projections.replay import Progress, ReplayRefused, bulk
from projections.replay.bulk import Filter, FoldBulk
from projections.runner import Projector
from tests.core.notes import note_rows, reader_sums, reading_lines
from tests.core.projecting import (
    asked,
    catch_up,
    note_read_by,
    poisoned_rows,
    rows,
    running,
    standings,
    store,
    until,
)
from tests.core.replaying import (
    builds,
    by_hand,
    counted_notes,
    equals_its_fold,
    many_notes,
    silent,
    stops_after,
    workshop,
)
from tests.sources import ROOT

EFFECTS: LiteralString = (
    "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM jobs),"
    " (SELECT count(*) FROM answers), ARRAY(SELECT position FROM reactors)"
)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts so small that a short log has many."""
    monkeypatch.setattr(bulk, "PAGE", 20)
    monkeypatch.setattr(bulk, "EVENTS", 40)
    monkeypatch.setattr(bulk, "EVENTS_A_ROW", 0)
    monkeypatch.setattr(bulk, "LINES", 30)


async def test_rebuilding_gives_the_same_table(event_log: PostgresLog, pool: Pool) -> None:
    await many_notes(event_log, 30)
    model, lines, sums = note_rows(), reading_lines(), reader_sums()
    await catch_up(Projector(pool, event_log, [model, lines, sums]))
    before = [await rows(pool, each) for each in ("test_notes", "test_readings", "test_readers")]
    told: list[Progress] = []
    await replay.rebuild(pool, event_log, model=model, tell=told.append)
    await replay.rebuild(pool, event_log, model=lines, tell=silent)
    await replay.rebuild(pool, event_log, model=sums, tell=silent)
    after = [await rows(pool, each) for each in ("test_notes", "test_readings", "test_readers")]
    assert after == before
    assert all(after)
    assert told[-1].done == told[-1].total > 0
    assert told[-1].per_second > 0
    assert told[-1].seconds_left == 0


async def test_a_rebuild_can_be_repeated_and_followed_by_more_events(
    event_log: PostgresLog, pool: Pool
) -> None:
    note = note_read_by("a")
    await store(event_log, note)
    model = note_rows()
    projector = Projector(pool, event_log, [model])
    await catch_up(projector)
    for reader in ("b", "c"):
        await replay.rebuild(pool, event_log, model=model, tell=silent)
        note.read(reader)
        await store(event_log, note)
        await catch_up(projector)
    assert (await rows(pool))[0][2] == ["a", "b", "c"]
    assert await equals_its_fold(pool, event_log, model)
    assert [row[2:5] for row in await standings(pool)] == [(3, "live", True)]


async def test_the_projector_follows_a_build_until_an_operator_switches(
    event_log: PostgresLog, pool: Pool
) -> None:
    old, new = note_rows(), counted_notes()
    await many_notes(event_log, 10)
    await catch_up(by_hand(pool, event_log, old))
    made = await replay.build(workshop(pool, event_log, old, new), new, tell=silent)
    assert (made.table, made.position) == ("test_notes_v2_b2", await event_log.head())
    projector = by_hand(pool, event_log, old, new)
    last = await store(event_log, note_read_by("x"))
    await catch_up(projector)
    assert [row[1:] for row in await standings(pool)] == [
        (1, 1, "live", True, last),
        (2, 2, "building", False, last),
    ]
    assert await equals_its_fold(pool, event_log, new)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize(
    "model", [note_rows(), reading_lines(), reader_sums()], ids=["fold", "lines", "sums"]
)
async def test_an_interrupted_build_goes_on_where_it_stopped(
    event_log: PostgresLog, pool: Pool, model: AnyReadModel
) -> None:
    await many_notes(event_log, 100)
    shop = workshop(pool, event_log, model)
    with pytest.raises(asyncio.CancelledError):
        await replay.build(shop, model, tell=stops_after(100))
    [(_, _, number, state, _, stopped_at)] = await standings(pool)
    assert (number, state) == (1, "building")
    assert 0 < stopped_at < await event_log.head()
    told: list[Progress] = []
    made = await replay.build(shop, model, tell=told.append)
    assert made.build == 1
    assert told[0].done > stopped_at
    assert made.position == await event_log.head()
    assert await equals_its_fold(pool, event_log, model)


@pytest.mark.usefixtures("small_parts")
async def test_a_cancelled_build_lets_go_at_once(event_log: PostgresLog, pool: Pool) -> None:
    await many_notes(event_log, 60)
    model = note_rows()
    shop = workshop(pool, event_log, model)
    begun = asyncio.Event()
    task = asyncio.create_task(replay.build(shop, model, tell=lambda _progress: begun.set()))
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    made = await replay.build(shop, model, tell=silent)
    assert (made.build, made.position) == (1, await event_log.head())
    assert await equals_its_fold(pool, event_log, model)


async def test_a_projector_that_switches_by_itself_does_not_disturb_a_rebuild(
    event_log: PostgresLog, pool: Pool
) -> None:
    old, new = note_rows(), counted_notes()
    await many_notes(event_log, 20)
    await catch_up(by_hand(pool, event_log, old))
    async with running(Projector(pool, event_log, [old, new], switch="auto")):
        await replay.rebuild(pool, event_log, model=new, tell=silent)

        async def serves() -> bool:
            return [row[1] for row in await standings(pool) if row[4]] == [2]

        await until(serves)
    assert await equals_its_fold(pool, event_log, new)


async def test_a_killed_build_goes_on_where_it_stopped(
    event_log: PostgresLog, pool: Pool, database_url: str
) -> None:
    await many_notes(event_log, 100)
    builder = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.core.building", database_url),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert builder.stdin
    assert builder.stdout
    for _ in range(6):
        assert int(await builder.stdout.readline()) > 0
        builder.stdin.write(b"\n")
    builder.kill()
    await builder.wait()
    [(_, _, number, _, _, stopped_at)] = await standings(pool)
    assert 0 < stopped_at < await event_log.head()
    model = note_rows()
    made = await replay.build(workshop(pool, event_log, model), model, tell=silent)
    assert (made.build, made.position) == (number, await event_log.head())
    assert await equals_its_fold(pool, event_log, model)


@pytest.mark.usefixtures("small_parts")
async def test_rows_that_do_not_fit_into_memory_are_looked_up_again(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FoldBulk, "_estimated_room", lambda _bulk: 7)
    notes = await many_notes(event_log, 40)
    for number, note in enumerate(notes):
        if number % 5:
            note.read("late")
        else:
            note.remove()
        await store(event_log, note)
    model = note_rows()
    await replay.rebuild(pool, event_log, model=model, tell=silent)
    assert len(await rows(pool)) == 32
    assert await equals_its_fold(pool, event_log, model)


@pytest.mark.usefixtures("small_parts")
async def test_writers_and_the_projector_go_on_during_a_build_and_a_switch(
    event_log: PostgresLog, pool: Pool
) -> None:
    model = note_rows()
    notes = await many_notes(event_log, 30)
    await catch_up(Projector(pool, event_log, [model]))
    writing = True

    async def write() -> None:
        while writing:
            for note in notes[:5]:
                note.read("again")
                await store(event_log, note)

    async with running(Projector(pool, event_log, [model])):
        task = asyncio.create_task(write())
        for _ in range(3):
            await replay.rebuild(pool, event_log, model=model, tell=silent)
        writing = False
        await task
        head = await event_log.head()

        async def arrived() -> bool:
            return bool((await standings(pool))[0][5] == head)

        await until(arrived)
    assert await equals_its_fold(pool, event_log, model)


async def test_an_event_that_can_not_be_folded_pauses_the_build_and_is_named(
    event_log: PostgresLog, pool: Pool
) -> None:
    model = poisoned_rows()
    await store(event_log, note_read_by("a"), note_read_by("poison"), note_read_by("b"))
    shop = workshop(pool, event_log, model)
    with pytest.raises(ReplayRefused, match="at 4 can't be folded"):
        await replay.build(shop, model, tell=silent)
    found = await asked(pool, "SELECT state, failed_at, position FROM projections")
    assert found == [("paused", 4, 0)]
    await asked(pool, "INSERT INTO skips VALUES ('test_poisoned', 1, 4, 'forged', 'op')")
    made = await replay.build(shop, model, tell=silent)
    assert (made.build, made.state, made.position) == (1, "building", 6)
    assert await equals_its_fold(pool, event_log, model)


async def test_two_do_not_work_on_one_build(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay.builds, "LOCK_WAIT", "50ms")
    model = note_rows()
    await many_notes(event_log, 2)
    shop = workshop(pool, event_log, model)
    made = await replay.build(shop, model, tell=silent)
    async with pool.connection() as other, replay.builds.alone_with(other, made):
        with pytest.raises(ReplayRefused, match="Another process is at work on build 1"):
            await replay.build(shop, model, tell=silent)
    assert await builds(pool, "building") == [1]


async def test_a_new_build_is_begun_only_if_asked_for(event_log: PostgresLog, pool: Pool) -> None:
    model = note_rows()
    await many_notes(event_log, 2)
    shop = workshop(pool, event_log, model)
    assert (await replay.build(shop, model, tell=silent)).build == 1
    assert (await replay.build(shop, model, tell=silent)).build == 1
    assert (await replay.build(shop, model, tell=silent, anew=True)).build == 2


async def test_the_projector_leaves_a_build_alone_while_somebody_works_on_it(
    event_log: PostgresLog, pool: Pool
) -> None:
    old, new = note_rows(), counted_notes()
    await many_notes(event_log, 5)
    projector = by_hand(pool, event_log, old, new)
    await catch_up(by_hand(pool, event_log, old))
    begun = await replay.build(workshop(pool, event_log, old, new), new, tell=silent)
    async with pool.connection() as mine, replay.builds.alone_with(mine, begun):
        await many_notes(event_log, 5)
        await catch_up(projector)
        assert [row[5] for row in await standings(pool)] == [await event_log.head(), begun.position]


async def test_replays_do_nothing_but_write_read_tables(event_log: PostgresLog, pool: Pool) -> None:
    model = note_rows()
    notes = await many_notes(event_log, 10)
    await catch_up(Projector(pool, event_log, [model]))
    before = await asked(pool, EFFECTS)
    shop = workshop(pool, event_log, model)
    await replay.rebuild(pool, event_log, model=model, tell=silent, keep=True)
    await replay.switch_back(shop, model.name, tell=silent)
    part = replay.OfKey(str(notes[0].id))
    await replay.replay_part(shop, model.name, part=part, tell=silent)
    await replay.verify(pool, event_log, model=model, tell=silent)
    assert await asked(pool, EFFECTS) == before


def test_a_filter_forgets_no_key() -> None:
    some = Filter(everything=False)
    assert 1 not in some
    some.add([1, (2, "b")])
    assert 1 in some
    assert (2, "b") in some
    assert sum(number in some for number in range(10, 10_000)) < 100
    assert "anything" in Filter(everything=True)
