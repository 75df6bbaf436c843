"""Our book and the emulated provider's: from the shopper's card to the transfer, to the kuruş."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from adapters.iyzico.emulator.shopper import PAYS
from adapters.iyzico.reports import IyzicoReports
from adapters.iyzico.settlements import ServedFiles
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.ports import Paid, PaidLine, Refunded
from domain.ledger import BOOKINGS, postings_of
from domain.payments import Capture, CapturedLine, Due, PaymentAttempt, RefundPart
from domain.settlements import Settlement
from domain.shared.aggregate import Event
from domain.shared.days import TURKEY
from domain.shared.money import Money
from tests.ledger.lives import append
from tests.payments.till import SETTINGS, SHOP_IP, Till, Visit, checkout, till_at
from tests.reconciliation.books import TwoBooks
from workers.reconciliation import Reconciliation

FRIDAY = date(2026, 11, 20)
MONDAY = FRIDAY + timedelta(days=3)
TUESDAY = MONDAY + timedelta(days=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=TURKEY)


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    """A till at a provider for whom it is noon of a Friday."""
    async with till_at(SETTINGS, clock=lambda: NOON) as opened:
        yield opened


@pytest.fixture
def books(pool: Pool, event_log: PostgresLog, database_url: str, till: Till) -> TwoBooks:
    """Our books beside those of the emulator."""
    made = TwoBooks(pool, event_log, database_url)
    made.clock.set(NOON)
    files = ServedFiles(f"{till.base_url}/settlement")
    reports = IyzicoReports(
        till.merchant, today=lambda: made.clock.now().astimezone(TURKEY).date(), files=files
    )
    made.reconciliation = Reconciliation(pool, reports, bus=made.bus, clock=made.clock)
    return made


class Sold:
    """An attempt in our log, paid at the emulator."""

    def __init__(self, books: TwoBooks, till: Till, visit: Visit) -> None:
        self.books, self.till, self.visit = books, till, visit
        request = visit.request
        due = Due(
            order_id=request.order_id, customer_id=request.buyer.person_id, amount=request.total
        )
        self.attempt = PaymentAttempt.open(request.attempt_id, due, now=books.clock.now())
        expires_at = books.clock.now() + timedelta(minutes=30)
        self.attempt.show_form(visit.form.token, visit.form.page_url, expires_at=expires_at)
        self.lines: dict[str, PaidLine] = {}

    async def paid(self) -> Sold:
        """The shopper pays, and we record what the provider says."""
        await self.till.pay(self.visit, PAYS)
        return await self.recorded()

    async def recorded(self) -> Sold:
        """The provider is asked by the page's token, and what it says is recorded."""
        outcome = await self.till.ask(self.visit)
        assert isinstance(outcome, Paid)
        self.lines = {str(line.line_id): line for line in outcome.lines}
        lines = tuple(
            CapturedLine(
                line_id=line.line_id,
                transaction_id=line.transaction_id,
                paid=line.paid,
                commission=line.commission,
                fee=line.fee,
            )
            for line in outcome.lines
        )
        capture = Capture(
            payment_id=outcome.payment_id,
            price=self.visit.request.total,
            paid=outcome.paid,
            lines=lines,
            installments=outcome.installments,
        )
        self.attempt.succeed(capture, "0008")
        await self.kept()
        return self

    async def refunded(self, amount: str) -> None:
        """A part of the first line goes back."""
        self.attempt.at(self.books.clock.now())
        line = self.visit.request.lines[0]
        part = RefundPart(line_id=line.line_id, amount=Money.of(amount))
        request_id = self.books.ids.new()
        self.attempt.refund(request_id, "returned", parts=(part,))
        refund_id = PaymentAttempt.refund_id_of(request_id, line.line_id)
        outcome = await self.till.gateway.refund(
            refund_id=refund_id,
            line=self.lines[str(line.line_id)],
            amount=part.amount,
            ip=SHOP_IP,
        )
        assert isinstance(outcome, Refunded)
        self.attempt.confirm_refund(refund_id, outcome.refund_reference)
        await self.kept()

    async def called_off(self) -> None:
        """All of it goes back on its own day."""
        self.attempt.at(self.books.clock.now())
        self.attempt.refund(self.books.ids.new(), "cancelled")
        cancel, capture = self.attempt.cancel, self.attempt.capture
        assert cancel
        assert capture
        outcome = await self.till.gateway.cancel(
            cancel_id=cancel.cancel_id,
            payment_id=capture.payment_id,
            total=capture.paid,
            ip=SHOP_IP,
        )
        assert isinstance(outcome, Refunded)
        self.attempt.confirm_cancel(cancel.cancel_id, outcome.refund_reference)
        await self.kept()

    async def kept(self) -> None:
        """What has happened is in our log, and read models have seen it."""
        events = [each for each in self.attempt.collect_events() if isinstance(each, Event)]
        await append(self.books.log, events)
        await self.books.follow()


