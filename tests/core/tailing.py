"""A reader that follows the log while other processes write, and what it saw in the end."""

from __future__ import annotations

import asyncio
import time

from msgspec import Struct

from adapters.postgres.log import PostgresLog
from tests.core.writing import MODULUS, Plan, Written, in_process_of_its_own

PAGE = 5_000


class Seen(Struct, kw_only=True):
    """What a tailing reader saw: the last position, how many events it never saw or saw out of
    order, and the sum of `Written.checksum`.
    """

    position: int = 0
    events: int = 0
    missed: int = 0
    checksum: int = 0


class Tail(Struct, frozen=True, kw_only=True):
    """Both sides of one run, and how long it took."""

    written: Written
    seen: Seen
    head: int
    seconds: float


async def tail(log: PostgresLog, writers: asyncio.Future[list[Written]]) -> Seen:
    """Follow the log until the writers have ended and nothing more comes."""
    seen = Seen()
    while True:
        ended = writers.done()
        page = await log.page(seen.position, PAGE)
        for recorded in page:
            seen.missed += recorded.position != seen.position + 1
            seen.position = recorded.position
            stream_id = recorded.event.originator_id
            seen.checksum = (seen.checksum + stream_id.int * recorded.position) % MODULUS
        seen.events += len(page)
        if ended and not page:
            return seen
        await asyncio.sleep(0)


async def tail_while_others_write(
    log: PostgresLog, database_url: str, *, events: int, processes: int
) -> Tail:
    """Let so many processes write so many events in all, on an empty log, with one reader."""
    began = time.perf_counter()
    plans = [
        Plan(database_url=database_url, events=-(-events // processes), seed=number)
        for number in range(processes)
    ]
    writers = asyncio.gather(*map(in_process_of_its_own, plans))
    seen, told = await asyncio.gather(tail(log, writers), writers)
    written = sum(told, start=Written())
    seconds = time.perf_counter() - began
    return Tail(written=written, seen=seen, head=await log.head(), seconds=seconds)
