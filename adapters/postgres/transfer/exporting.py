"""Writes a range of the log to a file, whether it lies in the table or in archives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import psycopg
import pyarrow as pa
from msgspec import Struct
from psycopg.sql import SQL

from adapters.postgres.archive.columns import SCHEMA, pages
from adapters.postgres.archive.parquet import EventFile, EventWriter
from adapters.postgres.archive.partitions import Connection, Tell, head, partitions
from adapters.postgres.archive.parts import Partition
from adapters.postgres.transfer.ahead import ahead
from adapters.postgres.transfer.faults import TransferRefused
from adapters.postgres.transfer.files import STANDARD, new_file, written
from adapters.postgres.transfer.json_lines import write

Format = Literal["jsonl", "parquet"]


class Export(Struct, frozen=True, kw_only=True):
    """What to export: positions `first` to `last`, of which None means as far as there are events.
    `archive_dir` is where archived partitions lie.
    """

    database_url: str
    archive_dir: Path
    first: int = 1
    last: int | None = None

    def to(self, name: str, form: Format, *, tell: Tell) -> int:
        """Write a new file, or standard output if the name is `-`; return how many events.

        Raises `TransferRefused` and `FileUnreadable`, and leaves no file then.
        """
        if form == "parquet" and name == STANDARD:
            raise TransferRefused("Parquet can't go to standard output; name a file.")
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            newest = head(connection)
            last = newest if self.last is None else self.last
            if not newest:
                raise TransferRefused("The log is empty; there is nothing to export.")
            if not 1 <= self.first <= last <= newest:
                raise TransferRefused(
                    f"There are no events from {self.first} to {last}: the log has 1 to {newest}."
                )
            events = ahead(self._told(connection, last, tell=tell))
            if form == "parquet":
                with new_file(name) as path:
                    writer = EventWriter(path)
                    for page in events:
                        writer.add(page)
                    writer.close()
            else:
                with written(name) as target:
                    write(target, self.first, last=last, pages=events)
            return last - self.first + 1

    def _told(self, connection: Connection, last: int, *, tell: Tell) -> Iterator[pa.RecordBatch]:
        done, total = 0, last - self.first + 1
        tell(0, total)
        for page in read(connection, self.archive_dir, after=self.first - 1, until=last):
            done += page.num_rows
            yield page
            tell(done, total)


def read(
    connection: Connection, archive_dir: Path, *, after: int, until: int
) -> Iterator[pa.RecordBatch]:
    """The events behind `after` up to `until`, all of them. Raises `FileUnreadable`, and
    `TransferRefused` when positions are missing.
    """
    while after < until:
        archived, bound = _place(connection, after, until=until)
        behind = after
        source = (
            _archived(archive_dir, archived, after=after, until=bound)
            if archived
            else pages(connection, SQL("{}").format(SQL("events")), after=after, until=bound)
        )
        for page in source:
            positions = page.column("position").to_numpy()
            if (positions[0], positions[-1]) != (after + 1, after + len(positions)):
                break  # a partition was archived meanwhile: look anew
            yield page
            after += len(positions)
        if after == behind and _place(connection, after, until=until) == (archived, bound):
            raise TransferRefused(f"Positions behind {after} are missing in the log.")


def _place(connection: Connection, after: int, *, until: int) -> tuple[Partition | None, int]:
    """The archived partition in which the next event stands, or None if it is in the table; and
    how far that holds.
    """
    archived = [each for each in partitions(connection) if each.state == "archived"]
    for each in archived:
        if each.holds(after + 1):
            return each, min(until, each.last)
    return None, min([until, *(each.first - 1 for each in archived if each.first > after)])


def _archived(
    archive_dir: Path, partition: Partition, *, after: int, until: int
) -> Iterator[pa.RecordBatch]:
    assert partition.file is not None
    file = EventFile(archive_dir / partition.file, expected=partition.digest)
    while after < until:
        page = file.part(after, until - after, columns=SCHEMA.names)
        yield page
        after += page.num_rows
