"""A process that appends single commands: `python -m tests.benchmarks.appender URL CLIENTS EACH`.

It warms up, says `ready`, begins when it is told to, and prints when it began and ended, and how
long each append took.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import msgspec
import uvloop
from msgspec import Struct

from adapters.postgres.pool import connection_pool
from tests.benchmarks.holds import a_hold, appending
from tests.benchmarks.measure import Latencies, in_flight
from tests.databases import open_log


class Told(Struct, frozen=True):
    """When one process began and ended, in seconds of the common clock, and its durations."""

    began: float
    ended: float
    each: list[float]


def append_by_processes(database_url: str, *, processes: int, clients: int, each: int) -> Latencies:
    """Let processes append at the same time, each with so many clients in flight."""
    command = (sys.executable, "-m", __name__, database_url, str(clients), str(each))
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603  # ourselves
        for _ in range(processes)
    ]
    for process in running:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    with ThreadPoolExecutor(processes) as threads:
        answers = list(threads.map(lambda process: process.communicate("go\n")[0], running))
    told = [msgspec.json.decode(answer, type=Told) for answer in answers]
    latencies = Latencies()
    latencies.each = [duration for one in told for duration in one.each]
    latencies.whole = max(one.ended for one in told) - min(one.began for one in told)
    return latencies


async def append(database_url: str, clients: int, each: int) -> Told:
    """Warm up, wait for the word, and append."""
    async with (
        connection_pool(database_url, name="appender", size=2) as pool,
        open_log(pool, database_url) as log,
    ):

        async def once() -> None:
            await log.append(appending(a_hold()))

        await in_flight(clients, 20, once)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        began = time.monotonic()
        done = await in_flight(clients, each, once)
        return Told(began, time.monotonic(), done.each)


if __name__ == "__main__":
    done = uvloop.run(append(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    # The event loop leaves pipes in a mode in which they take only what fits at the moment.
    os.set_blocking(sys.stdout.fileno(), True)
    sys.stdout.write(msgspec.json.encode(done).decode())
    sys.stdout.flush()
