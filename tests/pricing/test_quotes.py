"""What is quoted is charged, paid, invoiced and given back: the same lines, to the kuruş."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from adapters.tokens import KeyedClaims
from application.catalog import MakeMessageCard
from application.drafts import AddMessageCard, ChooseOptions
from application.identity import Claims
from application.invoices import InvoicingRules, IssueInvoice
from application.orders import CommitDraft
from application.payments import RecordPaymentOutcome, StartPayment
from application.payments.provider import basket_of as payment_items
from application.ports import Paid, PaidLine
from application.pricing import Basket, basket_of
from application.terms import Terms
from domain.catalog.message_card import CardDesign
from domain.drafts import CardWords, Draft, Options
from domain.invoices import Invoice
from domain.orders import Order
from domain.payments import PaymentAttempt, RefundPart, RefundTooLarge
from domain.pricing import (
    CouponRules,
    CouponsLeaveNothing,
    CouponTakesNothingOff,
    LineTax,
    NotOffered,
    Offer,
    PriceChanged,
    Priced,
    TaxRate,
    take_off,
)
from domain.shared.errors import Refusal
from domain.shared.lines import LineKind
from domain.shared.money import Money, distribute, total
from tests.drafts.examples import CARD
from tests.given import NOW
from tests.orders.examples import ATTEMPT, CUSTOMER, DRAFT, ORDER
from tests.pricing.examples import LEAD, Counter, a_cover, enter, issue, schedule

KURUS = Money.of("0.01")
KINDS: tuple[LineKind, ...] = ("cover", "design_fee", "message_card", "cargo")
WORDS = CardWords(recipient="Ece", sender="Deniz", text="Nice yıllara!")
DESIGN = CardDesign(
    name_tr="Nar", name_en="Pomegranate", motif="nar", paper="#ffffff", ink="#000000"
)
COMMIT = CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER)

prices = st.integers(1, 500_000).map(lambda kurus: Money.of(Decimal(kurus) / 100))
percents = st.integers(1, 10_000).map(lambda basis: Decimal(basis) / 100)
rates = st.integers(1, 10_000).map(lambda basis: Decimal(basis) / 100)
kinds = st.lists(st.sampled_from(KINDS), min_size=1, unique=True).map(tuple)
percent_off = st.builds(
    lambda percent, kinds: {"percent": percent, "kinds": kinds}, percents, kinds
)
amount_off = st.builds(lambda amount, kinds: {"amount": amount, "kinds": kinds}, prices, kinds)
coupons = st.lists(percent_off | amount_off, max_size=3)
baskets = st.lists(st.builds(Priced, st.sampled_from(KINDS), prices), min_size=1, max_size=12)


@settings(deadline=None)
@given(lines=baskets, told=coupons)
def test_coupons_never_take_more_than_a_line_costs(
    lines: list[Priced], told: list[dict[str, object]]
) -> None:
    offers = [
        Offer(
            coupon_id=UUID(int=number),
            code=f"KUPON{number}",
            rules=CouponRules(valid_from=NOW, stacks=True, **rules),  # type: ignore[arg-type]  # drawn
        )
        for number, rules in enumerate(told)
    ]
    try:
        taken = take_off(lines, offers)
    except (CouponTakesNothingOff, CouponsLeaveNothing):
        return
    left = [line.price for line in lines]
    for each in taken:
        rules = each.offer.rules
        for place, discount in enumerate(each.discounts):
            assert Money.of(0) <= discount <= left[place]
            assert not discount.amount or lines[place].kind in rules.kinds
        whole = total(p for p, line in zip(left, lines, strict=True) if line.kind in rules.kinds)
        wanted = rules.amount or Money.of(whole.amount * (rules.percent or 0) / 100)
        assert each.discount == min(wanted, whole)
        left = [price - off for price, off in zip(left, each.discounts, strict=True)]
    assert total(left).amount > 0


class Case(Struct):
    """A house's prices, rates and coupons, and a customer who pays so much for instalments."""

    cover: Money
    cargo: Money
    card: Money | None
    rates: Sequence[Decimal]
    coupons: Sequence[dict[str, object]]
    surcharge: int
    cut: int


cases = st.builds(
    Case,
    cover=prices,
    cargo=prices,
    card=st.none() | prices,
    rates=st.lists(rates, min_size=2, max_size=2),
    coupons=coupons,
    surcharge=st.integers(0, 3_000),
    cut=st.integers(1, 100),
)


