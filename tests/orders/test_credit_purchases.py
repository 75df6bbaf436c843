"""What a purchase of credits allows: money in proportion to credits, never more than paid."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from application.orders import CreditsQuote, quote_credits
from application.orders.purchases import AmountNotOffered, PackageOrAmount, UnknownPackage
from application.terms import CreditPrices, Terms
from domain.orders import (
    Bought,
    CreditPurchase,
    NothingUnspent,
    Order,
    OrderCannotMove,
    OrderLine,
    OrderOfNothing,
    Particulars,
    Purchase,
    number_of,
)
from domain.shared.errors import Invalid
from domain.shared.money import Money
from tests.given import NOW, given
from tests.orders.credits import CREDITS, LINE, NET, ORDER, PRICE, REQUEST
from tests.orders.examples import ADDRESS, ATTEMPT, CUSTOMER, PAY_BY

BOUGHT = Bought(credits=CREDITS, paid=PRICE, net=NET, kdv_rate=Decimal(20))
FIRST, SECOND = UUID(int=61), UUID(int=62)
PRICES = Terms().credit_prices_at(NOW)


def an_order(draft_id: UUID | None = None, request_id: UUID | None = REQUEST) -> Order:
    line = OrderLine(
        line_id=LINE, kind="credits", name="x", gross=PRICE, kdv_rate=Decimal(20), credits=CREDITS
    )
    return Order.place(
        CUSTOMER,
        Purchase(
            draft_id=draft_id,
            request_id=request_id,
            method="credits",
            lines=(line,),
            artwork=None,
            designer_id=None,
            pay_by=PAY_BY,
        ),
        number=number_of(ORDER),
        particulars=Particulars(title="", author="", delivery=None, billing=ADDRESS),
        now=NOW,
    )


def a_purchase(bought: Bought = BOUGHT) -> CreditPurchase:
    return CreditPurchase.grant(an_order(), lot_id=LINE, bought=bought)


def pay(order: Order) -> None:
    order.mark_paid(ATTEMPT, PRICE)


def test_an_order_of_credits_is_delivered_as_soon_as_it_is_paid() -> None:
    given(an_order()).when(lambda order: order.deliver()).refused(OrderCannotMove)
    given(an_order(), pay).when(lambda order: order.deliver()).then(Order.Delivered)
    assert an_order().credits == CREDITS


def test_credits_are_neither_designed_nor_printed() -> None:
    order = an_order()
    pay(order)
    assert [state for state in ("in_design", "in_production") if order.may_move_to(state)] == []  # type: ignore[arg-type]  # states as text


def test_granted_credits_can_not_be_cancelled_away() -> None:
    given(an_order(), pay, lambda order: order.deliver()).when(
        lambda order: order.cancel("customer")
    ).refused(OrderCannotMove)


def test_an_order_of_nothing_is_not_placed() -> None:
    with pytest.raises(OrderOfNothing):
        an_order(request_id=None)


def test_all_credits_are_worth_what_was_paid() -> None:
    outcome = given(a_purchase()).when(
        lambda purchase: purchase.take_back(FIRST, credits=CREDITS, net=NET)
    )
    outcome.then(CreditPurchase.TakenBack)
    [taken] = outcome.events
    assert isinstance(taken, CreditPurchase.TakenBack)
    assert (taken.amount, taken.net, taken.credits) == (PRICE, NET, CREDITS)


def test_a_refund_counts_once() -> None:
    def take(purchase: CreditPurchase) -> None:
        purchase.take_back(FIRST, credits=10, net=Money.of("1.33"))

    given(a_purchase(), take).when(take).ignored()
    given(a_purchase(), take, lambda purchase: purchase.give_back(FIRST)).when(
        lambda purchase: purchase.give_back(FIRST)
    ).ignored()


def test_what_is_spent_is_not_refunded() -> None:
    given(a_purchase()).when(
        lambda purchase: purchase.take_back(FIRST, credits=0, net=Money.of(0))
    ).refused(NothingUnspent, bought=CREDITS)


def test_what_came_back_can_be_taken_again_for_the_same_money() -> None:
    purchase = a_purchase()
    first = purchase.take_back(FIRST, credits=123, net=Money.of("16.40"))
    assert purchase.gone == 123
    purchase.give_back(FIRST)
    assert purchase.gone == 0
    assert purchase.take_back(SECOND, credits=123, net=Money.of("16.40")).amount == first.amount


@drawn(
    credits=st.integers(1, 10_000),
    kurus=st.integers(1, 300_000),
    parts=st.lists(st.tuples(st.integers(1, 500), st.booleans()), max_size=12),
)
def test_whatever_is_taken_and_given_back_the_money_is_that_of_the_sum(
    credits: int, kurus: int, parts: list[tuple[int, bool]]
) -> None:
    paid = Money.of(Decimal(kurus) / 100)
    bought = Bought(credits=credits, paid=paid, net=paid, kdv_rate=Decimal(0))
    purchase, kept, gone = a_purchase(bought), Money.of(0), 0
    for number, (wanted, refused) in enumerate(parts):
        part = min(wanted, credits - gone)
        if part:
            refund_id = UUID(int=1000 + number)
            amount = purchase.take_back(refund_id, credits=part, net=Money.of(0)).amount
            if refused:
                purchase.give_back(refund_id)
            else:
                kept, gone = kept + amount, gone + part
                assert kept == Money.of(paid.amount * gone / credits)
    rest = purchase.money_for(credits - gone)
    assert kept + rest == paid


@pytest.mark.parametrize(
    ("package_id", "credits", "price"),
    [
        ("credits-300", 300, "50.00"),
        ("credits-500", 500, "80.00"),
        ("credits-1000", 1000, "150.00"),
        (None, 100, "18.00"),
        (None, 333, "59.94"),
        (None, 10_000, "1800.00"),
    ],
)
def test_credits_cost_what_the_price_list_says(
    package_id: str | None, credits: int, price: str
) -> None:
    amount = None if package_id else credits
    assert quote_credits(PRICES, package_id=package_id, credits=amount) == CreditsQuote(
        package_id=package_id, credits=credits, price=Money.of(price)
    )


@pytest.mark.parametrize(
    ("package_id", "credits", "refusal"),
    [
        (None, None, PackageOrAmount),
        ("credits-500", 500, PackageOrAmount),
        ("credits-501", None, UnknownPackage),
        (None, 99, AmountNotOffered),
        (None, 10_001, AmountNotOffered),
        (None, 0, AmountNotOffered),
        (None, -100, AmountNotOffered),
        (None, 10**30, AmountNotOffered),
    ],
)
def test_what_is_not_on_offer_has_no_price(
    package_id: str | None, credits: int | None, refusal: type[Invalid]
) -> None:
    with pytest.raises(refusal):
        quote_credits(PRICES, package_id=package_id, credits=credits)


def test_prices_are_rounded_half_up_to_the_kurus() -> None:
    prices = CreditPrices(since=NOW, packages=(), least=1, most=1000, per_credit=Decimal("0.185"))
    assert prices.price_of(1) == Money.of("0.19")
    assert prices.price_of(3) == Money.of("0.56")


def test_a_price_list_holds_from_its_moment_on() -> None:
    dearer = CreditPrices(since=PAY_BY, packages=(), least=1, most=9, per_credit=Decimal(1))
    terms = Terms(credit_prices=(PRICES, dearer))
    assert [terms.credit_prices_at(at) for at in (NOW, PAY_BY)] == [PRICES, dearer]
    assert Terms(credit_prices=(dearer,)).credit_prices_at(NOW) is dearer
