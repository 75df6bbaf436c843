"""The reading side of a process: queries on read tables, and waiting until they are fresh."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString, TypeVar

import msgspec
import psycopg
import structlog
from psycopg import AsyncConnection

from adapters.postgres.pool import Pool

log = structlog.get_logger()

T = TypeVar("T")

POSITIONS = "SELECT name, position FROM projections WHERE state = 'live'"


class Reads:
    """Queries, and the positions of the live read models as the projector announces them."""

    def __init__(self, pool: Pool, database_url: str) -> None:
        self._pool = pool
        self._url = database_url
        self._positions: dict[str, int] = {}
        self._moved = asyncio.Condition()
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
            cursor = connection.cursor(binary=True)
            await cursor.execute(query, parameters, prepare=True)
            return await cursor.fetchall()

    async def all(
        self,
        row: type[T],
        query: LiteralString,
        parameters: Sequence[Any] | dict[str, Any] = (),
    ) -> list[T]:
        """All rows, each converted to `row` by its column names."""
        async with self._pool.connection() as connection:
            cursor = connection.cursor(binary=True)
            await cursor.execute(query, parameters, prepare=True)
            names = [column.name for column in cursor.description or ()]
            return [
                msgspec.convert(dict(zip(names, values, strict=True)), row)
                for values in await cursor.fetchall()
            ]

    async def one(
        self,
        row: type[T],
        query: LiteralString,
        parameters: Sequence[Any] | dict[str, Any] = (),
    ) -> T | None:
        """The first row, or None."""
        found = await self.all(row, query, parameters)
        return found[0] if found else None

    def position(self, models: Sequence[str]) -> int:
        """The position that all these read models have reached, as far as is known; else 0."""
        return min((self._positions.get(name, 0) for name in models), default=0)

    async def reach(self, models: Sequence[str], position: int, *, timeout_seconds: float) -> bool:
        """Wait until these read models have reached the position; False when they did not."""
        if self.position(models) >= position:
            return True
        try:
            async with asyncio.timeout(timeout_seconds), self._moved:
                await self._moved.wait_for(lambda: self.position(models) >= position)
        except TimeoutError:
            return False
        return True

    async def moved(self, timeout_seconds: float) -> None:
        """Wait until any read model moves, or the time is over."""
        try:
            async with asyncio.timeout(timeout_seconds), self._moved:
                await self._moved.wait()
        except TimeoutError:
            return

    async def _listen(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._url, autocommit=True, application_name="polikrami reads"
                ) as connection:
                    await connection.execute("LISTEN projected")
                    cursor = await connection.execute(POSITIONS)
                    await self._announce(dict(await cursor.fetchall()))
                    async for notice in connection.notifies():
                        await self._announce(msgspec.json.decode(notice.payload))
            except (psycopg.OperationalError, OSError) as error:
                # Unknown positions count as 0, so that nobody takes old tables for fresh ones.
                self._positions = {}
                log.warning("reads_lost_the_projector", error=str(error))
                await asyncio.sleep(0.5)

    async def _announce(self, positions: dict[str, int]) -> None:
        async with self._moved:
            self._positions |= positions
            self._moved.notify_all()
