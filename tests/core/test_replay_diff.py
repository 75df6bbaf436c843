"""Before a switch, an operator sees which rows it would change, and which events are behind it."""

from __future__ import annotations

from uuid import UUID

import pytest
from msgspec import Struct

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections import replay
from projections.base import Fold, Lines
from projections.replay import ReplayRefused, diffs
from projections.runner import Projector
from tests.core.notes import Note, ReadingRow, note_rows, reading_lines
from tests.core.projecting import asked, catch_up, note_read_by, standings, store
from tests.core.replaying import by_hand, counted_notes, many_notes, silent, workshop

OLD, NEW = note_rows(), counted_notes()


async def test_rows_that_differ_are_named_with_their_events(
    event_log: PostgresLog, pool: Pool
) -> None:
    same, twice, gone = note_read_by("a", "b"), note_read_by("a", "a"), note_read_by("c")
    gone.remove()
    await store(event_log, same, twice, gone)
    await catch_up(by_hand(pool, event_log, OLD))
    shop = workshop(pool, event_log, OLD, NEW)
    await replay.build(shop, NEW, tell=silent)
    found = await replay.diff(shop, OLD.name, tell=silent)
    assert (found.missing, found.unexpected, found.changed, found.differing) == (0, 1, 1, 2)
    assert (found.only_serving, found.only_candidate) == ([], ["read"])
    assert found.position == 9
    by_key = {each.key: each for each in found.shown}
    assert by_key[twice.id].changed == {"readers": (["a", "a"], ["a"])}
    assert [(cause.position, cause.topic) for cause in by_key[twice.id].causes] == [
        (4, Note.Written.TOPIC),
        (5, Note.Read.TOPIC),
        (6, Note.Read.TOPIC),
    ]
    assert (by_key[gone.id].left, by_key[gone.id].changed) == (None, {})
    assert [cause.position for cause in by_key[gone.id].causes] == [7, 8, 9]


async def test_a_row_that_only_the_serving_build_has_is_missing(
    event_log: PostgresLog, pool: Pool
) -> None:
    note = note_read_by("a")
    await store(event_log, note)
    await catch_up(by_hand(pool, event_log, OLD))
    shop = workshop(pool, event_log, OLD)
    made = await replay.build(shop, OLD, tell=silent)
    assert (await replay.diff(shop, OLD.name, tell=silent)).differing == 0
    await asked(pool, "DELETE FROM read.test_notes_v1_b2")
    found = await replay.diff(shop, OLD.name, tell=silent)
    assert (found.missing, found.candidate) == (1, made)
    assert [each.key for each in found.shown] == [note.id]
    assert found.shown[0].left
    assert found.shown[0].left["text"] == "text"


async def test_all_are_counted_and_only_some_are_shown(event_log: PostgresLog, pool: Pool) -> None:
    for _ in range(12):
        await store(event_log, note_read_by(*["a"] * 15))
    await catch_up(by_hand(pool, event_log, OLD))
    shop = workshop(pool, event_log, OLD, NEW)
    await replay.build(shop, NEW, tell=silent)
    found = await replay.diff(shop, OLD.name, tell=silent, shown=3)
    assert (found.changed, len(found.shown)) == (12, 3)
    assert found.shown == sorted(found.shown, key=lambda each: each.key)
    assert found.shown[0].events == 16
    assert len(found.shown[0].causes) == diffs.CAUSES


async def test_lines_that_differ_are_explained_by_their_event(
    event_log: PostgresLog, pool: Pool
) -> None:
    later: Lines[ReadingRow] = Lines(
        "test_readings", ReadingRow, version=2, key=["note_id", "version"]
    )

    @later.on(Note.Read)
    def read(event: Note.Read) -> list[ReadingRow]:
        line = ReadingRow(
            note_id=event.originator_id, version=event.originator_version, by=event.by.upper()
        )
        return [] if event.by == "c" else [line]

    note = note_read_by("a", "B", "c")
    await store(event_log, note)
    lines = reading_lines()
    await catch_up(by_hand(pool, event_log, lines))
    shop = workshop(pool, event_log, lines, later)
    await replay.build(shop, later, tell=silent)
    found = await replay.diff(shop, lines.name, tell=silent)
    assert (found.missing, found.unexpected, found.changed) == (1, 0, 1)
    assert [(each.key, each.changed) for each in found.shown] == [
        ((note.id, 2), {"by": ("a", "A")}),
        ((note.id, 4), {}),
    ]
    assert [[cause.position for cause in each.causes] for each in found.shown] == [[2], [4]]


