"""Looking after the vault: another master key, retentions that have ended, and what is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import structlog
from cryptography.exceptions import InvalidTag
from eventsourcing.persistence import MapperDeserialisationError
from msgspec import Struct

from adapters.crypto import UnknownMasterKey
from adapters.postgres.keys import PERSON, PersonKeys
from adapters.postgres.vault import must_have
from application.store import LogReader, Recorded
from domain.shared.aggregate import EVENTS, Event

log = structlog.get_logger()

Tell = Callable[[int, int], None]
"""Is told how much was done, and how much there is."""

BATCH = 500

OLD = (
    "SELECT person_id, wrapped_key FROM vault.person_keys"
    " WHERE wrapped_key IS NOT NULL AND master_key = %s AND person_id > %s"
    " ORDER BY person_id LIMIT %s"
)
# What was destroyed meanwhile, or wrapped by somebody else, is not what it was.
REWRAP = (
    "UPDATE vault.person_keys AS k SET wrapped_key = u.after, master_key = %s"
    " FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS u(person_id, before, after)"
    " WHERE k.person_id = u.person_id AND k.wrapped_key = u.before"
)
ENDED = (
    " WHERE retain_until < (now() AT TIME ZONE 'Europe/Istanbul')::date AND wrapped_key IS NOT NULL"
)
OVERDUE = f"SELECT person_id FROM vault.person_keys{ENDED} ORDER BY person_id"  # noqa: S608  # our own words
EXPIRE = (
    "UPDATE vault.person_keys SET wrapped_key = NULL, destroyed_at = clock_timestamp()"  # noqa: S608  # our own words
    f"{ENDED} AND person_id = ANY(%s)"
    " RETURNING person_id, purpose, retain_until"
)
LIVING = (
    "SELECT master_key, coalesce(purpose, ''), count(*), min(retain_until), max(retain_until)"
    " FROM vault.person_keys WHERE wrapped_key IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
)
UNMARKED = (
    "SELECT EXISTS (SELECT FROM vault.person_keys"
    " WHERE purpose IS NULL AND wrapped_key IS NOT NULL)"
)
MARK = (
    "UPDATE vault.person_keys AS k SET purpose = u.purpose, retain_until = u.until"
    " FROM unnest(%s::uuid[], %s::text[], %s::date[]) AS u(person_id, purpose, until)"
    " WHERE k.person_id = u.person_id AND k.purpose IS NULL AND k.wrapped_key IS NOT NULL"
)
# The events of newer ones may still be on their way into the log.
MARK_REST = (
    "UPDATE vault.person_keys SET purpose = %s WHERE purpose IS NULL AND wrapped_key IS NOT NULL"
    " AND created_at < now() - interval '1 hour'"
)


class Rotated(Struct, frozen=True):
    """How many keys were wrapped anew, and how many could not be because they were damaged."""

    rewrapped: int
    damaged: int


class Expired(Struct, frozen=True):
    """A key that was destroyed because the law did not want it any longer than until this day."""

    subject_id: UUID
    purpose: str
    until: date


class Share(Struct, frozen=True):
    """How many living keys are for one purpose and wrapped by one master key; `purpose` is empty
    for those of which an earlier release has not said it, and the days are those of retentions.
    """

    master_key: str
    purpose: str
    keys: int
    first_until: date | None
    last_until: date | None


class Contents(Struct, frozen=True):
    """What is in the vault."""

    living: tuple[Share, ...]
    destroyed: int


async def rotate(keys: PersonKeys, tell: Tell) -> Rotated:
    """Wrap all living keys by the current master key, while the system runs.

    Each batch is committed on its own: whoever is interrupted begins again and finds the rest.
    Raises `VaultRefused`, before anything is changed, if a master key is missing.
    """
    async with keys.vault.connection() as connection:
        used = await must_have(connection, keys.master)
        old = [name for name in used if name != keys.master.current]
        cursor = await connection.execute(
            "SELECT count(*) FROM vault.person_keys"
            " WHERE wrapped_key IS NOT NULL AND master_key = ANY(%s)",
            (old,),
        )
        row = await cursor.fetchone()
    total, done, damaged = row[0] if row else 0, 0, 0
    tell(0, total)
    for name in old:
        after = UUID(int=0)
        while batch := await _batch(keys, name, after=after):
            after = batch[-1][0]
            rewrapped = _rewrapped(keys, batch, name=name)
            damaged += len(batch) - len(rewrapped)
            await _store(keys, rewrapped)
            done += len(rewrapped)
            tell(done, total)
    return Rotated(done, damaged)


async def overdue(keys: PersonKeys) -> Sequence[UUID]:
    """Whose keys are there although their retention has ended, by the calendar of Istanbul."""
    async with keys.vault.connection() as connection:
        rows = await (await connection.execute(OVERDUE)).fetchall()
    return [row[0] for row in rows]


async def expire(keys: PersonKeys, subjects: Sequence[UUID]) -> Sequence[Expired]:
    """Destroy those of these keys whose retention has ended."""
    async with keys.vault.connection() as connection:
        rows = await (await connection.execute(EXPIRE, (list(subjects),))).fetchall()
    return [Expired(*row) for row in rows]


async def contents(keys: PersonKeys) -> Contents:
    """What is in the vault; it reads all of it."""
    async with keys.vault.connection() as connection:
        living = await (await connection.execute(LIVING)).fetchall()
        cursor = await connection.execute(
            "SELECT count(*) FROM vault.person_keys WHERE wrapped_key IS NULL"
        )
        row = await cursor.fetchone()
    return Contents(tuple(Share(*each) for each in living), row[0] if row else 0)


async def mark_retained(keys: PersonKeys, event_log: LogReader) -> int:
    """Say of keys that an earlier release has made what the law wants of them; how many it wants.

    Reads nothing if all of them are marked.
    """
    async with keys.vault.connection() as connection:
        row = await (await connection.execute(UNMARKED)).fetchone()
    if not row or not row[0]:
        return 0
    marked = 0
    kinds = [kind for kind in EVENTS.values() if kind.retention is not Event.retention]
    async for page in event_log.pages(0, await event_log.head(), kinds=kinds):
        kept = [found for each in page.events if (found := _kept(each))]
        async with keys.vault.connection() as connection:
            cursor = await connection.execute(MARK, _columns(kept, 3))
            marked += cursor.rowcount
    async with keys.vault.connection() as connection:
        await connection.execute(MARK_REST, (PERSON,))
    return marked


def _kept(recorded: Recorded) -> tuple[UUID, str, date] | None:
    """The subject of an event whose personal fields the law wants kept, as what, and until when."""
    try:
        event = recorded.event
    except MapperDeserialisationError as error:
        # Its key is damaged, so there is nothing to keep.
        log.error("retention_unknown", position=recorded.position, error=str(error))  # noqa: TRY400  # where it was raised says nothing
        return None
    retention = event.retention()
    if retention is None:
        return None
    return getattr(event, event.SUBJECT), retention.purpose, retention.until


async def _batch(keys: PersonKeys, name: str, *, after: UUID) -> list[tuple[UUID, bytes]]:
    async with keys.vault.connection() as connection:
        cursor = await connection.execute(OLD, (name, after, BATCH))
        return [(row[0], bytes(row[1])) for row in await cursor.fetchall()]


def _rewrapped(
    keys: PersonKeys, batch: Sequence[tuple[UUID, bytes]], *, name: str
) -> list[tuple[UUID, bytes, bytes]]:
    found = []
    for person, wrapped in batch:
        try:
            key = keys.master.unwrap(person, wrapped, master_key=name)
        except (InvalidTag, UnknownMasterKey):
            log.error("person_key_damaged", person_id=str(person), master_key=name)  # noqa: TRY400  # where it was raised says nothing
            continue
        found.append((person, wrapped, keys.master.wrap(person, key)))
    return found


async def _store(keys: PersonKeys, rewrapped: Sequence[tuple[UUID, bytes, bytes]]) -> None:
    async with keys.vault.connection() as connection:
        await connection.execute(REWRAP, (keys.master.current, *_columns(rewrapped, 3)))


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[column] for row in rows] for column in range(width)]