async def counter_of(case: Case) -> Counter:
    """A complete draft in a house with these prices, rates and coupons."""
    terms = Terms(cover_price=case.cover, cargo_price=case.cargo, kdv_rate=case.rates[0])
    counter = Counter(terms, {InvoicingRules: InvoicingRules(), Claims: KeyedClaims(b"c" * 32)})
    card_rate = TaxRate(tax_class="cards", rate=case.rates[1])
    await counter.do(schedule(card_rate, since=None))
    await counter.do(schedule(LineTax(kind="message_card", tax_class="cards"), since=None))
    counter.clock.pass_(seconds=LEAD / timedelta(seconds=1))
    await counter.draft()
    if case.card is not None:
        await counter.do(MakeMessageCard(card_id=CARD, design=DESIGN, price=case.card))
        add = AddMessageCard(draft_id=DRAFT, customer_id=CUSTOMER, card_id=CARD, words=WORDS)
        await counter.do(add)
    for number, told in enumerate(case.coupons):
        await counter.do(issue(f"KUPON{number}", stacks=True, **told))
        await counter.do(enter(f"KUPON{number}"))
    return counter


async def quoted(counter: Counter) -> Basket:
    store = counter.store()
    return await basket_of(await store.get(Draft, DRAFT), store, terms=counter.terms)


async def paid_with(counter: Counter, order: Order, *, percent: int) -> PaymentAttempt:
    """The provider took the order's price and so much more, in hundredths of a percent."""
    await counter.do(StartPayment(attempt_id=ATTEMPT, order_id=ORDER, customer_id=CUSTOMER))
    attempt = await counter.store().get(PaymentAttempt, ATTEMPT)
    items = payment_items(order, attempt.amount)
    assert all(item.price.amount > 0 for item in items)
    assert {item.line_id: item.price for item in items} == {
        line.line_id: line.gross for line in order.lines if line.gross.amount
    }
    assert total(item.price for item in items) == attempt.amount == order.total
    price = attempt.amount
    whole = Money.of(price.amount * (10_000 + percent) / 10_000)
    shares = distribute(whole, [item.price.amount for item in items])
    lines = tuple(
        PaidLine(
            line_id=item.line_id,
            transaction_id=str(number),
            paid=share,
            commission=Decimal(0),
            fee=Decimal(0),
        )
        for number, (item, share) in enumerate(zip(items, shares, strict=True))
    )
    outcome = Paid(payment_id="1", paid=whole, lines=lines, installments=1, card_last_four="0008")
    await counter.do(
        RecordPaymentOutcome(attempt_id=ATTEMPT, outcome=outcome, asked_at=counter.clock.now())
    )
    return await counter.store().get(PaymentAttempt, ATTEMPT)


def must_not_give_back_more(attempt: PaymentAttempt, cut: int) -> None:
    """A part of each line, then all but a kuruş too much: which is refused."""
    for number, part in enumerate(attempt.left()):
        if not part.amount.amount:
            continue
        some = max(Money.of(part.amount.amount * cut / 100), KURUS)
        first = RefundPart(line_id=part.line_id, amount=some)
        attempt.refund(UUID(int=2 * number + 1), "finance", parts=(first,))
        rest = part.amount - some
        more = RefundPart(line_id=part.line_id, amount=rest + KURUS)
        with pytest.raises(RefundTooLarge):
            attempt.refund(UUID(int=2 * number + 2), "finance", parts=(more,))
        if rest.amount:
            last = RefundPart(line_id=part.line_id, amount=rest)
            attempt.refund(UUID(int=2 * number + 2), "finance", parts=(last,))


