"""Between events and stored bytes: JSON, personal fields encrypted, old shapes upcast."""

from __future__ import annotations

import base64
import types
import typing
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    JSONTranscoder,
    Mapper,
    MapperDeserialisationError,
    StoredEvent,
)
from eventsourcing.utils import resolve_topic
from msgspec import Struct

from adapters.crypto import Sealer, Sealers
from domain.shared.aggregate import PERSONAL, Event

ERASED = "[erased]"
"""What a person's text reads as after their key was destroyed."""

_encode = msgspec.json.Encoder().encode


class EventMapper(Mapper[UUID]):
    """The library's mapper for events that are structs.

    The payload is the struct's whole JSON. Personal fields become `{"sealed": "<base64>"}`, bound
    to the event and the field, so that they can't be moved to another place.
    """

    def __init__(self, sealers: Sealers) -> None:
        super().__init__(JSONTranscoder())
        self._sealers = sealers

    def to_stored_event(self, domain_event: DomainEventProtocol[UUID]) -> StoredEvent:
        """The stored form of an event of ours."""
        event = typing.cast("Event", domain_event)
        return StoredEvent(
            originator_id=event.originator_id,
            originator_version=event.originator_version,
            topic=event.TOPIC,
            state=self.encode(event),
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Event:
        """The event again; its shape's version is found in the payload's own fields."""
        kind = resolve_topic(stored_event.topic)
        return self.decode(
            stored_event.topic,
            stored_event.state,
            schema_version=kind.class_version,
            subject=subject_of(kind, stored_event.state),
        )

    def encode(self, event: Event) -> bytes:
        """The payload of an event; the key of its subject must have been fetched."""
        personal = personal_fields(type(event))
        if not personal:
            return _encode(event)
        state = msgspec.to_builtins(event)
        subject = subject_id(event)
        sealer = self._sealers.sealer(subject) if subject else None
        for name in personal:
            if state.get(name) is None:
                continue
            if sealer is None:
                state[name] = {"sealed": ""}
                continue
            place = f"{event.originator_id}/{event.originator_version}/{name}"
            sealed = sealer.seal(_encode(state[name]), place)
            state[name] = {"sealed": base64.b64encode(sealed).decode()}
        return _encode(state)

    def decode(
        self, topic: str, payload: bytes, *, schema_version: int, subject: UUID | None
    ) -> Event:
        """The event of a payload. Raises `MapperDeserialisationError` if it can't be read."""
        try:
            kind: type[Event] = resolve_topic(topic)
            personal = personal_fields(kind)
            if not personal and schema_version == kind.class_version:
                return _decoder(kind)(payload)
            state: dict[str, Any] = msgspec.json.decode(payload)
            sealer = self._sealers.sealer(subject) if personal and subject else None
            for name, erased in personal.items():
                state[name] = _opened(state, name, sealer=sealer, erased=erased)
            for version in range(schema_version, kind.class_version):
                getattr(kind, f"upcast_v{version}_v{version + 1}")(state)
            return msgspec.convert(state, kind)
        except Exception as error:
            raise MapperDeserialisationError(f"{topic} can't be read: {error}") from error


def _opened(state: dict[str, Any], name: str, *, sealer: Sealer | None, erased: Any) -> Any:
    value = state.get(name)
    if not isinstance(value, dict) or "sealed" not in value:
        return value
    if sealer is None or not value["sealed"]:
        return erased
    place = f"{state['originator_id']}/{state['originator_version']}/{name}"
    return msgspec.json.decode(sealer.open(base64.b64decode(value["sealed"]), place))


@cache
def _decoder(kind: type[Event]) -> Callable[[bytes], Event]:
    return msgspec.json.Decoder(kind).decode


@cache
def personal_fields(kind: type[Event]) -> dict[str, Any]:
    """The names of an event's personal fields, each with the value it has once erased."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {
        name: _erased(typing.get_args(hints[name])[0])
        for name in kind.__struct_fields__
        if PERSONAL in getattr(hints[name], "__metadata__", ())
    }


def subject_id(event: Event) -> UUID | None:
    """The person whom an event's personal fields are about; None when it has none."""
    if not personal_fields(type(event)):
        return None
    return typing.cast("UUID", getattr(event, event.SUBJECT))


def subject_of(kind: type[Event], payload: bytes) -> UUID | None:
    """The subject of a stored event of this kind."""
    if not personal_fields(kind):
        return None
    return UUID(msgspec.json.decode(payload)[kind.SUBJECT])


def _erased(hint: Any) -> Any:
    if hint is str:
        return ERASED
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return _erased(typing.get_args(hint)[0])
    if isinstance(hint, type) and issubclass(hint, Struct):
        fields = typing.get_type_hints(hint)
        return {name: _erased(fields[name]) for name in hint.__struct_fields__}
    if typing.get_origin(hint) in {list, tuple}:
        return []
    raise TypeError(f"{hint} has no erased form; personal fields are text or structs of text")
