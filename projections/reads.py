"""The reading side of a process: queries on read tables, and waiting until they are fresh."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncGenerator, Iterable, Sequence
from typing import Any, LiteralString, TypeVar

import msgspec
import psycopg
import structlog
from msgspec import Struct
from prometheus_client import Counter, Gauge
from psycopg import AsyncConnection, AsyncCursor

from adapters.postgres.pool import Pool

log = structlog.get_logger()

T = TypeVar("T")
Wait = tuple[int, int, asyncio.Future[bool]]

POSITIONS = "SELECT name, position FROM projections WHERE serving AND state = 'live'"
MOST_WAITING = 10_000
"""The most requests of one process that wait; one more is told at once that it is behind."""
LOOK_SECONDS = 1.0
"""How often the listener looks for itself, to learn that its connection still works."""
UNHEARD_SECONDS = 3.0
"""For how long after its last sign of life the projector's word is taken."""

waiting_reads = Gauge("waiting_reads", "Requests that wait for a read model")
gave_up_reads = Counter("reads_behind", "Requests that did not see their read model in time")


class Announcement(Struct, frozen=True, omit_defaults=True):
    """What the projector tells when it has committed a page.

    The read models `moved`, or all that serve if there are `all_of` them, stand `at` a position;
    those in `changed` have got other rows. Without a position, readers are to look themselves.
    """

    at: int = -1
    all_of: int = 0
    moved: list[str] = []
    changed: list[str] = []


_announcement = msgspec.json.Decoder(Announcement).decode


class Waiting:
    """Those who wait for the same read models, the lowest position first."""

    def __init__(self) -> None:
        self._heap: list[Wait] = []
        self._numbers = itertools.count()
        self._gone = 0

    def __len__(self) -> int:
        return len(self._heap)

    def add(self, position: int, told: asyncio.Future[bool]) -> None:
        """Let `told` become true once the position is reached."""
        heapq.heappush(self._heap, (position, next(self._numbers), told))

    def reached(self, position: int) -> None:
        """Tell those who waited for this position or a lower one."""
        while self._heap and self._heap[0][0] <= position:
            told = heapq.heappop(self._heap)[2]
            if not told.done():
                told.set_result(True)

    def gave_up(self) -> None:
        """Somebody waits no longer. Their places are cleared when they are the half of all."""
        self._gone += 1
        if self._gone * 2 >= len(self._heap):
            self._heap = [wait for wait in self._heap if not wait[2].done()]
            heapq.heapify(self._heap)
            self._gone = 0


