"""Payments that browser, webhook and sweeper confirm at one moment, each in a system of its own."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from adapters.iyzico.emulator.seals import seal_notice
from adapters.iyzico.emulator.shopper import PAYS
from adapters.memory import MemoryGateway
from application.bus import Call
from application.payments import AskAboutPayment, Till, WebhookDesk, ask_provider
from application.ports import (
    CheckoutLine,
    CheckoutRequest,
    PaymentExpectation,
    PaymentGateway,
    PaymentOutcome,
)
from application.store import Append, ConcurrentChange, LogUnavailable
from deploy.adapters import LOCAL_IYZICO
from deploy.bootstrap import System, build_system
from deploy.serve import REGISTERED
from deploy.settings import load_settings
from domain.identity import User
from domain.orders import Order, OrderLine, Particulars, Purchase, number_of
from domain.payments import Due, PaymentAttempt
from domain.shared.aggregate import Aggregate, Event, Metadata
from tests.databases import MASTER_SETTING
from tests.orders.examples import ADDRESS, ARTWORK, LINES, SHOPPER
from tests.payments.till import BUYER
from tests.payments.till import Till as EmulatedTill
from workers.reactor import Reactor

assert REGISTERED, "importing them is what registers their handlers and reactions"

SIDES = ("browser", "webhook", "sweeper")
AT_ONCE = 24
"""How many payments are confirmed at the same time, each from three sides."""
AT_A_TIME = 500
ONCE_EACH = ("payment.succeeded", "order.paid", "invoice.issued")
COUNTS = "SELECT count(*), count(DISTINCT stream_id) FROM events WHERE type = %s"


class Contender(Struct, frozen=True):
    """A payment whose money the provider has taken, which nobody of us knows yet."""

    attempt_id: UUID
    token: str


class Outcome(Struct, frozen=True, kw_only=True):
    """What a race led to: how many events of each kind in how many histories, how often somebody
    had to decide again because another was first, and how long the rounds took.
    """

    rounds: int
    seen: dict[str, tuple[int, int]]
    met_others: int
    seconds: float


class Meeting:
    """A gateway whose answers about one page are held back until all sides have theirs."""

    def __init__(self, gateway: PaymentGateway) -> None:
        self._gateway = gateway
        self._barriers: dict[str, asyncio.Barrier] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    async def outcome(self, token: str, expected: PaymentExpectation) -> PaymentOutcome:
        """The gateway's answer, when all have asked."""
        barrier = self._barriers.setdefault(token, asyncio.Barrier(len(SIDES)))
        answer = await self._gateway.outcome(token, expected)
        await barrier.wait()
        return answer


class Race:
    """Three systems at one database, and one provider."""

    def __init__(self, systems: dict[str, System], gateway: PaymentGateway) -> None:
        self._systems = systems
        self.gateway = gateway
        meeting: Any = Meeting(gateway)
        self.met_others = 0
        for system in systems.values():
            system.ports.add(PaymentGateway, meeting)
            self._count_conflicts(system)

    @property
    def system(self) -> System:
        """One of the systems, for what has no rival."""
        return self._systems["browser"]

    async def run(self, contenders: Sequence[Contender]) -> float:
        """Let all three sides confirm each payment; how many seconds that took."""
        begun = time.perf_counter()
        room = asyncio.Semaphore(AT_ONCE)

        async def one(contender: Contender) -> None:
            async with room:
                sides = [self._return(contender), self._tell(contender), self._sweep(contender)]
                await asyncio.gather(*sides)

        async with asyncio.TaskGroup() as tasks:
            for contender in contenders:
                tasks.create_task(one(contender))
        return time.perf_counter() - begun

    async def follow(self, *, processes: int) -> None:
        """Carry out the commands that follow from what happened, such as the invoices. By two
        processes at the same time it is as if they took each other for dead.
        """
        sides = [self._systems[side] for side in SIDES[:processes]]
        await asyncio.gather(*(self._react(system) for system in sides))

    async def _react(self, system: System) -> None:
        while True:
            reactor = Reactor(system.pool, system.event_log, system.bus, system.waker.wake)
            # As a reactor does that runs: what had to wait too long is done again.
            with contextlib.suppress(LogUnavailable):
                while await reactor.step():
                    pass
                return

    def till(self, side: str) -> Till:
        """The till of one of the systems."""
        system = self._systems[side]
        return Till(
            system.ports.of(PaymentGateway),
            system.event_log,
            bus=system.bus,
            clock=system.clock,
            public_url="https://cover.test",
        )

    async def _return(self, contender: Contender) -> None:
        await self.till("browser").confirm(contender.attempt_id)

    async def _tell(self, contender: Contender) -> None:
        desk = self._systems["webhook"].ports.of(WebhookDesk)
        body: dict[str, Any] = {
            "paymentConversationId": str(contender.attempt_id),
            "token": contender.token,
            "status": "SUCCESS",
            "iyziReferenceCode": str(contender.attempt_id),
            "iyziEventType": "CHECKOUT_FORM_AUTH",
            "iyziPaymentId": 1,
        }
        headers = {"x-iyz-signature-v3": seal_notice(body, LOCAL_IYZICO[1])}
        kept = await desk.keep(msgspec.json.encode(body), headers)
        handled = await desk.handle(kept)
        assert (handled.verdict, handled.asked) == ("accepted", True)
        await self._ask("webhook", contender)

    async def _sweep(self, contender: Contender) -> None:
        system = self._systems["sweeper"]
        command = AskAboutPayment(
            attempt_id=contender.attempt_id, asked_by="sweeper", reference="sweep"
        )
        await system.bus.execute(command, Call())
        await self._ask("sweeper", contender)

    async def _ask(self, side: str, contender: Contender) -> None:
        system = self._systems[side]
        gateway = system.ports.of(PaymentGateway)
        command = await ask_provider(
            contender.attempt_id, gateway, log=system.event_log, clock=system.clock
        )
        assert command is not None, "somebody was first before all had asked"
        await system.bus.execute(command)

    def _count_conflicts(self, system: System) -> None:
        append = system.event_log.append

        async def counted(each: Append) -> int:
            try:
                return await append(each)
            except ConcurrentChange:
                self.met_others += 1
                raise

        setattr(system.event_log, "append", counted)  # noqa: B010  # to see that it is a race


