"""Two who decide on one order before either has committed: the store lets one of them in first."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Self
from uuid import UUID

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.system import UuidIds
from application.bus import Bus, Command
from application.invoices import InvoicingRules
from application.orders import CancelOrder, HoldOrder, NoteOrder, RefuseOrder, StartProduction
from application.payments import RecordPaymentOutcome
from application.store import Append, Store
from application.terms import Terms
from domain.orders import Order, OrderCannotMove
from domain.payments import PaymentAttempt
from domain.shared.errors import Refusal, StaleVersion
from tests.databases import open_log
from tests.orders.examples import ATTEMPT, CUSTOMER, FINANCE, ORDER, Shop, paid_outcome
from tests.returns.racing import MeetingLog

CANCEL = CancelOrder(order_id=ORDER, customer_id=CUSTOMER)
PRODUCE = StartProduction(order_id=ORDER, print_digest="ef" * 32)


class Race:
    """What happened in memory, in a database that two processes share."""

    def __init__(self, database_url: str, pool: Pool) -> None:
        self._url, self._pool = database_url, pool
        self._stack = AsyncExitStack()
        self.shop = Shop()
        self.logs: list[PostgresLog] = []

    async def __aenter__(self) -> Self:
        await self.shop.at_the_page()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def at_once(self, *commands: Command) -> list[type]:
        """Each is decided before any is committed; the kinds of the refusals."""
        for _ in commands:
            self.logs.append(await self._stack.enter_async_context(open_log(self._pool, self._url)))
        for past in self.shop.log.recorded:
            await self.logs[0].append(Append(events=[past.event], metadata=past.metadata))
        barrier = asyncio.Barrier(len(commands))
        told = await asyncio.gather(
            *(
                self._bus(MeetingLog(log, barrier)).execute(command)
                for log, command in zip(self.logs, commands, strict=True)
            ),
            return_exceptions=True,
        )
        for each in told:
            if isinstance(each, BaseException) and not isinstance(each, Refusal):
                raise each
        return [type(each) for each in told if isinstance(each, Refusal)]

    def _bus(self, log: Any) -> Bus:
        ports: dict[type, object] = {Terms: Terms(), InvoicingRules: InvoicingRules()}
        return Bus(log, ports, clock=self.shop.clock, ids=UuidIds())

    async def order(self) -> Order:
        """The order as the log has it."""
        return await Store(self.logs[0], self.shop.clock.now()).get(Order, ORDER)

    async def attempt(self) -> PaymentAttempt:
        """The attempt as the log has it."""
        return await Store(self.logs[0], self.shop.clock.now()).get(PaymentAttempt, ATTEMPT)


@pytest.mark.parametrize("cancel", [CANCEL, RefuseOrder(order_id=ORDER)], ids=["theirs", "ours"])
async def test_an_order_is_cancelled_or_printed_and_never_both(
    database_url: str, pool: Pool, cancel: Command
) -> None:
    async with Race(database_url, pool) as race:
        await race.shop.told(paid_outcome())
        refused = await race.at_once(cancel, PRODUCE)
        order = await race.order()
        # Production that comes too late is not begun, and nobody has to be told.
        assert (refused, order.state, order.print_digest) in (
            ([], "cancelled", None),
            ([OrderCannotMove], "in_production", PRODUCE.print_digest),
        )


async def test_a_payment_beside_a_cancel_is_kept_by_nobody(database_url: str, pool: Pool) -> None:
    async with Race(database_url, pool) as race:
        paid = RecordPaymentOutcome(
            attempt_id=ATTEMPT, outcome=paid_outcome(), asked_at=race.shop.clock.now()
        )
        assert await race.at_once(CANCEL, paid) == []
        order, attempt = await race.order(), await race.attempt()
        assert order.state == "cancelled"
        history = [each.event for each in await race.logs[0].load(ORDER)]
        [cancelled] = [each for each in history if isinstance(each, Order.Cancelled)]
        # Who pays first is given it back because of the cancel, who comes late at once.
        told_of_it = cancelled.paid_attempt_id == ATTEMPT == order.paid_attempt
        assert told_of_it != (attempt.surplus is not None)


async def test_of_two_admins_who_saw_the_same_order_one_looks_again(
    database_url: str, pool: Pool
) -> None:
    async with Race(database_url, pool) as race:
        version = (await race.shop.order()).version
        hold = HoldOrder(
            order_id=ORDER,
            hold_id=UUID(int=5),
            kind="fraud",
            reason="?",
            by=FINANCE,
            expected_version=version,
        )
        note = NoteOrder(
            order_id=ORDER,
            note_id=UUID(int=6),
            by=FINANCE,
            text="!",
            shown_to="staff",
            expected_version=version,
        )
        assert await race.at_once(hold, note) == [StaleVersion]
        order = await race.order()
        assert (len(order.notes) + len(order.holds), order.version) == (1, version + 1)
