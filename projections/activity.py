"""What persons are told of at once: one line for each person whom an event concerns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from application.store import Recorded
from domain.shared.aggregate import EVENTS, Event
from projections.base import Lines
from projections.reads import Reads


class Cursor(Struct, frozen=True, order=True):
    """A place in the activities: a position of the log, and a number within the event."""

    position: int
    number: int

    @property
    def text(self) -> str:
        """Such as `4711-0`."""
        return f"{self.position}-{self.number}"


class ActivityLine(Struct, frozen=True, kw_only=True):
    """That an event of this kind happened to `subject_id`; `facts` are those it may show."""

    person_id: UUID
    position: int
    number: int
    at: datetime
    kind: str
    subject_id: UUID
    facts: dict[str, Any]

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.position, self.number)


activities = Lines("activities", ActivityLine, version=3, key=["person_id", "position", "number"])


def listen_to_all_events() -> None:
    """Let every kind of event that concerns somebody be told; call it when all are imported."""
    for kind in EVENTS.values():
        if kind.CONCERNS:
            activities.on(kind)(_told)


def _told(event: Event, at: Recorded) -> Iterator[ActivityLine]:
    shown = {name: getattr(event, name) for name in event.SHOWS}
    # As JSON gives it back, so that a rebuilt line equals the one in the table.
    facts = msgspec.json.decode(msgspec.json.encode(shown))
    for number, person_id in enumerate(_persons(event)):
        yield ActivityLine(
            person_id=person_id,
            position=at.position,
            number=number,
            at=event.timestamp,
            kind=event.TOPIC,
            subject_id=event.originator_id,
            facts=facts,
        )


def _persons(event: Event) -> Sequence[UUID]:
    """Each person once, in the order of the fields; a field may hold one id, several, or none."""
    found: dict[UUID, None] = {}
    for name in event.CONCERNS:
        value = getattr(event, name)
        ids = (value,) if isinstance(value, UUID) else value or ()
        found |= dict.fromkeys(ids)
    return tuple(found)


async def activities_after(
    reads: Reads, person_id: UUID, *, after: Cursor, limit: int
) -> list[ActivityLine]:
    """The person's oldest lines behind `after`, in order."""
    return await reads.all(
        ActivityLine,
        "SELECT * FROM read.activities WHERE person_id = %s AND (position, number) > (%s, %s)"
        " ORDER BY position, number LIMIT %s",
        (person_id, after.position, after.number, limit),
    )


async def newest_activity(reads: Reads, person_id: UUID) -> Cursor | None:
    """Where the person's newest line stands; None when there is none."""
    return await reads.one(
        Cursor,
        "SELECT position, number FROM read.activities WHERE person_id = %s"
        " ORDER BY position DESC, number DESC LIMIT 1",
        (person_id,),
    )


async def newest_positions(reads: Reads, persons: Sequence[UUID], *, after: int) -> dict[UUID, int]:
    """Where the newest line of each of these persons stands, of those with one behind `after`."""
    rows = await reads.rows(
        "SELECT person_id, max(position) FROM read.activities"
        " WHERE person_id = ANY(%s) AND position > %s GROUP BY person_id",
        (list(persons), after),
    )
    return {row[0]: row[1] for row in rows}
