"""Moves old partitions of the log to files, and back.

A partition is let go of only when its file is on the disk and was read back; until then nothing
has changed, and whoever was interrupted can simply begin again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from msgspec import Struct
from psycopg.sql import SQL, Identifier

from adapters.postgres.archive.columns import Digest, pages
from adapters.postgres.archive.faults import FileUnreadable, LogKept
from adapters.postgres.archive.index import GROUP_ROWS, Places, StreamIndex, write_index
from adapters.postgres.archive.opened import Opened
from adapters.postgres.archive.parquet import EventFile, EventWriter, footer_digest, settle
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
    when_free,
)
from adapters.postgres.archive.parts import Partition, file_name, index_name


class Moved(Struct, frozen=True):
    """A part of the log that went to a file, or came back from it."""

    first: int
    last: int
    path: Path


def archivable(
    connection: Connection, *, before: int | None = None, count: int | None = None
) -> list[Partition]:
    """The oldest partitions that are full and have events behind them: so many, or those of which
    all events stand before a position.
    """
    newest = head(connection)
    old = [each for each in partitions(connection) if each.state == "attached"]
    old = [each for each in old if each.last < newest]
    if before is not None:
        old = [each for each in old if each.last < before]
    return old[:count]


def archive(
    database_url: str, folder: Path, *, wanted: Sequence[Partition], tell: Tell
) -> Generator[Moved, None, None]:
    """Move these partitions, one after the other; the URL is that of the log's owner.

    Raises `LogKept`, `FileUnreadable` and `OSError`; what was moved before stays moved.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    total = sum(each.last - each.first + 1 for each in wanted)
    with psycopg.connect(database_url, autocommit=True) as connection:
        be_alone(connection)
        done = 0
        for partition in wanted:
            counting = _Counting(tell, done, total)
            digest = _in_file(connection, partition, folder=folder, counting=counting)
            _hand_over(connection, partition, digest=digest)
            done += partition.last - partition.first + 1
            tell(done, total)
            name = file_name(partition)
            yield Moved(partition.first, partition.last, folder / name)


def restore(database_url: str, folder: Path, *, wanted: Sequence[Partition], tell: Tell) -> None:
    """Bring archived partitions back into the table; their files stay where they are.

    Raises `LogKept` and `FileUnreadable`; what was brought back before stays.
    """
    total = sum(each.last - each.first + 1 for each in wanted)
    with psycopg.connect(database_url, autocommit=True) as connection:
        be_alone(connection)
        done = 0
        for partition in wanted:
            assert partition.file is not None
            file = EventFile(folder / partition.file, expected=partition.digest)
            counting = _Counting(tell, done, total)
            with connection.transaction():
                create(connection, partition)
                counted = (counting.page(page) for page in file.pages())
                copy_into(connection, partition.table, pages=counted, transactions=True)
                index(connection, partition)
                attach(connection, partition)
                _mark(connection, partition, state="attached")
            done += partition.last - partition.first + 1


def check_file(folder: Path, partition: Partition) -> None:
    """Read an archived partition's files from end to end. Raises `FileUnreadable`."""
    opened = Opened(folder, partition)
    for _ in opened.events.pages():
        pass
    if _sum(opened.index.places()) != opened.events.facts.get("places"):
        raise FileUnreadable(f"{opened.index.path} is damaged: it names other events.")


class _Counting:
    """Tells how far two passes over a partition have come, half an event for each."""

    def __init__(self, tell: Tell, done: int, total: int) -> None:
        self._tell, self._done, self._total = tell, float(done), total

    def page(self, page: Any, *, share: float = 1) -> Any:
        self._done += page.num_rows * share
        self._tell(int(self._done), self._total)
        return page


