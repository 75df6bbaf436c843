"""A log leaves one database as a file and goes on in another, archived parts and all."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.mapper import ERASED
from adapters.postgres.archive import partitions as moving
from adapters.postgres.archive.faults import LogKept
from adapters.postgres.archive.partitions import be_alone, partitions
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.postgres.transfer import json_lines
from adapters.postgres.transfer.exporting import Export, Format
from adapters.postgres.transfer.faults import TransferRefused
from adapters.postgres.transfer.importing import import_events
from adapters.postgres.writer import Row
from application.store import replay
from projections.runner import Projector
from tests.core.archived import another_log, log_with_archives, written
from tests.core.notes import Note, note_rows
from tests.core.parts import archive_some, note, nothing_told, of, read_through, small_partitions
from tests.core.projecting import catch_up, rows, until
from tests.databases import own_database

SIZE = 70
FORMS: tuple[tuple[str, Format], ...] = (
    ("log.jsonl", "jsonl"),
    ("log.jsonl.gz", "jsonl"),
    ("log.jsonl.zst", "jsonl"),
    ("log.parquet", "parquet"),
)
STORED = (
    "SELECT position, stream_id, version, type, schema_version, subject_id, payload, metadata,"
    " recorded_at FROM events ORDER BY position"
)
CONSTRAINTS = (
    "SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass"
    " AND contype IN ('p', 'u', 'c') ORDER BY 1"
)
WAITING = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
HEADS = "SELECT stream_id, version FROM streams ORDER BY stream_id"


@pytest.fixture
async def log(pool: Pool, database_url: str, tmp_path: Path) -> AsyncIterator[PostgresLog]:
    """A log of several partitions."""
    small_partitions(database_url, SIZE)
    async with log_with_archives(pool, database_url, tmp_path / "archive") as log:
        yield log


@pytest.fixture
def other_url(postgres_url: str, template_url: str) -> Iterator[str]:
    """An empty database, whose partitions are of another size."""
    with own_database(postgres_url, template_url) as url:
        small_partitions(url, 90)
        yield url


def stored(url: str, query: str = STORED) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def exported(url: str, path: Path, form: Format = "jsonl", **wanted: int) -> Path:
    export = Export(database_url=app_url(url), archive_dir=path.parent / "archive", **wanted)
    export.to(str(path), form, tell=nothing_told)
    return path


def imported(url: str, path: Path, form: Format = "jsonl") -> int:
    return import_events(url, str(path), form=form, tell=nothing_told)


async def strange(log: PostgresLog) -> None:
    """Events as they may be stored: large, compressed, in any writing, about persons."""
    payloads = [zlib.compress(bytes(500)), b'{"a": "' + "ı".encode() * 90_000 + b'"}', b"", b"{}\n"]
    for payload in payloads:
        row = Row(uuid4(), 1, "test.strange", 3, uuid4(), payload)
        facts = '{"command_id":"7","who":"Işıl \\u2028 \\"x\\"","n":1.50}'.encode()
        await log._writer.append([row], facts, command_id=uuid4(), key=None, answer=b"")
    await log.append(of(note(text="Çok güzel bir gün ☀️\n\t\\ \"'", readers=2)))


@pytest.mark.parametrize("kind", FORMS)
async def test_an_exported_log_is_imported_byte_by_byte(
    log: PostgresLog, database_url: str, other_url: str, tmp_path: Path, kind: tuple[str, Format]
) -> None:
    name, form = kind
    await written(log)
    await strange(log)
    rows_before, heads = stored(database_url), stored(database_url, HEADS)
    await asyncio.to_thread(archive_some, database_url, tmp_path / "archive")
    path = await asyncio.to_thread(exported, database_url, tmp_path / name, form)
    assert await asyncio.to_thread(imported, other_url, path, form) == len(rows_before)
    assert stored(other_url) == rows_before
    assert stored(other_url, HEADS) == heads
    with psycopg.connect(other_url) as connection:
        parts = [(each.first, each.last, each.table) for each in partitions(connection)]
    assert parts == [(1, 90, "events_1"), (91, 180, "events_91"), (181, 270, "events_181")]


async def test_an_imported_log_goes_on_and_read_models_follow(
    log: PostgresLog, database_url: str, other_url: str, tmp_path: Path
) -> None:
    notes = await written(log)
    path = await asyncio.to_thread(exported, database_url, tmp_path / "log.jsonl")
    await asyncio.to_thread(imported, other_url, path)
    async with another_log(other_url, tmp_path) as other:
        again = replay(await other.load(notes[7].id))
        assert isinstance(again, Note)
        assert (again.version, again.text) == (4, ERASED)
        again.read("after the import")
        assert await other.append(of(again)) == 201
        await other.append(of(note(readers=120)))
        assert [position for position, *_ in await read_through(other)] == list(range(1, 323))
        await catch_up(Projector(other._pool, other, [note_rows()]))
        assert len(await rows(other._pool)) == 51
    with psycopg.connect(other_url) as connection:
        for each in partitions(connection):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(SQL("DELETE FROM {}").format(Identifier(each.table)))
            names = connection.execute(CONSTRAINTS, (each.table,)).fetchall()
            assert names == [(f"{each.table}_pkey",), (f"{each.table}_stream_version",)]


async def test_a_log_can_be_imported_in_parts_that_follow_on_each_other(
    log: PostgresLog, database_url: str, other_url: str, tmp_path: Path
) -> None:
    await written(log)
    borders = [1, 60, 91, 150, 181, 200]
    for first, behind in zip(borders, [*borders[1:], 201], strict=True):
        path = tmp_path / f"from-{first}.jsonl"
        await asyncio.to_thread(exported, database_url, path, first=first, last=behind - 1)
        assert await asyncio.to_thread(imported, other_url, path) == behind - 1
    assert stored(other_url) == stored(database_url)
    assert stored(other_url, HEADS) == stored(database_url, HEADS)


async def test_only_what_goes_on_where_the_log_ends_is_imported(
    log: PostgresLog, database_url: str, other_url: str, tmp_path: Path
) -> None:
    await written(log)
    later = await asyncio.to_thread(exported, database_url, tmp_path / "later.jsonl", first=11)
    whole = await asyncio.to_thread(exported, database_url, tmp_path / "log.jsonl")
    with pytest.raises(TransferRefused, match="begins at position 11, but the log goes on at 1:"):
        await asyncio.to_thread(imported, other_url, later)
    await asyncio.to_thread(imported, other_url, whole)
    with pytest.raises(TransferRefused, match="begins at position 1, but the log goes on at 201"):
        await asyncio.to_thread(imported, other_url, whole)
    with pytest.raises(TransferRefused, match="The system runs on this database"):
        await asyncio.to_thread(imported, database_url, later)
    with pytest.raises(TransferRefused, match="Only the owner"):
        await asyncio.to_thread(imported, app_url(other_url), later)


async def test_nobody_appends_during_an_import(
    other_url: str, tmp_path: Path, log: PostgresLog, database_url: str
) -> None:
    await log.append(of(note()))
    path = await asyncio.to_thread(exported, database_url, tmp_path / "log.jsonl")
    with psycopg.connect(other_url) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(7065746261)")
        with pytest.raises(TransferRefused, match="Somebody appends to the log"):
            await asyncio.to_thread(imported, other_url, path)
    assert stored(other_url) == []


async def test_who_moves_partitions_waits_a_moment_for_who_ends_and_no_longer(
    other_url: str,
    tmp_path: Path,
    log: PostgresLog,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await log.append(of(note()))
    path = await asyncio.to_thread(exported, database_url, tmp_path / "log.jsonl")
    with psycopg.connect(other_url, autocommit=True) as other:
        be_alone(other)
        with monkeypatch.context() as patch:
            patch.setattr(moving, "PATIENCE", "1ms")
            with pytest.raises(LogKept, match="Another process"):
                await asyncio.to_thread(imported, other_url, path)
        assert stored(other_url) == []
        monkeypatch.setattr(moving, "PATIENCE", "60s")
        importing = asyncio.create_task(asyncio.to_thread(imported, other_url, path))
        await until(lambda: asyncio.to_thread(stored, other_url, WAITING))
        other.execute("SELECT pg_advisory_unlock_all()")
    assert await importing == 4


@pytest.mark.parametrize(
    "forgery",
    [
        (b'{"position":2,', b'{"position":3,', "it has no event at 2"),
        (b'{"position":2,', b'{"position":1,', "it has no event at 2"),
        (b'"version":2,', b'"version":102,', "do not follow on each other"),
        (b'"version":1,', b'"version":0,', "do not follow on each other"),
        (b'"version":2,', b'"version":1,', "do not follow on each other|has a version twice"),
        (b'"type":"', b'"type":"\\u0000', "can't be imported"),
        (b'"metadata":{', b'"metadata":{"a":"\\u0000",', "can't be imported"),
        (b'"last_position":101', b'"last_position":100', "damaged"),
    ],
)
async def test_events_that_contradict_each_other_are_refused_and_nothing_is_changed(
    log: PostgresLog,
    database_url: str,
    other_url: str,
    tmp_path: Path,
    forgery: tuple[bytes, bytes, str],
) -> None:
    found, put, sentence = forgery
    await log.append(of(note(readers=100)))
    path = await asyncio.to_thread(exported, database_url, tmp_path / "log.jsonl")
    await asyncio.to_thread(forge, path, found, put)
    for block in (json_lines.BLOCK, 700):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(json_lines, "BLOCK", block)
            with pytest.raises(TransferRefused, match=sentence):
                await asyncio.to_thread(imported, other_url, path)
    assert stored(other_url) == stored(other_url, HEADS) == []
    with psycopg.connect(other_url) as connection:
        assert [each.table for each in partitions(connection)] == ["events_1"]


def forge(path: Path, found: bytes, put: bytes) -> None:
    """Change something, and make the checksum right again."""
    lines = path.read_bytes().replace(found, put, 1).splitlines(keepends=True)
    footer = b'{"sha256":"%b"}\n' % hashlib.sha256(b"".join(lines[:-1])).hexdigest().encode()
    path.write_bytes(b"".join([*lines[:-1], footer]))


async def test_damaged_files_of_every_form_are_refused_and_nothing_is_changed(
    log: PostgresLog, database_url: str, other_url: str, tmp_path: Path
) -> None:
    await written(log, 20)
    for name, form in FORMS:
        path = await asyncio.to_thread(exported, database_url, tmp_path / name, form)
        await asyncio.to_thread(refuse_damaged, other_url, path, form)
    assert stored(other_url) == stored(other_url, HEADS) == []


def refuse_damaged(url: str, path: Path, form: Format) -> None:
    whole = path.read_bytes()
    size = len(whole)
    for length in (0, 10, size // 3, size // 2, size - 40, size - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(TransferRefused, match=path.name):
            imported(url, path, form)
    if form == "parquet":
        return  # of its bytes only some say something of the events
    # Of the first bytes of a compressed file, too.
    for place in range(size // 12, size - 8, size // 12):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x08]) + whole[place + 1 :])
        with pytest.raises(TransferRefused, match=path.name):
            imported(url, path, form)


async def test_what_can_not_be_exported_is_refused_and_leaves_no_file(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    def refused(path: Path, form: Format = "jsonl", *, first: int = 1, last: int = 1) -> str:
        with pytest.raises(TransferRefused) as told:
            exported(database_url, path, form, first=first, last=last)
        return str(told.value)

    new = tmp_path / "log.jsonl"
    assert "The log is empty" in await asyncio.to_thread(refused, new)
    await written(log)
    for first, last in ((0, 200), (201, 201), (1, 201), (9, 8)):
        told = await asyncio.to_thread(partial(refused, new, first=first, last=last))
        assert "There are no events" in told
    assert "No such file" in await asyncio.to_thread(refused, tmp_path / "nowhere" / "log.jsonl")
    await asyncio.to_thread(exported, database_url, new)
    for form in ("jsonl", "parquet"):
        assert "is there already" in await asyncio.to_thread(refused, new, form)
    assert "name a file" in await asyncio.to_thread(refused, Path("-"), "parquet")
    assert names(tmp_path) == {"log.jsonl"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


async def test_an_export_of_a_log_with_a_damaged_archive_is_refused_and_leaves_no_file(
    log: PostgresLog, database_url: str, tmp_path: Path
) -> None:
    await written(log)
    await asyncio.to_thread(archive_some, database_url, tmp_path / "archive")
    await asyncio.to_thread((tmp_path / "archive" / "events_71-140.parquet").unlink)
    with pytest.raises(Exception, match=r"events_71-140\.parquet is missing"):
        await asyncio.to_thread(exported, database_url, tmp_path / "log.jsonl")
    assert names(tmp_path) == {"archive"}


async def test_the_person_of_an_erased_event_stays_erased(
    log: PostgresLog, database_url: str, other_url: str, tmp_path: Path
) -> None:
    author = uuid4()
    told = note(author=author)
    await log.append(of(told))
    await log._keys.destroy(author)
    path = await asyncio.to_thread(exported, database_url, tmp_path / "log.jsonl")
    await asyncio.to_thread(imported, other_url, path)
    for url in (database_url, other_url):
        async with another_log(url, tmp_path) as each:
            again = replay(await each.load(UUID(str(told.id))))
            assert isinstance(again, Note)
            assert again.text == ERASED
