"""Takes a backup: one snapshot of the database, the archived log, and the stored files.

Keys of persons are left out, and so is whatever can be computed from the log and holds what persons
said of themselves in plain text: read tables and snapshots of aggregates. Whoever is erased is
thereby erased in every backup, too.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from msgspec import Struct
from msgspec.structs import replace
from psycopg import IsolationLevel

from adapters.audit.files import CHECKPOINTS, CheckpointFile
from adapters.postgres.archive.partitions import Connection, Tell, keep_them, partitions
from adapters.postgres.archive.parts import index_name
from adapters.postgres.audit.reading import head_of
from adapters.postgres.backup.faults import BackupRefused
from adapters.postgres.backup.manifest import (
    FORMAT,
    OBJECTS,
    KeptFile,
    Manifest,
    SharedFile,
    fact_of,
    write_durably,
    write_manifest,
    write_objects,
)
from adapters.postgres.backup.shelf import Shelf
from adapters.postgres.backup.tools import Tools

DUMP = "dump"
WITHOUT_ROWS = ("vault.*", "public.snapshots", "public.projections", "public.leaders")
WITHOUT_TABLES = ("read.*",)
DIGEST_NAME = re.compile(r"[0-9a-f]{64}")
ROWS = {
    "streams": "SELECT count(*) FROM streams",
    "answers": "SELECT count(*) FROM answers",
    "jobs": "SELECT count(*) FROM jobs",
}
PROGRESS = (
    "SELECT pid, relid, tuples_processed FROM pg_stat_progress_copy"
    " WHERE datname = current_database() AND type = 'PIPE' AND command = %s"
)


class Sources(Struct, frozen=True, kw_only=True):
    """What is backed up: a database, by its owner's URL, and the folders beside it."""

    database_url: str
    archive_dir: Path
    files: Path
    audit: Path


class Steps(Struct, frozen=True):
    """Who is told how far it has come: `of(what)` gives who is told about one step."""

    of: Callable[[str], Tell]


class Taken(Struct, frozen=True):
    """A finished backup, and how many bytes of shared files it added."""

    path: Path
    manifest: Manifest
    added: int


class Backup(Struct, frozen=True, kw_only=True):
    """How to take one."""

    sources: Sources
    tools: Tools
    release: str
    jobs: int = 2
    """How many tables are dumped side by side."""

    def into(self, shelf: Shelf, *, now: datetime, steps: Steps) -> Taken:
        """Take a backup. Until all of it is on the disk there is none under its name.

        Raises `BackupRefused`, `psycopg.Error` and `OSError`.
        """
        began = time.monotonic()
        with shelf.held():
            before = _known(shelf)
            part = shelf.begin(now)
            with _snapshot(self.sources.database_url) as (connection, snapshot):
                facts = _facts(connection)
                archived = [each for each in partitions(connection) if each.file]
                self._dump(part, snapshot, rows=facts.rows, tell=steps.of("dumping"))
                parts = [
                    (self.sources.archive_dir / name)
                    for each in archived
                    for name in (str(each.file), index_name(str(each.file)))
                ]
                sharing = _Sharing(shelf, before)
                sharing.archive(parts, steps.of("copying archives"))
            sharing.stored(self.sources.files, steps.of("copying files"))
            _keep_checkpoints(self.sources.audit, part)
            write_objects(part / OBJECTS, sharing.found)
            facts = replace(facts, seconds=round(time.monotonic() - began, 3))
            files = _hashed(part, steps.of("hashing"))
            manifest = self._manifest(facts, now=now, files=files, damaged=sharing.damaged)
            write_manifest(part, manifest)
            whole = shelf.finish(part)
        return Taken(whole, manifest, sharing.added)

    def _manifest(
        self, facts: _Facts, *, now: datetime, files: dict[str, KeptFile], damaged: list[str]
    ) -> Manifest:
        return Manifest(
            format=FORMAT,
            release=self.release,
            made_at=now,
            seconds=facts.seconds,
            server=facts.server,
            tools=self.tools.version,
            position=facts.position,
            sealed=facts.sealed,
            checkpoint=facts.checkpoint,
            migrations=facts.migrations,
            counts=facts.counts,
            files=files,
            damaged=tuple(damaged),
        )

    def _dump(self, part: Path, snapshot: str, *, rows: int, tell: Tell) -> None:
        with following(self.sources.database_url, "COPY TO", rows=rows, tell=tell) as look:
            self.tools.run(
                "pg_dump",
                "--format=directory",
                f"--file={part / DUMP}",
                f"--snapshot={snapshot}",
                f"--jobs={self.jobs}",
                "--compress=gzip:1",
                "--no-owner",
                "--lock-wait-timeout=60s",
                *(f"--exclude-table-data={each}" for each in WITHOUT_ROWS),
                *(f"--exclude-table={each}" for each in WITHOUT_TABLES),
                database_url=self.sources.database_url,
                look=look,
            )
        tell(rows, rows)


class _Facts(Struct, frozen=True, kw_only=True):
    """What the snapshot says of itself, and how long it took to keep it."""

    position: int
    sealed: int
    checkpoint: str | None
    migrations: tuple[str, ...]
    counts: dict[str, int]
    server: str
    seconds: float = 0.0

    @property
    def rows(self) -> int:
        return self.counts["events"] + sum(self.counts[name] for name in ROWS)


