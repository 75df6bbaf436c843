"""The log keeps its promises: all or nothing, in order, without gaps, and never changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.persistence import MapperDeserialisationError

from adapters.mapper import ERASED
from adapters.postgres import keys
from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.store import Append, ConcurrentChange, KeyTaken, RequestKey
from domain.shared.aggregate import Event, Metadata
from tests.core.notes import Note
from tests.databases import open_log
from tests.given import NOW

AUTHOR = UUID(int=1)


def metadata() -> Metadata:
    command_id = uuid4()
    return Metadata(command_id=command_id, command="WriteNote", correlation_id=command_id)


def appending(events: Sequence[object], key: str | None = None) -> Append:
    return Append(
        events=[each for each in events if isinstance(each, Event)],
        metadata=metadata(),
        key=RequestKey(caller="test", key=key, request_hash=b"h") if key else None,
        answer=b"{}",
    )


def written(note_id: UUID | None = None) -> Note:
    return Note.write(note_id or uuid4(), AUTHOR, "Işık, ğüşiöç ₺", now=NOW)


async def test_what_is_appended_is_loaded(event_log: PostgresLog) -> None:
    note = written()
    note.read("Ayşe")
    events = note.collect_events()
    assert await event_log.append(appending(events)) == 2
    loaded = await event_log.load(note.id)
    assert [each.event for each in loaded] == list(events)
    assert [each.position for each in loaded] == [1, 2]


async def test_several_aggregates_are_saved_together_or_not_at_all(event_log: PostgresLog) -> None:
    first, second = written(), written()
    await event_log.append(appending(first.collect_events()))
    rival = written(first.id)
    with pytest.raises(ConcurrentChange):
        await event_log.append(appending([*second.collect_events(), *rival.collect_events()]))
    assert not await event_log.load(second.id)


async def test_of_many_writers_of_one_version_exactly_one_wins(event_log: PostgresLog) -> None:
    note = written()
    await event_log.append(appending(note.collect_events()))

    async def add(reader: int) -> bool:
        loaded = await event_log.load(note.id)
        copy = loaded[0].event.mutate(None)
        copy.read(str(reader))
        try:
            await event_log.append(appending(copy.collect_events()))
        except ConcurrentChange:
            return False
        return True

    won = await asyncio.gather(*(add(reader) for reader in range(40)))
    assert sum(won) == 1
    assert len(await event_log.load(note.id)) == 2


async def test_positions_have_no_gaps_although_commands_conflict(event_log: PostgresLog) -> None:
    shared = uuid4()

    async def one() -> None:
        try:
            await event_log.append(appending(written(shared).collect_events()))
        except ConcurrentChange:
            await event_log.append(appending(written().collect_events()))

    await asyncio.gather(*(one() for _ in range(200)))
    page = await event_log.page(0, 1000)
    assert [each.position for each in page] == list(range(1, 201))


async def test_a_request_key_is_taken_once(event_log: PostgresLog) -> None:
    position = await event_log.append(appending(written().collect_events(), key="k"))
    with pytest.raises(KeyTaken):
        await event_log.append(appending(written().collect_events(), key="k"))
    stored = await event_log.answer("test", "k")
    assert stored is not None
    assert (stored.position, stored.request_hash) == (position, b"h")
    assert await event_log.head() == 1


async def test_of_many_requests_with_one_key_exactly_one_is_stored(event_log: PostgresLog) -> None:
    async def one() -> bool:
        try:
            await event_log.append(appending(written().collect_events(), key="same"))
        except KeyTaken:
            return False
        return True

    assert sum(await asyncio.gather(*(one() for _ in range(50)))) == 1
    assert await event_log.head() == 1


async def test_personal_fields_are_stored_encrypted(event_log: PostgresLog, pool: Pool) -> None:
    await event_log.append(appending(written().collect_events()))
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT payload FROM events")
        row = await cursor.fetchone()
    assert row is not None
    assert b"sealed" in row[0]
    assert "Işık".encode() not in row[0]


async def test_a_destroyed_key_erases_a_person_everywhere(
    event_log: PostgresLog, pool: Pool
) -> None:
    note = written()
    await event_log.append(appending(note.collect_events()))
    keys = event_log._keys
    assert isinstance(keys, PersonKeys)
    await keys.destroy(AUTHOR)
    loaded = await event_log.load(note.id)
    assert isinstance(loaded[0].event, Note.Written)
    assert loaded[0].event.text == ERASED
    async with pool.connection() as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="can't come back"):
            await connection.execute(
                "UPDATE vault.person_keys SET wrapped_key = 'x', destroyed_at = NULL"
            )


async def test_the_keys_asked_for_last_are_kept(
    event_log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "CACHED", 3)
    notes = [Note.write(uuid4(), uuid4(), f"note {number}", now=NOW) for number in range(6)]
    for note in notes:
        await event_log.append(appending(note.collect_events()))
    early = await event_log.page(0, 3)
    await event_log.page(1, 2)
    late = await event_log.page(5, 1)
    texts = [
        each.event.text for each in (*early[1:], *late) if isinstance(each.event, Note.Written)
    ]
    assert texts == ["note 1", "note 2", "note 5"]


async def test_a_key_that_can_not_be_unwrapped_locks_what_is_said_of_that_person_alone(
    pool: Pool, event_log: PostgresLog, database_url: str
) -> None:
    locked, open_ = Note.write(uuid4(), uuid4(), "locked", now=NOW), written()
    for note in (locked, open_):
        await event_log.append(appending(note.collect_events()))
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(
            "UPDATE vault.person_keys SET master_key = 'lost' WHERE person_id = %s",
            (locked.author_id,),
        )
    async with open_log(pool, database_url) as other:
        first, second = await other.page(0, 2)
        assert second.event == (await event_log.page(1, 1))[0].event
        with pytest.raises(MapperDeserialisationError, match="can't be unwrapped"):
            _ = first.event
