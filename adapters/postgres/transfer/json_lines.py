"""Events as JSON Lines: a line that says what follows, a line for each event, and a checksum.

{"format":"polikrami-events","format_version":1,"first_position":1,"last_position":2}
{"position":1,"stream_id":"...","version":1,"type":"...","schema_version":1,"subject_id":null,
 "recorded_at":"2026-01-31T12:00:00.000000Z","metadata":{...},"payload":{...}}
{"sha256":"..."}

`payload` stands there byte by byte as it is stored. One that is no JSON object on one line is given
as `payload_base64` instead. The checksum is that of all bytes before its line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Annotated, TypeVar
from uuid import UUID

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Meta, Raw, Struct

from adapters.postgres.archive.columns import SCHEMA, data_of
from adapters.postgres.archive.faults import FileUnreadable
from adapters.postgres.archive.parquet import FORMAT, FORMAT_VERSION, refuse_format
from adapters.postgres.transfer.faults import TransferRefused
from adapters.postgres.transfer.files import DAMAGED

S = TypeVar("S", bound=Struct)

BLOCK = 4 * 2**20
LONGEST_LINE = 2**30

SHORTEST_LINE = 150
"""With all its fields, the line of an event is longer."""

Moment = Annotated[datetime, Meta(tz=True)]
NOBODY = str(UUID(int=0))
HYPHENS = (8, 13, 18, 23)
DIGITS = tuple(place for place in range(36) if place not in HYPHENS)

_raw = msgspec.json.Decoder(Raw).decode


class Header(Struct, frozen=True, kw_only=True):
    """The first line."""

    format: str
    format_version: int
    first_position: Annotated[int, Meta(ge=1)]
    last_position: Annotated[int, Meta(ge=1)]


class Footer(Struct, frozen=True, forbid_unknown_fields=True):
    """The last line."""

    sha256: str


class Line(Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """The line of an event."""

    position: int
    stream_id: str
    version: Annotated[int, Meta(ge=0, le=2**62)]
    type: str
    schema_version: Annotated[int, Meta(ge=-(2**15), lt=2**15)]
    subject_id: str | None
    recorded_at: str
    metadata: Raw
    payload: Raw = Raw()
    payload_base64: bytes | None = None


_lines = msgspec.json.Decoder(Line).decode_lines


def write(target: IO[bytes], first: int, *, last: int, pages: Iterable[pa.RecordBatch]) -> None:
    """Write the events from `first` to `last`."""
    header = Header(
        format=FORMAT, format_version=FORMAT_VERSION, first_position=first, last_position=last
    )
    first_line = msgspec.json.encode(header) + b"\n"
    target.write(first_line)
    digest = hashlib.sha256(first_line)
    for page in pages:
        block = lines(page)
        digest.update(block)
        target.write(block)
    target.write(msgspec.json.encode(Footer(digest.hexdigest())) + b"\n")


def lines(rows: pa.RecordBatch) -> memoryview:
    """The lines of some events."""
    join = pc.binary_join_element_wise
    return data_of(
        join(
            *(b'{"position":', _text(rows.column("position"))),
            *(b',"stream_id":', _quoted_ids(rows.column("stream_id"))),
            *(b',"version":', _text(rows.column("version"))),
            *(b',"type":', _quoted(rows.column("type"))),
            *(b',"schema_version":', _text(rows.column("schema_version"))),
            *(b',"subject_id":', _quoted_ids(rows.column("subject_id"))),
            *(b',"recorded_at":"', _moments(rows.column("recorded_at"))),
            *(b'","metadata":', rows.column("metadata").cast(pa.binary())),
            *(_payloads(rows.column("payload")), b"}\n", b""),
        )
    )


def _text(numbers: pa.Array) -> pa.Array:
    return numbers.cast(pa.string()).cast(pa.binary())


def _moments(column: pa.Array) -> pa.Array:
    # Events that were committed together have the same one.
    moments = column.dictionary_encode()
    texts = pc.binary_replace_slice(moments.dictionary.cast(pa.string()), 10, 11, "T")
    return texts.cast(pa.binary()).take(moments.indices)


def _quoted(texts: pa.Array) -> pa.Array:
    words = texts.dictionary_encode()
    encoded = [msgspec.json.encode(word) for word in words.dictionary.to_pylist()]
    return pa.array(encoded, pa.binary()).take(words.indices)


def _quoted_ids(ids: pa.Array) -> pa.Array:
    known = pc.fill_null(ids, bytes(16))
    digits = np.frombuffer(binascii.hexlify(data_of(known)), np.uint8).reshape(-1, 32)
    texts = np.full((len(ids), 38), ord("-"), np.uint8)
    texts[:, 0] = texts[:, 37] = ord('"')
    texts[:, [place + 1 for place in DIGITS]] = digits
    quoted = pa.Array.from_buffers(pa.binary(38), len(ids), [None, pa.py_buffer(texts.tobytes())])
    if not ids.null_count:
        return quoted.cast(pa.binary())
    return pc.if_else(pc.is_valid(ids), quoted.cast(pa.binary()), b"null")


def _payloads(column: pa.Array) -> pa.Array:
    """Each with its name before it."""
    payloads = column.to_pylist()
    named = _named(b',"payload":', column)
    if _all_plain(column, payloads):
        return named
    plain = [_is_plain(payload) for payload in payloads]
    encoded = [
        b"" if is_plain else b'"%b"' % base64.b64encode(payload)
        for is_plain, payload in zip(plain, payloads, strict=True)
    ]
    others = _named(b',"payload_base64":', pa.array(encoded, pa.binary()))
    return pc.if_else(pa.array(plain), named, others)


def _named(name: bytes, values: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(pa.scalar(name), values, pa.scalar(b""))


def _all_plain(column: pa.Array, payloads: list[bytes]) -> bool:
    """Whether `_is_plain` holds for all of them, found out for all at once."""
    everything = bytes(data_of(column))
    if b"\n" in everything or b"\r" in everything:
        return False
    try:
        column.cast(pa.string())
        deque(map(_raw, payloads), maxlen=0)
    except (pa.ArrowInvalid, msgspec.DecodeError):
        return False
    objects = pc.and_(pc.starts_with(column, b"{"), pc.ends_with(column, b"}"))
    return bool(pc.all(objects).as_py())


def _is_plain(payload: bytes) -> bool:
    """Whether it is a JSON object that can stand in a line, and comes back as it is."""
    if payload[:1] != b"{" or payload[-1:] != b"}" or b"\n" in payload or b"\r" in payload:
        return False
    try:
        _raw(payload.decode())
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


class Reader:
    """Reads such a file. Raises `TransferRefused`, and at the end at the latest if a single byte
    was changed.
    """

    def __init__(self, source: IO[bytes], name: str) -> None:
        self._source = source
        self._name = name
        self._rest = b""
        first_line = self._one_line()
        self._digest = hashlib.sha256(first_line)
        header = self._decoded(first_line, Header)
        try:
            refuse_format(name, header.format, version=header.format_version)
        except FileUnreadable as error:
            raise TransferRefused(str(error)) from error
        self.first, self.last = header.first_position, header.last_position
        if self.last < self.first:
            raise TransferRefused(f"{name} is damaged: it ends before it begins.")

    def pages(self) -> Iterator[pa.RecordBatch]:
        """All events; that they follow on each other is for others to check."""
        missing = self.last - self.first + 1
        while missing > 0:
            block = self._block(missing)
            self._digest.update(block)
            with self._refusing():
                lines = _lines(block)
                page = _page(lines)
            missing -= len(lines)
            yield page
        footer = self._decoded(self._one_line(), Footer)
        if footer.sha256 != self._digest.hexdigest():
            raise TransferRefused(f"{self._name} is damaged: its checksum is another one.")
        if self._rest or self._read():
            raise TransferRefused(f"{self._name} is damaged: something stands behind its end.")

    def _block(self, most: int) -> bytes:
        """Whole lines, as many as come at once but no more than `most`."""
        pieces, length = [self._rest], len(self._rest)
        while (end := pieces[-1].rfind(b"\n") + 1) == 0:
            pieces.append(self._more(length))
            length += len(pieces[-1])
        last = pieces.pop()
        block, self._rest = b"".join([*pieces, memoryview(last)[:end]]), last[end:]
        if len(block) > most * SHORTEST_LINE:
            end = len(block)
            for _ in range(block.count(b"\n") - most):
                end = block.rfind(b"\n", 0, end - 1) + 1
            block, self._rest = block[:end], block[end:] + self._rest
        return block

    def _one_line(self) -> bytes:
        while (end := self._rest.find(b"\n") + 1) == 0:
            self._rest += self._more(len(self._rest))
        line, self._rest = self._rest[:end], self._rest[end:]
        return line

    def _more(self, length: int) -> bytes:
        """What follows, when so much of the line has come without an end."""
        more = self._read()
        if not more or length > LONGEST_LINE:
            raise TransferRefused(f"{self._name} is cut short or is no file of events.")
        return more

    def _read(self) -> bytes:
        with self._refusing():
            return bytes(self._source.read(BLOCK))

    def _decoded(self, line: bytes, kind: type[S]) -> S:
        with self._refusing():
            return msgspec.json.decode(line, type=kind)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except (*DAMAGED, msgspec.MsgspecError, ValueError, OverflowError) as error:
            raise TransferRefused(f"{self._name} is damaged: {error}.") from error


def _page(lines: list[Line]) -> pa.RecordBatch:
    columns = [
        pa.array([line.position for line in lines], pa.int64()),
        _ids([line.stream_id for line in lines]),
        pa.array([line.version for line in lines], pa.int64()),
        pa.array([line.type for line in lines], pa.string()),
        pa.array([line.schema_version for line in lines], pa.int16()),
        _ids([line.subject_id for line in lines]),
        _read_payloads(lines),
        pa.array([bytes(line.metadata) for line in lines], pa.binary()).cast(pa.string()),
        _read_moments([line.recorded_at for line in lines]),
        pa.array(np.zeros(len(lines), np.uint64)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _read_payloads(lines: list[Line]) -> pa.Array:
    payloads = pa.array([bytes(line.payload) for line in lines], pa.binary())
    plain = pc.starts_with(payloads, b"{")
    encoded = [line.payload_base64 for line in lines]
    if plain.true_count + (len(lines) - encoded.count(None)) != len(lines):
        raise ValueError("an event has not exactly one payload")
    if plain.true_count == len(lines):
        return payloads
    return pc.if_else(plain, payloads, pa.array(encoded, pa.binary()))


def _ids(texts: list[str | None]) -> pa.Array:
    column = pa.array(texts, pa.string())
    known = pc.fill_null(column, NOBODY)
    if not pc.all(pc.equal(pc.binary_length(known), 36)).as_py():
        raise ValueError("an id does not have the form of one")
    letters = np.frombuffer(data_of(known), np.uint8).reshape(-1, 36)
    if not (letters[:, HYPHENS] == ord("-")).all():
        raise ValueError("an id does not have the form of one")
    data = binascii.unhexlify(letters[:, DIGITS].tobytes())
    ids = pa.Array.from_buffers(pa.binary(16), len(texts), [None, pa.py_buffer(data)])
    return pc.if_else(pc.is_valid(column), ids, None) if column.null_count else ids


def _read_moments(texts: list[str]) -> pa.Array:
    column = pa.array(texts, pa.string()).dictionary_encode()
    moments = msgspec.convert(column.dictionary.to_pylist(), list[Moment])
    return pa.array(moments, SCHEMA.field("recorded_at").type).take(column.indices)
