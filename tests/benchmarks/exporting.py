"""Taking a million rows of the ledger away, in each format, and what that takes of memory."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.tabular import TabularFiles
from application.tables import FORMATS, Format
from projections import READ_MODELS
from projections.exports import EXPORTS, Sieve, exported
from projections.reads import Reads
from projections.runner import Projector
from tests.benchmarks.measure import Figure, ratio

ROWS = 1_000_000
FILL = """
INSERT INTO read.ledger_entries
SELECT (n + 1) / 2, 1 + n %% 2, 'customer_credits_promotional', 'promotional',
       500 - 1000 * (n %% 2),
       'granted', gen_random_uuid(), NULL, NULL, gen_random_uuid(), 'wallet.credits_granted',
       '2026-03', now(), now()::date
FROM generate_series(1, %s) AS n
"""
COPY = "COPY (SELECT * FROM read.ledger_entries ORDER BY position, line) TO STDOUT (FORMAT CSV)"


async def export_figures(log: PostgresLog, pool: Pool, database_url: str) -> list[Figure]:
    """Rows per second beside PostgreSQL's own CSV, and how much the process grew meanwhile."""
    await Projector(pool, log, READ_MODELS).prepare()
    async with pool.connection() as connection:
        await connection.execute(FILL, (ROWS,))
        limit = await _copied(pool)
    reads = Reads(pool, database_url)
    figures, least = [], psutil.Process().memory_info().rss
    for form in FORMATS:
        seconds, grown = await _written(reads, form)
        figures += [
            Figure(
                name=f"export, 1,000,000 entries as {form}",
                value=ROWS / seconds,
                unit="rows/s",
                beside="COPY to CSV",
                ratio=ratio(ROWS / seconds, limit),
            ),
            Figure(name=f"export as {form}, memory beyond", value=grown, unit="MB"),
        ]
    most = psutil.Process().memory_info().rss
    figures.append(
        Figure(name="export, all formats, memory kept", value=(most - least) / 1e6, unit="MB")
    )
    return figures


async def _copied(pool: Pool) -> float:
    began = time.perf_counter()
    async with (
        pool.connection() as connection,
        connection.cursor() as cursor,
        cursor.copy(COPY) as stream,
    ):
        async for _ in stream:
            pass
    return ROWS / (time.perf_counter() - began)


async def _written(reads: Reads, form: Format) -> tuple[float, float]:
    """How long it took, and the most memory in MB beyond what was there before."""
    export = EXPORTS["ledger-entries"]
    before = most = psutil.Process().memory_info().rss
    began = time.perf_counter()
    with TemporaryDirectory() as folder:
        path = Path(folder, f"entries.{form}")
        with TabularFiles().writer(form, path, columns=export.columns) as writer:
            async with aclosing(exported(reads, export, sieve=Sieve())) as batches:
                async for rows in batches:
                    await asyncio.to_thread(writer.write, rows)
                    most = max(most, psutil.Process().memory_info().rss)
        most = max(most, psutil.Process().memory_info().rss)
    return time.perf_counter() - began, (most - before) / 1e6