class Reads:
    """Queries, and the positions of the serving read models as the projector announces them.

    One connection listens for the whole process, however many requests wait.
    """

    def __init__(self, pool: Pool, database_url: str) -> None:
        self._pool = pool
        self._url = database_url
        self._positions: dict[str, int] = {}
        self._changed: dict[str, int] = {}
        self._waiting: dict[tuple[str, ...], Waiting] = {}
        self._waiters = 0
        self._heard_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen to the projector."""
        self._task = asyncio.create_task(self._listen(), name="listen-projected")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def rows(
        self, query: LiteralString, parameters: Sequence[Any] | dict[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        """All rows as tuples."""
        async with self._pool.connection() as connection:
            cursor = await _executed(connection, query, parameters=parameters)
            return await cursor.fetchall()

    async def all(
        self,
        row: type[T],
        query: LiteralString,
        parameters: Sequence[Any] | dict[str, Any] = (),
    ) -> list[T]:
        """All rows, each converted to `row` by its column names."""
        async with self._pool.connection() as connection:
            cursor = await _executed(connection, query, parameters=parameters)
            names = [column.name for column in cursor.description or ()]
            return [
                msgspec.convert(dict(zip(names, values, strict=True)), row)
                for values in await cursor.fetchall()
            ]

    async def batches(
        self, query: LiteralString, parameters: dict[str, Any], *, size: int
    ) -> AsyncGenerator[list[tuple[Any, ...]], None]:
        """Rows as tuples, so many at a time and all of one state of the database. A connection is
        taken until the last one, or until the generator is closed.
        """
        async with (
            self._pool.connection() as connection,
            connection.transaction(),
            connection.cursor(name="batches", binary=True) as cursor,
        ):
            # The pool forbids such plans so that short queries never meet them.
            await connection.execute("SET LOCAL enable_seqscan = on")
            await cursor.execute(query, parameters)
            while rows := await cursor.fetchmany(size):
                yield rows

    async def one(
        self,
        row: type[T],
        query: LiteralString,
        parameters: Sequence[Any] | dict[str, Any] = (),
    ) -> T | None:
        """The first row, or None."""
        found = await self.all(row, query, parameters)
        return found[0] if found else None

    def position(self, models: Iterable[str]) -> int:
        """The position that all these read models have reached, as far as is known; else 0."""
        return min((self._positions.get(name, 0) for name in models), default=0)

    def reached(self, models: Iterable[str], position: int) -> bool:
        """Whether all these read models are known to have reached the position."""
        known = self._positions.get
        for name in models:  # noqa: SIM110  # each request passes here, and `all` makes a generator
            if known(name, 0) < position:
                return False
        return True

    def serves(self, models: Iterable[str]) -> bool:
        """Whether all these read models are known to serve and to be followed: none is paused,
        none is unknown, and the projector's announcements arrive.
        """
        return self._is_heard() and all(name in self._positions for name in models)

    def changed_at(self, name: str) -> int:
        """The position at which the read model's rows changed last, as far as is known; -1 when it
        is not known. What was read after asking this stays true while this stays the same.
        """
        return self._changed.get(name, -1) if self._is_heard() else -1

    async def reach(self, models: Sequence[str], position: int, *, timeout_seconds: float) -> bool:
        """Wait until these read models have reached the position; False when they did not, or
        when too many wait already.
        """
        if self.reached(models, position):
            return True
        if timeout_seconds <= 0 or self._waiters >= MOST_WAITING:
            gave_up_reads.inc()
            return False
        return await self._wait(tuple(models), position, timeout_seconds=timeout_seconds)

    async def _wait(
        self, models: tuple[str, ...], position: int, *, timeout_seconds: float
    ) -> bool:
        loop = asyncio.get_running_loop()
        told: asyncio.Future[bool] = loop.create_future()
        waiting = self._waiting.setdefault(models, Waiting())
        waiting.add(position, told)
        timer = loop.call_later(timeout_seconds, _give_up, told)
        self._waiters += 1
        reached = False
        try:
            reached = await told
        finally:
            timer.cancel()
            self._waiters -= 1
            if not reached:
                gave_up_reads.inc()
                waiting.gave_up()
                if not waiting and self._waiting.get(models) is waiting:
                    del self._waiting[models]
        return reached

    async def _listen(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=5,
                    application_name="polikrami reads",
                ) as connection:
                    await connection.execute("LISTEN projected")
                    while True:
                        await self._look(connection)
                        async for notice in connection.notifies(timeout=LOOK_SECONDS):
                            if not self._heard(_announcement(notice.payload)):
                                # Another table may serve, or this one be repaired, where it stands.
                                self._changed = {}
                                break
            except (psycopg.OperationalError, OSError, TimeoutError) as error:
                # Unknown positions count as 0, so that nobody takes old tables for fresh ones.
                self._positions, self._changed = {}, {}
                self._heard_at = float("-inf")
                log.warning("reads_lost_the_projector", error=str(error))
                await asyncio.sleep(0.5)

    async def _look(self, connection: AsyncConnection[tuple[Any, ...]]) -> None:
        """Learn from the table where everything stands."""
        async with asyncio.timeout(UNHEARD_SECONDS - LOOK_SECONDS):
            cursor = await connection.execute(POSITIONS, prepare=True)
            found = dict(await cursor.fetchall())
        for name, position in found.items():
            # What moved without a word may have changed.
            if self._positions.get(name) != position:
                self._changed[name] = position
        self._positions = found
        self._heard_at = asyncio.get_running_loop().time()
        waiting_reads.set(self._waiters)
        self._tell_waiting()

    def _heard(self, announcement: Announcement) -> bool:
        """Take in what was announced; False when it takes a look to know."""
        at, positions = announcement.at, self._positions
        if announcement.all_of == len(positions) and at >= 0:
            self._positions = dict.fromkeys(positions, at)
        elif announcement.moved and positions.keys() >= set(announcement.moved):
            positions.update(dict.fromkeys(announcement.moved, at))
        else:
            return False
        for name in announcement.changed:
            self._changed[name] = at
        self._heard_at = asyncio.get_running_loop().time()
        self._tell_waiting()
        return True

    def _tell_waiting(self) -> None:
        for models, waiting in list(self._waiting.items()):
            waiting.reached(self.position(models))
            if not waiting:
                del self._waiting[models]

    def _is_heard(self) -> bool:
        return asyncio.get_running_loop().time() - self._heard_at < UNHEARD_SECONDS


async def _executed(
    connection: AsyncConnection[tuple[Any, ...]],
    query: LiteralString,
    *,
    parameters: Sequence[Any] | dict[str, Any],
) -> AsyncCursor[tuple[Any, ...]]:
    cursor = connection.cursor(binary=True)
    try:
        return await cursor.execute(query, parameters, prepare=True)
    except psycopg.errors.FeatureNotSupported:
        # A view has other columns than when the query was prepared here: another version serves.
        await forget_prepared(connection)
        return await cursor.execute(query, parameters, prepare=True)


async def forget_prepared(connection: AsyncConnection[tuple[Any, ...]]) -> None:
    """Let the server and psycopg forget every prepared statement of a connection."""
    # Sent unprepared a second time, psycopg would not notice it and use names that are gone.
    await connection.execute("DEALLOCATE ALL", prepare=True)


def _give_up(told: asyncio.Future[bool]) -> None:
    if not told.done():
        told.set_result(False)
