"""Hashes of events as they stand in the log, in the table or in archives, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
from msgspec import Struct
from psycopg.sql import SQL

from adapters.postgres.archive.columns import SCHEMA, pages
from adapters.postgres.archive.parquet import EventFile
from adapters.postgres.archive.partitions import Connection, partitions
from adapters.postgres.archive.parts import Partition
from adapters.postgres.audit.leaves import leaf_hashes
from adapters.postgres.transfer.ahead import ahead


class EventMissing(Exception):
    """There is no event at `position`, where one should be."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(f"there is no event at position {position}")


class LogSource(Struct, frozen=True, kw_only=True):
    """Where events are read: a database with its archives, or, without one, archives alone."""

    database_url: str | None
    archive_dir: Path

    def hashes(self, after: int, until: int) -> Iterator[list[bytes]]:
        """The hashes of the events behind a position up to another, many at a time.

        Raises `EventMissing` behind the last one before the gap, `FileUnreadable` and
        `psycopg.Error`.
        """
        if self.database_url is None:
            yield from _from_files(self.archive_dir, after, until=until)
            return
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            yield from hashes_of(connection, self.archive_dir, after=after, until=until)

    def head(self) -> int:
        """The position of the newest event there is. Raises as `hashes` does."""
        if self.database_url is None:
            return max((file.last for file in _files(self.archive_dir)), default=0)
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return head_of(connection)


def head_of(connection: Connection) -> int:
    """The position of the newest event, also if it is archived."""
    row = connection.execute(
        "SELECT greatest((SELECT coalesce(max(position), 0) FROM events),"
        " (SELECT coalesce(max(last_position), 0) FROM log_partitions WHERE state = 'archived'))"
    ).fetchone()
    assert row is not None
    return int(row[0])


def hashes_of(
    connection: Connection,
    archive_dir: Path,
    *,
    after: int,
    until: int,
    told: Callable[[pa.RecordBatch], list[bytes]] = leaf_hashes,
) -> Iterator[list[bytes]]:
    """As `LogSource.hashes`, by a connection; or what else is told of events."""
    missing = None
    while after < until:
        archived, bound = _place(connection, after, until=until)
        source = (
            _archived(EventFile(archive_dir / str(archived.file), expected=archived.digest), after)
            if archived
            else pages(connection, SQL("{}").format(SQL("events")), after=after, until=bound)
        )
        begun = after
        with closing(ahead(source)) as fetched:  # type: ignore[type-var]  # it is a generator
            for page in fetched:
                some = page.slice(0, min(_unbroken(page, after), bound - after))
                if some.num_rows:
                    yield told(some)
                after += some.num_rows
                if some.num_rows < page.num_rows or after == bound:
                    break
        if after > begun:
            missing = None
        elif missing == (archived, bound):
            raise EventMissing(after + 1)
        else:
            # A partition may have been archived while it was read; so look a second time.
            missing = (archived, bound)


def _unbroken(page: pa.RecordBatch, after: int) -> int:
    """How many rows at the beginning stand where they should behind a position."""
    positions = page.column("position").to_numpy()
    wrong = np.flatnonzero(positions != np.arange(after + 1, after + 1 + len(positions)))
    return int(wrong[0]) if len(wrong) else len(positions)


def _place(connection: Connection, after: int, *, until: int) -> tuple[Partition | None, int]:
    """The archived partition in which the next event stands, or None if it is in the table; and
    how far that holds.
    """
    archived = [each for each in partitions(connection) if each.state == "archived"]
    for each in archived:
        if each.holds(after + 1):
            return each, min(until, each.last)
    return None, min([until, *(each.first - 1 for each in archived if each.first > after)])


def _archived(file: EventFile, after: int) -> Iterator[pa.RecordBatch]:
    try:
        while after < file.last:
            page = file.part(after, file.last - after, columns=SCHEMA.names)
            yield page
            after += page.num_rows
    finally:
        file.close()


def _files(archive_dir: Path) -> list[EventFile]:
    paths = archive_dir.glob("events_*-*.parquet")
    found = [EventFile(path) for path in paths if ".streams" not in path.name]
    return sorted(found, key=lambda file: file.first)


def _from_files(archive_dir: Path, after: int, *, until: int) -> Iterator[list[bytes]]:
    for file in _files(archive_dir):
        if file.first > after + 1:
            break
        for page in _archived(file, after) if file.last > after else ():
            some = page.slice(0, until - after)
            if some.num_rows:
                yield leaf_hashes(some)
            after += some.num_rows
            if after == until:
                return
    if after < until:
        raise EventMissing(after + 1)
