"""Turns: commands of one process that change the same streams are carried out one after the other.

Most find them free: only who met a change of somebody else gets in line, and as long as there is a
line, whoever comes later stands behind. Each leaves to the next what it has made of the aggregates.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID

from application.store import LogUnavailable
from domain.shared.aggregate import Aggregate

LINE = 1_000
"""How many commands may stand in one line; one more is refused with `LogUnavailable`."""
PATIENCE_SECONDS = 5.0
"""How long a command may wait for its turn."""
HANDED_ON = 10
"""How often an aggregate is handed on before it is loaded again: meanwhile other processes, which
can't be as quick, get their chance, and snapshots are taken.
"""


class Crowded(Exception):
    """Others are in line for one of these `streams`, which are all that the command has met so far:
    it is decided again when it has the turn of them.
    """

    def __init__(self, streams: Collection[UUID]) -> None:
        super().__init__(streams)
        self.streams = frozenset(streams)


class _Line:
    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.length = 0
        self.left: Aggregate | None = None
        self.handed_on = 0
        self.is_shared = False


class Turn:
    """The right to change some streams, while nobody else of the process does."""

    def __init__(self, lines: dict[UUID, _Line], streams: Collection[UUID] = ()) -> None:
        self._lines = lines
        self._streams = streams

    def covers(self, streams: Iterable[UUID]) -> bool:
        """Whether it is the turn for all of these."""
        return all(stream_id in self._streams for stream_id in streams)

    def known(self, stream_id: UUID) -> Aggregate | None:
        """The aggregate as the one before has left it, once. Raises `Crowded` if others are in line
        for it.
        """
        line = self._lines.get(stream_id)
        if line is None:
            return None
        if stream_id not in self._streams:
            raise Crowded([stream_id])
        left, line.left = line.left, None
        return left

    def met_others(self) -> None:
        """Other processes change these streams as well: from now on all load before they decide, as
        those do, so that each process has the same chance.
        """
        for stream_id in self._streams:
            self._lines[stream_id].is_shared = True

    def leave(self, aggregates: Iterable[Aggregate]) -> None:
        """Hand on what was committed to those who stand in line for it."""
        for aggregate in aggregates:
            line = self._lines.get(aggregate.id)
            if aggregate.id not in self._streams or line is None or line.is_shared:
                continue
            line.handed_on = (line.handed_on + 1) % (HANDED_ON + 1)
            line.left = aggregate if line.handed_on else None


class Turns:
    """The lines of one process, by the streams that they are for."""

    def __init__(self) -> None:
        self._lines: dict[UUID, _Line] = {}
        self.nobodys = Turn(self._lines)

    @asynccontextmanager
    async def of(self, streams: Collection[UUID]) -> AsyncIterator[Turn]:
        """Wait for the turn of all these streams. Raises `LogUnavailable`.

        All take them in the same order, so that no two wait for each other.
        """
        async with AsyncExitStack() as turns:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    for stream_id in sorted(streams):
                        await turns.enter_async_context(self._turn(stream_id))
            except TimeoutError:
                raise LogUnavailable("too many commands wait for their turn") from None
            yield Turn(self._lines, streams)

    @asynccontextmanager
    async def _turn(self, stream_id: UUID) -> AsyncIterator[None]:
        line = self._lines.setdefault(stream_id, _Line())
        if line.length >= LINE:
            raise LogUnavailable("too many commands wait for their turn")
        line.length += 1
        try:
            async with line.turn:
                yield
        finally:
            line.length -= 1
            if not line.length:
                del self._lines[stream_id]
