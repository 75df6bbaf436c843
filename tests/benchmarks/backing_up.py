"""A backup of a million events, reading it through, and restoring it, each beside its limit."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

from adapters.postgres.backup.opening import opened
from adapters.postgres.backup.restoring import Restore
from adapters.postgres.backup.shelf import Shelf
from adapters.postgres.backup.taking import Backup, Sources, Steps, Taken, nobody
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from deploy.backups.programs import fitting
from tests.benchmarks.measure import Figure, in_flight, ratio
from tests.core.writing import commanding, hold
from tests.databases import database_named

EVENTS = 1_000_000
EVENTS_EACH = 8


async def backup_figures(log: PostgresLog, _pool: Pool, database_url: str) -> list[Figure]:
    """Fill a log, back it up, verify the backup, and restore it into a second database."""
    await _fill(log)
    with tempfile.TemporaryDirectory() as name:
        return await asyncio.to_thread(_figures, database_url, Path(name))


async def _fill(log: PostgresLog) -> None:
    async def append() -> None:
        stream = uuid4()
        await log.append(commanding(hold(stream, n) for n in range(1, EVENTS_EACH + 1)))

    clients = 64
    await in_flight(clients, EVENTS // EVENTS_EACH // clients, append)


def _figures(database_url: str, folder: Path) -> list[Figure]:
    tools = fitting(18)
    sources = Sources(
        database_url=database_url,
        archive_dir=folder / "archive",
        files=folder / "files",
        audit=folder / "audit",
    )
    began = time.perf_counter()
    tools.run("pg_dump", "--format=plain", "--file=/dev/null", database_url=database_url)
    limit = time.perf_counter() - began
    shelf = Shelf(folder / "backups")
    began = time.perf_counter()
    backup = Backup(sources=sources, tools=tools, release="bench")
    taken = backup.into(shelf, now=datetime.now(UTC), steps=Steps(nobody))
    taking = time.perf_counter() - began
    began = time.perf_counter()
    whole = opened(shelf, "", steps=Steps(nobody))
    reading = time.perf_counter() - began
    other = database_named(database_url, f"bench_restored_{uuid4().hex[:8]}")
    with _made(database_url, other):
        began = time.perf_counter()
        Restore(database_url=other, vault_url=other, tools=tools, keys=None, erased={}).run(
            whole, steps=Steps(nobody)
        )
        restoring = time.perf_counter() - began
    shutil.rmtree(shelf.folder)
    size = taken.manifest.bytes / 1e6
    return [
        _rate("backup", taken, seconds=taking, beside=("pg_dump of plain text by itself", limit)),
        Figure(name="backup_mb", value=size, unit="MB per million events"),
        Figure(name="backup_read_mb_per_s", value=size / reading, unit="MB/s"),
        _rate("restore", taken, seconds=restoring, beside=("making the backup", taking)),
    ]


def _rate(name: str, taken: Taken, *, seconds: float, beside: tuple[str, float]) -> Figure:
    return Figure(
        name=f"{name}_per_s",
        value=taken.manifest.position / seconds,
        unit="events/s",
        beside=beside[0],
        ratio=ratio(beside[1], seconds),
    )


@contextmanager
def _made(server_url: str, url: str) -> Iterator[None]:
    name = Identifier(url.partition("?")[0].rsplit("/", 1)[1])
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(name))
        yield
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))
