"""Instalments: what was charged for each line is earned, invoiced, posted and refunded."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from application.bus import Bus
from application.invoices import InvoicingRules, IssueInvoice
from application.orders import RecordDelivered, RecordShipped, StartProduction
from application.payments import (
    RecordRefundOutcome,
    RefundOrder,
    StartPayment,
    basket_of,
)
from application.ports import Paid, PaidLine, Refunded
from application.terms import Terms
from domain.invoices import Invoice
from domain.ledger import BOOKINGS, postings_of
from domain.orders import LinesWorthNothing, Order, OrderLine, TooManyLines, number_of
from domain.orders.parts import MOST_LINES
from domain.payments import PaymentAttempt, RefundPart
from domain.shared.money import Money, distribute, total
from tests.given import NOW
from tests.orders.credits import BUY, CreditShop
from tests.orders.examples import (
    ADDRESS,
    ATTEMPT,
    CUSTOMER,
    LINES,
    ORDER,
    SHOPPER,
    TOTAL,
    Shop,
    a_line,
    a_purchase,
    an_order,
)

KURUS = Decimal("0.01")
REVENUES = ("revenue_covers", "revenue_cargo")


def charged(surcharge: Money, *, installments: int = 6) -> Paid:
    """The provider charged the surcharge, shared among the lines as it likes."""
    paid = TOTAL + surcharge
    shares = distribute(paid, [line.gross.amount for line in LINES])
    return Paid(
        payment_id="1",
        paid=paid,
        lines=tuple(
            PaidLine(
                line_id=line.line_id,
                transaction_id=f"1:{number}",
                paid=share,
                commission=Decimal(0),
                fee=Decimal(0),
            )
            for number, (line, share) in enumerate(zip(LINES, shares, strict=True))
        ),
        installments=installments,
        card_last_four="0008",
    )


async def paid_in_instalments(surcharge: Money) -> Shop:
    """An order that was paid in six instalments, and its invoice."""
    shop = Shop()
    await shop.registered()
    await shop.placed()
    await shop.do(StartPayment(attempt_id=ATTEMPT, order_id=ORDER, customer_id=CUSTOMER))
    await shop.till.open_form(ATTEMPT, SHOPPER)
    await shop.told(charged(surcharge))
    ports: dict[type, object] = {InvoicingRules: InvoicingRules()}
    bus = Bus(shop.log, ports, clock=shop.clock, ids=shop.ids)
    await bus.execute(IssueInvoice(order_id=ORDER, paid_at=NOW))
    return shop


def balances(shop: Shop) -> dict[str, Decimal]:
    """What all that happened adds up to, account by account."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for recorded in shop.log.recorded:
        if type(recorded.event) in BOOKINGS:
            for posting in postings_of(recorded.event):
                sums[posting.account] += posting.amount
    return sums


async def invoice(shop: Shop) -> Invoice.Issued:
    """The order's invoice."""
    [issued] = [e.event for e in shop.log.recorded if isinstance(e.event, Invoice.Issued)]
    return issued


surcharges = st.integers(0, 40_000).map(lambda kurus: Money.of(kurus * KURUS))


@settings(max_examples=40, deadline=None)
@given(surcharge=surcharges)
def test_what_was_charged_is_what_was_paid_invoiced_and_posted(surcharge: Money) -> None:
    async def check() -> None:
        shop = await paid_in_instalments(surcharge)
        order, issued = await shop.order(), await invoice(shop)
        assert total(line.gross for line in order.charged_lines) == order.paid
        assert (order.paid - order.surcharge, order.surcharge) == (TOTAL, surcharge)
        sale = issued.sale
        assert total(line.gross for line in sale.lines) == sale.paid == order.paid
        assert total(line.net + line.tax for line in sale.lines) == order.paid
        told = total(line.surcharge for line in sale.lines if line.surcharge)
        assert (told, sale.payment.installments) == (surcharge, 6)
        sums = balances(shop)
        assert sums["receivable_iyzico"] == order.paid.amount
        assert sums["deferred_revenue"] + sums["kdv_payable"] == -order.paid.amount
        assert sums["customer_prepayments"] == 0

    asyncio.run(check())


def parts_of(order: Order, cuts: Sequence[int]) -> list[RefundPart]:
    """Each line that was charged, cut somewhere into two parts."""
    parts: list[RefundPart] = []
    for line, cut in zip(order.charged_lines, cuts, strict=True):
        kurus = int(line.gross.amount / KURUS)
        first = Money.of((1 + cut % (kurus - 1)) * KURUS)
        both = (first, line.gross - first)
        parts += [RefundPart(line_id=line.line_id, amount=amount) for amount in both]
    return parts


