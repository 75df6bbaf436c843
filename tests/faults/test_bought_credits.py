"""Bought credits on a real database: deaths around every commit, and everybody at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

import application.bus as bus_module
from adapters.gateways import OneGateway
from adapters.memory import MemoryGateway
from adapters.postgres.jobs import Jobs
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.system import UuidIds, jittered_pause
from application.bus import Bus, Call, Command, handles
from application.invoices import InvoicingRules
from application.orders import CancelOrder, GrantCredits, RefundCredits
from application.payments import RefundLine, Till
from application.ports import Clock, PaymentGateways
from application.store import EventLog, Store
from application.terms import Terms
from domain.identity import User
from domain.orders import CreditPurchase, NothingUnspent, Order, OrderCannotMove
from domain.shared.money import Money, total
from domain.wallet import InsufficientCredits, Wallet
from tests.faults.mortal import Died, MortalLog
from tests.given import TestClock
from tests.orders.credits import (
    BUY,
    CREDITS,
    LINE,
    ORDER,
    OTHER_REFUND,
    PRICE,
    REFUND,
    START,
    record,
)
from tests.orders.examples import ATTEMPT, CUSTOMER, PUBLIC_URL, SHOPPER
from workers.jobs import Worker
from workers.reactor import Reactor
from workers.stories import JOBS, PROCESSES

assert {*PROCESSES, *JOBS}, "importing them is what registers them"

pytestmark = pytest.mark.fault

ONCE = (
    "order.placed",
    "order.paid",
    "order.delivered",
    "wallet.credits_granted",
    "credit_purchase.granted",
    "invoice.issued",
    "wallet.credits_clawed_back",
    "credit_purchase.taken_back",
    "payment.cancel_requested",
    "payment.cancelled",
    "payment.line_refunded",
    "order.money_returned",
)


class SpendForPurchases(Command, frozen=True, kw_only=True):
    hold_id: UUID
    credits: int
    capture: bool = True


async def spend_for_purchases(command: SpendForPurchases, store: Store) -> None:
    wallet = await store.get(Wallet, Wallet.id_of(CUSTOMER))
    wallet.hold(command.hold_id, credits=command.credits, purpose="test", deadline=store.now)
    if command.capture:
        wallet.capture(command.hold_id)
    store.save(wallet)


class Shop:
    """Everything between a customer's request and the provider's book, to be killed anywhere."""

    def __init__(self, pool: Pool, log: PostgresLog) -> None:
        self.pool, self.whole = pool, log
        self.log: Any = MortalLog(log)
        self.clock, self.gateway = TestClock(), MemoryGateway()
        self.ports: dict[type, object] = {
            Terms: Terms(),
            InvoicingRules: InvoicingRules(),
            Clock: self.clock,
            EventLog: self.log,
            PaymentGateways: OneGateway(self.gateway),
        }
        self.bus = Bus(self.log, self.ports, clock=self.clock, ids=UuidIds(), pause=jittered_pause)
        self.ports[Bus] = self.bus
        self.jobs = Jobs(pool)

    async def registered(self) -> None:
        """The customer has an account."""
        user = User.begin(
            User.Registered,
            id=CUSTOMER,
            now=self.clock.now(),
            email="ayse@example.org",
            name="Ayşe Yılmaz",
            password_hash="plain",
            language="tr",
            terms_version="1",
            privacy_version="1",
        )
        await record(self.whole, user)

    async def asked(self, command: Command) -> None:
        """A client asks under one key, however often it has to."""
        key = type(command).__name__
        await self.bus.execute(command, Call(key=key, caller="client", request_hash=b"same"))

    async def react(self) -> None:
        """A new reactor goes on where the last one stopped."""
        reactor = Reactor(self.pool, self.log, self.bus, _wake)
        while await reactor.step():
            pass

    async def bought(self) -> None:
        """Ordered, paid by the till, granted."""
        await self.asked(BUY)
        await self.asked(START)
        till = Till(
            OneGateway(self.gateway),
            self.log,
            bus=self.bus,
            clock=self.clock,
            public_url=PUBLIC_URL,
        )
        self.gateway.pay((await till.open_form(ATTEMPT, SHOPPER)).token)
        await till.confirm(ATTEMPT)
        await self.react()

    async def lives(self) -> None:
        """All of it, as whoever comes next does it again from the beginning."""
        await self.bought()
        await self.asked(REFUND)
        await self.react()
        async with self.pool.connection() as connection:
            await connection.execute("UPDATE jobs SET leased_until = now() - interval '1 s'")
        await self.jobs.take_over()
        await Worker(self.jobs, self.bus, self.ports, name="w", at_once=4).drain(RefundLine.QUEUE)
        await self.react()

    async def counts(self) -> Counter[str]:
        """How often each kind of event has happened."""
        return Counter(each.event.TOPIC for each in await self.whole.page(0, 1000))

    async def found(self, kind: Any, found_id: UUID) -> Any:
        return await Store(self.whole, self.clock.now()).get(kind, found_id)


async def _wake(_queue: str) -> None:
    return


@pytest.fixture
async def shop(pool: Pool, event_log: PostgresLog, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The customer has an account and nothing else."""
    monkeypatch.setattr(bus_module, "HANDLERS", dict(bus_module.HANDLERS))
    handles(spend_for_purchases)
    opened = Shop(pool, event_log)
    await opened.registered()
    return opened


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("commit", range(1, 10))
async def test_paid_credits_come_once_and_go_once_whenever_the_process_dies(
    shop: Shop, commit: int, after: bool
) -> None:
    shop.log.dies_at, shop.log.after = commit, after
    with pytest.raises((Died, BaseExceptionGroup)):
        await shop.lives()
    await shop.lives()
    counts = await shop.counts()
    assert {topic: counts[topic] for topic in ONCE} == dict.fromkeys(ONCE, 1)
    order, wallet = await shop.found(Order, ORDER), await shop.found(Wallet, Wallet.id_of(CUSTOMER))
    assert (order.state, order.refund_state, order.refunded) == ("delivered", "fully", PRICE)
    assert (wallet.balance, wallet.lots[LINE].value) == (0, Money.of(0))
    assert shop.gateway.given_back == PRICE