@asynccontextmanager
async def race_at(database_url: str, folder: Path, gateway: PaymentGateway) -> AsyncIterator[Race]:
    """Three open systems at a database, each with connections and turns of its own."""
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(folder), **MASTER_SETTING}
    async with AsyncExitStack() as stack:
        systems = {
            side: await stack.enter_async_context(
                build_system(load_settings(env), name=side, pool_size=6).opened()
            )
            for side in SIDES
        }
        yield Race(systems, gateway)


async def paid_pages(race: Race, gateway: MemoryGateway, count: int) -> list[Contender]:
    """So many orders of one customer, each paid at the provider's page."""
    system = race.system
    customer_id = system.ids.new()
    await _record(system, _customer(system, customer_id))
    contenders = []
    for numbers in _batches(count, AT_A_TIME):
        made = [_at_the_page(system, customer_id, number) for number in numbers]
        await asyncio.gather(*(_record(system, order, attempt) for order, attempt in made))
        for order, attempt in made:
            gateway.requests[attempt.token] = _asked(order, attempt)
            gateway.pay(attempt.token)
            contenders.append(Contender(attempt.id, attempt.token))
    return contenders


async def pages_paid_by_card(race: Race, emulator: EmulatedTill, count: int) -> list[Contender]:
    """So many orders of one customer, each paid by a card at the emulated provider's page."""
    system = race.system
    customer_id = system.ids.new()
    await _record(system, _customer(system, customer_id))
    till = race.till("browser")
    contenders = []
    for _ in range(count):
        order, attempt = _ordered(system, customer_id)
        await _record(system, order, attempt)
        opened = await till.open_form(attempt.id, SHOPPER)
        await emulator.shopper.pay(opened.page_url, PAYS)
        contenders.append(Contender(opened.id, opened.token))
    return contenders


def _batches(count: int, size: int) -> Iterator[range]:
    for first in range(0, count, size):
        yield range(first, min(first + size, count))


async def outcome_of(race: Race, rounds: int, *, seconds: float) -> Outcome:
    """What stands in the log, once all that follows was done."""
    seen = {}
    async with race.system.pool.connection() as connection:
        for kind in (*ONCE_EACH, "payment.found_surplus"):
            row = await (await connection.execute(COUNTS, (kind,))).fetchone()
            assert row is not None
            seen[kind] = (int(row[0]), int(row[1]))
    return Outcome(rounds=rounds, seen=seen, met_others=race.met_others, seconds=seconds)


async def _record(system: System, *aggregates: Aggregate) -> None:
    events = [
        event
        for aggregate in aggregates
        for event in aggregate.collect_events()
        if isinstance(event, Event)
    ]
    command_id = system.ids.new()
    metadata = Metadata(command_id=command_id, command="Given", correlation_id=command_id)
    await system.event_log.append(Append(events=events, metadata=metadata))


def _customer(system: System, customer_id: UUID) -> User:
    return User.begin(
        User.Registered,
        id=customer_id,
        now=system.clock.now(),
        email="ayse@example.org",
        name="Ayşe Yılmaz",
        password_hash="plain",
        language="tr",
        terms_version="1",
        privacy_version="1",
    )


def _at_the_page(system: System, customer_id: UUID, number: int) -> tuple[Order, PaymentAttempt]:
    order, attempt = _ordered(system, customer_id)
    expires_at = system.clock.now() + timedelta(minutes=30)
    attempt.show_form(f"page-{number}", "https://pay.test", expires_at=expires_at)
    return order, attempt


def _ordered(system: System, customer_id: UUID) -> tuple[Order, PaymentAttempt]:
    now, draft_id, attempt_id = system.clock.now(), system.ids.new(), system.ids.new()
    order_id = Order.id_of(draft_id)
    lines = tuple(
        OrderLine(
            line_id=Order.line_id_of(order_id, line.kind),
            kind=line.kind,
            name=line.name,
            gross=line.gross,
            kdv_rate=line.kdv_rate,
        )
        for line in LINES
    )
    purchase = Purchase(
        draft_id=draft_id,
        method="upload",
        lines=lines,
        artwork=ARTWORK,
        designer_id=None,
        pay_by=now + timedelta(hours=24),
    )
    particulars = Particulars(
        title="Tutunamayanlar", author="Oğuz Atay", delivery=ADDRESS, billing=ADDRESS
    )
    order = Order.place(
        customer_id, purchase, number=number_of(order_id), particulars=particulars, now=now
    )
    order.start_payment(attempt_id)
    due = Due(order_id=order_id, customer_id=customer_id, amount=order.total)
    return order, PaymentAttempt.open(attempt_id, due, now=now)


def _asked(order: Order, attempt: PaymentAttempt) -> CheckoutRequest:
    return CheckoutRequest(
        attempt_id=attempt.id,
        order_id=order.id,
        total=order.total,
        lines=tuple(
            CheckoutLine(
                line_id=line.line_id,
                name=line.name,
                category="Kapak",
                physical=True,
                price=line.gross,
            )
            for line in order.lines
        ),
        buyer=BUYER,
        shipping=ADDRESS,
        billing=ADDRESS,
        callback_url="https://cover.test",
        language="tr",
    )
