"""A process that wants to lead: `python -m tests.core.leading <database url>`.

While it leads it counts `turns` up, one at a time, each in a transaction that takes a while.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import AsyncConnection

from adapters.postgres.leader import Leadership, process_identity
from tests.sources import ROOT

ROLE = "counter"


@contextmanager
def candidate(url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A candidate for the leadership, who is killed at the end."""
    argv = [sys.executable, "-m", "tests.core.leading", url]
    process = subprocess.Popen(argv, cwd=ROOT)  # noqa: S603  # our own program
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def _count(url: str) -> None:
    name = f"polikrami counter {process_identity()}"
    while True:
        try:
            async with await AsyncConnection.connect(
                url, autocommit=True, application_name=name
            ) as connection:
                while True:
                    async with connection.transaction():
                        await connection.execute("UPDATE turns SET turn = turn + 1")
                        await connection.execute("SELECT pg_sleep(0.05)")
        except psycopg.OperationalError:
            continue


async def _bid(url: str) -> None:
    await Leadership(url, ROLE).lead(lambda: _count(url))


if __name__ == "__main__":
    asyncio.run(_bid(sys.argv[1]))
