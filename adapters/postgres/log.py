"""The event log in PostgreSQL: loading, appending, and reading page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from eventsourcing.utils import resolve_topic
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.mapper import EventMapper, personal_fields, subject_id
from adapters.postgres.keys import PersonKeys
from adapters.postgres.loads import Loads
from adapters.postgres.writer import Row, Writer, encode_metadata
from application.store import Append, LogUnavailable, Recorded, StoredAnswer
from domain.shared.aggregate import Metadata

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]

LOAD = (
    "SELECT stream_id, position, type, schema_version, subject_id, payload, metadata::text"
    " FROM events WHERE stream_id = ANY(%s) ORDER BY stream_id, version"
)
PAGE = (
    "SELECT position, type, schema_version, subject_id, payload, metadata::text FROM events"
    " WHERE position > %s ORDER BY position LIMIT %s"
)

_metadata = msgspec.json.Decoder(Metadata).decode


class PostgresLog:
    """`EventLog` over the table `events`."""

    def __init__(self, pool: Pool, writer: Writer, keys: PersonKeys) -> None:
        self._pool = pool
        self._writer = writer
        self._keys = keys
        self._mapper = EventMapper(keys)
        self._loads = Loads(lambda streams: self._rows(LOAD, (streams,)))

    async def load(self, stream_id: UUID) -> Sequence[Recorded]:
        return await self._recorded(await self._loads.rows(stream_id))

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        """Up to `limit` events behind the position `after`, in order."""
        return await self._recorded(await self._rows(PAGE, (after, limit)))

    async def head(self) -> int:
        """The position of the newest event; 0 when there is none."""
        rows = await self._rows("SELECT coalesce(max(position), 0) FROM events", ())
        return int(rows[0][0])

    async def append(self, append: Append) -> int:
        subjects = [subject_id(event) for event in append.events]
        if any(subjects):
            await self._fetch_keys(subjects, create=True)
        rows = [
            Row(
                event.originator_id,
                event.originator_version,
                event.TOPIC,
                event.class_version,
                subject,
                self._mapper.encode(event),
            )
            for event, subject in zip(append.events, subjects, strict=True)
        ]
        return await self._writer.append(
            rows,
            encode_metadata(append.metadata),
            command_id=append.metadata.command_id,
            key=append.key,
            answer=append.answer,
        )

    async def answer(self, caller: str, key: str) -> StoredAnswer | None:
        rows = await self._rows(
            "SELECT request_hash, answer, position FROM answers WHERE caller = %s AND key = %s",
            (caller, key),
        )
        if not rows:
            return None
        request_hash, answer, position = rows[0]
        return StoredAnswer(
            request_hash=bytes(request_hash), answer=bytes(answer), position=position
        )

    async def _recorded(self, rows: Sequence[tuple[Any, ...]]) -> Sequence[Recorded]:
        if any(row[3] for row in rows):
            await self._fetch_keys(
                [row[3] for row in rows if personal_fields(resolve_topic(row[1]))]
            )
        decode = self._mapper.decode
        return [
            Recorded(
                position,
                decode(kind, payload, schema_version=schema, subject=subject),
                _metadata(metadata),
            )
            for position, kind, schema, subject, payload, metadata in rows
        ]

    async def _fetch_keys(self, subjects: Sequence[UUID | None], *, create: bool = False) -> None:
        try:
            await self._keys.fetch(subjects, create=create)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LogUnavailable("the log can't be reached") from error

    async def _rows(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            async with self._pool.connection() as connection:
                cursor = connection.cursor(binary=True)
                await cursor.execute(query, parameters, prepare=True)
                return await cursor.fetchall()
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LogUnavailable("the log can't be reached") from error
