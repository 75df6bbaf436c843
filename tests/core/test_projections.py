"""Read models follow the log exactly, whoever follows, and versions stand side by side."""

from __future__ import annotations

import asyncio

import pytest
from psycopg.sql import SQL

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections import following, runner, standing, tables
from projections.following import release_of
from projections.runner import Projector
from tests.core.notes import note_rows, reading_lines
from tests.core.projecting import (
    asked,
    catch_up,
    note_read_by,
    rows,
    running,
    standings,
    store,
    until,
)
from tests.given import NOW


async def test_a_fold_and_lines_follow_the_log(event_log: PostgresLog, pool: Pool) -> None:
    gone = note_read_by("Can")
    gone.remove()
    note = note_read_by("Ayşe", "Işıl")
    await store(event_log, note, gone)
    await catch_up(Projector(pool, event_log, [note_rows(), reading_lines()]))
    assert await rows(pool) == [(note.id, "text", ["Ayşe", "Işıl"], NOW)]
    readings = await rows(pool, "test_readings")
    assert {(row[0], row[2]) for row in readings} == {
        (note.id, "Ayşe"),
        (note.id, "Işıl"),
        (gone.id, "Can"),
    }


async def test_a_projector_goes_on_where_another_stopped(
    event_log: PostgresLog, pool: Pool
) -> None:
    note = note_read_by("a")
    await store(event_log, note)
    await catch_up(Projector(pool, event_log, [note_rows()]))
    note.read("b")
    await store(event_log, note)
    await catch_up(Projector(pool, event_log, [note_rows()]))
    assert (await rows(pool))[0][2] == ["a", "b"]