@settings(max_examples=40, deadline=None)
@given(
    surcharge=surcharges,
    cuts=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)),
    turn=st.sampled_from(list(permutations(range(4)))),
    delivered=st.integers(0, 4),
)
def test_refunds_of_all_parts_in_any_order_bring_every_balance_to_zero(
    surcharge: Money, cuts: tuple[int, int], turn: tuple[int, ...], delivered: int
) -> None:
    """The order is delivered before one of the refunds, or not at all."""

    async def check() -> None:
        shop = await paid_in_instalments(surcharge)
        parts = parts_of(await shop.order(), cuts)
        for number, place in enumerate(turn):
            if number == delivered:
                await deliver(shop)
            await give_back(shop, parts[place], request_id=UUID(int=number + 1))
        order = await shop.order()
        assert (order.refunded, order.refund_state) == (order.paid, "fully")
        sums = balances(shop)
        for account in ("receivable_iyzico", "customer_prepayments", "kdv_payable"):
            assert sums[account] == 0, account
        assert sums["deferred_revenue"] == 0
        assert sums["refunds"] == -sum(sums[account] for account in REVENUES)

    asyncio.run(check())


async def deliver(shop: Shop) -> None:
    """Printed, sent and arrived."""
    await shop.do(StartProduction(order_id=ORDER, print_digest="00"))
    await shop.do(RecordShipped(order_id=ORDER, shipment_id=ORDER))
    await shop.do(RecordDelivered(order_id=ORDER))


async def give_back(shop: Shop, part: RefundPart, *, request_id: UUID) -> None:
    """A part is asked back, and the provider gives it."""
    await shop.do(
        RefundOrder(order_id=ORDER, request_id=request_id, reason="damaged", parts=(part,))
    )
    refund_id = PaymentAttempt.refund_id_of(request_id, part.line_id)
    await shop.do(
        RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=refund_id, outcome=Refunded("r"))
    )


prices = st.lists(st.integers(0, 200_000), min_size=1, max_size=12).filter(any)


def an_order_of(kurus: Sequence[int]) -> Order:
    """An order with lines at these prices, of which some may be nothing."""
    lines = tuple(
        replace(a_line("cover", str(price * KURUS)), line_id=UUID(int=number + 1))
        for number, price in enumerate(kurus)
    )
    return placed(lines)


def placed(lines: tuple[OrderLine, ...]) -> Order:
    return Order.place(
        CUSTOMER,
        a_purchase(lines=lines),
        number=number_of(ORDER),
        particulars=an_order().particulars,
        now=NOW,
    )


@settings(max_examples=200, deadline=None)
@given(kurus=prices, less=st.integers(0, 10**6))
def test_the_basket_is_the_price_to_the_kurus_and_has_nothing_that_costs_nothing(
    kurus: list[int], less: int
) -> None:
    order = an_order_of(kurus)
    price = order.total - Money.of(min(less, sum(kurus) - 1) * KURUS)
    basket = basket_of(order, price)
    assert total(line.price for line in basket) == price
    assert all(line.price.amount > 0 for line in basket)
    by_id = {line.line_id: line.gross.amount for line in order.lines}
    for line in basket:
        exact = by_id[line.line_id] * price.amount / order.total.amount
        assert abs(line.price.amount - exact) < KURUS
    whole = {line.line_id: line.price for line in basket_of(order, order.total)}
    assert whole == {line.line_id: line.gross for line in order.lines if line.gross.amount}


def test_an_order_has_as_many_lines_as_a_basket_takes_and_costs_something() -> None:
    an_order_of([1] * MOST_LINES)
    with pytest.raises(TooManyLines):
        an_order_of([1] * (MOST_LINES + 1))
    for worthless in ([0], [0, 0], []):
        with pytest.raises(LinesWorthNothing):
            an_order_of(worthless)
    with pytest.raises(LinesWorthNothing):
        placed((a_line("cover", "-1.00"), a_line("cargo", "30.00")))


def test_a_line_that_costs_nothing_is_charged_nothing() -> None:
    order = an_order_of([126_000, 0])
    [line] = basket_of(order, order.total)
    assert line.line_id == UUID(int=1)


async def test_covers_may_be_paid_in_instalments_and_credits_may_not() -> None:
    offered = Terms().installments
    shop = Shop()
    await shop.registered()
    await shop.placed()
    await shop.do(StartPayment(attempt_id=ATTEMPT, order_id=ORDER, customer_id=CUSTOMER))
    await shop.till.open_form(ATTEMPT, SHOPPER, installments=offered)
    [request] = shop.gateway.requests.values()
    assert request.installments == (1, 2, 3, 6, 9, 12)
    assert request.shipping == ADDRESS
    counter = CreditShop()
    await counter.registered()
    order_id = UUID((await counter.do(BUY)).answer["order_id"])
    await counter.do(StartPayment(attempt_id=ATTEMPT, order_id=order_id, customer_id=CUSTOMER))
    await counter.till.open_form(ATTEMPT, SHOPPER, installments=offered)
    [request] = counter.gateway.requests.values()
    assert request.installments == (1,)


async def test_the_customer_sees_what_the_instalments_cost() -> None:
    shop = await paid_in_instalments(Money.of("123.45"))
    [paid] = [e.event for e in shop.log.recorded if isinstance(e.event, Order.Paid)]
    assert (paid.surcharge, paid.installments) == (Money.of("123.45"), 6)
    assert total(line.amount for line in paid.charged) == paid.amount == Money.of("1413.45")
    attempt = await shop.attempt()
    assert attempt.capture
    assert (attempt.capture.price, attempt.capture.surcharge) == (TOTAL, Money.of("123.45"))
