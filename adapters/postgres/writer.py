"""Group commit: all commands that wait are appended by one call and one flush to disk."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import structlog
from msgspec import Struct
from prometheus_client import Counter, Gauge, Histogram
from psycopg import AsyncConnection

from adapters.postgres.arrays import ByteStrings, Int4s, Int8s, Texts, Uuids, register
from application.store import ConcurrentChange, KeyTaken, LogUnavailable, RequestKey

log = structlog.get_logger()

GROUP = 128
"""The most commands of one commit."""
WAITING = 4_096
"""The most commands that may wait; one more is refused with `LogUnavailable`."""
PATIENCE_SECONDS = 5.0
"""How long PostgreSQL may take for one group before it is given up."""

group_size = Histogram(
    "append_group_size", "Commands of one commit", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
waiting_commands = Gauge("append_waiting_commands", "Commands that wait for the next commit")
dropped_commands = Counter("append_dropped_commands", "Commands dropped from a commit", ["why"])

APPEND = (
    "SELECT head, conflicting, taken FROM append_events("
    "%b::int[], %b::uuid[], %b::bigint[], %b::text[], %b::int[], %b::uuid[], %b::bytea[],"
    " %b::bytea[], %b::text[], %b::text[], %b::bytea[], %b::bytea[])"
)
COMMITTED = (
    "SELECT position FROM events WHERE stream_id = %s AND version = %s"
    " AND metadata ->> 'command_id' = %s"
)


THIS_SESSION = "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
END_SESSION = (
    "SELECT pg_terminate_backend(pid, 4000) FROM pg_stat_activity"
    " WHERE pid = %s AND backend_start = %s"
)


class Row(Struct, frozen=True):
    """An event as it is stored, but for its position."""

    stream_id: UUID
    version: int
    type: str
    schema_version: int
    subject_id: UUID | None
    payload: bytes


class Submission(Struct, frozen=True, kw_only=True):
    """One command's rows, with the future in which its writer waits for the position."""

    rows: Sequence[Row]
    metadata: bytes
    command_id: UUID
    key: RequestKey | None
    answer: bytes
    done: asyncio.Future[int]


class _Session(Struct, frozen=True):
    process_id: int
    started_at: datetime


