"""Between events and stored bytes: JSON, personal fields encrypted, old shapes upcast."""

from __future__ import annotations

import base64
import types
import typing
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import (
    Cipher,
    Compressor,
    JSONTranscoder,
    Mapper,
    MapperDeserialisationError,
    StoredEvent,
)
from msgspec import Struct

from adapters.crypto import Sealer, Sealers
from domain.shared.aggregate import EVENTS, PERSONAL, Event
from domain.shared.card_numbers import scrub_json
from domain.upcasters import State, upcast

ERASED = "[erased]"
"""What a person's text reads as after their key was destroyed."""

_encode = msgspec.json.Encoder().encode


class UnknownKind(Exception):
    """The event's type is not known here: a newer release stored it, or it is no type of ours."""


class EventMapper(Mapper[UUID]):
    """The library's mapper for events that are structs.

    The payload is the struct's whole JSON; one of a later shape than the first also says
    `class_version`, because the library's stored events have no other place for it. Personal fields
    become `{"sealed": "<base64>"}`, bound to the event and the field, so that they can't be moved
    to another place. A compressor and a cipher of the library work on the payload as a whole.
    """

    def __init__(
        self,
        sealers: Sealers,
        *,
        compressor: Compressor | None = None,
        cipher: Cipher | None = None,
    ) -> None:
        super().__init__(JSONTranscoder(), compressor, cipher)
        self._sealers = sealers
        self._wrapped = compressor is not None or cipher is not None

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
        """The event again. Raises `MapperDeserialisationError` if it can't be read."""
        topic = stored_event.topic
        try:
            kind = _kind(topic)
            state: State = msgspec.json.decode(self._unwrap(stored_event.state))
            stored, subject = state.get("class_version", 1), state[kind.SUBJECT]
            return self._event(kind, state, stored=stored, subject=subject and UUID(subject))
        except Exception as error:
            raise _unreadable(topic, error) from error

    def encode(self, event: Event) -> bytes:
        """The payload of an event; the key of its subject must have been fetched.

        A card number that got past every check is taken out, as it could never be taken out later.
        """
        personal = personal_fields(type(event))
        payload = self._encode_sealed(event, personal) if personal else _encode(event)
        payload = scrub_json(payload)
        if event.class_version > 1:
            payload = b'{"class_version":%d,%b' % (event.class_version, payload[1:])
        return self._wrap(payload) if self._wrapped else payload

    def decode(
        self, topic: str, payload: bytes, *, schema_version: int, subject: UUID | None
    ) -> Event:
        """The event of a payload. Raises `MapperDeserialisationError` if it can't be read."""
        try:
            kind = _kind(topic)
            if self._wrapped:
                payload = self._unwrap(payload)
            if schema_version == kind.class_version and (decode := _decoder(kind)):
                return decode(payload)
            state: State = msgspec.json.decode(payload)
            return self._event(kind, state, stored=schema_version, subject=subject)
        except Exception as error:
            raise _unreadable(topic, error) from error

    def _encode_sealed(self, event: Event, personal: Iterable[str]) -> bytes:
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
            sealed = sealer.seal(scrub_json(_encode(state[name])), place)
            state[name] = {"sealed": base64.b64encode(sealed).decode()}
        return _encode(state)

    def _event(
        self, kind: type[Event], state: State, *, stored: int, subject: UUID | None
    ) -> Event:
        personal = personal_fields(kind)
        # An upcaster may rename a personal field or take it out, so all of an old shape are opened.
        names = personal if stored == kind.class_version else list(state)
        sealed = [name for name in names if _is_sealed(state.get(name))]
        sealer = self._sealers.sealer(subject) if sealed and subject else None
        for name in sealed:
            state[name] = _opened(state, name, sealer=sealer, erased=personal.get(name, ERASED))
        state = upcast(kind.TOPIC, state, stored=stored, present=kind.class_version)
        return msgspec.convert(state, kind)

    def _wrap(self, payload: bytes) -> bytes:
        if self.compressor:
            payload = self.compressor.compress(payload)
        return self.cipher.encrypt(payload) if self.cipher else payload

    def _unwrap(self, payload: bytes) -> bytes:
        if self.cipher:
            payload = self.cipher.decrypt(payload)
        return self.compressor.decompress(payload) if self.compressor else payload


def _unreadable(topic: str, error: Exception) -> MapperDeserialisationError:
    return MapperDeserialisationError(f"{topic} can't be read: {type(error).__name__}: {error}")


def _kind(topic: str) -> type[Event]:
    try:
        return EVENTS[topic]
    except KeyError:
        raise UnknownKind("this release does not know this kind of event") from None


def _is_sealed(value: Any) -> bool:
    return isinstance(value, dict) and "sealed" in value


def _opened(state: State, name: str, *, sealer: Sealer | None, erased: Any) -> Any:
    sealed = state[name]["sealed"]
    if sealer is None or not sealed:
        return erased
    place = f"{state['originator_id']}/{state['originator_version']}/{name}"
    return msgspec.json.decode(sealer.open(base64.b64decode(sealed), place))


@cache
def _decoder(kind: type[Event]) -> Callable[[bytes], Event] | None:
    """What reads the payloads of a kind at once; None when they have personal fields."""
    return None if personal_fields(kind) else msgspec.json.Decoder(kind).decode


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