async def whole_way(case: Case) -> None:
    counter = await counter_of(case)
    basket = await quoted(counter)
    if basket.refused:
        refusal = await counter.refuses(type(basket.refused[0].refusal), COMMIT)
        assert refusal.facts == basket.refused[0].refusal.facts
        return
    dearer = CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER, expected_total=basket.total + KURUS)
    assert (await counter.refuses(PriceChanged, dearer)).facts["price"] == basket.total
    exact = CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER, expected_total=basket.total)
    answer = (await counter.do(exact)).answer
    order = await counter.store().get(Order, ORDER)
    assert order.lines == basket.lines
    assert order.coupons == basket.coupons
    assert answer["total"]["amount"] == str(basket.total.amount)
    assert order.total == total(line.list_price - line.discount for line in order.lines)
    assert total(line.discount for line in order.lines) == total(c.discount for c in order.coupons)
    attempt = await paid_with(counter, order, percent=case.surcharge)
    await counter.do(IssueInvoice(order_id=ORDER, paid_at=counter.clock.now()))
    invoice = await counter.store().get(Invoice, Invoice.id_of(ORDER))
    charged = (await counter.store().get(Order, ORDER)).charged_lines
    assert attempt.capture is not None
    assert total(line.gross for line in invoice.sale.lines) == attempt.capture.paid
    assert [each.gross for each in invoice.sale.lines] == [each.gross for each in charged]
    assert all(line.net + line.tax == line.gross for line in invoice.sale.lines)
    if not case.surcharge:
        by_rate = {each.rate: each.tax for each in basket.kdv}
        assert by_rate == {
            rate: total(line.tax for line in invoice.sale.lines if line.rate == rate)
            for rate in by_rate
        }
    must_not_give_back_more(attempt, case.cut)


@settings(deadline=None, max_examples=60)
@given(case=cases)
def test_lines_total_payment_items_and_invoice_are_one_sum(case: Case) -> None:
    with asyncio.Runner() as runner:
        runner.run(whole_way(case))


async def test_a_price_that_changes_after_the_quote_is_told_not_charged() -> None:
    counter = Counter()
    await counter.draft()
    shown = (await quoted(counter)).total
    await counter.do(schedule(a_cover("1300.00"), since=None))
    counter.clock.pass_(seconds=LEAD / timedelta(seconds=1))
    seen = CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER, expected_total=shown)
    refusal = await counter.refuses(PriceChanged, seen)
    assert refusal.facts == {"shown": shown, "price": Money.of("1330.00")}
    assert (await counter.commits()).total == Money.of("1330.00")


async def test_an_order_keeps_its_price_whatever_the_book_says_later() -> None:
    counter = Counter()
    await counter.draft()
    order = await counter.commits()
    await counter.do(schedule(a_cover("1300.00"), since=None))
    counter.clock.pass_(days=1)
    again = (await counter.do(COMMIT)).answer
    assert again["total"]["amount"] == str(order.total.amount) == "1290.00"


async def test_size_and_paper_are_what_the_order_has_and_costs() -> None:
    counter = Counter()
    await counter.draft()
    large = Options(size="160x240", paper="textured")
    await counter.do(ChooseOptions(draft_id=DRAFT, customer_id=CUSTOMER, options=large))
    order = await counter.commits()
    assert (order.size, order.paper, order.lines[0].gross.amount) == (
        "160x240",
        "textured",
        Decimal(1560),
    )


async def test_what_is_no_longer_offered_is_neither_chosen_nor_charged() -> None:
    counter = Counter()
    await counter.draft()
    await counter.do(schedule(a_cover(None), since=None))
    counter.clock.pass_(days=1)
    await counter.refuses(NotOffered, COMMIT)
    gone = Options(size="135x210", paper="matte")
    choose = ChooseOptions(draft_id=DRAFT, customer_id=CUSTOMER, options=gone)
    await counter.refuses(NotOffered, choose)


async def test_an_exempt_line_tells_its_reason() -> None:
    counter = Counter()
    await counter.draft()
    await counter.do(schedule(LineTax(kind="cover", tax_class="printed_books"), since=None))
    counter.clock.pass_(days=1)
    cover, cargo = (await counter.commits()).lines
    assert (cover.kdv_rate, cover.tax_class, cover.exemption) == (
        Decimal(0),
        "printed_books",
        "335",
    )
    assert (cargo.kdv_rate, cargo.tax_class, cargo.exemption) == (Decimal(20), "general", "")


async def test_a_coupon_that_does_not_fit_is_named_in_the_quote_and_the_rest_is_reckoned() -> None:
    counter = Counter()
    await counter.draft()
    await counter.do(issue("UYMAZ", kinds=("message_card",), stacks=True))
    await counter.do(issue("UYAR", percent=Decimal(10), stacks=True))
    for code in ("UYMAZ", "UYAR"):
        await counter.do(enter(code))
    basket = await quoted(counter)
    assert [each.code for each in basket.refused] == ["UYMAZ"]
    assert [each.code for each in basket.coupons] == ["UYAR"]
    assert basket.total == Money.of("1161.00")
    with pytest.raises(Refusal):
        basket.must_stand()