class Writer:
    """The one coroutine of a process that appends. Start it, `append`, and stop it."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._waiting: deque[Submission] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._session: _Session | None = None

    async def start(self) -> None:
        """Begin to write."""
        self._task = asyncio.create_task(self._run(), name="group-commit")

    async def stop(self) -> None:
        """Write what waits, then end."""
        self._stopping = True
        self._wake.set()
        if self._task:
            await self._task
        if self._connection:
            await self._connection.close()

    async def append(
        self,
        rows: Sequence[Row],
        metadata: bytes,
        *,
        command_id: UUID,
        key: RequestKey | None,
        answer: bytes,
    ) -> int:
        """The position of the last row once it is durable; errors as in `EventLog.append`.

        A caller who is cancelled stops waiting, but the rows are appended all the same.
        """
        if self._stopping or len(self._waiting) >= WAITING:
            raise LogUnavailable("too many commands wait for the log")
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting.append(
            Submission(
                rows=rows,
                metadata=metadata,
                command_id=command_id,
                key=key,
                answer=answer,
                done=done,
            )
        )
        self._wake.set()
        return await done

    async def _run(self) -> None:
        while True:
            if not self._waiting:
                if self._stopping:
                    return
                self._wake.clear()
                await self._wake.wait()
                continue
            group = [self._waiting.popleft() for _ in range(min(GROUP, len(self._waiting)))]
            waiting_commands.set(len(self._waiting))
            group_size.observe(len(group))
            await self._write(group)

    async def _write(self, group: Sequence[Submission]) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._commit(group)
        except (psycopg.OperationalError, TimeoutError, OSError) as error:
            log.warning("append_interrupted", commands=len(group), error=str(error))
            await self._recover(group)
        except psycopg.Error as error:
            if len(group) == 1:
                taken = isinstance(error, psycopg.errors.UniqueViolation)
                _fail(group[0], ConcurrentChange() if taken else error)
                return
            log.warning("append_one_by_one", commands=len(group), error=str(error))
            for submission in group:
                await self._write([submission])

    async def _commit(self, group: Sequence[Submission]) -> None:
        connection = await self._connected()
        cursor = await connection.execute(APPEND, _parameters(group), binary=True, prepare=True)
        answer = await cursor.fetchone()
        if answer is None:
            raise psycopg.OperationalError("the append gave no answer")
        position, conflicting, taken = answer
        dropped = {number: ConcurrentChange() for number in conflicting} | {
            number: KeyTaken() for number in taken
        }
        for number, submission in enumerate(group, start=1):
            if error := dropped.get(number):
                dropped_commands.labels(type(error).__name__).inc()
                _fail(submission, error)
                continue
            position += len(submission.rows)
            if not submission.done.done():
                submission.done.set_result(position)

    async def _recover(self, group: Sequence[Submission]) -> None:
        """After a broken connection: tell what was committed from what was not, and answer both.

        The server may still be busy with the lost call, so its session is ended before asking.
        """
        lost = self._session
        await self._disconnect()
        for submission in group:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    position = await self._committed(submission, lost)
            except (psycopg.Error, TimeoutError, OSError):
                await self._disconnect()
                _fail(submission, LogUnavailable("the log can't be reached"))
                continue
            if position is None:
                _fail(submission, LogUnavailable("the log could not be reached; nothing was done"))
            elif not submission.done.done():
                submission.done.set_result(position)

    async def _committed(self, submission: Submission, lost: _Session | None) -> int | None:
        connection = await self._connected()
        if lost:
            await connection.execute(END_SESSION, (lost.process_id, lost.started_at))
        if not submission.rows:
            return None
        last = submission.rows[-1]
        cursor = await connection.execute(
            COMMITTED, (last.stream_id, last.version, str(submission.command_id))
        )
        row = await cursor.fetchone()
        return row[0] if row else None

    async def _connected(self) -> AsyncConnection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            self._connection = await AsyncConnection.connect(
                self._url, autocommit=True, application_name="polikrami writer"
            )
            milliseconds = int(PATIENCE_SECONDS * 1000)
            await self._connection.execute(f"SET statement_timeout = {milliseconds}")
            register(self._connection)
            cursor = await self._connection.execute(THIS_SESSION)
            row = await cursor.fetchone()
            self._session = _Session(*row) if row else None
        return self._connection

    async def _disconnect(self) -> None:
        if self._connection:
            with contextlib.suppress(psycopg.Error, OSError):
                await self._connection.close()
            self._connection = None


def _fail(submission: Submission, error: Exception) -> None:
    if not submission.done.done():
        submission.done.set_exception(error)


def _parameters(group: Sequence[Submission]) -> tuple[object, ...]:
    numbered = [(number, row) for number, each in enumerate(group, start=1) for row in each.rows]
    rows = [row for _, row in numbered]
    keys = [submission.key for submission in group]
    keyed = any(keys)
    return (
        Int4s([number for number, _ in numbered]),
        Uuids([row.stream_id for row in rows]),
        Int8s([row.version for row in rows]),
        Texts([row.type for row in rows]),
        Int4s([row.schema_version for row in rows]),
        Uuids([row.subject_id for row in rows]),
        ByteStrings([row.payload for row in rows]),
        ByteStrings([submission.metadata for submission in group]),
        Texts([key.caller if key else None for key in keys]) if keyed else None,
        Texts([key.key if key else None for key in keys]) if keyed else None,
        ByteStrings([key.request_hash if key else None for key in keys]) if keyed else None,
        ByteStrings([submission.answer for submission in group]) if keyed else None,
    )


def encode_metadata(metadata: Struct) -> bytes:
    """Metadata as stored."""
    return msgspec.json.encode(metadata)
