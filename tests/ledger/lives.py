"""Wallets and orders to which whatever comes is done, and what they wrote into the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

from adapters.postgres.log import PostgresLog
from application.store import Append
from domain.orders import Order
from domain.payments import Capture as Taken
from domain.payments import CapturedLine
from domain.shared.aggregate import Event, Metadata
from domain.shared.errors import Refusal
from domain.shared.money import Money, split_gross
from domain.wallet import Grant, Wallet
from tests.given import NOW
from tests.orders.examples import ATTEMPT, LINES, TOTAL, an_attempt, an_order


class WalletLife:
    """One wallet, and decisions on it by chance."""

    def __init__(self, chance: Random, customer_id: UUID) -> None:
        self._chance = chance
        self._now = NOW
        self.wallet = Wallet.open(customer_id, NOW)
        self._holds: list[UUID] = []
        self._orders: list[UUID] = []

    def live(self, steps: int) -> list[Event]:
        """Take so many decisions; what happened."""
        deeds: list[Callable[[], None]] = [
            self.grant,
            self.buy,
            self.hold,
            self.hold,
            self.capture,
            self.release,
            self.refund,
            self.pass_time,
            self.claw_back,
            self.adjust,
        ]
        for _ in range(steps):
            with suppress(Refusal):
                self._chance.choice(deeds)()
        return [each for each in self.wallet.collect_events() if isinstance(each, Event)]

    def grant(self) -> None:
        days = self._chance.randint(1, 30)
        self.wallet.grant(
            self._id(),
            Grant(
                credits=self._chance.randint(1, 500),
                credit_class=self._chance.choice(("promotional", "purchased")),
                origin="manual",
                expires_at=self._now + timedelta(days=days),
                entry_id=self._id(),
            ),
        )

    def buy(self) -> None:
        order_id, credits = self._id(), self._chance.randint(100, 1000)
        paid = Money.of(Decimal(credits) * 18 / 100)
        expires = self._chance.random() < 0.3
        self.wallet.grant(
            Order.line_id_of(order_id, "credits"),
            Grant(
                credits=credits,
                credit_class="purchased",
                origin="purchase",
                expires_at=self._now + timedelta(days=9) if expires else None,
                value=split_gross(paid, Decimal(20)).net,
                paid=paid,
                kdv_rate=Decimal(20),
                order_id=order_id,
            ),
        )
        self._orders.append(order_id)

    def hold(self) -> None:
        hold_id = self._id()
        self.wallet.hold(
            hold_id,
            credits=self._chance.choice((1, 7, 100, 200, 300)),
            purpose="generation",
            deadline=self._now + timedelta(hours=1),
        )
        self._holds.append(hold_id)

    def capture(self) -> None:
        if self._holds:
            hold_id = self._chance.choice(self._holds)
            held = self.wallet.holds.get(hold_id)
            part = self._chance.randint(1, held.credits) if held else None
            self.wallet.capture(hold_id, self._chance.choice((None, part)))

    def release(self) -> None:
        if self._holds:
            self.wallet.release(self._chance.choice(self._holds), reason="failed")

    def refund(self) -> None:
        if self._holds:
            hold_id = self._chance.choice(self._holds)
            part = self._chance.choice((None, 1, 3))
            self.wallet.refund_capture(self._id(), hold_id=hold_id, credits=part, reason="poor")

    def pass_time(self) -> None:
        self._now += timedelta(hours=self._chance.randint(1, 100))
        self.wallet.at(self._now)
        for hold_id in list(self.wallet.holds):
            self.wallet.expire_hold(hold_id)
        self.wallet.expire()

    def claw_back(self) -> None:
        if self._orders:
            order_id = self._chance.choice(self._orders)
            part = self._chance.choice((None, 1, 13))
            self.wallet.claw_back(self._id(), order_id=order_id, credits=part)

    def adjust(self) -> None:
        credits = self._chance.randint(1, 50)
        self.wallet.adjust_down(self._id(), credits=credits, entry_id=self._id())

    def _id(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128))


def an_order_paid_and_partly_returned(*, delivered_first: bool) -> Iterator[Event]:
    """An order of a cover, its payment, and a refund of a third of each line."""
    order, attempt = an_order(), an_attempt()
    lines = tuple(
        CapturedLine(
            line_id=line.line_id,
            transaction_id=line.kind,
            paid=line.gross,
            commission=Decimal("3.12345678"),
            fee=Decimal("0.25"),
        )
        for line in LINES
    )
    capture = Taken(payment_id="1", price=TOTAL, paid=TOTAL, lines=lines, installments=1)
    attempt.succeed(capture, "0016")
    order.mark_paid(ATTEMPT, TOTAL)
    if delivered_first:
        _deliver(order)
    for number, line in enumerate(LINES):
        third = Money.of(line.gross.amount / 3)
        order.record_refunded(UUID(int=number), line.line_id, amount=third)
    if not delivered_first:
        _deliver(order)
    for aggregate in (attempt, order):
        yield from (each for each in aggregate.collect_events() if isinstance(each, Event))


def _deliver(order: Order) -> None:
    order.start_production("ab" * 32)
    order.ship(UUID(int=9))
    order.deliver()


async def append(log: PostgresLog, events: list[Event]) -> int:
    """Let these events happen, as one command; the last one's position."""
    command_id = uuid4()
    facts = Metadata(command_id=command_id, command="Test", correlation_id=command_id)
    return await log.append(Append(events=events, metadata=facts))


async def some_lives(log: PostgresLog, *, seed: int, wallets: int = 4, steps: int = 40) -> int:
    """Fill the log with wallets' lives, in parts that alternate; the head."""
    chance = Random(seed)  # noqa: S311  # chance that can be repeated
    lives = [WalletLife(chance, UUID(int=chance.getrandbits(128))) for _ in range(wallets)]
    head = 0
    for _ in range(4):
        for life in lives:
            if events := life.live(steps // 4):
                head = await append(log, events)
    return head
