"""The events of a slice: rows of the log in which nothing says who somebody is."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from adapters.mapper import subject_id
from application.anonymous import CLAIMS, Anonymizer, Pseudonyms, personal_texts
from application.store import Recorded
from domain.shared.aggregate import EVENTS, Event, Metadata

_encode = msgspec.json.encode


class SlicedEvent(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the log; `payload` has its personal fields unsealed, under other names."""

    position: int
    stream_id: UUID
    version: int
    type: str
    schema_version: int
    subject_id: UUID | None
    recorded_at: datetime
    metadata: Raw
    payload: Raw


class _Sliced(Recorded):
    """An event of a slice, which was recorded at a time of its own."""

    moment: datetime | None = None

    @property
    def recorded_at(self) -> datetime:
        assert self.moment is not None
        return self.moment


def anonymous(events: Sequence[Recorded]) -> list[SlicedEvent]:
    """These events without persons, by a key that nobody keeps."""
    found = [recorded.event for recorded in events]
    claims = {event.originator_id for event in found if event.TOPIC.partition(".")[0] in CLAIMS}
    texts = {text for event in found for text in personal_texts(event)}
    anonymizer = Anonymizer(Pseudonyms(secrets.token_bytes(32)), texts=texts, claims=claims)
    return [
        _row(recorded, anonymizer.over(event))
        for recorded, event in zip(events, found, strict=True)
    ]


def recorded_of(row: SlicedEvent) -> Recorded:
    """The event as the log would give it. Raises `msgspec.MsgspecError` and `KeyError`."""
    event = msgspec.json.decode(row.payload, type=EVENTS[row.type])
    metadata = msgspec.json.decode(row.metadata, type=Metadata)
    return _Sliced(row.position, event, metadata, row.recorded_at)


def _row(recorded: Recorded, event: Event) -> SlicedEvent:
    payload = _encode(event)
    if event.class_version > 1:
        payload = b'{"class_version":%d,%b' % (event.class_version, payload[1:])
    return SlicedEvent(
        position=recorded.position,
        stream_id=event.originator_id,
        version=event.originator_version,
        type=event.TOPIC,
        schema_version=event.class_version,
        subject_id=subject_id(event),
        recorded_at=recorded.recorded_at,
        metadata=Raw(_encode(recorded.metadata)),
        payload=Raw(payload),
    )