def _in_file(
    connection: Connection, partition: Partition, *, folder: Path, counting: _Counting
) -> str:
    """Make sure that the partition is in its files, and return the digest of their footer."""
    path = folder / file_name(partition)
    if path.exists() and (found := _left_behind(connection, partition, path=path)):
        return found
    places = folder / index_name(path.name)
    part = places.with_suffix(".part")
    summing = _Summing()
    write_index(part, summing.through(_places(connection, partition)))
    settle(part, places)
    part = path.with_suffix(".part")
    writer = EventWriter(part)
    for page in _rows(connection, partition):
        writer.add(counting.page(page, share=0.5))
    writer.close(index=footer_digest(places), places=summing.hex())
    settle(part, path)
    _read_back(partition, path, counting=counting)
    return footer_digest(path)


def _read_back(partition: Partition, path: Path, *, counting: _Counting) -> None:
    """Raises `FileUnreadable` unless the files hold the whole partition, as it was written."""
    file = EventFile(path)
    if (file.first, file.last) != (partition.first, partition.last):
        raise FileUnreadable(f"{path} does not hold the whole of {partition.table}.")
    for page in file.pages():
        counting.page(page, share=0.5)
    places = StreamIndex(path.parent / index_name(path.name), expected=file.facts["index"])
    if _sum(places.places()) != file.facts["places"]:
        raise FileUnreadable(f"{places.path} does not name the events of {partition.table}.")


def _left_behind(connection: Connection, partition: Partition, *, path: Path) -> str | None:
    """The digest of files that an interrupted run has left, if they are whole and right."""
    try:
        _read_back(partition, path, counting=_Counting(lambda _done, _total: None, 0, 0))
    except FileUnreadable:
        return None
    digest = Digest()
    for page in _rows(connection, partition):
        digest.add(page)
    file = EventFile(path)
    right = file.facts["digest"] == digest.hex() and file.facts["places"] == _sum(
        _places(connection, partition)
    )
    return footer_digest(path) if right else None


def _hand_over(connection: Connection, partition: Partition, *, digest: str) -> None:
    def change() -> None:
        _mark(connection, partition, state="archived", digest=digest)
        let_go(connection, partition)

    when_free(connection, change)


def _mark(
    connection: Connection, partition: Partition, *, state: str, digest: str | None = None
) -> None:
    """Note where the partition is. Raises `LogKept` when it is there already."""
    cursor = connection.execute(
        "UPDATE log_partitions SET state = %(state)s, digest = %(digest)s, file = %(file)s,"
        " archived_at = CASE WHEN %(digest)s::text IS NULL THEN NULL ELSE now() END"
        " WHERE first_position = %(first)s AND state <> %(state)s",
        {
            "state": state,
            "digest": digest,
            "file": digest and file_name(partition),
            "first": partition.first,
        },
    )
    if cursor.rowcount != 1:
        raise LogKept(f"Somebody else has moved {partition.table} meanwhile.")


def _rows(connection: Connection, partition: Partition) -> Iterator[Any]:
    table = SQL("{}").format(Identifier(partition.table))
    return pages(connection, table, after=partition.first - 1, until=partition.last)


def _places(connection: Connection, partition: Partition) -> Iterator[Places]:
    with connection.transaction(), connection.cursor("places", binary=True) as cursor:
        cursor.execute(
            SQL(
                "SELECT uuid_send(stream_id), position FROM {} ORDER BY stream_id, position"
            ).format(Identifier(partition.table))
        )
        while some := cursor.fetchmany(GROUP_ROWS):
            yield some


class _Summing:
    """The digest of places."""

    def __init__(self) -> None:
        self._sum = hashlib.sha256()

    def through(self, places: Iterable[Places]) -> Iterator[Places]:
        for some in places:
            for stream, position in some:
                self._sum.update(stream + position.to_bytes(8, "big"))
            yield some

    def hex(self) -> str:
        return self._sum.hexdigest()


def _sum(places: Iterable[Places]) -> str:
    summing = _Summing()
    for _ in summing.through(places):
        pass
    return summing.hex()
