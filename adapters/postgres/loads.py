"""Loads that wait are answered by one query: the counterpart of the group commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from application.store import LogUnavailable

Row = tuple[Any, ...]
Rows = list[Row]

GROUP = 64
"""The most streams of one query."""
AT_ONCE = 2
"""How many queries may be under way, so that one long stream does not hold up all others."""
PATIENCE_SECONDS = 10.0
"""How long PostgreSQL may take for one query."""


class Asked(NamedTuple):
    """A stream, and what is known of it: a version and its position, or -1 and 0 for nothing."""

    stream_id: UUID
    version: int = -1
    position: int = 0


class Loads:
    """`read` gives the rows of many streams, each with the place of its question, from 1 on, as the
    first column.

    A load is only ever answered by a query that began after it was asked for.
    """

    def __init__(self, read: Callable[[Sequence[Asked]], Awaitable[Rows]]) -> None:
        self._read = read
        self._waiting: dict[Asked, list[asyncio.Future[Rows]]] = {}
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def rows(self, asked: Asked) -> Rows:
        """The rows of one stream, in the order of the query. Raises what the query raises."""
        waiter: asyncio.Future[Rows] = asyncio.get_running_loop().create_future()
        waiters = self._waiting.get(asked)
        if waiters is not None:
            waiters.append(waiter)
            return await waiter
        self._waiting[asked] = [waiter]
        if self._running < AT_ONCE:
            self._running += 1
            task = asyncio.create_task(self._run(), name="grouped-loads")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await waiter

    async def _run(self) -> None:
        # Counted here and not by the task's end, which others see only a moment later: whoever
        # asked in between would wait for ever.
        try:
            await self._answer_all()
        finally:
            self._running -= 1

    async def _answer_all(self) -> None:
        while self._waiting:
            group = list(self._waiting)[:GROUP]
            waiters = [self._waiting.pop(asked) for asked in group]
            found: list[Rows] = [[] for _ in group]
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    rows = await self._read(group)
                for row in rows:
                    found[row[0] - 1].append(row)
            except TimeoutError:
                _fail(waiters, LogUnavailable("PostgreSQL does not answer"))
                continue
            except Exception as error:  # noqa: BLE001  # whoever asked gets it
                _fail(waiters, error)
                continue
            for some, theirs in zip(waiters, found, strict=True):
                for waiter in some:
                    if not waiter.done():
                        waiter.set_result(theirs)


def _fail(waiters: Iterable[Iterable[asyncio.Future[Rows]]], error: Exception) -> None:
    for waiter in (each for some in waiters for each in some if not each.done()):
        waiter.set_exception(error)
        waiter.exception()  # it is told to whoever still waits, and only to them
