"""Moments of history: which position of the log a moment stands for, and what a log tells of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from application.store import EventLog, LogReader, Recorded
from domain.shared.errors import NotFound

Moment = int | datetime
"""A position of the log, or an instant."""

POSITION = re.compile(r"[0-9]{1,15}")
Instant = Annotated[datetime, Meta(tz=True)]


class NothingYet(NotFound):
    """It did not exist at the moment that was asked for."""


class MomentAhead(Exception):
    """The moment is still to come; the log stands at `head`."""

    def __init__(self, head: int) -> None:
        super().__init__(f"this moment is still to come; the log stands at {head}")
        self.head = head


class WholeLog(EventLog, LogReader, Protocol):
    """The log for those who look back."""

    async def histories(self, stream_ids: Collection[UUID], *, until: int) -> Sequence[Recorded]:
        """All events of these aggregates up to the position `until`, in the order of the log, with
        metadata and the times of recording; empty when there are none. Raises `LogUnavailable`.
        """
        ...

    async def topics(self, positions: Collection[int]) -> Mapping[int, str]:
        """The stored names of the events at these positions, as far as there are any."""
        ...


class Cut(Struct, frozen=True):
    """A moment of history: what stands up to `position` had happened, and it was `at` this time."""

    position: int
    at: datetime

    def until(self, history: Sequence[Recorded]) -> list[Recorded]:
        """What of a history had happened."""
        return [each for each in history if each.position <= self.position]


def moment_of(text: str) -> Moment:
    """A position, or an instant as of RFC 3339. Raises `ValueError`."""
    if POSITION.fullmatch(text):
        return int(text)
    return msgspec.convert(text, Instant)


async def cut_at(log: LogReader, moment: Moment, *, now: datetime) -> Cut:
    """Where history stood at a moment.

    An instant stands for the newest event that was recorded until then, so that all who ask for it
    see the same. A position lasts until the next event. Raises `MomentAhead`.
    """
    head = await log.head()
    if isinstance(moment, int):
        if moment > head:
            raise MomentAhead(head)
        return Cut(moment, now if moment == head else await _recorded_at(log, moment + 1))
    newest = await _recorded_at(log, head) if head else now
    # The database's clock may be ahead of this one's: what has happened is never still to come.
    if moment > max(now, newest):
        raise MomentAhead(head)
    low, high = (head, head) if newest <= moment else (0, head)
    while low < high:
        middle = (low + high + 1) // 2
        if await _recorded_at(log, middle) <= moment:
            low = middle
        else:
            high = middle - 1
    return Cut(low, moment)


async def _recorded_at(log: LogReader, position: int) -> datetime:
    (event,) = await log.page(position - 1, 1)
    return event.recorded_at
