"""Moving the log: exports, imports, and archived events beside those in the table."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

from adapters.postgres.archive.archiving import archivable, archive
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import Pool, app_url
from adapters.postgres.transfer.exporting import Export, Format
from adapters.postgres.transfer.importing import import_events
from domain.wallet import Wallet
from tests.benchmarks.measure import Figure, in_flight, ratio
from tests.core.parts import nothing_told, small_partitions
from tests.core.writing import commanding, hold
from tests.databases import database_named

EVENTS = 600_000
EVENTS_EACH = 8
FORMS: tuple[Format, ...] = ("jsonl", "parquet")


async def archive_figures(log: PostgresLog, pool: Pool, database_url: str) -> list[Figure]:
    """The same events exported and imported in both formats, then archived and read."""
    small_partitions(database_url, EVENTS)
    await _fill(log)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archiving = PostgresLog(pool, log._writer, log._keys, archive_dir=folder)
        figures = await asyncio.to_thread(_moved, database_url, folder)
        beside = await _pages(archiving)
        figures += await asyncio.to_thread(_archived, database_url, folder)
        pages = await _pages(archiving)
        figures.append(
            Figure(
                name="archived_pages_per_s",
                value=pages,
                unit="events/s",
                beside="from the table",
                ratio=ratio(pages, beside),
            )
        )
        return [*figures, await _loads(archiving)]


async def _fill(log: PostgresLog) -> None:
    async def append() -> None:
        stream = uuid4()
        events = [hold(stream, version) for version in range(1, EVENTS_EACH + 1)]
        await log.append(commanding(events))

    await in_flight(64, EVENTS // EVENTS_EACH // 64 + 1, append)


def _moved(database_url: str, folder: Path) -> list[Figure]:
    figures = []
    out_beside, in_beside = _copied(database_url, folder / "copy")
    for form in FORMS:
        path = str(folder / f"log.{form}")
        export = Export(database_url=app_url(database_url), archive_dir=folder)
        out = _rate(partial(export.to, path, form, tell=nothing_told))
        other = _empty_database(database_url, f"imported_{form}")
        back = _rate(partial(import_events, other, path, form=form, tell=nothing_told))
        figures += [
            Figure(
                name=f"export_{form}_per_s",
                value=out,
                unit="events/s",
                beside="PostgreSQL's COPY to a file",
                ratio=ratio(out, out_beside),
            ),
            Figure(
                name=f"import_{form}_per_s",
                value=back,
                unit="events/s",
                beside="COPY into such a table",
                ratio=ratio(back, in_beside),
            ),
        ]
    return figures


def _copied(database_url: str, path: Path) -> tuple[float, float]:
    """How fast PostgreSQL alone moves these events out, and into a table with the same indexes."""
    with psycopg.connect(database_url) as connection, path.open("wb") as target:

        def out() -> None:
            with connection.cursor().copy("COPY events_1 TO STDOUT") as copy:
                for some in copy:
                    target.write(some)

        def back() -> None:
            connection.execute("CREATE TABLE copied (LIKE events_1 INCLUDING ALL)")
            with (
                connection.cursor().copy("COPY copied FROM STDIN") as copy,
                path.open("rb") as told,
            ):
                while some := told.read(2**18):
                    copy.write(some)
            connection.execute("DROP TABLE copied")

        return _rate(out), _rate(back)


def _archived(database_url: str, folder: Path) -> list[Figure]:
    with psycopg.connect(database_url) as connection:
        (part,) = archivable(connection)
        row = connection.execute("SELECT pg_total_relation_size(%s)", (part.table,)).fetchone()
    assert row is not None
    began = time.perf_counter()
    list(archive(database_url, folder, wanted=[part], tell=nothing_told))
    rate = EVENTS / (time.perf_counter() - began)
    in_table = row[0] / EVENTS
    in_files = sum(path.stat().st_size for path in folder.glob("events_*")) / EVENTS
    return [
        Figure(name="archive_per_s", value=rate, unit="events/s", beside="and read back"),
        Figure(
            name="archived_event_bytes",
            value=in_files,
            unit="bytes",
            beside="in the table with indexes",
            ratio=ratio(in_table, in_files),
        ),
    ]


async def _pages(log: PostgresLog) -> float:
    began = time.perf_counter()
    async for page in log.pages(0, EVENTS, kinds=[Wallet.CreditsHeld]):
        assert page.events
    return EVENTS / (time.perf_counter() - began)


async def _loads(log: PostgresLog) -> Figure:
    step = EVENTS // 200
    streams = [
        (await log.page(place, 1))[0].event.originator_id for place in range(0, EVENTS, step)
    ]
    turn = iter(streams)

    async def load() -> None:
        assert len(await log.load(next(turn))) == EVENTS_EACH

    loads = await in_flight(1, len(streams), load)
    return Figure(name="archived_load_p50_ms", value=loads.percentile_ms(50), unit="ms")


def _rate(move: Callable[[], object]) -> float:
    began = time.perf_counter()
    move()
    return EVENTS / (time.perf_counter() - began)


def _empty_database(database_url: str, name: str) -> str:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    url = database_named(database_url, name)
    migrate(url)
    return url
