"""Reactions to events, and the work they ask for: commands now, commands later, and jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID, uuid5

from msgspec import Struct

from application.bus import Command
from application.store import Recorded
from domain.shared.aggregate import Event

REACTION_SPACE = UUID("5f3b9c52-52a3-4d5f-9f3c-6d3c2b7f6a10")


class Job(Struct, frozen=True, kw_only=True):
    """Work that is slow or remote. It runs in a worker, perhaps more than once, and ends by a
    command that records the outcome under the job's id.

    `QUEUE` says which workers take it; `ATTEMPTS` how often it is tried before it is parked;
    `LEASE_SECONDS` how long one try may take before others may take it over.
    """

    QUEUE: ClassVar[str] = "work"
    ATTEMPTS: ClassVar[int] = 8
    LEASE_SECONDS: ClassVar[int] = 60
    by_name: ClassVar[dict[str, type[Job]]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        Job.by_name[cls.__name__] = cls


class Later(Struct, frozen=True):
    """A command that is due at a time: a timer."""

    command: Command
    due_at: datetime


Intent = Command | Job | Later
Reaction = Callable[[Any], Iterator[Intent]]
R = TypeVar("R", bound=Reaction)

REACTIONS: dict[type[Event], list[Reaction]] = {}


def when(*kinds: type[Event]) -> Callable[[R], R]:
    """Register a pure function as a reaction to events of these kinds.

    Its name and module name its work: renaming a reaction whose events are still ahead of the
    reactor would make it happen twice.
    """

    def register(reaction: R) -> R:
        for kind in kinds:
            REACTIONS.setdefault(kind, []).append(reaction)
        return reaction

    return register


class Wanted(Struct, frozen=True, kw_only=True):
    """One intent with its identity, which is the same each time the event is read."""

    id: UUID
    intent: Intent
    cause: Recorded


def reactions_to(recorded: Recorded) -> Iterator[Wanted]:
    """Everything that the registered reactions want because of this event."""
    for reaction in REACTIONS.get(type(recorded.event), ()):
        name = f"{reaction.__module__}.{reaction.__name__}"
        for number, intent in enumerate(reaction(recorded.event)):
            identity = uuid5(REACTION_SPACE, f"{recorded.position}/{name}/{number}")
            yield Wanted(id=identity, intent=intent, cause=recorded)
