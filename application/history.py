"""The history of one aggregate: what each event changed, who asked for it and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any, get_type_hints
from uuid import UUID

import msgspec
from msgspec import UNSET, Struct

from application.store import Recorded
from domain.shared.aggregate import PERSONAL, Aggregate, Event

HIDDEN = "[personal]"
"""What a personal text reads as for those who are not entitled to it."""
SECRET = re.compile(r"(^|_)(hash|secret|token|password)$")
"""Names of fields that nobody may read."""
MARKED = re.compile(r"\[personal \d+\]")


class FieldChange(Struct, frozen=True, kw_only=True):
    """One field of the state, by its path; without `before` or `after` where it was not there."""

    field: str
    before: Any = UNSET
    after: Any = UNSET


class Step(Struct, frozen=True, kw_only=True):
    """One event: when it was recorded, by which command, of whom, because of which event (its
    position), and what it changed.
    """

    position: int
    version: int
    at: datetime
    event: str
    command: str
    command_id: UUID
    correlation_id: UUID
    actor_id: UUID | None
    cause: int | None
    changes: list[FieldChange]


class Told(Struct, frozen=True, kw_only=True):
    """An aggregate at a version: its kind, its state, and its newest steps, the newest first."""

    kind: str
    id: UUID
    version: int
    position: int
    at: datetime
    state: dict[str, Any]
    steps: list[Step]


class Veil:
    """Hides secret values and, unless they may be seen, personal ones. Equal texts are hidden
    behind equal marks, so that a change of what is hidden can still be told.
    """

    def __init__(self, *, personal: bool) -> None:
        self._personal = personal
        self._numbers: dict[str, int] = {}

    def over(self, event: Event) -> Event:
        """The event without what is hidden."""
        names = secret_fields(type(event))
        if not self._personal:
            names |= personal_fields(type(event))
        if not names:
            return event
        state = msgspec.to_builtins(event)
        for name in names:
            word = "secret" if SECRET.search(name) else "personal"
            state[name] = self._hidden(state[name], word)
        return msgspec.convert(state, type(event))

    def _hidden(self, value: Any, word: str) -> Any:
        if isinstance(value, str):
            return f"[{word} {self._numbers.setdefault(value, len(self._numbers) + 1)}]"
        if isinstance(value, dict):
            return {name: self._hidden(each, word) for name, each in value.items()}
        if isinstance(value, list):
            return [self._hidden(each, word) for each in value]
        return value


@cache
def personal_fields(kind: type[Event]) -> frozenset[str]:
    """The fields of an event that say something about a person."""
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(
        name
        for name in kind.__struct_fields__
        if PERSONAL in getattr(hints[name], "__metadata__", ())
    )


@cache
def secret_fields(kind: type[Event]) -> frozenset[str]:
    """The fields of an event that nobody may read."""
    return frozenset(name for name in kind.__struct_fields__ if SECRET.search(name))


def told(
    history: Sequence[Recorded], *, personal: bool, before: int | None = None, most: int
) -> Told:
    """What `history`, which must not be empty, adds up to, with up to so many of its newest steps
    that lie before a version.
    """
    veil = Veil(personal=personal)
    last = len(history) if before is None else sum(_version(each) < before for each in history)
    first = max(last - most, 0)
    aggregate, steps = None, []
    known: dict[str, Any] = {}
    for number, recorded in enumerate(history):
        aggregate = _after(aggregate, veil.over(recorded.event))
        if first - 1 <= number < last:
            paths = dict(_paths(state_of(aggregate)))
            if number >= first:
                steps.append(_step(recorded, list(_changes(known, paths))))
            known = paths
    assert aggregate is not None, "a history begins with an event"
    return Told(
        kind=getattr(aggregate, "TOPIC", type(aggregate).__name__.lower()),
        id=aggregate.id,
        version=aggregate.version,
        position=history[-1].position,
        at=history[-1].recorded_at,
        state=_shown(state_of(aggregate)),
        steps=steps[::-1],
    )


def _after(aggregate: Aggregate | None, event: Event) -> Aggregate:
    changed: Aggregate = event.mutate(aggregate)
    return changed


def _version(recorded: Recorded) -> int:
    return recorded.event.originator_version


def _step(recorded: Recorded, changes: list[FieldChange]) -> Step:
    metadata = recorded.metadata
    return Step(
        position=recorded.position,
        version=_version(recorded),
        at=recorded.recorded_at,
        event=recorded.topic,
        command=metadata.command,
        command_id=metadata.command_id,
        correlation_id=metadata.correlation_id,
        actor_id=metadata.actor_id,
        cause=metadata.causation_position,
        changes=changes,
    )


def state_of(aggregate: Aggregate) -> dict[str, Any]:
    """What its events have assigned."""
    return {name: _plain(each) for name, each in vars(aggregate).items() if name[0] != "_"}


def _plain(value: Any) -> Any:
    """As JSON has it; sets in order, so that they compare."""
    if isinstance(value, dict):
        return {_key(name): _plain(each) for name, each in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(_plain, value), key=str)
    return msgspec.to_builtins(value)


def _key(name: Any) -> str:
    return ",".join(map(str, name)) if isinstance(name, tuple) else str(name)


def _paths(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, each in value.items():
            yield from _paths(each, f"{place}/{name}" if place else str(name))
    else:
        yield place, value


def _changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[FieldChange]:
    for field in {**before, **after}:
        old, new = before.get(field, UNSET), after.get(field, UNSET)
        if old != new:
            yield FieldChange(field=field, before=_shown(old), after=_shown(new))


def _shown(value: Any) -> Any:
    """Without the numbers by which hidden texts are told apart."""
    if isinstance(value, str):
        return MARKED.sub(HIDDEN, value)
    if isinstance(value, dict):
        return {_shown(name): _shown(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(each) for each in value]
    return value
