"""The event log in PostgreSQL: loading, appending, and reading page by page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from operator import attrgetter, itemgetter
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from adapters.mapper import EventMapper, subject_id
from adapters.postgres.aggregates import Aggregates
from adapters.postgres.archive.archives import MARK, Archives, in_order
from adapters.postgres.arrays import Int8s, Texts, Uuids
from adapters.postgres.baselines import Baselines
from adapters.postgres.histories import HISTORIES, TOPICS
from adapters.postgres.keys import PersonKeys
from adapters.postgres.lines import Lines
from adapters.postgres.loads import Asked, Rows
from adapters.postgres.snapshots import Snapshots
from adapters.postgres.writer import Row, Writer, encode_metadata
from application.store import Append, Loaded, LogUnavailable, Page, Recorded, StoredAnswer
from domain.shared.aggregate import EVENTS, Event, Metadata
from domain.shared.card_numbers import scrub_json

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]

LOAD = (
    "SELECT e.* FROM streams AS s CROSS JOIN LATERAL ("
    "SELECT position, type, schema_version, subject_id, payload, recorded_at, metadata::text"
    " FROM events WHERE stream_id = s.stream_id AND position >= s.since"
    " LIMIT 9e18::bigint) AS e WHERE s.stream_id = %s ORDER BY e.position"
)
ALSO_ARCHIVED = (
    "SELECT since, NULL, NULL::smallint, NULL::uuid, NULL::bytea, NULL::timestamptz,"
    " {} FROM streams WHERE EXISTS (SELECT FROM log_partitions WHERE state = 'archived')"
    " AND stream_id = %s AND since <= ("
    "SELECT max(last_position) FROM log_partitions WHERE state = 'archived')"
).replace("{}", MARK)
"""Of a stream that begins in files a row that says so, in place of those that lie there."""
# Of each stream one row with its first position and newest version, and a mark if something of it
# lies in files; then a snapshot if it is worth it; then events. PostgreSQL keeps one plan for
# however many questions, because it can't see their number, and it goes along the indexes even if
# it was made for empty tables, because of the limits.
STREAMS = """
SELECT asked.nth::int, found.*
FROM unnest((SELECT %b::uuid[]), (SELECT %b::bigint[]), (SELECT %b::bigint[]))
     WITH ORDINALITY AS asked (stream_id, version, position, nth)
CROSS JOIN LATERAL (
    SELECT s.version, s.since FROM streams AS s WHERE s.stream_id = asked.stream_id LIMIT 1
) AS stream
LEFT JOIN LATERAL (
    SELECT s.position, s.version, s.shape, s.state FROM snapshots AS s
    WHERE s.stream_id = asked.stream_id AND s.shape = ANY (%b::text[])
        AND stream.version - asked.version >= 100
        AND s.version > asked.version AND s.version <= stream.version
    ORDER BY s.version DESC LIMIT 1
) AS snapshot ON true
CROSS JOIN LATERAL (
    SELECT stream.since AS position, stream.version,
           CASE WHEN coalesce(snapshot.position + 1, greatest(stream.since, asked.position)) <= (
               SELECT max(last_position) FROM log_partitions WHERE state = 'archived')
           THEN {} END AS type,
           NULL::int AS schema_version, NULL::uuid AS subject_id, NULL::bytea AS payload
    UNION ALL
    SELECT snapshot.position, snapshot.version, snapshot.shape, NULL, NULL, snapshot.state
    WHERE snapshot.version IS NOT NULL
    UNION ALL
    (SELECT e.position, e.version, e.type, e.schema_version, e.subject_id, e.payload
     FROM events AS e
     WHERE e.stream_id = asked.stream_id
         AND e.version >= coalesce(snapshot.version + 1, asked.version)
         AND e.position >= greatest(stream.since, snapshot.position, asked.position)
     ORDER BY e.version LIMIT 500)
) AS found
""".replace("{}", MARK)
PAGE = (
    "SELECT position, type, schema_version, subject_id, payload, recorded_at, metadata::text"
    " FROM events WHERE position > %s ORDER BY position LIMIT %s"
)
RANGE = (
    "SELECT 0, {}, NULL::smallint, NULL::uuid, NULL::bytea"
    " UNION ALL (SELECT position, type, schema_version, subject_id, payload FROM events"
    " WHERE position > %s AND position <= %s ORDER BY position LIMIT %s)"
).replace("{}", MARK)
WHOLE_RANGE = RANGE.replace("::bytea", "::bytea, NULL::timestamptz, NULL").replace(
    "payload FROM", "payload, recorded_at, metadata::text FROM"
)

_metadata = msgspec.json.Decoder(Metadata).decode


class StoredRecord(Recorded):
    """A row of the log, of which nothing is decoded yet; its subject's key was fetched with it."""

    kind: type[Event] | None = None
    _row: tuple[Any, ...] = ()
    _mapper: EventMapper | None = None

    @property
    def topic(self) -> str:
        return str(self._row[1])

    @property
    def schema_version(self) -> int:
        return int(self._row[2])

    @property
    def subject_id(self) -> UUID | None:
        subject: UUID | None = self._row[3]
        return subject

    def says(self, text: bytes) -> bool:
        return text in bytes(self._row[4])

    @property
    def recorded_at(self) -> datetime:
        moment: datetime = self._row[5]
        return moment

    @property
    def event(self) -> Event:
        if self._event is None:
            assert self._mapper is not None
            _, topic, schema_version, subject, payload = self._row[:5]
            self._event = self._mapper.decode(
                topic, payload, schema_version=schema_version, subject=subject
            )
        return self._event

    @property
    def metadata(self) -> Metadata:
        if self._metadata is None:
            self._metadata = _metadata(self._row[6])
        return self._metadata


