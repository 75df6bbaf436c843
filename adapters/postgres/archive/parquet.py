"""Files of events in Parquet: written once, and read by position.

Each page of a file has a checksum that is looked at whenever it is read. The footer, which says
where everything is, also holds the digest of all rows; so who knows the digest of the footer can
tell whether the file is the one that was written.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from adapters.postgres.archive.columns import SCHEMA, Digest
from adapters.postgres.archive.faults import FileUnreadable

FORMAT = "polikrami-events"
FORMAT_VERSION = 1
GROUP_ROWS = 2_000
GROUP_BYTES = 64 * 2**20
GROUPS_CACHED = 4
MAGIC = b"PAR1"
WRITING: dict[str, Any] = {
    "compression": "zstd",
    "compression_level": 3,
    "write_page_checksum": True,
    "write_statistics": False,
    "use_dictionary": [
        *("stream_id", "type", "schema_version", "subject_id", "recorded_at", "transaction_id")
    ],
    "column_encoding": {"position": "DELTA_BINARY_PACKED", "version": "DELTA_BINARY_PACKED"},
}


class EventWriter:
    """Writes rows, which must follow on each other without a gap, to a file."""

    def __init__(self, path: Path) -> None:
        self.digest = Digest()
        self._writer = pq.ParquetWriter(path, SCHEMA, **WRITING)
        self._waiting: list[pa.RecordBatch] = []
        self._first = 0

    def add(self, rows: pa.RecordBatch) -> None:
        """Write these rows, or keep them until there are enough for a row group."""
        if not self._first:
            self._first = rows.column("position")[0].as_py()
        self.digest.add(rows)
        self._waiting.append(rows)
        if sum(each.num_rows for each in self._waiting) >= GROUP_ROWS or rows.nbytes > GROUP_BYTES:
            self._flush(whole_groups=True)

    def close(self, **facts: str) -> None:
        """Write what was kept, the facts, and the footer."""
        self._flush(whole_groups=False)
        self._writer.add_key_value_metadata(
            {
                "format": FORMAT,
                "format_version": str(FORMAT_VERSION),
                "first_position": str(self._first),
                "last_position": str(self._first + self.digest.rows - 1),
                "digest": self.digest.hex(),
                **facts,
            }
        )
        self._writer.close()

    def _flush(self, *, whole_groups: bool) -> None:
        table = pa.Table.from_batches(self._waiting, SCHEMA)
        count = table.num_rows
        if whole_groups and table.nbytes <= GROUP_BYTES:
            count -= count % GROUP_ROWS
        if count:
            self._writer.write_table(table.slice(0, count), row_group_size=GROUP_ROWS)
        self._waiting = table.slice(count).to_batches()


class EventFile:
    """A file of the events from `first` to `last`, all of them. Raises `FileUnreadable`, also when
    the footer's digest is not `expected`. It may be used by several threads.
    """

    def __init__(self, path: Path, *, expected: str | None = None) -> None:
        self.path = path
        self._groups: OrderedDict[tuple[int, tuple[str, ...]], pa.RecordBatch] = OrderedDict()
        self._lock = threading.Lock()
        with reading(path):
            if expected is not None and footer_digest(path) != expected:
                raise FileUnreadable(f"{path} is not the file that was archived, or it is damaged.")
            self._file = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)
            footer = self._file.metadata
            facts = {key.decode(): value.decode() for key, value in (footer.metadata or {}).items()}
            refuse_format(path, facts.get("format"), version=facts.get("format_version"))
            self.facts = facts
            self.first, self.last = int(facts["first_position"]), int(facts["last_position"])
            rows = [footer.row_group(group).num_rows for group in range(footer.num_row_groups)]
            self._ends = self.first - 1 + np.cumsum(rows, dtype=np.int64)
            if not self._file.schema_arrow.remove_metadata().equals(SCHEMA):
                raise ValueError("its columns are others")
            if not rows or self._ends[-1] != self.last or footer.num_rows != sum(rows):
                raise ValueError("it does not hold as many events as it says")

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def part(self, after: int, limit: int, *, columns: Sequence[str]) -> pa.RecordBatch:
        """Up to `limit` rows behind the position `after`, fewer at the end of a row group."""
        group = int(np.searchsorted(self._ends, after + 1))
        rows = self._group(group, tuple(columns))
        start = after - (int(self._ends[group]) - rows.num_rows)
        return rows.slice(start, limit)

    def pages(self) -> Iterator[pa.RecordBatch]:
        """All rows. Raises `FileUnreadable`, at the latest at the end, if any was changed."""
        digest = Digest()
        for group in range(len(self._ends)):
            rows = self._read(group, SCHEMA.names)
            digest.add(rows)
            yield rows
        if digest.hex() != self.facts.get("digest"):
            raise FileUnreadable(
                f"{self.path} is damaged: its events are not those it was made of."
            )

    def _group(self, group: int, columns: tuple[str, ...]) -> pa.RecordBatch:
        with self._lock:
            key = (group, columns)
            if key not in self._groups:
                self._groups[key] = self._read(group, columns)
                if len(self._groups) > GROUPS_CACHED:
                    self._groups.popitem(last=False)
            self._groups.move_to_end(key)
            return self._groups[key]

    def _read(self, group: int, columns: Sequence[str]) -> pa.RecordBatch:
        with reading(self.path):
            table = self._file.read_row_group(group, columns=list(columns), use_threads=False)
            rows = table.combine_chunks().to_batches()[0].select(columns)
            last = int(self._ends[group])
            expected = np.arange(last - rows.num_rows + 1, last + 1)
            before = int(self._ends[group - 1]) if group else self.first - 1
            if last - rows.num_rows != before or not np.array_equal(
                rows.column("position").to_numpy(), expected
            ):
                raise ValueError("events are missing")
            return rows


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever goes wrong with a file is told by one sentence that names it."""
    try:
        yield
    except FileUnreadable:
        raise
    except FileNotFoundError as error:
        raise FileUnreadable(f"{path} is missing.") from error
    except (pa.ArrowException, OSError, ValueError, KeyError, IndexError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise FileUnreadable(f"{path} is damaged or cut short ({why}).") from error


def refuse_format(path: Path | str, name: str | None, *, version: object) -> None:
    """Raises `FileUnreadable` unless this is a file of events of a version that is known."""
    if name != FORMAT:
        raise FileUnreadable(f"{path} is not a file of events of this system.")
    if str(version) != str(FORMAT_VERSION):
        raise FileUnreadable(
            f"{path} has version {version} of the format; this release knows {FORMAT_VERSION}."
        )


def footer_digest(path: Path) -> str:
    """The SHA-256 of a Parquet file's footer, as hexadecimal digits."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 8))
        tail = file.read()
        length = int.from_bytes(tail[:4], "little") + 8
        if tail[4:] != MAGIC or length > size:
            raise ValueError("it has no end")
        file.seek(size - length)
        return hashlib.sha256(file.read()).hexdigest()


def settle(part: Path, path: Path) -> None:
    """Make sure that a written file is on the disk for us alone, and give it its name."""
    part.chmod(0o600)
    for each, flags in ((part, os.O_RDONLY), (part.parent, os.O_RDONLY | os.O_DIRECTORY)):
        descriptor = os.open(each, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if each is part:
            part.rename(path)
