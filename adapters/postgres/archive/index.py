"""Where the events of each stream stand in an archived part of the log."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.postgres.archive.columns import data_of
from adapters.postgres.archive.faults import FileUnreadable
from adapters.postgres.archive.parquet import footer_digest, reading

SCHEMA = pa.schema([pa.field("stream_id", pa.binary(16)), pa.field("position", pa.int64())])
GROUP_ROWS = 16_384
GROUPS_CACHED = 8

Places = Sequence[tuple[bytes, int]]
"""The bytes of a stream's id and a position, sorted."""


def write_index(path: Path, places: Iterable[Places]) -> None:
    """Write the file; `places` come sorted, as many at a time as you like."""
    starts: list[str] = []
    with pq.ParquetWriter(
        path,
        SCHEMA,
        compression="zstd",
        write_page_checksum=True,
        write_statistics=False,
        use_dictionary=["stream_id"],
    ) as writer:
        for some in regrouped(places):
            starts.append(some[0][0].hex())
            writer.write_batch(_batch(some), row_group_size=GROUP_ROWS)
        writer.add_key_value_metadata({"starts": ",".join(starts)})


def regrouped(places: Iterable[Places]) -> Iterator[Places]:
    """The same, cut into row groups."""
    waiting: list[tuple[bytes, int]] = []
    for some in places:
        waiting += some
        while len(waiting) >= GROUP_ROWS:
            yield waiting[:GROUP_ROWS]
            del waiting[:GROUP_ROWS]
    if waiting:
        yield waiting


def _batch(places: Places) -> pa.RecordBatch:
    streams, positions = zip(*places, strict=True)
    return pa.RecordBatch.from_arrays(
        [pa.array(streams, pa.binary(16)), pa.array(positions, pa.int64())], schema=SCHEMA
    )


class StreamIndex:
    """An index file. Raises `FileUnreadable`, also when the footer's digest is not `expected`. It
    may be used by several threads.
    """

    def __init__(self, path: Path, *, expected: str) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._groups: OrderedDict[int, tuple[bytes, np.ndarray]] = OrderedDict()
        with reading(path):
            if footer_digest(path) != expected:
                raise FileUnreadable(f"{path} is not the file that was archived, or it is damaged.")
            self._file = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
            starts = self._file.metadata.metadata[b"starts"].decode()
            self._starts = [bytes.fromhex(start) for start in starts.split(",")]

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def positions(self, stream_id: UUID) -> list[int]:
        """Where this stream's events stand, in order."""
        wanted = stream_id.bytes
        found: list[int] = []
        # The stream may begin in the row group before the first one that starts with it.
        group = bisect_right(self._starts, wanted) - 1
        while group >= 0:
            streams, positions = self._group(group)
            low = _bound(streams, wanted, count=len(positions))
            high = _bound(streams, wanted + b"\0", count=len(positions))
            found = positions[low:high].tolist() + found
            if low > 0:
                break
            group -= 1
        return found

    def places(self) -> Iterator[Places]:
        """All that the file says."""
        for group in range(len(self._starts)):
            streams, positions = self._group(group)
            ids = [streams[start : start + 16] for start in range(0, len(streams), 16)]
            yield list(zip(ids, positions.tolist(), strict=True))

    def _group(self, group: int) -> tuple[bytes, np.ndarray]:
        with self._lock:
            if group not in self._groups:
                with reading(self.path):
                    table = self._file.read_row_group(group, use_threads=False).combine_chunks()
                    rows = table.to_batches()[0]
                    streams = bytes(data_of(rows.column("stream_id")))
                    self._groups[group] = (streams, rows.column("position").to_numpy())
                if len(self._groups) > GROUPS_CACHED:
                    self._groups.popitem(last=False)
            self._groups.move_to_end(group)
            return self._groups[group]


def _bound(streams: bytes, wanted: bytes, *, count: int) -> int:
    """How many of the sorted ids are less than `wanted`."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if streams[middle * 16 : middle * 16 + 16] < wanted:
            low = middle + 1
        else:
            high = middle
    return low
