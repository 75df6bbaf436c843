"""Events by columns: how many of them move at once between PostgreSQL, files and rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, LiteralString

import numpy as np
import psycopg
import pyarrow as pa
import pyarrow.compute as pc
from psycopg.sql import SQL, Composed

SCHEMA = pa.schema(
    [
        pa.field("position", pa.int64(), nullable=False),
        pa.field("stream_id", pa.binary(16), nullable=False),
        pa.field("version", pa.int64(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("schema_version", pa.int16(), nullable=False),
        pa.field("subject_id", pa.binary(16)),
        pa.field("payload", pa.binary(), nullable=False),
        pa.field("metadata", pa.string(), nullable=False),
        pa.field("recorded_at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("transaction_id", pa.uint64(), nullable=False),
    ]
)
EPOCH_MICROSECONDS = 946_684_800_000_000
"""PostgreSQL counts from the year 2000."""

PAGE_BYTES = 16 * 2**20
"""About so much is fetched at once, whatever the size of the events."""
MOST_ROWS = 10_000

# One row whose values are whole columns in PostgreSQL's binary form: nothing is done row by row
# on this side. Values of varying length come as one string of bytes and the length of each.
COLUMNS: LiteralString = """
    SELECT string_agg(int8send(position), ''), string_agg(uuid_send(stream_id), ''),
           string_agg(int8send(version), ''),
           string_agg(type_, ''), string_agg(int4send(length(type_)), ''),
           string_agg(int2send(schema_version), ''),
           string_agg(coalesce(uuid_send(subject_id), nobody), ''),
           string_agg(CASE WHEN subject_id IS NULL THEN absent ELSE given END, ''),
           string_agg(payload, ''), string_agg(int4send(length(payload)), ''),
           string_agg(metadata_, ''), string_agg(int4send(length(metadata_)), ''),
           string_agg(timestamptz_send(recorded_at), ''), string_agg(xid8send(transaction_id), '')
    FROM (
        SELECT position, stream_id, version, convert_to(type, 'UTF8') AS type_, schema_version,
               subject_id, payload, convert_to(metadata::text, 'UTF8') AS metadata_, recorded_at,
               transaction_id, '\\x00'::bytea AS absent, '\\x01'::bytea AS given,
               '\\x00000000000000000000000000000000'::bytea AS nobody
        FROM {} WHERE position > %s AND position <= %s ORDER BY position
    ) AS e"""


def pages(
    connection: psycopg.Connection[Any], table: Composed, *, after: int, until: int
) -> Iterator[pa.RecordBatch]:
    """The rows behind `after` up to `until` of a table of events, as many at a time as have the
    size of a page.
    """
    query = SQL(COLUMNS).format(table)
    size = 500
    while after < until:
        upto = min(until, after + size)
        cursor = connection.cursor(binary=True)
        row = cursor.execute(query, (after, upto), prepare=True).fetchone()
        if row is not None and row[0] is not None:
            batch = _batch(row)
            yield batch
            size = max(1, min(MOST_ROWS, PAGE_BYTES * batch.num_rows // max(1, batch.nbytes)))
        after = upto


def _batch(row: Sequence[Any]) -> pa.RecordBatch:
    position, stream, version, kind, kinds, schema, subject, known, payload, payloads = row[:10]
    metadata, metadatas, moment, transaction = row[10:]
    return pa.RecordBatch.from_arrays(
        [
            _numbers(position, ">i8", kind=pa.int64()),
            _fixed(stream),
            _numbers(version, ">i8", kind=pa.int64()),
            _varying(kind, kinds, kind=pa.string()),
            _numbers(schema, ">i2", kind=pa.int16()),
            _fixed(subject, np.frombuffer(known, np.uint8)),
            _varying(payload, payloads, kind=pa.binary()),
            _varying(metadata, metadatas, kind=pa.string()),
            _moments(moment),
            _numbers(transaction, ">u8", kind=pa.uint64()),
        ],
        schema=SCHEMA,
    )


def _numbers(data: bytes, form: str, *, kind: pa.DataType) -> pa.Array:
    values = np.frombuffer(data, form)
    return pa.array(values.astype(values.dtype.newbyteorder("=")), kind)


def _moments(data: bytes) -> pa.Array:
    return pa.array(np.frombuffer(data, ">i8").astype(np.int64) + EPOCH_MICROSECONDS).cast(
        SCHEMA.field("recorded_at").type
    )


def _fixed(data: bytes, known: np.ndarray[Any, Any] | None = None) -> pa.Array:
    count = len(data) // 16
    valid = None
    if known is not None and not known.all():
        valid = pa.py_buffer(np.packbits(known, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.binary(16), count, [valid, pa.py_buffer(data)])


def _varying(data: bytes, lengths: bytes, *, kind: pa.DataType) -> pa.Array:
    sizes = np.frombuffer(lengths, ">i4")
    ends = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=ends[1:])
    return pa.Array.from_buffers(kind, len(sizes), [None, pa.py_buffer(ends), pa.py_buffer(data)])


class Digest:
    """A checksum of rows that does not depend on how they are cut into pages or compressed."""

    def __init__(self) -> None:
        self.rows = 0
        self._sums: dict[str, Any] = {}

    def add(self, rows: pa.RecordBatch) -> None:
        """Count rows in; their order matters."""
        self.rows += rows.num_rows
        for name in SCHEMA.names:
            for part, data in _parts(rows.column(name)):
                key = f"{name} {part}"
                if key not in self._sums:
                    self._sums[key] = hashlib.sha256()
                self._sums[key].update(data)

    def hex(self) -> str:
        """The digest of everything that was added, as 64 hexadecimal digits."""
        each = "".join(f"{key} {self._sums[key].hexdigest()} " for key in sorted(self._sums))
        return hashlib.sha256(each.encode()).hexdigest()


def data_of(column: pa.Array) -> memoryview:
    """The values of a column one behind the other, without what Arrow may choose, such as padding;
    of binary and text columns only their bytes.
    """
    buffers = column.buffers()
    if column.type in {pa.binary(), pa.string()}:
        ends = np.frombuffer(buffers[1], np.int32)[column.offset : column.offset + len(column) + 1]
        return memoryview(buffers[2] or b"")[int(ends[0]) : int(ends[-1])]
    width = column.type.bit_width // 8
    return memoryview(buffers[1])[column.offset * width : (column.offset + len(column)) * width]


def _parts(column: pa.Array) -> Iterator[tuple[str, memoryview]]:
    if not len(column):
        return
    if column.type in {pa.binary(), pa.string()}:
        yield "lengths", data_of(pc.binary_length(column))
    if column.type == pa.binary(16):
        known = pc.is_valid(column).to_numpy(zero_copy_only=False)
        yield "known", memoryview(known.astype(np.uint8).tobytes())
        column = pc.fill_null(column, bytes(16))
    yield "data", data_of(column)
