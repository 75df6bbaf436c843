"""Events as JSON Lines come back byte by byte; a file that was changed anywhere is refused."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.postgres.archive.columns import SCHEMA
from adapters.postgres.transfer.faults import TransferRefused
from adapters.postgres.transfer.json_lines import Reader, write

TEXT = st.text(st.characters(codec="utf-8"), max_size=30)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=4)
PAYLOADS = st.one_of(
    OBJECTS.map(msgspec.json.encode),
    OBJECTS.map(lambda value: json.dumps(value, ensure_ascii=True, indent=2).encode()),
    OBJECTS.map(lambda value: json.dumps(value, separators=(" , ", " : ")).encode()),
    st.binary(max_size=60),
    st.sampled_from(
        [
            b"{}",
            b"{",
            b"}",
            b"{}{}",
            b"",
            b"{\xff}",
            b'{"a":"\xff"}',
            b'{"a":1}\n',
            b" {} ",
            b"null",
        ]
    ),
    st.sampled_from([b'{"a":"' + b"x" * 3_000_000 + b'"}', b"\x00" * 100_000]),
)
MOMENTS = st.datetimes(timezones=st.just(UTC))
EVENTS = st.fixed_dictionaries(
    {
        "stream_id": st.binary(min_size=16, max_size=16),
        "version": st.integers(0, 2**40),
        "type": TEXT,
        "schema_version": st.integers(1, 2**15 - 1),
        "subject_id": st.none() | st.binary(min_size=16, max_size=16),
        "payload": PAYLOADS,
        "metadata": OBJECTS.map(json.dumps),
        "recorded_at": MOMENTS,
        "transaction_id": st.just(0),
    }
)


def batch(events: list[dict[str, Any]], first: int = 1) -> pa.RecordBatch:
    numbered = [{"position": first + n, **event} for n, event in enumerate(events)]
    return pa.RecordBatch.from_pylist(numbered, SCHEMA)


def written(rows: pa.RecordBatch, first: int = 1) -> bytes:
    target = io.BytesIO()
    write(target, first, last=first + rows.num_rows - 1, pages=[rows])
    return target.getvalue()


def read(data: bytes) -> list[dict[str, Any]]:
    reader = Reader(io.BytesIO(data), "it.jsonl")
    return [row for page in reader.pages() for row in page.to_pylist()]


@given(events=st.lists(EVENTS, min_size=1, max_size=8), first=st.integers(1, 2**40))
def test_every_event_comes_back_byte_by_byte(events: list[dict[str, Any]], first: int) -> None:
    rows = batch(events, first)
    data = written(rows, first)
    assert read(data) == rows.to_pylist()
    lines = data.split(b"\n")
    assert len(lines) == len(events) + 3
    for line, event in zip(lines[1:-2], events, strict=True):
        told = json.loads(line)
        assert ("payload" in told) is not ("payload_base64" in told)
        assert told["type"] == event["type"]
        if "payload" in told:
            assert told["payload"] == json.loads(event["payload"])


SOME = [
    {
        "stream_id": bytes(range(16)),
        "version": number,
        "type": "test_note.read",
        "schema_version": 1,
        "subject_id": bytes(16) if number == 2 else None,
        "payload": b'{"by":"a"}' if number < 3 else b"\x01\x02",
        "metadata": '{"command": "Read"}',
        "recorded_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
        "transaction_id": 0,
    }
    for number in (1, 2, 3)
]


def test_a_line_has_documented_names_in_a_stable_order() -> None:
    header, first, *_ = written(batch(SOME)).decode().splitlines()
    assert header == (
        '{"format":"polikrami-events","format_version":1,"first_position":1,"last_position":3}'
    )
    assert first == (
        '{"position":1,"stream_id":"00010203-0405-0607-0809-0a0b0c0d0e0f","version":1,'
        '"type":"test_note.read","schema_version":1,"subject_id":null,'
        '"recorded_at":"2026-01-31T12:00:00.000000Z","metadata":{"command": "Read"},'
        '"payload":{"by":"a"}}'
    )


def test_a_file_that_is_cut_short_anywhere_is_refused() -> None:
    data = written(batch(SOME))
    for length in range(len(data) - 1):
        with pytest.raises(TransferRefused, match=r"it\.jsonl"):
            read(data[:length])


def test_a_file_of_which_any_byte_was_changed_is_refused() -> None:
    data = written(batch(SOME))
    for place in range(len(data)):
        for bit in (0x01, 0x08, 0x20):
            changed = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
            with pytest.raises(TransferRefused, match=r"it\.jsonl"):
                read(changed)


@pytest.mark.parametrize(
    ("found", "put", "sentence"),
    [
        (b'"format_version":1', b'"format_version":2', "has version 2 of the format"),
        (b"polikrami-events", b"others-events", "is not a file of events of this system"),
        (b'"last_position":3', b'"last_position":2', "damaged"),
        (b'"last_position":3', b'"last_position":4', "damaged"),
        (b'"last_position":3', b'"last_position":0', "damaged"),
        (b'{"by":"a"}}', b'{"by":"a"}} ', "checksum"),
        (b'"payload":{"by"', b'"payload":"by"', "damaged"),
        (b'"version":1', b'"version":-1', "damaged"),
        (b'"subject_id":null', b'"subject_id":"0001"', "an id does not have the form"),
        (b'"2026-01-31T12', b'"2026-01-31 of', "damaged"),
        (b'"position":1,', b'"position":1,"more":1,', "damaged"),
    ],
)
def test_what_is_wrong_is_told(found: bytes, put: bytes, sentence: str) -> None:
    with pytest.raises(TransferRefused, match=sentence):
        read(written(batch(SOME)).replace(found, put, 1))


def test_nothing_may_stand_behind_the_checksum() -> None:
    with pytest.raises(TransferRefused, match="behind its end"):
        read(written(batch(SOME)) + b"{}\n")
