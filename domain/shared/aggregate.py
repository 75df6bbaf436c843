"""Aggregates and events: the library's classes, with structs as events and the time given."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from operator import attrgetter
from typing import Annotated, Any, ClassVar, Self, get_type_hints
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

__all__ = [
    "EVENTS",
    "PERSONAL",
    "SNAPSHOTTED",
    "Aggregate",
    "Created",
    "Event",
    "Metadata",
    "Personal",
    "Retention",
    "event",
    "personal_names",
]

PERSONAL = Meta(extra={"personal": True})
"""Marks a field of an event that says something about a person: `Annotated[Address, PERSONAL]`.

Such fields are encrypted with the key of the event's subject before they are stored.
"""

Personal = Annotated[str, PERSONAL]
"""Text about a person, such as a name or an e-mail address."""


class Retention(Struct, frozen=True):
    """What something is kept as, in one word, and the last day on which it must be."""

    purpose: str
    until: date


class Event(Struct, CanMutateAggregate[UUID], frozen=True, kw_only=True):
    """Something that happened to one aggregate; its JSON is the storage format.

    `TOPIC` is the stored name. `class_version` counts the shapes it has had; older ones are brought
    up by `domain/upcasters.py`. `SUBJECT` names the field with the id of the person whom the
    personal fields are about. `CONCERNS` names fields with ids of persons who are told at once that
    it happened, and `SHOWS` the fields that they are told with it.
    """

    TOPIC: ClassVar[str]
    CONCERNS: ClassVar[tuple[str, ...]] = ()
    SHOWS: ClassVar[tuple[str, ...]] = ()
    SUBJECT: ClassVar[str] = "originator_id"
    class_version: ClassVar[int] = 1

    originator_id: UUID
    originator_version: int
    timestamp: datetime

    def retention(self) -> Retention | None:
        """Until when the law wants the personal fields kept, whoever asks to be forgotten.

        Whoever answers has a subject of its own, so that its key can outlive the person's.
        """
        return None

    def mutate(self, aggregate: Any) -> Any:
        """Apply to `aggregate` by the method decorated with this event."""
        aggregate.recall(self)
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

SNAPSHOTTED: list[type[Aggregate]] = []
"""Every kind of aggregate whose state is kept beside its history."""


class _Assignments(dict[type[Event], tuple[Any, Any]]):
    """The state method of an event class, and a getter of the facts it takes, in order."""

    def __missing__(self, event_class: type[Event]) -> tuple[Any, Any]:
        function = decorated_funcs[event_class]
        code = function.__code__
        names = code.co_varnames[1 : code.co_argcount]
        getter = attrgetter(*names) if len(names) > 1 else _few(names)
        self[event_class] = function, getter
        return function, getter


_assignments = _Assignments()


def _few(names: tuple[str, ...]) -> Any:
    if not names:
        return lambda _: ()
    get = attrgetter(names[0])
    return lambda event: (get(event),)


class Aggregate(BaseAggregate[UUID]):
    """A thing with an identity, whose state is what its events add up to.

    Inside each file the order is: refusals, events, identity, decisions, state. Decisions read
    state, refuse or emit; methods decorated with `@event` only assign.

    `SNAPSHOTS` says that the history may grow beyond a hundred events, so that the state is kept
    beside it. Then all of the state is declared by annotations of the class, and none of the events
    has personal fields.
    """

    SNAPSHOTS: ClassVar[bool] = False

    def __init_subclass__(cls, **options: Any) -> None:
        # The library looks for the base event on each class; ours is one for all of them, because
        # a nested base class would make explicit topics impossible.
        setattr(cls, "Event", Event)  # noqa: B010  # not an attribute that others should see
        # It would also make a dataclass of every class with annotations.
        state = dict(vars(cls).get("__annotations__", {}))
        vars(cls).get("__annotations__", {}).clear()
        super().__init_subclass__(**options)
        cls.__annotations__.update(state)
        kinds = [
            kind
            for kind in vars(cls).values()
            if isinstance(kind, type) and issubclass(kind, Event) and kind is not Event
        ]
        if cls.SNAPSHOTS:
            for kind in kinds:
                _must_not_be_personal(kind)
            SNAPSHOTTED.append(cls)
        EVENTS.update({kind.TOPIC: kind for kind in kinds})

    @classmethod
    def resumed(
        cls, *, id: UUID, version: int, born: datetime, changed: datetime, state: dict[str, Any]
    ) -> Self:
        """The aggregate as it was at a version, from its state instead of its history."""
        resumed = cls.__new__(cls)
        resumed.__base_init__(id, version, born)
        resumed.modified_on = changed
        vars(resumed).update(state)
        return resumed.at(born)

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

    def recall(self, happened: Event) -> None:
        """Apply the next event of the history; a history is replayed by this, so it is quick."""
        version = happened.originator_version
        if happened.originator_id.int != self._id.int:
            raise OriginatorIDError(happened.originator_id, self._id)
        if version != self._version + 1:
            raise OriginatorVersionError(version, self._version + 1)
        assign, facts = _assignments[type(happened)]
        assign(self, *facts(happened))
        self._version = version
        self._modified_on = happened.timestamp

    def must_be_at(self, version: int | None) -> None:
        """Refuse when the caller decided on another version; None accepts any."""
        if version is not None and version != self.version:
            raise StaleVersion(expected=version, actual=self.version)

    def emit(self, kind: type[Event], /, **facts: Any) -> None:
        """Let an event happen at the moment of the present decision, and apply it.

        The method decorated with it takes the facts that it needs, by their names.
        """
        self.trigger_event(kind, timestamp=self.now, **facts)


@cache
def personal_names(kind: type[Event]) -> tuple[str, ...]:
    """The fields of a kind of event that say something about a person."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        name for name, hint in hints.items() if PERSONAL in getattr(hint, "__metadata__", ())
    )


def _must_not_be_personal(kind: type[Event]) -> None:
    """A state would keep in clear text what is encrypted in the history."""
    for name in personal_names(kind):
        raise TypeError(f"{kind.TOPIC} has a personal field, {name}: it allows no snapshots")


class Metadata(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of an event beside what happened: who asked, by what, and why.

    `causation_position` is the position of the event to which a process reacted. `trace_id` and
    `span_id` name the span in which the command was carried out, if it was traced.
    """

    command_id: UUID
    command: str
    correlation_id: UUID
    causation_position: int | None = None
    actor_id: UUID | None = None
    session_id: UUID | None = None
    trace_id: str = ""
    span_id: str = ""
