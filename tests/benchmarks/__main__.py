"""Measures everything in one run, prints it, and writes `bench.json`.

`python -m tests.benchmarks load projector` measures these parts alone, and writes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import psycopg
import uvloop
from psycopg.sql import SQL, Identifier

from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import Pool, app_url, connection_pool
from adapters.postgres.writer import Writer
from deploy.bootstrap import leave_in_memory
from deploy.local.folders import temporary_data_folder
from deploy.local.postgres import EmbeddedPostgres
from tests.benchmarks.appending import append_figures, long_history_figures
from tests.benchmarks.archiving import archive_figures
from tests.benchmarks.auditing import audit_figures
from tests.benchmarks.backing_up import backup_figures
from tests.benchmarks.exporting import export_figures
from tests.benchmarks.hot_wallets import wallet_figures
from tests.benchmarks.http import http_figures
from tests.benchmarks.ledger import ledger_figures
from tests.benchmarks.measure import Figure, machine, table
from tests.benchmarks.papers import paper_figures
from tests.benchmarks.reading import freshness_figures, load_figures, projector_figures
from tests.benchmarks.reconciling import reconciliation_figures
from tests.benchmarks.sealing import MASTER, sealing_figures
from tests.benchmarks.tailing import tail_figures
from tests.benchmarks.travelling import travel_figures
from tests.benchmarks.working import work_figures
from tests.databases import database_named

REPORT = Path("bench.json")

Part = Callable[[PostgresLog, Pool, str], Awaitable[list[Figure]]]

PARTS: dict[str, Part] = {
    "append": append_figures,
    "load": load_figures,
    "projector": projector_figures,
    "freshness": freshness_figures,
    "wallets": wallet_figures,
    "travel": travel_figures,
    "work": work_figures,
    "archive": archive_figures,
    "audit": audit_figures,
    "backup": backup_figures,
    "personal": sealing_figures,
    "export": export_figures,
    "tail": tail_figures,
    "history": long_history_figures,
    "ledger": ledger_figures,
    "reconciliation": reconciliation_figures,
    "papers": paper_figures,
}
"""The parts that need a database alone; those that fill it come last."""
HTTP = "http"


async def measure(server_url: str, parts: Sequence[str]) -> list[Figure]:
    """These parts' figures, each on an empty database of its own."""
    figures: list[Figure] = []
    for name in parts:
        sys.stderr.write(f"measuring {name} ...\n")
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(f"bench_{name}")))
        database_url = database_named(server_url, f"bench_{name}")
        migrate(database_url)
        async with connection_pool(database_url, name="bench", size=16) as pool:
            writer = Writer(app_url(database_url))
            await writer.start()
            keys = PersonKeys(pool, MASTER, fence_url=app_url(database_url))
            await keys.start()
            leave_in_memory()
            figures += await PARTS[name](PostgresLog(pool, writer, keys), pool, database_url)
            await keys.stop()
            await writer.stop()
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE {}").format(Identifier(f"bench_{name}")))
    return figures


def main(wanted: Sequence[str]) -> int:
    """Run on an embedded PostgreSQL with its usual durability."""
    known = [*PARTS, HTTP]
    if unknown := set(wanted) - set(known):
        sys.stderr.write(f"There is no part {', '.join(unknown)}; there are: {', '.join(known)}.\n")
        return 2
    parts = [name for name in known if name in wanted or not wanted]
    figures: list[Figure] = []
    with temporary_data_folder() as folder:
        server = EmbeddedPostgres(folder)
        server_url = server.start()
        try:
            figures += uvloop.run(measure(server_url, [name for name in parts if name != HTTP]))
        finally:
            server.stop()
    if HTTP in parts:
        sys.stderr.write("measuring http ...\n")
        figures += uvloop.run(http_figures())
    sys.stdout.write(f"{machine()}\n\n{table(figures)}\n")
    if not wanted:
        REPORT.write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=2) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
