"""Aggregates and events: the library's classes, with structs as events and the time given."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from eventsourcing.domain import (
    BaseAggregate,
    CanInitAggregate,
    CanMutateAggregate,
    OriginatorIDError,
    OriginatorVersionError,
    decorated_funcs,
    event,
)
from msgspec import Meta, Struct

from domain.shared.errors import StaleVersion

__all__ = ["EVENTS", "PERSONAL", "Aggregate", "Created", "Event", "Metadata", "Personal", "event"]

PERSONAL = Meta(extra={"personal": True})
"""Marks a field of an event that says something about a person: `Annotated[Address, PERSONAL]`.

Such fields are encrypted with the key of the event's subject before they are stored.
"""

Personal = Annotated[str, PERSONAL]
"""Text about a person, such as a name or an e-mail address."""


class Event(Struct, CanMutateAggregate[UUID], frozen=True, kw_only=True):
    """Something that happened to one aggregate; its JSON is the storage format.

    `TOPIC` is the stored name. `class_version` counts the shapes it has had; older ones are brought
    up by static methods `upcast_v1_v2(state: dict)` and so on. `SUBJECT` names the field with the
    id of the person whom the personal fields are about. `CONCERNS` names fields with ids of persons
    who are told at once that it happened, and `SHOWS` the fields that they are told with it.
    """

    TOPIC: ClassVar[str]
    CONCERNS: ClassVar[tuple[str, ...]] = ()
    SHOWS: ClassVar[tuple[str, ...]] = ()
    SUBJECT: ClassVar[str] = "originator_id"
    class_version: ClassVar[int] = 1

    originator_id: UUID
    originator_version: int
    timestamp: datetime

    def mutate(self, aggregate: Any) -> Any:
        """Apply to `aggregate` by the method decorated with this event."""
        if self.originator_id != aggregate.id:
            raise OriginatorIDError(self.originator_id, aggregate.id)
        if self.originator_version != aggregate.version + 1:
            raise OriginatorVersionError(self.originator_version, aggregate.version + 1)
        assign, facts = _assignment(type(self))
        assign(aggregate, *facts(self))
        aggregate.version = self.originator_version
        aggregate.modified_on = self.timestamp
        return aggregate

    def _as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__struct_fields__}


class Created(Event, CanInitAggregate[UUID], frozen=True, kw_only=True):
    """The first event of an aggregate; decorates its `__init__`."""

    originator_topic: str

    def mutate(self, aggregate: Any) -> Any:
        """Make the aggregate."""
        made = CanInitAggregate.mutate(self, aggregate)
        if isinstance(made, Aggregate):
            made.at(self.timestamp)
        return made


EVENTS: dict[str, type[Event]] = {}
"""Every kind of event by its stored name."""

_assignments: dict[type[Event], tuple[Any, Any]] = {}


def _assignment(event_class: type[Event]) -> tuple[Any, Any]:
    """The state method of an event class, and a getter of the facts it takes, in order."""
    try:
        return _assignments[event_class]
    except KeyError:
        function = decorated_funcs[event_class]
        code = function.__code__
        names = code.co_varnames[1 : code.co_argcount]
        getter = attrgetter(*names) if len(names) > 1 else _few(names)
        _assignments[event_class] = function, getter
        return function, getter


def _few(names: tuple[str, ...]) -> Any:
    if not names:
        return lambda _: ()
    get = attrgetter(names[0])
    return lambda event: (get(event),)


class Aggregate(BaseAggregate[UUID]):
    """A thing with an identity, whose state is what its events add up to.

    Inside each file the order is: refusals, events, identity, decisions, state. Decisions read
    state, refuse or emit; methods decorated with `@event` only assign.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        # The library looks for the base event on each class; ours is one for all of them, because
        # a nested base class would make explicit topics impossible.
        setattr(cls, "Event", Event)  # noqa: B010  # not an attribute that others should see
        super().__init_subclass__(**options)
        for kind in vars(cls).values():
            if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event:
                EVENTS[kind.TOPIC] = kind

    @property
    def now(self) -> datetime:
        """The moment at which the present decisions are taken."""
        return self._now

    def at(self, now: datetime) -> Self:
        """Set the moment of the decisions that follow; whoever loads the aggregate calls this."""
        self._now = now
        return self

    @classmethod
    def begin(cls, created: type[Created], *, id: UUID, now: datetime, **facts: Any) -> Self:
        """A new aggregate by its first event."""
        return cls._create(created, id=id, timestamp=now, **facts)

    def must_be_at(self, version: int | None) -> None:
        """Refuse when the caller decided on another version; None accepts any."""
        if version is not None and version != self.version:
            raise StaleVersion(expected=version, actual=self.version)

    def emit(self, kind: type[Event], **facts: Any) -> None:
        """Let an event happen at the moment of the present decision, and apply it.

        The method decorated with it takes the facts that it needs, by their names.
        """
        self.trigger_event(kind, timestamp=self.now, **facts)


class Metadata(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of an event beside what happened: who asked, by what, and why.

    `causation_position` is the position of the event to which a process reacted.
    """

    command_id: UUID
    command: str
    correlation_id: UUID
    causation_position: int | None = None
    actor_id: UUID | None = None
    session_id: UUID | None = None
    trace_id: str = ""
