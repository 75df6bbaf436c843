"""Whether the versions of each stream follow on each other, found out page by page."""

from __future__ import annotations

import tempfile
from typing import Any, Self
from uuid import UUID

import numpy as np
import pyarrow as pa

from adapters.postgres.archive.columns import data_of
from adapters.postgres.archive.partitions import Connection
from adapters.postgres.archive.rows import COPY_HEADER, COPY_TRAILER
from adapters.postgres.transfer.faults import TransferRefused

ROW = np.dtype(
    [
        ("fields", ">i2"),
        *(("length0", ">i4"), ("stream", "V16")),
        *(("length1", ">i4"), ("first", ">i8")),
        *(("length2", ">i4"), ("last", ">i8")),
        *(("length3", ">i4"), ("position", ">i8")),
    ]
)
"""A stretch as PostgreSQL's binary COPY takes it."""
CHUNK = 2**20


class Stretches:
    """Versions of one stream that follow on each other within a page. They are kept in a temporary
    file until PostgreSQL looks whether the stretches of a stream follow on each other, too.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # it ends with this

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._file.close()

    def add(self, page: pa.RecordBatch) -> None:
        """Take the next events in. Raises `TransferRefused`."""
        data = data_of(page.column("stream_id"))
        halves = np.frombuffer(data, ">u8").astype(np.uint64).reshape(-1, 2)
        order = np.lexsort((halves[:, 1], halves[:, 0]))
        halves, versions = halves[order], page.column("version").to_numpy()[order]
        begins = np.ones(len(order), bool)
        begins[1:] = (halves[1:] != halves[:-1]).any(axis=1)
        gaps = ~begins[1:] & (versions[1:] != versions[:-1] + 1)
        if gaps.any():
            place = int(order[np.flatnonzero(gaps)[0] + 1])
            raise wrong_stream(UUID(bytes=bytes(data[place * 16 : place * 16 + 16])))
        starts = np.flatnonzero(begins)
        ends = np.append(starts[1:], len(order)) - 1
        rows: np.ndarray[Any, Any] = np.zeros(len(starts), ROW)
        rows["fields"], rows["length0"] = 4, 16
        rows["length1"] = rows["length2"] = rows["length3"] = 8
        rows["stream"] = np.frombuffer(data, "V16")[order[starts]]
        rows["first"], rows["last"] = versions[starts], versions[ends]
        rows["position"] = page.column("position").to_numpy()[order[starts]]
        self._file.write(rows.tobytes())

    def copy(self, connection: Connection) -> None:
        """Put all of them into the temporary table `stretches`."""
        connection.execute(
            "CREATE TEMPORARY TABLE stretches (stream_id uuid, first bigint, last bigint,"
            " position bigint) ON COMMIT DROP"
        )
        self._file.seek(0)
        with connection.cursor().copy("COPY stretches FROM STDIN (FORMAT binary)") as copy:
            copy.write(COPY_HEADER)
            while some := self._file.read(CHUNK):
                copy.write(some)
            copy.write(COPY_TRAILER)


def wrong_stream(stream_id: UUID) -> TransferRefused:
    """What is said of a stream whose versions are not in order."""
    return TransferRefused(
        f"The file is wrong: the versions of the stream {stream_id} do not follow on each other,"
        " or on those in the log."
    )
