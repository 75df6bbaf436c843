"""A slice as JSON Lines: what it is, its events, what they add up to, and a checksum.

{"format":"polikrami-slice","format_version":1,"around":5,"first":1,"last":9,"events":9,"states":3}
{"position":1,"stream_id":"...",...,"payload":{...}}
{"of":"aggregate","stream_id":"...","version":3,"state":"..."}
{"of":"row","model":"...","model_version":1,"key":"...","state":"..."}
{"sha256":"..."}

The checksum is that of all bytes before its line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from adapters.postgres.slices.rows import SlicedEvent
from adapters.postgres.transfer.faults import TransferRefused
from adapters.postgres.transfer.files import DAMAGED, opened, written
from adapters.postgres.transfer.json_lines import Footer

FORMAT = "polikrami-slice"
FORMAT_VERSION = 1
LARGEST = 2**31


class Header(Struct, frozen=True, kw_only=True):
    """The first line: the span that was asked for, and how many lines of each kind follow."""

    format: str
    format_version: int
    around: Annotated[int, Meta(ge=1)]
    first: Annotated[int, Meta(ge=1)]
    last: Annotated[int, Meta(ge=1)]
    events: Annotated[int, Meta(ge=1)]
    states: Annotated[int, Meta(ge=0)]


class AggregateLine(
    Struct, frozen=True, kw_only=True, tag_field="of", tag="aggregate", forbid_unknown_fields=True
):
    """What an aggregate adds up to."""

    stream_id: UUID
    version: int
    state: str


class RowLine(
    Struct, frozen=True, kw_only=True, tag_field="of", tag="row", forbid_unknown_fields=True
):
    """What a row of a read model adds up to."""

    model: str
    model_version: int
    key: str
    state: str


StateLine = AggregateLine | RowLine


class FileSlice(Struct, frozen=True):
    """All that a file says."""

    header: Header
    events: Sequence[SlicedEvent]
    states: Sequence[StateLine]


def write_slice(
    name: str, span: tuple[int, int, int], *, events: Sequence[SlicedEvent], states: Iterable[Any]
) -> None:
    """Write a new file, or standard output if the name is `-`. `span` is around, first and last;
    `states` have the fields of `StateLine`. Raises `TransferRefused`.
    """
    lines = [_state_line(state) for state in states]
    around, first, last = span
    header = Header(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        around=around,
        first=first,
        last=last,
        events=len(events),
        states=len(lines),
    )
    body = msgspec.json.Encoder().encode_lines([header, *events, *lines])
    with written(name) as target:
        target.write(body)
        target.write(_footer(body))


def read_slice(name: str) -> FileSlice:
    """What a file says. Raises `TransferRefused`, also if a single byte of it was changed."""
    with _refusing(name), opened(name) as source:
        content = bytes(source.read(LARGEST))
    end = content[:-1].rfind(b"\n") + 1
    first_line = content[: content.find(b"\n") + 1]
    with _refusing(name):
        head = msgspec.json.decode(first_line or b"{}", type=dict[str, Any])
    if head.get("format") != FORMAT:
        raise TransferRefused(f"{name} is no slice; `polikrami slice` makes one.")
    if head.get("format_version") != FORMAT_VERSION:
        raise TransferRefused(
            f"{name} has version {head.get('format_version')} of the format; this release knows"
            f" {FORMAT_VERSION}."
        )
    body = content[:end]
    if content[end:] != _footer(body):
        raise TransferRefused(f"{name} is damaged: its checksum is another one.")
    with _refusing(name):
        header, *lines = body.splitlines()
        return _parsed(name, msgspec.json.decode(header, type=Header), lines=lines)


def _parsed(name: str, header: Header, *, lines: Sequence[bytes]) -> FileSlice:
    if len(lines) != header.events + header.states:
        raise TransferRefused(f"{name} is damaged: it does not hold what it says.")
    event = msgspec.json.Decoder(SlicedEvent)
    state = msgspec.json.Decoder(StateLine)
    return FileSlice(
        header,
        [event.decode(line) for line in lines[: header.events]],
        [state.decode(line) for line in lines[header.events :]],
    )


def _state_line(state: Any) -> StateLine:
    kind: type[AggregateLine | RowLine] = AggregateLine if hasattr(state, "stream_id") else RowLine
    return msgspec.convert(state, kind, from_attributes=True)


def _footer(body: bytes) -> bytes:
    return msgspec.json.encode(Footer(hashlib.sha256(body).hexdigest())) + b"\n"


@contextmanager
def _refusing(name: str) -> Iterator[None]:
    try:
        yield
    except (*DAMAGED, msgspec.MsgspecError, ValueError) as error:
        raise TransferRefused(f"{name} is damaged: {error}.") from error
