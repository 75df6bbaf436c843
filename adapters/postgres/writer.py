"""Group commit: all commands that wait are appended by one call and one flush to disk."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import socket
import time
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
from application.tracing import Link, link_here, span

log = structlog.get_logger()

GROUP = 128
"""The most commands of one commit."""
LANES = 2
"""How many groups of a process may be on their way."""
SHARED = 48
"""From so many commands on, waiting or under way, the lanes share them."""
WAITING = 4_096
"""The most commands that may wait; one more is refused with `LogUnavailable`."""
PATIENCE_SECONDS = 5.0
"""How long PostgreSQL may take for one group before it is given up."""

group_size = Histogram(
    "append_group_size", "Commands of one commit", buckets=(1, 2, 4, 8, 16, 32, 64, 128)
)
waiting_commands = Gauge("append_waiting_commands", "Commands that wait for the next commit")
queue_seconds = Histogram(
    "append_queue_seconds",
    "How long the first command of a group waited for it",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1, 5),
)
refused_commands = Counter("append_refused_commands", "Commands refused because too many waited")
interrupted_groups = Counter("append_interrupted_groups", "Commits whose outcome had to be asked")
dropped_commands = Counter("append_dropped_commands", "Commands dropped from a commit", ["why"])

APPEND = (
    "SELECT head, conflicting, taken FROM append_events("
    "%b::int[], %b::uuid[], %b::bigint[], %b::text[], %b::int[], %b::uuid[], %b::bytea[],"
    " %b::bytea[], %b::text[], %b::text[], %b::bytea[], %b::bytea[])"
)
COMMITTED = (
    "SELECT e.metadata ->> 'command_id', e.position"
    " FROM unnest(%b::uuid[], %b::bigint[]) AS u(stream_id, version)"
    " JOIN streams USING (stream_id)"
    " JOIN events AS e ON e.stream_id = u.stream_id AND e.version = u.version"
    " AND e.position >= streams.since"
)
INTERRUPTIONS = ("08", "25", "28", "40", "53", "55", "57", "58")
"""SQLSTATE classes of errors that say nothing of the commands: connection, resources, locks, ..."""
THIS_SESSION = "SELECT * FROM this_session()"
END_SESSION = "SELECT session_ended(%s, %s)"


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
    submitted_at: float
    link: Link | None


class _Session(Struct, frozen=True):
    process_id: int
    started_at: datetime


class Writer:
    """What a process appends by. Start it, `append`, and stop it.

    Its lanes take turns: while PostgreSQL commits the group of one, the next group is put together
    and sent by another, and waits for the log's lock there.
    """

    def __init__(self, database_url: str) -> None:
        self._waiting: deque[Submission] = deque()
        self._lanes = [_Lane(database_url) for _ in range(LANES)]
        self._tasks: list[asyncio.Task[None]] = []
        self._under_way = 0
        self._stopping = False

    async def start(self) -> None:
        """Begin to write."""
        self._tasks = [
            asyncio.create_task(self._run(lane), name=f"group-commit-{number}")
            for number, lane in enumerate(self._lanes)
        ]

    async def stop(self) -> None:
        """Write what waits, then end."""
        self._stopping = True
        for lane in self._lanes:
            lane.wake.set()
        await asyncio.gather(*self._tasks)

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
            refused_commands.inc()
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
                submitted_at=time.perf_counter(),
                link=link_here(),
            )
        )
        self._wake_one()
        return await done

    def _wake_one(self) -> None:
        # The first idle one, not any: a second session that is seldom used is slower.
        for lane in self._lanes:
            if lane.idle:
                lane.wake.set()
                return

    async def _run(self, lane: _Lane) -> None:
        try:
            while True:
                await lane.wake.wait()
                lane.wake.clear()
                while self._waiting:
                    group = self._next_group()
                    lane.idle = False
                    if self._waiting:
                        self._wake_one()
                    links = [each.link for each in group if each.link]
                    with span("commit group", links=links, commands=len(group)):
                        await lane.write(group)
                    self._under_way -= len(group)
                    lane.idle = True
                if self._stopping:
                    return
        finally:
            await lane.disconnect()

    def _next_group(self) -> list[Submission]:
        waiting, size = self._waiting, len(self._waiting)
        if size + self._under_way >= SHARED:
            # An equal part of all for each lane: if one took nearly all of them, the next group
            # could not be put together while it is committed.
            size = min(size, math.ceil((size + self._under_way) / LANES))
        group = [waiting.popleft() for _ in range(min(size, GROUP))]
        self._under_way += len(group)
        waiting_commands.set(len(waiting))
        group_size.observe(len(group))
        queue_seconds.observe(time.perf_counter() - group[0].submitted_at)
        return group


class _Lane:
    """One connection, and what is done when it breaks."""

    def __init__(self, database_url: str) -> None:
        self.wake = asyncio.Event()
        self.idle = True
        self._url = database_url
        self._connection: AsyncConnection[tuple[Any, ...]] | None = None
        self._session: _Session | None = None

    async def write(self, group: Sequence[Submission]) -> None:
        """Append the group, and answer each of its commands."""
        breaking_off = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._break_off)
        try:
            await self._commit(group)
        except Exception as error:  # noqa: BLE001  # whoever asked gets it, and nobody else
            breaking_off.cancel()
            if _is_interruption(error):
                interrupted_groups.inc()
                log.warning("append_interrupted", commands=len(group), error=str(error))
                await self._recover(group)
                return
            if len(group) == 1:
                taken = isinstance(error, psycopg.errors.UniqueViolation)
                _fail(group[0], ConcurrentChange() if taken else error)
                return
            log.warning("append_one_by_one", commands=len(group), error=str(error))
            for submission in group:
                await self.write([submission])
        finally:
            breaking_off.cancel()

    def _break_off(self) -> None:
        """End the wait for a silent server: cancelling would ask it for seconds to cancel."""
        if self._connection and not self._connection.closed:
            with (
                contextlib.suppress(OSError),
                socket.socket(fileno=os.dup(self._connection.pgconn.socket)) as wire,
            ):
                wire.shutdown(socket.SHUT_RDWR)

    async def disconnect(self) -> None:
        """Close the connection, if there is one."""
        if self._connection:
            with contextlib.suppress(psycopg.Error, OSError):
                await self._connection.close()
            self._connection = None

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
        await self.disconnect()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                committed = await self._committed(group, lost)
        except (psycopg.Error, TimeoutError, OSError):
            await self.disconnect()
            for submission in group:
                _fail(submission, LogUnavailable("the log can't be reached"))
            return
        for submission in group:
            position = committed.get(str(submission.command_id))
            if position is None:
                _fail(submission, LogUnavailable("the log could not be reached; nothing was done"))
            elif not submission.done.done():
                submission.done.set_result(position)

    async def _committed(
        self, group: Sequence[Submission], lost: _Session | None
    ) -> dict[str, int]:
        """The positions of those commands that were committed, by their ids."""
        connection = await self._connected()
        if lost:
            cursor = await connection.execute(END_SESSION, (lost.process_id, lost.started_at))
            if not (ended := await cursor.fetchone()) or not ended[0]:
                raise TimeoutError("the lost session is still there, and may still commit")
        last = [submission.rows[-1] for submission in group if submission.rows]
        cursor = await connection.execute(
            COMMITTED,
            (Uuids([row.stream_id for row in last]), Int8s([row.version for row in last])),
        )
        return dict(await cursor.fetchall())

    async def _connected(self) -> AsyncConnection[tuple[Any, ...]]:
        if self._connection is None or self._connection.closed:
            async with asyncio.timeout(PATIENCE_SECONDS):
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


def _is_interruption(error: Exception) -> bool:
    """Whether it leaves open what was committed, or would befall any other group as well."""
    if isinstance(error, psycopg.Error) and error.sqlstate:
        return error.sqlstate[:2] in INTERRUPTIONS
    return isinstance(error, psycopg.OperationalError | TimeoutError | OSError)


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
