"""What several callers ask at once, done by one statement and one commit."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

GROUP = 128
"""The most items of one statement."""


class Grouping(Generic[Item, Answer]):
    """Collects items while a group is under way; `work` takes the next group and gives an answer
    for each item. It belongs to one event loop.

    A group that fails is tried again item by item, so that only those fail that can't be done;
    `work` is thus to be all or nothing. A fault in `hopeless` fails the whole group at once.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Answer]]],
        *,
        hopeless: type[Exception],
    ) -> None:
        self._work = work
        self._hopeless = hopeless
        self._waiting: deque[tuple[Item, asyncio.Future[Answer]]] = deque()
        self._running: asyncio.Task[None] | None = None

    async def do(self, item: Item) -> Answer:
        """The answer for one item. A caller who is cancelled stops waiting; it is done all the
        same.
        """
        done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await done

    async def _run(self) -> None:
        try:
            while self._waiting:
                size = min(len(self._waiting), GROUP)
                await self._settle([self._waiting.popleft() for _ in range(size)])
        finally:
            self._running = None
            for _, done in self._waiting:
                done.cancel()
            self._waiting.clear()

    async def _settle(self, group: Sequence[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._work([item for item, _ in group])
        except asyncio.CancelledError:
            for _, done in group:
                done.cancel()
            raise
        except Exception as error:  # noqa: BLE001  # each caller gets the error of its own item
            if len(group) == 1 or isinstance(error, self._hopeless):
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
                return
            for each in group:
                await self._settle([each])
            return
        for (_, done), answer in zip(group, answers, strict=True):
            if not done.done():
                done.set_result(answer)
