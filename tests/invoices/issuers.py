"""A process that issues invoices and returns: `python -m tests.invoices.issuers <plan>`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from datetime import timedelta
from random import Random
from uuid import UUID, uuid5

import msgspec
from msgspec import Struct

from adapters.logs import configure_logs
from adapters.postgres.log import PostgresLog
from application.bus import Bus, Command
from application.invoices import InvoicingRules, IssueInvoice
from application.store import EventLog, LogUnavailable
from domain.invoices import series
from domain.orders import Order
from tests.core.writing import log_of
from tests.given import NOW, CountingIds, TestClock
from tests.invoices.returning import PARTS, ReturnInPaper, a_returned_order, refund_of
from tests.production.examples import DRAFT, keep
from tests.sources import ROOT

CLIENTS = 64
TRIES = 2_000


class Plan(Struct, frozen=True, kw_only=True):
    """Which of the orders are invoiced and returned, in an order of chance, by a clock that goes
    wrong by some seconds; books are short, so that many begin.
    """

    database_url: str
    orders: int
    seed: int
    book_length: int = 40


def draft_of(number: int) -> UUID:
    """The draft of an order."""
    return uuid5(DRAFT, str(number))


async def prepare(log: EventLog, orders: int) -> None:
    """Paid orders of which two parts went back."""
    for number in range(orders):
        await keep(log, *a_returned_order(draft_of(number)))


class Issuing:
    """Clients of one process that share what is to be asked."""

    def __init__(self, log: PostgresLog, plan: Plan) -> None:
        chance = Random(plan.seed)  # noqa: S311 - repeatable
        self._asked = [each for number in range(plan.orders) for each in commands(number)]
        chance.shuffle(self._asked)
        clock = TestClock(NOW + timedelta(seconds=plan.seed))
        self._bus = Bus(log, {InvoicingRules: InvoicingRules()}, clock=clock, ids=CountingIds())

    async def client(self) -> None:
        """Ask until nothing is left."""
        while self._asked:
            await at_last(self._bus, self._asked.pop())


def commands(number: int) -> list[Command]:
    """All papers of one order: an invoice, and one for each part that went back."""
    order_id = Order.id_of(draft_of(number))
    order, _ = a_returned_order(draft_of(number))
    returns = [
        ReturnInPaper(order_id=order_id, refund_ids=(refund_of(order, part),))
        for part in range(len(PARTS))
    ]
    return [IssueInvoice(order_id=order_id, paid_at=NOW), *returns]


async def at_last(bus: Bus, command: Command) -> None:
    """Ask until the log is not too busy with others, as the reactor does."""
    for _ in range(TRIES):
        try:
            await bus.execute(command)
        except LogUnavailable:
            continue
        return
    raise AssertionError("never issued")


async def issue(plan: Plan) -> None:
    """Carry the plan out."""
    series.BOOK_LENGTH = plan.book_length
    async with log_of(plan.database_url, name="issuing") as log:
        issuing = Issuing(log, plan)
        await asyncio.gather(*(issuing.client() for _ in range(CLIENTS)))


def start(plan: Plan) -> subprocess.Popen[bytes]:
    """Let a process of its own carry the plan out."""
    told = msgspec.json.encode(plan).decode()
    return subprocess.Popen([sys.executable, "-m", __name__, told], cwd=ROOT)  # noqa: S603  # ourselves


if __name__ == "__main__":
    configure_logs("console", "error")
    asyncio.run(issue(msgspec.json.decode(sys.argv[1], type=Plan)))