async def test_those_were_all_commits_there_are(shop: Shop) -> None:
    await shop.lives()
    assert shop.log.commits == 9


async def test_what_was_paid_before_a_job_was_queued_is_delivered_all_the_same(
    shop: Shop,
) -> None:
    """The payment is in the log and nothing else has happened: that alone brings the credits."""
    shop.log.dies_at, shop.log.after = 4, True
    with pytest.raises(Died):
        await shop.bought()
    counts = await shop.counts()
    assert (counts["order.paid"], counts["wallet.credits_granted"]) == (1, 0)
    assert not await shop.jobs.listed("due")
    await shop.react()
    assert (await shop.found(Wallet, Wallet.id_of(CUSTOMER))).balance == CREDITS


async def test_fifty_requests_with_one_key_are_one_order(shop: Shop) -> None:
    await asyncio.gather(*(shop.asked(BUY) for _ in range(50)))
    assert (await shop.counts())["order.placed"] == 1


async def test_granting_and_cancelling_at_once_leaves_credits_or_money(shop: Shop) -> None:
    await shop.asked(BUY)
    await shop.asked(START)
    till = Till(
        OneGateway(shop.gateway), shop.log, bus=shop.bus, clock=shop.clock, public_url=PUBLIC_URL
    )
    shop.gateway.pay((await till.open_form(ATTEMPT, SHOPPER)).token)
    await till.confirm(ATTEMPT)
    commands = [
        CancelOrder(order_id=ORDER, customer_id=CUSTOMER),
        *[GrantCredits(order_id=ORDER)] * 8,
    ]
    outcomes = await asyncio.gather(*map(shop.bus.execute, commands), return_exceptions=True)
    counts = await shop.counts()
    assert counts["order.cancelled"] + counts["wallet.credits_granted"] == 1
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert {type(each) for each in refused} <= {OrderCannotMove}


async def test_a_refund_among_spenders_takes_exactly_what_they_left(shop: Shop) -> None:
    await shop.bought()
    spends = [SpendForPurchases(hold_id=UUID(int=n), credits=17) for n in range(1, 41)]
    commands: list[Command] = [*spends[:20], REFUND, *spends[20:]]
    outcomes = await asyncio.gather(*map(shop.bus.execute, commands), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert {type(each) for each in refused} <= {InsufficientCredits, NothingUnspent}
    await must_add_up(shop, spent=17 * (await shop.counts())["wallet.hold_captured"])


async def test_a_refund_among_holds_leaves_them_alone(shop: Shop) -> None:
    await shop.bought()
    holds = [
        SpendForPurchases(hold_id=UUID(int=n), credits=23, capture=False) for n in range(1, 31)
    ]
    commands: list[Command] = [*holds[:10], REFUND, *holds[10:], OTHER_REFUND]
    await asyncio.gather(*map(shop.bus.execute, commands), return_exceptions=True)
    wallet = await shop.found(Wallet, Wallet.id_of(CUSTOMER))
    assert wallet.held == 23 * (await shop.counts())["wallet.credits_held"]
    assert wallet.available >= 0
    for hold_id in list(wallet.holds):
        wallet.capture(hold_id)
    await record(shop.whole, wallet)
    await must_add_up(shop, spent=23 * (await shop.counts())["wallet.hold_captured"])


async def test_a_dispute_and_a_refund_never_take_the_same_credit_back_twice(shop: Shop) -> None:
    """Ten wishes for the same money at once, by the customer and by the house."""
    await shop.bought()
    wishes = [
        RefundCredits(
            order_id=ORDER,
            request_id=UUID(int=number),
            reason="customer" if number % 2 else "dispute",
            customer_id=CUSTOMER if number % 2 else None,
        )
        for number in range(1, 11)
    ]
    outcomes = await asyncio.gather(*map(shop.bus.execute, wishes), return_exceptions=True)
    assert sum(isinstance(each, NothingUnspent) for each in outcomes) == 9
    counts = await shop.counts()
    assert counts["wallet.credits_clawed_back"] == counts["payment.cancel_requested"] == 1
    await must_add_up(shop, spent=0)


async def must_add_up(shop: Shop, *, spent: int) -> None:
    """Each bought credit is spent, taken back or left, and so is its money."""
    wallet = await shop.found(Wallet, Wallet.id_of(CUSTOMER))
    purchase = await shop.found(CreditPurchase, CreditPurchase.id_of(ORDER))
    assert spent + purchase.gone + wallet.balance == CREDITS
    asked = total(each.amount for each in purchase.taken.values())
    assert asked == Money.of(PRICE.amount * purchase.gone / CREDITS)