async def test_two_projectors_at_once_apply_each_event_once(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PAGE", 3)
    note = note_read_by(*map(str, range(60)))
    await store(event_log, note)
    projectors = [Projector(pool, event_log, [note_rows()]) for _ in range(3)]
    for projector in projectors:
        await projector.prepare()

    async def follow(projector: Projector) -> None:
        for _ in range(60):
            if not projector.standings:
                await projector.prepare()
            await projector.step()

    await asyncio.gather(*map(follow, projectors))
    assert (await rows(pool))[0][2] == [str(number) for number in range(60)]


async def test_whoever_is_behind_catches_up_while_the_others_stay_in_front(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PAGE", 10)
    monkeypatch.setattr(runner, "PAGE_BEHIND", 7)
    note = note_read_by(*map(str, range(50)))
    await store(event_log, note)
    await catch_up(Projector(pool, event_log, [note_rows()]))
    projector = Projector(pool, event_log, [note_rows(), reading_lines()])
    await projector.prepare()
    note.read("last")
    head = await store(event_log, note)
    await projector.step()
    assert {each.model.name: each.position for each in projector.standings} == {
        "test_notes": head,
        "test_readings": 7,
    }
    while await projector.step():
        pass
    assert {each.position for each in projector.standings} == {head}
    assert len(await rows(pool, "test_readings")) == 51


async def test_a_new_version_is_built_beside_and_takes_over_when_it_has_caught_up(
    event_log: PostgresLog, pool: Pool
) -> None:
    await store(event_log, note_read_by("a"))
    await catch_up(Projector(pool, event_log, [note_rows()]))
    newer = Projector(pool, event_log, [note_rows(version=2)])
    await newer.prepare()
    assert len(await rows(pool)) == 1
    assert await standings(pool) == [
        ("test_notes", 1, 1, "live", True, 2),
        ("test_notes", 2, 1, "building", False, 0),
    ]

    async def switched() -> bool:
        return "live" in (await standings(pool))[1]

    async with running(newer):
        await until(switched)
    assert len(await rows(pool)) == 1
    assert await standings(pool) == [
        ("test_notes", 1, 1, "retired", False, 2),
        ("test_notes", 2, 1, "live", True, 2),
    ]


async def test_a_new_version_waits_for_the_operator_where_that_is_the_rule(
    event_log: PostgresLog, pool: Pool
) -> None:
    note = note_read_by("a")
    await store(event_log, note)
    await catch_up(Projector(pool, event_log, [note_rows()]))
    newer = Projector(pool, event_log, [note_rows(version=2)], switch="operator")
    async with running(newer):
        note.read("b")
        head = await store(event_log, note)
        await until(lambda: asked(pool, "SELECT 1 FROM projections WHERE position = %s", head))
    assert await standings(pool) == [
        ("test_notes", 1, 1, "live", True, 2),
        ("test_notes", 2, 1, "building", False, head),
    ]
    assert release_of([note_rows()]) != release_of([note_rows(version=2)])


async def test_two_releases_follow_their_own_versions_side_by_side(
    event_log: PostgresLog, pool: Pool
) -> None:
    note = note_read_by("a")
    await store(event_log, note)
    await catch_up(Projector(pool, event_log, [note_rows(), reading_lines()]))
    older = Projector(pool, event_log, [note_rows(), reading_lines()])
    newer = Projector(pool, event_log, [note_rows(version=2), reading_lines()], switch="operator")
    async with running(older), running(newer):
        for number in range(20):
            note.read(str(number))
            head = await store(event_log, note)

        async def all_there() -> bool:
            return {row[5] for row in await standings(pool)} == {head}

        await until(all_there)
    assert len((await rows(pool))[0][2]) == len((await rows(pool, "test_notes_v2"))[0][2]) == 21
    assert len(await rows(pool, "test_readings")) == 21


async def test_a_retired_build_and_one_of_an_unknown_version_are_left_alone(
    event_log: PostgresLog, pool: Pool
) -> None:
    await catch_up(Projector(pool, event_log, [note_rows(version=1)]))
    await catch_up(Projector(pool, event_log, [note_rows(version=2)]))
    await asked(pool, "UPDATE projections SET state = 'retired' WHERE version = 2")
    await store(event_log, note_read_by("a"))
    await catch_up(Projector(pool, event_log, [note_rows(version=2)]))
    assert {row[5] for row in await standings(pool)} == {0}


async def test_a_build_in_the_hands_of_a_replay_is_left_alone(
    event_log: PostgresLog, pool: Pool
) -> None:
    await catch_up(Projector(pool, event_log, [note_rows(version=1)]))
    newer = Projector(pool, event_log, [note_rows(version=2)])
    await newer.prepare()
    await store(event_log, note_read_by("a"))
    async with pool.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock(hashtext('test_notes_v2'))")
        await newer.step()
        assert (await standings(pool))[1][5] == 0
        await connection.execute("SELECT pg_advisory_unlock(hashtext('test_notes_v2'))")

    async def followed() -> bool:
        return (await standings(pool))[1][5:] == (2,)

    async with running(newer):
        await until(followed)


async def test_lag_is_told_in_events_and_seconds(event_log: PostgresLog, pool: Pool) -> None:
    projector = Projector(pool, event_log, [note_rows()])
    await catch_up(projector)
    await store(event_log, note_read_by("a", "b"))
    async with pool.connection() as connection:
        (behind,) = await standing.readers(connection)
    assert (behind.behind, behind.stands_still) == (3, False)
    assert 0 < behind.behind_seconds < 60
    await catch_up(projector)
    async with pool.connection() as connection:
        (there,) = await standing.readers(connection)
    assert (there.behind, there.behind_seconds) == (0, 0)


async def test_a_reader_stands_still_when_it_is_behind_and_has_not_moved(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "STILL_SECONDS", 0.0)
    await catch_up(Projector(pool, event_log, [note_rows()]))
    async with pool.connection() as connection:
        (idle,) = await standing.readers(connection)
        assert not idle.stands_still
        await store(event_log, note_read_by("a"))
        (still,) = await standing.readers(connection)
        assert still.stands_still
        await connection.execute("UPDATE projections SET state = 'paused'")
        (paused,) = await standing.readers(connection)
    assert (paused.stands_still, paused.is_stopped) == (False, True)


async def test_tables_of_builds_are_named_apart(event_log: PostgresLog, pool: Pool) -> None:
    await catch_up(Projector(pool, event_log, [note_rows()]))
    async with pool.connection() as connection:
        cursor = await connection.execute(
            SQL("SELECT count(*) FROM {}").format(tables.qualified("test_notes_v1"))
        )
        assert await cursor.fetchone() == (0,)
    found = await asked(pool, "SELECT table_name FROM projections")
    assert found == [("test_notes_v1",)]


async def test_a_build_that_is_behind_the_serving_one_does_not_take_its_place(
    pool: Pool, event_log: PostgresLog
) -> None:
    """Another release's projector may have moved the serving one meanwhile."""
    await store(event_log, note_read_by("Ayşe"))
    await catch_up(Projector(pool, event_log, [note_rows(version=1)]))
    newer = Projector(pool, event_log, [note_rows(version=2)], switch="operator")
    await catch_up(newer)
    [waiting] = [each for each in newer.standings if each.model.version == 2]
    async with pool.connection() as connection, connection.transaction():
        await connection.execute("UPDATE projections SET position = position + 1 WHERE version = 1")
        assert not await following.switch(connection, waiting)
        await connection.execute("UPDATE projections SET position = position - 1 WHERE version = 1")
        assert await following.switch(connection, waiting)
