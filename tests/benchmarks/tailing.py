"""What a tailing reader misses while four processes write, beside the library's fast mode.

`python -m tests.benchmarks.tailing <plan>` is one of the library's writers.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import msgspec
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from tests.benchmarks.measure import Figure, ratio
from tests.core.tailing import tail_while_others_write
from tests.core.writing import Plan
from tests.sources import ROOT

EVENTS = 1_000_000
LIBRARY_EVENTS = 40_000
PROCESSES = 4
THREADS = 4
"""Of each of the library's writers; it has no other way to have several appends in flight."""
TABLE = "library_tail"
PAGE = 5_000


async def tail_figures(
    log: PostgresLog, _pool: Pool, database_url: str, *, events: int = EVENTS
) -> list[Figure]:
    """Four processes write, some of their commands conflict, and one reader pages along."""
    run = await tail_while_others_write(log, database_url, events=events, processes=PROCESSES)
    missed = max(run.seen.missed, run.written.events - run.seen.events)
    wrong = run.seen.checksum != run.written.checksum or run.head != run.seen.events
    lost, total, seconds = await library_tail(database_url, LIBRARY_EVENTS)
    ours, theirs = run.seen.events / run.seconds, total / seconds
    return [
        Figure(
            name="tail_missed",
            value=max(missed, int(wrong)),
            unit="events",
            beside=f"of {run.written.events:,} by {PROCESSES} processes",
        ),
        Figure(name="tail_events", value=run.seen.events, unit="events"),
        Figure(
            name="tail_per_s",
            value=ours,
            unit="events/s",
            beside="library's fast mode",
            ratio=ratio(ours, theirs),
        ),
        Figure(
            name="library_fast_mode_missed",
            value=lost,
            unit="events",
            beside=f"of {total:,} by {PROCESSES} processes",
        ),
    ]


async def library_tail(database_url: str, events: int) -> tuple[int, int, float]:
    """Events that a reader missed in the library's fast mode, events written, and seconds."""
    with library_recorder(database_url, create=True) as recorder:
        seen: list[int] = []
        ended = threading.Event()
        began = time.perf_counter()
        reading = asyncio.create_task(asyncio.to_thread(_follow, recorder, seen, ended))
        each = -(-events // PROCESSES)
        plans = [Plan(database_url=database_url, events=each, seed=n) for n in range(PROCESSES)]
        await asyncio.gather(*map(_library_writer, plans))
        ended.set()
        await reading
        seconds = time.perf_counter() - began
    total = each * PROCESSES
    return total - len(set(seen)), total, seconds


@contextmanager
def library_recorder(
    database_url: str, *, create: bool = False
) -> Iterator[PostgresApplicationRecorder]:
    """The library's own recorder with a table of its own, in its fast mode."""
    known = conninfo_to_dict(database_url)
    with PostgresDatastore(
        dbname=str(known["dbname"]),
        host=str(known.get("host", "")),
        port=str(known.get("port", "5432")),
        user=str(known["user"]),
        password=str(known.get("password", "")),
        pool_size=THREADS,
        enable_db_functions=True,
    ) as datastore:
        recorder = PostgresApplicationRecorder(datastore, events_table_name=TABLE)
        if create:
            recorder.create_table()
        yield recorder


def _follow(recorder: PostgresApplicationRecorder, seen: list[int], ended: threading.Event) -> None:
    position = 0
    while True:
        last = ended.is_set()
        page = recorder.select_notifications(position, PAGE, inclusive_of_start=False)
        seen.extend(each.id for each in page)
        if page:
            position = page[-1].id
        elif last:
            return


async def _library_writer(plan: Plan) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, msgspec.json.encode(plan).decode()), cwd=ROOT
    )
    assert await process.wait() == 0


def _write(plan: Plan) -> None:
    with library_recorder(plan.database_url) as recorder:

        def client() -> None:
            for _ in range(-(-plan.events // THREADS)):
                recorder.insert_events([StoredEvent(uuid4(), 1, "wallet.credits_held", bytes(300))])

        running = [threading.Thread(target=client) for _ in range(THREADS)]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()


if __name__ == "__main__":
    _write(msgspec.json.decode(sys.argv[1], type=Plan))
