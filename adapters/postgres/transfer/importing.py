"""Puts the events of a file at the end of the log: all of them, or none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psycopg
import pyarrow as pa
from msgspec.structs import replace

from adapters.postgres.archive.faults import FileUnreadable
from adapters.postgres.archive.parquet import EventFile
from adapters.postgres.archive.partitions import (
    Connection,
    Tell,
    attach,
    be_alone,
    copy_into,
    create,
    head,
    index,
    let_go,
    partitions,
    rename,
)
from adapters.postgres.archive.parts import Partition
from adapters.postgres.transfer.ahead import ahead
from adapters.postgres.transfer.exporting import Format
from adapters.postgres.transfer.faults import TransferRefused
from adapters.postgres.transfer.files import opened
from adapters.postgres.transfer.json_lines import Reader
from adapters.postgres.transfer.stretches import Stretches, wrong_stream

APPEND_LOCK = 7_065_746_261
WRITERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND application_name = 'polikrami writer'"
)
# Streams with their first and last version, and whether all versions between come in order.
STREAMS = """
    CREATE TEMPORARY TABLE imported ON COMMIT DROP AS
    SELECT stream_id, min(first) AS first, max(last) AS last, min(position) AS since,
           bool_and(follows) AS whole
    FROM (SELECT stream_id, first, last, position, first = lag(last, 1, first - 1) OVER (
              PARTITION BY stream_id ORDER BY position) + 1 AS follows
          FROM stretches) AS s
    GROUP BY stream_id"""
WRONG_STREAM = """
    SELECT i.stream_id FROM imported AS i LEFT JOIN streams AS s USING (stream_id)
    WHERE NOT i.whole OR CASE WHEN coalesce(s.version, -1) < 1
        THEN i.first > 1 OR i.first <= coalesce(s.version, -1) ELSE i.first <> s.version + 1 END
    LIMIT 1"""
FILL_STREAMS = """
    INSERT INTO streams (stream_id, version, since) SELECT stream_id, last, since FROM imported
    ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version"""


def import_events(database_url: str, name: str, *, form: Format, tell: Tell) -> int:
    """Import a file, or standard input if the name is `-`; return the position of the last event.
    The URL is that of the log's owner.

    Raises `TransferRefused` and `LogKept`; then nothing was changed.
    """
    with (
        _source(name, form) as source,
        Stretches() as stretches,
        psycopg.connect(database_url) as connection,
    ):
        try:
            be_alone(connection)
            with connection.transaction():
                _Import(connection, name, source=source, stretches=stretches, tell=tell).run()
        except psycopg.errors.InsufficientPrivilege as error:
            raise TransferRefused(
                "Only the owner of the log can import; use its DATABASE_URL."
            ) from error
        except psycopg.errors.LockNotAvailable as error:
            raise TransferRefused("Others read the log without a pause; try again.") from error
        except psycopg.errors.UniqueViolation as error:
            raise TransferRefused(f"{name} is wrong: a stream has a version twice.") from error
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            why = str(error).splitlines()[0]
            raise TransferRefused(f"{name} can't be imported: {why}.") from error
        return source.last


@contextmanager
def _source(name: str, form: Format) -> Iterator[Reader | EventFile]:
    if form == "jsonl":
        with opened(name) as plain:
            yield Reader(plain, name)
        return
    try:
        yield EventFile(Path(name))
    except FileUnreadable as error:
        raise TransferRefused(str(error)) from error


class _Import:
    """One import, inside a transaction that undoes it when anything is raised."""

    def __init__(
        self,
        connection: Connection,
        name: str,
        *,
        source: Reader | EventFile,
        stretches: Stretches,
        tell: Tell,
    ) -> None:
        self._connection = connection
        self._name = name
        self._source = source
        self._tell = tell
        self._total = source.last - source.first + 1
        self._at = source.first - 1
        self._stretches = stretches

    def run(self) -> None:
        self._take_the_log()
        made, emptied = self._fill(ahead(self._source.pages()))
        for partition in made:
            index(self._connection, partition)
        for partition in emptied:
            let_go(self._connection, partition)
        for partition in made:
            attach(self._connection, partition)
            name = partition.table.removesuffix("_imported")
            rename(self._connection, partition, name=name)
            self._note(partition, name)
        self._join_streams()
        self._connection.execute("SELECT pg_notify('events', %s)", (str(self._source.last),))

    def _take_the_log(self) -> None:
        """Raises `TransferRefused` unless nobody else writes and the file fits."""
        connection = self._connection
        try:
            connection.execute("SET LOCAL lock_timeout = '3s'")
            connection.execute("LOCK TABLE log_partitions IN EXCLUSIVE MODE")
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (APPEND_LOCK,))
        except psycopg.errors.LockNotAvailable as error:
            raise TransferRefused("Somebody appends to the log; stop the system first.") from error
        row = connection.execute(WRITERS).fetchone()
        if row and row[0]:
            raise TransferRefused("The system runs on this database; stop it first.")
        newest = head(connection)
        if self._source.first != newest + 1 or not self._total:
            raise TransferRefused(
                f"{self._name} begins at position {self._source.first}, but the log goes on at"
                f" {newest + 1}: only a file that begins there can be imported."
            )

    def _fill(self, pages: Iterator[pa.RecordBatch]) -> tuple[list[Partition], list[Partition]]:
        """Put all rows into tables: those that were made for them, and empty ones in their way."""
        made: list[Partition] = []
        emptied: list[Partition] = []
        present = {each.first: each for each in partitions(self._connection)}
        newest = max(present.values(), key=lambda each: each.first)
        rows = _Cut(self._checked(pages))
        filled = self._source.first - 1
        while filled < self._source.last:
            room = next((e for e in present.values() if e.first <= filled + 1 <= e.last), None)
            if room is not None and filled + 1 > room.first:
                copy_into(self._connection, room.table, pages=rows.until(room.last), fresh=False)
                filled = room.last
                continue
            if room is not None:
                emptied.append(room)
            else:
                size = newest.last - newest.first + 1
                first, last = newest.last + 1, newest.last + size
                room = newest = Partition(first, last, f"events_{first}", "attached", None, None)
            partition = replace(room, table=f"{room.table}_imported")
            create(self._connection, partition)
            copy_into(self._connection, partition.table, pages=rows.until(room.last))
            made.append(partition)
            filled = room.last
        for _ in rows.until(self._source.last + 1):
            raise TransferRefused(f"{self._name} holds more events than it says.")
        if self._at != self._source.last:
            raise TransferRefused(f"{self._name} holds fewer events than it says.")
        return made, emptied

    def _checked(self, pages: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for page in pages:
            positions = page.column("position").to_numpy()
            expected = np.arange(self._at + 1, self._at + 1 + len(positions))
            if not np.array_equal(positions, expected):
                wrong = int(expected[np.flatnonzero(positions != expected)[0]])
                raise TransferRefused(f"{self._name} is wrong: it has no event at {wrong:,}.")
            self._stretches.add(page)
            yield page
            self._at += len(positions)
            self._tell(self._at - self._source.first + 1, self._total)

    def _note(self, partition: Partition, name: str) -> None:
        self._connection.execute(
            "INSERT INTO log_partitions (first_position, last_position, table_name)"
            " VALUES (%s, %s, %s) ON CONFLICT (first_position) DO NOTHING",
            (partition.first, partition.last, name),
        )

    def _join_streams(self) -> None:
        self._connection.execute("SET LOCAL work_mem = '256MB'")
        self._stretches.copy(self._connection)
        self._connection.execute(STREAMS)
        if wrong := self._connection.execute(WRONG_STREAM).fetchone():
            raise wrong_stream(wrong[0])
        self._connection.execute(FILL_STREAMS)
        self._connection.execute("ANALYZE streams")


class _Cut:
    """Pages that are cut where a partition ends."""

    def __init__(self, pages: Iterator[pa.RecordBatch]) -> None:
        self._pages = pages
        self._rest: pa.RecordBatch | None = None

    def until(self, last: int) -> Iterator[pa.RecordBatch]:
        """The rows up to this position; those behind it stay for the next call."""
        while (page := self._next()) is not None:
            first = page.column("position")[0].as_py()
            room = last - first + 1
            if room < page.num_rows:
                self._rest = page.slice(max(room, 0))
                page = page.slice(0, max(room, 0))
            if page.num_rows:
                yield page
            if self._rest is not None:
                return

    def _next(self) -> pa.RecordBatch | None:
        page, self._rest = self._rest, None
        return next(self._pages, None) if page is None else page
