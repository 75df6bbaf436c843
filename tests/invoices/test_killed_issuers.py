"""Processes that issue papers are killed at work: no number is missing, doubled or out of order."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from itertools import pairwise
from random import Random

import psycopg
import pytest

from adapters.postgres.log import PostgresLog
from domain.invoices import Invoice, InvoiceBook, ReturnDocument, SeriesName
from domain.shared.aggregate import Event
from tests.invoices.issuers import Plan, prepare, start
from tests.invoices.returning import PARTS
from tests.waiting import eventually

pytestmark = pytest.mark.fault

ORDERS, PROCESSES, KILLS = 60, 3, 4
PAPERS = ORDERS * (1 + len(PARTS))


@pytest.fixture
def chance() -> Random:
    """What decides on the moments; `FAULT_SEED` repeats a run."""
    seed = os.environ.get("FAULT_SEED") or str(int.from_bytes(os.urandom(4)))
    print(f"FAULT_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    return Random(seed)  # noqa: S311 - repeatable


async def test_issuers_killed_at_random_moments_leave_no_gap(
    event_log: PostgresLog, database_url: str, chance: Random
) -> None:
    await prepare(event_log, ORDERS)
    before = await event_log.head()
    plans = [
        Plan(database_url=database_url, orders=ORDERS, seed=number) for number in range(PROCESSES)
    ]
    running = [start(plan) for plan in plans]
    try:
        for part in range(1, KILLS + 1):
            there = before + part * chance.randrange(20, 60)
            await asyncio.to_thread(until, database_url, there)
            number = chance.randrange(PROCESSES)
            running[number].kill()
            running[number].wait()
            running[number] = start(plans[number])
        for process in running:
            assert await asyncio.to_thread(process.wait, 100) == 0
    finally:
        for process in running:
            process.kill()
            process.wait()
    events = [each.event for each in await event_log.page(before, 100_000)]
    judge(events)


def until(database_url: str, position: int) -> None:
    """Wait until the log has got so far."""
    with psycopg.connect(database_url, autocommit=True) as connection:

        def is_there() -> bool:
            found = connection.execute("SELECT max(position) FROM events").fetchone()
            return bool(found and found[0] >= position)

        eventually(is_there, seconds=60, what="the issuers")


def judge(events: list[Event]) -> None:
    """Every paper was issued once, and each series counts 1, 2, 3, ... with dates in order."""
    kinds = Counter(type(each) for each in events)
    assert kinds[Invoice.Issued] == ORDERS
    assert kinds[ReturnDocument.Issued] == ORDERS * len(PARTS)
    assert kinds[InvoiceBook.InvoiceIssued] == PAPERS
    papers = [each for each in events if isinstance(each, Invoice.Issued | ReturnDocument.Issued)]
    for letters, kind, count in (("PLK", "sale", ORDERS), ("PLI", "return", ORDERS * len(PARTS))):
        name = SeriesName(letters, kind, 2026)  # type: ignore[arg-type]  # one of the kinds
        given = [each.issued for each in papers if each.series == name]
        assert [each.number for each in given] == [name.number(n + 1) for n in range(count)]
        assert all(one.issued_at <= two.issued_at for one, two in pairwise(given))
