"""Loads that wait are answered by one query: the counterpart of the group commit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

Rows = list[tuple[Any, ...]]

GROUP = 64
"""The most streams of one query."""
AT_ONCE = 2
"""How many queries may be under way, so that one long stream does not hold up all others."""


class Loads:
    """`read` gives the rows of many streams, each with its stream's id as the first column.

    A load is only ever answered by a query that began after it was asked for.
    """

    def __init__(self, read: Callable[[Sequence[UUID]], Awaitable[Rows]]) -> None:
        self._read = read
        self._waiting: dict[UUID, asyncio.Future[Rows]] = {}
        self._running = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def rows(self, stream_id: UUID) -> Rows:
        """The rows of one stream, in the order of the query. Raises what the query raises."""
        waiting = self._waiting.get(stream_id)
        if waiting is None:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting[stream_id] = waiting
            if self._running < AT_ONCE:
                self._running += 1
                task = asyncio.create_task(self._run(), name="grouped-loads")
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(waiting)

    async def _run(self) -> None:
        # Counted here and not by the task's end, which others see only a moment later: whoever
        # asked in between would wait for ever.
        try:
            await self._answer_all()
        finally:
            self._running -= 1

    async def _answer_all(self) -> None:
        while self._waiting:
            streams = list(self._waiting)[:GROUP]
            group = {stream: self._waiting.pop(stream) for stream in streams}
            found: dict[UUID, Rows] = {stream: [] for stream in streams}
            try:
                for row in await self._read(streams):
                    found[row[0]].append(row[1:])
            except Exception as error:  # noqa: BLE001  # whoever asked gets it
                for waiting in group.values():
                    waiting.set_exception(error)
                    waiting.exception()  # it is told to whoever still waits, and only to them
                continue
            for stream, waiting in group.items():
                waiting.set_result(found[stream])