async def test_both_are_brought_to_one_position(event_log: PostgresLog, pool: Pool) -> None:
    await many_notes(event_log, 5)
    await catch_up(by_hand(pool, event_log, OLD))
    shop = workshop(pool, event_log, OLD, NEW)
    await replay.build(shop, NEW, tell=silent)
    await many_notes(event_log, 5)
    await catch_up(by_hand(pool, event_log, OLD))
    found = await replay.diff(shop, OLD.name, tell=silent)
    head = await event_log.head()
    assert (found.position, found.differing) == (head, 0)
    assert {row[5] for row in await standings(pool)} == {head}


async def test_a_candidate_that_is_far_behind_catches_up_first(
    event_log: PostgresLog, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diffs, "FAR", 1)
    await many_notes(event_log, 5)
    await catch_up(Projector(pool, event_log, [OLD]))
    await catch_up(by_hand(pool, event_log, OLD, NEW))
    await asked(pool, "UPDATE projections SET position = 0 WHERE version = 2")
    await asked(pool, "TRUNCATE read.test_notes_v2")
    found = await replay.diff(workshop(pool, event_log, OLD, NEW), OLD.name, tell=silent)
    assert found.differing == 0


async def test_what_can_not_be_compared_is_refused(event_log: PostgresLog, pool: Pool) -> None:
    await many_notes(event_log, 2)
    await catch_up(by_hand(pool, event_log, OLD))
    shop = workshop(pool, event_log, OLD, by_reader())
    with pytest.raises(ReplayRefused, match="test_notes has no two builds to compare"):
        await replay.diff(shop, OLD.name, tell=silent)
    with pytest.raises(ReplayRefused, match="There is no read model nope"):
        await replay.diff(shop, "nope", tell=silent)
    await replay.build(shop, by_reader(), tell=silent)
    with pytest.raises(ReplayRefused, match="have different keys"):
        await replay.diff(shop, OLD.name, tell=silent)
    await asked(pool, "UPDATE projections SET state = 'paused', error = 'torn' WHERE version = 3")
    with pytest.raises(ReplayRefused, match="version 3 is paused: torn"):
        await replay.diff(shop, OLD.name, tell=silent)


class ReaderRow(Struct, frozen=True, kw_only=True):
    """Who has read last, note by note."""

    reader: str
    note_id: UUID


def by_reader() -> Fold[ReaderRow]:
    """A version with another key."""
    rows: Fold[ReaderRow] = Fold("test_notes", ReaderRow, version=3, key=["reader"])

    @rows.on(Note.Read, key=lambda event: event.by)
    def read(_row: ReaderRow | None, event: Note.Read) -> ReaderRow:
        return ReaderRow(reader=event.by, note_id=event.originator_id)

    return rows


async def test_a_release_that_knows_one_version_still_compares(
    event_log: PostgresLog, pool: Pool
) -> None:
    await store(event_log, note_read_by("a", "a"))
    await catch_up(by_hand(pool, event_log, OLD))
    shop = workshop(pool, event_log, NEW)
    await replay.build(shop, NEW, tell=silent)
    found = await replay.diff(shop, OLD.name, tell=silent)
    assert found.changed == 1
    await store(event_log, note_read_by("b"))
    await catch_up(by_hand(pool, event_log, NEW))
    with pytest.raises(ReplayRefused, match="does not know how version 1 of test_notes is folded"):
        await replay.diff(shop, OLD.name, tell=silent)