async def sold(books: TwoBooks, till: Till, *prices: str) -> Sold:
    """An order that was paid."""
    return await Sold(books, till, await till.visit(checkout(*prices))).paid()


async def come_to(books: TwoBooks, till: Till, day: date) -> None:
    """It is noon of a later day for both."""
    ahead = datetime.combine(day, NOON.timetz()) - books.clock.now()
    await till.control("clock", advance_seconds=round(ahead.total_seconds()))
    books.clock.set(books.clock.now() + ahead)


async def reconcile(books: TwoBooks, since: date, until: date) -> None:
    """Each day by itself, with its read models behind it."""
    day = since
    while day <= until:
        await books.run(day, late_days=2)
        await books.follow()
        day += timedelta(days=1)


async def receivable(books: TwoBooks) -> Decimal:
    """What the provider owes us by the ledger."""
    return sum(
        (
            posting.amount
            for event in await books.happened()
            if type(event) in BOOKINGS
            for posting in postings_of(event)
            if posting.account == "receivable_iyzico"
        ),
        Decimal(0),
    )


async def test_all_kinds_of_payments_and_returns_match(books: TwoBooks, till: Till) -> None:
    for prices in (("100.00", "30.00"), ("59.90",), ("0.03", "1999.99", "7.77")):
        await sold(books, till, *prices)
    returned = await sold(books, till, "250.00", "10.00")
    await returned.refunded("99.99")
    await (await sold(books, till, "75.00")).called_off()
    await come_to(books, till, TUESDAY)
    await returned.refunded("50.00")
    await come_to(books, till, TUESDAY + timedelta(days=3))
    await reconcile(books, FRIDAY, TUESDAY + timedelta(days=2))
    assert await books.stands() == {}
    assert len(await books.look()) == 9 + 2 + 1
    assert abs(await receivable(books)) <= Decimal("0.05"), "parts of a kuruş at most"
    assert await books.items() == {}


async def test_a_payment_that_we_never_heard_of_is_asked_about(books: TwoBooks, till: Till) -> None:
    unheard = Sold(books, till, await till.visit(checkout("100.00")))
    await unheard.kept()
    await till.pay(unheard.visit, PAYS)
    await come_to(books, till, MONDAY)
    await books.run(FRIDAY)
    assert [status for status, _ in (await books.stands()).values()] == ["expected"]
    asked = [
        each for each in await books.happened() if isinstance(each, PaymentAttempt.OutcomeAsked)
    ]
    assert [each.asked_by for each in asked] == ["report"]
    unheard.attempt.recall(asked[0])
    await unheard.recorded()
    await come_to(books, till, TUESDAY)
    await reconcile(books, MONDAY, MONDAY)
    assert await books.stands() == {}


async def test_a_payout_that_is_off_by_a_kurus_is_found(books: TwoBooks, till: Till) -> None:
    await sold(books, till, "100.00", "30.00")
    await till.control("commission_off", kurus=-1)
    await come_to(books, till, TUESDAY)
    await reconcile(books, FRIDAY, MONDAY)
    [(status, faults)] = (await books.stands()).values()
    assert (status, faults) == ("mismatched", ("payout",))
    [line] = [each for each in await books.look() if each.status == "mismatched"]
    assert line.difference == Decimal("0.01")


async def test_a_transfer_that_bounces_is_owed_again(books: TwoBooks, till: Till) -> None:
    await sold(books, till, "100.00")
    await come_to(books, till, TUESDAY)
    await till.control("settle")
    await till.control("bounce", reference="STL20261123-1")
    await come_to(books, till, TUESDAY + timedelta(days=8))
    await reconcile(books, FRIDAY, TUESDAY + timedelta(days=7))
    assert list((await books.stands()).values()) == [("aged", ("not_paid_out",))]
    kinds = [type(each) for each in await books.happened() if isinstance(each, Settlement.Bounced)]
    assert kinds == [Settlement.Bounced]
    assert await receivable(books) > Decimal(90)
