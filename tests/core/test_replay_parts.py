"""Rows of one key, of one stream or of a range are computed anew, and no others."""

from __future__ import annotations

from uuid import UUID

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections import replay
from projections.replay import OfKey, OfRange, OfStream, Part, ReplayRefused, partial
from projections.runner import Projector
from projections.wallet import wallet_statements
from tests.core.notes import Note, note_rows, reading_lines
from tests.core.projecting import asked, catch_up, note_read_by, rows, standings, store
from tests.core.replaying import equals_its_fold, silent, workshop
from tests.core.writing import commanding, hold

NOTES, READINGS = note_rows(), reading_lines()


@pytest.fixture
async def notes(event_log: PostgresLog, pool: Pool) -> list[Note]:
    """Three notes at the positions 1 to 3, 4 to 5 and 6 to 8, the third of them removed."""
    found = [note_read_by("a", "b"), note_read_by("c"), note_read_by("d")]
    found[2].remove()
    for note in found:
        await store(event_log, note)
    await catch_up(Projector(pool, event_log, [NOTES, READINGS]))
    return found


@pytest.fixture
def shop(event_log: PostgresLog, pool: Pool) -> replay.Workshop:
    """A release that knows both."""
    return workshop(pool, event_log, NOTES, READINGS)


async def forge(pool: Pool, removed: UUID) -> None:
    """Let all rows be wrong, and one be there that was removed."""
    await asked(pool, "UPDATE read.test_notes_v1 SET text = 'forged', readers = '[]'")
    await asked(
        pool,
        "INSERT INTO read.test_notes_v1 (note_id, text, readers) VALUES (%s, 'again', '[]')",
        removed,
    )


async def test_one_key_is_mended_alone(
    shop: replay.Workshop, notes: list[Note], pool: Pool
) -> None:
    await forge(pool, notes[2].id)
    before = await standings(pool)
    done = await replay.replay_part(shop, NOTES.name, part=OfKey(str(notes[0].id)), tell=silent)
    assert (done.rows, [change.key for change in done.changes]) == (1, [notes[0].id])
    assert (done.changes[0].before.text, done.changes[0].after.text) == ("forged", "text")
    assert sorted(row[1] for row in await rows(pool)) == ["again", "forged", "text"]
    assert await standings(pool) == before


async def test_a_row_that_should_not_be_there_goes(
    shop: replay.Workshop, notes: list[Note], pool: Pool
) -> None:
    await forge(pool, notes[2].id)
    done = await replay.replay_part(shop, NOTES.name, part=OfStream(notes[2].id), tell=silent)
    assert [(change.key, change.after) for change in done.changes] == [(notes[2].id, None)]
    assert len(await rows(pool)) == 2


async def test_a_range_mends_what_its_events_touch(
    shop: replay.Workshop, notes: list[Note], pool: Pool, event_log: PostgresLog
) -> None:
    await forge(pool, notes[2].id)
    done = await replay.replay_part(shop, NOTES.name, part=OfRange(5, 8), tell=silent)
    assert {change.key for change in done.changes} == {notes[1].id, notes[2].id}
    assert sorted(row[1] for row in await rows(pool)) == ["forged", "text"]
    done = await replay.replay_part(shop, NOTES.name, part=OfRange(1, 1), tell=silent)
    assert len(done.changes) == 1
    assert await equals_its_fold(pool, event_log, NOTES)


@pytest.mark.parametrize("part", ["key", "stream", "range"])
async def test_lines_are_mended_by_key_stream_and_range(
    shop: replay.Workshop, notes: list[Note], pool: Pool, part: str
) -> None:
    await asked(pool, "UPDATE read.test_readings_v1 SET by = 'forged'")
    parts: dict[str, Part] = {
        "key": OfKey(f"{notes[0].id}, 2"),
        "stream": OfStream(notes[0].id),
        "range": OfRange(2, 3),
    }
    done = await replay.replay_part(shop, READINGS.name, part=parts[part], tell=silent)
    mended = [(notes[0].id, 2)] if part == "key" else [(notes[0].id, 2), (notes[0].id, 3)]
    assert [change.key for change in done.changes] == mended
    left = sorted(row[2] for row in await rows(pool, "test_readings"))
    assert left.count("forged") == 4 - len(mended)


async def test_a_line_at_the_place_of_an_event_that_made_none_goes(
    event_log: PostgresLog, pool: Pool
) -> None:
    wallet = UUID(int=7)
    await event_log.append(commanding([hold(wallet, 1)]))
    model = wallet_statements
    await catch_up(Projector(pool, event_log, [model]))
    await asked(pool, "UPDATE read.wallet_statements_v2 SET customer_id = %s", UUID(int=9))
    shop = workshop(pool, event_log, model)
    done = await replay.replay_part(shop, model.name, part=OfRange(1, 1), tell=silent)
    assert len(done.changes) == 2
    assert await equals_its_fold(pool, event_log, model)


async def test_what_was_skipped_stays_left_out(
    shop: replay.Workshop, notes: list[Note], pool: Pool
) -> None:
    await asked(pool, "INSERT INTO skips VALUES ('test_notes', 1, 3, 'forged', 'op')")
    done = await replay.replay_part(shop, NOTES.name, part=OfKey(str(notes[0].id)), tell=silent)
    assert done.changes[0].after.readers == ("a",)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (OfKey("nobody"), "'nobody' is no key of test_notes; it is note_id"),
        (OfKey(f"{UUID(int=1)},2"), "is no key of test_notes"),
        (OfStream(UUID(int=4)), "There is no stream"),
        (OfRange(0, 3), "There are no positions 0 to 3; test_notes stands at 8"),
        (OfRange(5, 4), "There are no positions 5 to 4"),
        (OfRange(5, 9), "There are no positions 5 to 9"),
    ],
)
async def test_a_part_that_is_not_there_is_refused(
    shop: replay.Workshop, notes: list[Note], part: Part, sentence: str
) -> None:
    with pytest.raises(ReplayRefused, match=sentence):
        await replay.replay_part(shop, NOTES.name, part=part, tell=silent)


async def test_too_much_for_a_part_is_refused(
    shop: replay.Workshop, notes: list[Note], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partial, "MOST_ROWS", 2)
    with pytest.raises(ReplayRefused, match="touches more than 2 rows of test_notes; rebuild it"):
        await replay.replay_part(shop, NOTES.name, part=OfRange(1, 8), tell=silent)


async def test_nothing_serves_nothing_is_mended(event_log: PostgresLog, pool: Pool) -> None:
    with pytest.raises(ReplayRefused, match="No build of test_notes serves yet"):
        await replay.replay_part(
            workshop(pool, event_log, NOTES), NOTES.name, part=OfKey("x"), tell=silent
        )
