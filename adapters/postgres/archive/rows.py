"""Columns of events as rows: those that the log decodes, and those that PostgreSQL takes in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adapters.postgres.archive.columns import EPOCH_MICROSECONDS, data_of

PART = ("position", "type", "schema_version", "subject_id", "payload")
WHOLE = (*PART, "recorded_at", "metadata")
"""What a row of the log consists of, in the order in which it is selected."""

COPY: LiteralString = (
    "COPY {} (position, stream_id, version, schema_version, recorded_at{}, payload, type,"
    " metadata, subject_id) FROM STDIN (FORMAT binary{})"
)
COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
COPY_TRAILER = b"\xff\xff"
NOTHING = b"\xff\xff\xff\xff"
JSONB_VERSION = b"\x01"


def log_rows(rows: pa.RecordBatch | pa.Table) -> list[tuple[Any, ...]]:
    """The rows as the log selects them; columns `PART` or `WHOLE`."""
    return list(zip(*(_values(name, rows.column(name)) for name in rows.schema.names), strict=True))


def _values(name: str, column: pa.Array) -> Sequence[Any]:
    values: list[Any] = column.to_numpy(zero_copy_only=False).tolist()
    if name == "subject_id":
        persons = {value: UUID(bytes=value) for value in set(values) if value is not None}
        return [persons.get(value) for value in values]
    if name == "recorded_at":
        numbers = column.cast(pa.int64()).to_numpy(zero_copy_only=False).tolist()
        moments = {number: _moment(number) for number in set(numbers)}
        return [moments[number] for number in numbers]
    return values


def _moment(microseconds: int) -> datetime:
    moment: datetime = pa.scalar(microseconds, pa.timestamp("us", tz="UTC")).as_py()
    return moment


def copy_bytes(rows: pa.RecordBatch, *, transactions: bool) -> memoryview:
    """The rows as PostgreSQL's binary COPY takes them, with their transactions or without."""
    parts = [
        _fixed(rows, transactions=transactions),
        rows.column("payload"),
        _lengths(rows.column("type")),
        rows.column("type").cast(pa.binary()),
        _lengths(rows.column("metadata"), more=len(JSONB_VERSION)),
        pa.scalar(JSONB_VERSION, pa.binary()),
        rows.column("metadata").cast(pa.binary()),
        _subjects(rows.column("subject_id")),
        pa.scalar(b"", pa.binary()),
    ]
    return data_of(pc.binary_join_element_wise(*parts))


def _fixed(rows: pa.RecordBatch, *, transactions: bool) -> pa.Array:
    """All that has the same length in each row, and the length of what comes behind it."""
    moments = rows.column("recorded_at").cast(pa.int64()).to_numpy() - EPOCH_MICROSECONDS
    fields: list[tuple[str, Any, int]] = [
        (">i8", rows.column("position").to_numpy(), 8),
        ("V16", np.frombuffer(data_of(rows.column("stream_id")), "V16"), 16),
        (">i8", rows.column("version").to_numpy(), 8),
        (">i2", rows.column("schema_version").to_numpy(), 2),
        (">i8", moments, 8),
    ]
    if transactions:
        fields.append((">u8", rows.column("transaction_id").to_numpy(), 8))
    form: list[tuple[str, str]] = [("count", ">i2")]
    for number, (kind, _, _) in enumerate(fields):
        form += [(f"length{number}", ">i4"), (f"value{number}", kind)]
    table = np.zeros(rows.num_rows, np.dtype([*form, ("payload", ">i4")]))
    table["count"] = len(fields) + 4
    for number, (_, values, length) in enumerate(fields):
        table[f"length{number}"] = length
        table[f"value{number}"] = values
    table["payload"] = pc.binary_length(rows.column("payload")).to_numpy()
    return _binary(table.tobytes(), table.dtype.itemsize)


def _lengths(column: pa.Array, *, more: int = 0) -> pa.Array:
    lengths = pc.binary_length(column).to_numpy() + more
    return _binary(lengths.astype(">i4").tobytes(), 4)


def _subjects(column: pa.Array) -> pa.Array:
    given = pc.binary_join_element_wise(
        pa.scalar((16).to_bytes(4, "big"), pa.binary()),
        column.cast(pa.binary()),
        pa.scalar(b"", pa.binary()),
    )
    return pc.fill_null(given, NOTHING)


def _binary(data: bytes, width: int) -> pa.Array:
    kind = pa.binary(width)
    return pa.Array.from_buffers(kind, len(data) // width, [None, pa.py_buffer(data)]).cast(
        pa.binary()
    )
