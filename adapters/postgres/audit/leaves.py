"""Events as entries of the audit chain: their canonical bytes, and hashes of many at once.

The canonical bytes of an event, all numbers big-endian and signed unless said otherwise:

    1   format, 1                           4   length of the type's name, unsigned
    8   position                            4   length of the payload, unsigned
    16  stream id                           4   length of the metadata, unsigned
    8   version in the stream               ..  the type's name in UTF-8
    2   schema version                      ..  the payload as stored
    8   microseconds from 1970 UTC to when  ..  the metadata in UTF-8, as PostgreSQL writes jsonb
        the event was recorded
    1   1 if it has a subject, else 0
    16  subject's id, or zeros

They do not hold the number of the transaction, which another database would count differently.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from msgspec import Struct

from adapters.audit.tree import LEAF
from adapters.postgres.archive.columns import data_of

FORMAT = 1
FIXED = struct.Struct(">bq16sqhqb16sIII")
HEADER = np.dtype(
    [
        ("leaf", "u1"),
        ("format", "u1"),
        ("position", ">i8"),
        ("stream", "V16"),
        ("version", ">i8"),
        ("schema", ">i2"),
        ("moment", ">i8"),
        ("given", "u1"),
        ("subject", "V16"),
        ("type", ">u4"),
        ("payload", ">u4"),
        ("metadata", ">u4"),
    ]
)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Entry(Struct, frozen=True, kw_only=True):
    """An event as the audit chain sees it; `metadata` is the text that PostgreSQL makes of it."""

    position: int
    stream_id: UUID
    version: int
    type: str
    schema_version: int
    subject_id: UUID | None
    recorded_at: datetime
    payload: bytes
    metadata: str

    @property
    def canonical(self) -> bytes:
        """The bytes that are sealed."""
        name, metadata = self.type.encode(), self.metadata.encode()
        fixed = FIXED.pack(
            FORMAT,
            self.position,
            self.stream_id.bytes,
            self.version,
            self.schema_version,
            (self.recorded_at - EPOCH) // timedelta(microseconds=1),
            self.subject_id is not None,
            self.subject_id.bytes if self.subject_id else bytes(16),
            len(name),
            len(self.payload),
            len(metadata),
        )
        return fixed + name + self.payload + metadata


def canonical(rows: pa.RecordBatch) -> list[bytes]:
    """Each row's canonical bytes."""
    data, places = _joined(rows)
    return [bytes(data[start + len(LEAF) : end]) for start, end in pairwise(places)]


def leaf_hashes(rows: pa.RecordBatch) -> list[bytes]:
    """The hash of each row's entry, as `tree.leaf_hash` has it."""
    data, places = _joined(rows)
    return [sha256(data[start:end]).digest() for start, end in pairwise(places)]


def _joined(rows: pa.RecordBatch) -> tuple[memoryview, list[int]]:
    """What is hashed of all rows, one behind the other, and where each begins and the last ends."""
    entries = pc.binary_join_element_wise(
        _headers(rows),
        rows.column("type").cast(pa.binary()),
        rows.column("payload"),
        rows.column("metadata").cast(pa.binary()),
        pa.scalar(b"", pa.binary()),
    )
    data = data_of(entries)
    ends = np.frombuffer(entries.buffers()[1], np.int32)[entries.offset :][: len(entries) + 1]
    return data, (ends - ends[0]).tolist()


def _headers(rows: pa.RecordBatch) -> pa.Array:
    table: np.ndarray[Any, Any] = np.zeros(rows.num_rows, HEADER)
    table["leaf"] = LEAF[0]
    table["format"] = FORMAT
    table["position"] = rows.column("position").to_numpy()
    table["stream"] = np.frombuffer(data_of(rows.column("stream_id")), "V16")
    table["version"] = rows.column("version").to_numpy()
    table["schema"] = rows.column("schema_version").to_numpy()
    table["moment"] = rows.column("recorded_at").cast(pa.int64()).to_numpy()
    subject = rows.column("subject_id")
    table["given"] = pc.is_valid(subject).to_numpy(zero_copy_only=False)
    table["subject"] = np.frombuffer(data_of(pc.fill_null(subject, bytes(16))), "V16")
    for name in ("type", "payload", "metadata"):
        table[name] = pc.binary_length(rows.column(name)).to_numpy()
    width = HEADER.itemsize
    fixed = pa.Array.from_buffers(
        pa.binary(width), rows.num_rows, [None, pa.py_buffer(table.tobytes())]
    )
    return fixed.cast(pa.binary())
