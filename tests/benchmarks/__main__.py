"""Measures everything in one run, prints it, and writes `bench.json`."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import psycopg
import uvloop
from psycopg.sql import SQL, Identifier

from adapters.crypto import MasterKeys
from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import Pool, app_url, connection_pool
from adapters.postgres.writer import Writer
from deploy.local.folders import temporary_data_folder
from deploy.local.postgres import EmbeddedPostgres
from tests.benchmarks.appending import append_figures
from tests.benchmarks.measure import Figure, machine, table
from tests.benchmarks.reading import (
    freshness_figures,
    load_figures,
    projector_figures,
    tail_figures,
)
from tests.databases import database_named

REPORT = Path("bench.json")


Part = Callable[[PostgresLog, Pool, str], Awaitable[list[Figure]]]

PARTS: tuple[Part, ...] = (
    append_figures,
    load_figures,
    tail_figures,
    projector_figures,
    freshness_figures,
)


async def measure(server_url: str) -> list[Figure]:
    """All figures of the core, each part on an empty database of its own."""
    figures: list[Figure] = []
    for part in PARTS:
        name = part.__name__
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        database_url = database_named(server_url, name)
        migrate(database_url)
        sys.stderr.write(f"measuring {name} ...\n")
        async with connection_pool(database_url, name="bench", size=16) as pool:
            writer = Writer(app_url(database_url))
            await writer.start()
            keys = PersonKeys(pool, MasterKeys({"bench": bytes(32)}, "bench"))
            figures += await part(PostgresLog(pool, writer, keys), pool, database_url)
            await writer.stop()
    return figures


def main() -> int:
    """Run on an embedded PostgreSQL with its usual durability."""
    with temporary_data_folder() as folder:
        server = EmbeddedPostgres(folder)
        server_url = server.start()
        try:
            figures = uvloop.run(measure(server_url))
        finally:
            server.stop()
    sys.stdout.write(f"{machine()}\n\n{table(figures)}\n")
    REPORT.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