class PostgresLog:
    """`EventLog` over the table `events`."""

    def __init__(
        self,
        pool: Pool,
        writer: Writer,
        keys: PersonKeys,
        *,
        archive_dir: Path | None = None,
        lines: Lines | None = None,
    ) -> None:
        self._archives = Archives(pool, archive_dir)
        self._pool = pool
        self._lines = lines
        self._writer = writer
        self._keys = keys
        self._mapper = EventMapper(keys)
        baselines = Baselines()
        self._aggregates = Aggregates(
            self._streams, self._archived, mapper=self._mapper, baselines=baselines
        )
        self.snapshots = Snapshots(pool, self._aggregates.tail, baselines)

    async def aggregate(self, stream_id: UUID) -> Loaded | None:
        tail = await self._aggregates.tail(stream_id)
        if tail is None:
            return None
        self.snapshots.consider(tail)
        return Loaded(tail.aggregate, tail.position)

    async def load(self, stream_id: UUID) -> Sequence[Recorded]:
        rows = await self._rows(f"{ALSO_ARCHIVED} UNION ALL ({LOAD})", (stream_id, stream_id))
        if rows and rows[0][1] is None:
            (since, *_, mark), *rows = rows
            if mark != self._archives.mark:
                await self._archives.refresh()
                return await self.load(stream_id)
            archived = await self._archives.history(stream_id, since=since)
            if archived is None:
                return await self.load(stream_id)
            rows = in_order([*archived, *rows])
        return await self._recorded(rows)

    async def histories(self, stream_ids: Collection[UUID], *, until: int) -> Sequence[Recorded]:
        rows = await self._rows(HISTORIES, (Uuids(list(stream_ids)), until))
        events = await self._recorded([row for row in rows if row[1] is not None])
        in_files = [row[3] for row in rows if row[1] is None]
        if not in_files:
            return events
        wholes = [await self.load(stream_id) for stream_id in in_files]
        found = [*events, *(each for whole in wholes for each in whole if each.position <= until)]
        return sorted(found, key=attrgetter("position"))

    async def topics(self, positions: Collection[int]) -> Mapping[int, str]:
        found = dict(await self._rows(TOPICS, (Int8s(list(positions)),)))
        for position in set(positions) - found.keys():
            # It lies in a file, or is still to come.
            found |= {each.position: each.topic for each in await self.page(position - 1, 1)}
        return found

    async def page(self, after: int, limit: int) -> Sequence[Recorded]:
        archived = await self._archives.part(after, limit)
        if archived is not None:
            return await self._recorded(archived[0])
        rows = await self._rows(PAGE, (after, self._archives.bound(after, after + limit) - after))
        # Positions have no gaps, but where events are in files.
        if rows and rows[-1][0] - after != len(rows) and await self._archives.refresh():
            return await self.page(after, limit)
        return await self._recorded(rows)

    async def pages(
        self,
        after: int,
        until: int,
        *,
        kinds: Collection[type[Event]] | None = None,
        size: int = 5_000,
        whole: bool = False,
    ) -> AsyncIterator[Page]:
        topics = None if kinds is None else [kind.TOPIC for kind in kinds]
        following = asyncio.create_task(
            self._range(after, until, topics=topics, size=size, whole=whole)
        )
        try:
            while after < until:
                page = await following
                after = page.position
                if after < until:
                    following = asyncio.create_task(
                        self._range(after, until, topics=topics, size=size, whole=whole)
                    )
                    await asyncio.sleep(0)  # so that PostgreSQL is asked before the page is used
                yield page
        finally:
            following.cancel()

    async def _range(
        self, after: int, until: int, *, topics: list[str] | None, size: int, whole: bool
    ) -> Page:
        archived = await self._archives.part(
            after, min(size, until - after), topics=topics, whole=whole
        )
        if archived is not None:
            rows, position = archived
            return Page(await self._recorded(rows), position)
        bound = self._archives.bound(after, until)
        query = WHOLE_RANGE if whole else RANGE
        parameters: tuple[object, ...] = (after, bound, size)
        if topics is not None:
            query = query.replace(" ORDER BY position L", " AND type = ANY(%s) ORDER BY position L")
            parameters = (after, bound, topics, size)
        mark, *rows = await self._rows(query, parameters)
        if mark[1] != self._archives.mark:
            await self._archives.refresh()
            return await self._range(after, until, topics=topics, size=size, whole=whole)
        events = await self._recorded(rows)
        return Page(events, events[-1].position if len(events) == size else bound)

    async def head(self) -> int:
        rows = await self._rows("SELECT coalesce(max(position), 0) FROM events", ())
        return int(rows[0][0])

    async def append(self, append: Append) -> int:
        subjects = [subject_id(event) for event in append.events]
        if any(subjects):
            await self._make_keys(append.events)
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
            answer=scrub_json(append.answer),
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

    async def _streams(self, asked: Sequence[Asked], shapes: Sequence[str]) -> Rows:
        """What `Aggregates` reads of many streams at once."""
        parameters = (
            Uuids([each.stream_id for each in asked]),
            Int8s([each.version for each in asked]),
            Int8s([each.position for each in asked]),
            Texts(shapes),
        )
        rows = await self._rows(STREAMS, parameters)
        if any(row[5] is not None for row in rows):
            await self._fetch_keys({row[5] for row in rows})
        return rows

    async def _archived(self, asked: Asked, rows: Rows) -> Rows | None:
        """These rows with those of the stream that lie in files; None if it has to be asked anew
        because it has changed which do.
        """
        _, since, _, mark, *_ = rows[0]
        if mark != self._archives.mark:
            await self._archives.refresh()
            return None
        begun = 2 if len(rows) > 1 and rows[1][4] is None else 1
        first = rows[1][1] + 1 if begun == 2 else max(since, asked.position)
        archived = await self._archives.history(asked.stream_id, since=first)
        if archived is None:
            return None
        await self._fetch_keys({row[3] for row in archived})
        found = [
            (1, position, asked.version + number, *event)
            for number, (position, *event) in enumerate(row[:5] for row in archived)
        ]
        return [*rows[:begun], *sorted([*found, *rows[begun:]], key=itemgetter(1))]

    async def _recorded(self, rows: Sequence[tuple[Any, ...]]) -> Sequence[Recorded]:
        subjects = {row[3] for row in rows}
        if subjects != {None}:
            await self._fetch_keys(subjects)
        mapper, kinds = self._mapper, EVENTS.get
        return [StoredRecord(row[0], None, None, kinds(row[1]), row, mapper) for row in rows]

    async def _make_keys(self, events: Sequence[Event]) -> None:
        kept = {subject_id(event): event.retention() for event in events}
        retentions = {subject: each for subject, each in kept.items() if subject and each}
        try:
            await self._keys.fetch(kept, create=True, retentions=retentions)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LogUnavailable("the log can't be reached") from error

    async def _fetch_keys(self, subjects: Collection[UUID | None]) -> None:
        try:
            await self._keys.fetch(subjects)
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LogUnavailable("the log can't be reached") from error

    async def _rows(
        self, query: LiteralString, parameters: tuple[object, ...]
    ) -> list[tuple[Any, ...]]:
        try:
            if self._lines and (found := await self._lines.fetch(query, parameters)) is not None:
                return found.rows
            async with self._pool.connection() as connection:
                cursor = connection.cursor(binary=True)
                await cursor.execute(query, parameters, prepare=True)
                return await cursor.fetchall()
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LogUnavailable("the log can't be reached") from error