@contextmanager
def _snapshot(database_url: str) -> Iterator[tuple[Connection, str]]:
    """A transaction whose view of everything others can share; partitions stay as they are."""
    with psycopg.connect(database_url) as connection:
        connection.autocommit = True
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        keep_them(connection)
        connection.autocommit = False
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield connection, str(row[0])
        connection.rollback()


def _facts(connection: Connection) -> _Facts:
    position = head_of(connection)
    seal = _one(connection, "SELECT size, note FROM audit_seals ORDER BY size DESC LIMIT 1")
    applied = connection.execute("SELECT migration_id FROM _yoyo_migration ORDER BY 1").fetchall()
    archived = sum(each.last - each.first + 1 for each in partitions(connection) if each.file)
    counts = {name: int(_one(connection, query)[0]) for name, query in ROWS.items()}
    server = connection.info.server_version
    return _Facts(
        position=position,
        sealed=seal[0] if seal else 0,
        checkpoint=seal[1] if seal else None,
        migrations=tuple(str(name) for (name,) in applied),
        counts={"events": position - archived, **counts},
        server=f"{server // 10_000}.{server % 10_000}",
    )


def _one(connection: Connection, query: str) -> Any:
    return connection.execute(query.encode()).fetchone()


@contextmanager
def following(
    database_url: str, command: str, *, rows: int, tell: Tell
) -> Iterator[Callable[[], None]]:
    """What tells, whenever it is called, how many rows were copied by now."""
    seen: dict[tuple[int, int], int] = {}
    with psycopg.connect(database_url, autocommit=True) as connection:

        def look() -> None:
            for pid, table, done in connection.execute(PROGRESS, (command,)).fetchall():
                seen[pid, table] = max(done, seen.get((pid, table), 0))
            tell(min(sum(seen.values()), rows), rows)

        yield look


class _Sharing:
    """Collects the files that backups share; those that are there already are not copied."""

    def __init__(self, shelf: Shelf, before: dict[str, SharedFile]) -> None:
        self.found: list[SharedFile] = []
        self.damaged: list[str] = []
        self.added = 0
        self._shelf = shelf
        self._before = before

    def archive(self, paths: list[Path], tell: Tell) -> None:
        """Archived parts of the log. Raises `BackupRefused` if one is missing."""
        total = sum(path.stat().st_size for path in paths if path.exists())
        done = 0
        for path in paths:
            try:
                self._archived(path)
            except FileNotFoundError:
                raise BackupRefused(
                    f"The archived part {path} is missing; bring it back, then back up."
                ) from None
            done += self.found[-1].size
            tell(done, total)

    def stored(self, folder: Path, tell: Tell) -> None:
        """Files of the file store, each named by its digest."""
        paths = [path for path in folder.glob("??/??/*") if DIGEST_NAME.fullmatch(path.name)]
        for number, path in enumerate(sorted(paths), start=1):
            try:
                self._stored(path)
            except FileNotFoundError:
                continue  # its person was erased at this moment
            except BackupRefused:
                self.damaged.append(path.name)
            tell(number, len(paths))

    def _archived(self, path: Path) -> None:
        status = path.stat()
        known = self._before.get(path.name)
        if known and (known.size, known.changed_ns) == (status.st_size, status.st_mtime_ns):
            sha256, size = known.sha256, known.size
        else:
            sha256, size = self._shelf.take(path)
            self.added += size
        self.found.append(
            SharedFile(
                kind="archive",
                name=path.name,
                size=size,
                sha256=sha256,
                changed_ns=status.st_mtime_ns,
            )
        )

    def _stored(self, path: Path) -> None:
        size = path.stat().st_size
        shared = self._shelf.path_of(path.name)
        if not shared.exists() or shared.stat().st_size != size:
            _, size = self._shelf.take(path, expected=path.name)
            self.added += size
        self.found.append(SharedFile(kind="file", name=path.name, size=size, sha256=path.name))


def _known(shelf: Shelf) -> dict[str, SharedFile]:
    """The archived parts of the newest backup, by name, as far as they are there."""
    try:
        backup, _ = shelf.opened()
        shared = shelf.shared(backup)
    except BackupRefused:
        return {}
    return {
        each.name: each
        for each in shared
        if each.kind == "archive" and shelf.path_of(each.sha256).exists()
    }


def _keep_checkpoints(audit: Path, part: Path) -> None:
    """The checkpoints that were published until now, for when their own folder is lost, too."""
    notes = list(CheckpointFile(audit / CHECKPOINTS).notes())
    write_durably(part / CHECKPOINTS, "".join(f"{note}\n" for note in notes).encode())


def _hashed(part: Path, tell: Tell) -> dict[str, KeptFile]:
    paths = sorted(path for path in part.rglob("*") if path.is_file())
    total = sum(path.stat().st_size for path in paths)
    found: dict[str, KeptFile] = {}
    for path in paths:
        found[str(path.relative_to(part))] = fact_of(path)
        tell(sum(each.size for each in found.values()), total)
    return found


def nobody(_what: str) -> Tell:
    """Progress that nobody looks at."""
    return partial(lambda _done, _total: None)
