"""Reactions to events, and the work they ask for: commands now, commands later, and jobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    `LEASE_SECONDS` how long one try may take before it is ended and counted as failed. A worker
    that dies is noticed much earlier.
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


class Failed(Struct, frozen=True, kw_only=True):
    """A reaction that could not say what it wants because of an event."""

    id: UUID
    reaction: str
    error: str


def reactions_to(recorded: Recorded) -> Iterator[Wanted]:
    """Everything that the registered reactions want because of this event."""
    for reaction in _heard_by(recorded):
        yield from _wanted(reaction, recorded)


def outcomes_of(recorded: Recorded, *, only: str | None = None) -> Iterator[Wanted | Failed]:
    """The same, but that a reaction that raises becomes a `Failed` in place of what it wants.

    `only` names the one reaction that is asked.
    """
    for reaction in _heard_by(recorded):
        name = name_of(reaction)
        if only is not None and name != only:
            continue
        try:
            yield from list(_wanted(reaction, recorded))
        except Exception as error:  # noqa: BLE001  # whatever it raises, the others go on
            identity = uuid5(REACTION_SPACE, f"{recorded.position}/{name}/failed")
            yield Failed(id=identity, reaction=name, error=f"{type(error).__name__}: {error}")


def is_heard(recorded: Recorded, *, by: str | None = None) -> bool:
    """Whether any reaction, or the one of this name, is registered for this kind of event."""
    return any(by is None or name_of(reaction) == by for reaction in _heard_by(recorded))


def name_of(reaction: Reaction) -> str:
    """What identifies a reaction among all."""
    return f"{reaction.__module__}.{reaction.__name__}"


def _heard_by(recorded: Recorded) -> Sequence[Reaction]:
    return REACTIONS.get(recorded.kind, ()) if recorded.kind else ()


def _wanted(reaction: Reaction, recorded: Recorded) -> Iterator[Wanted]:
    name = name_of(reaction)
    for number, intent in enumerate(reaction(recorded.event)):
        identity = uuid5(REACTION_SPACE, f"{recorded.position}/{name}/{number}")
        yield Wanted(id=identity, intent=intent, cause=recorded)
