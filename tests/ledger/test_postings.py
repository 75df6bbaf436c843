"""Every rule of the ledger, for whatever an event may tell: it balances and moves what it may."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ledger import (
    ACCOUNTS,
    BOOKINGS,
    CHART,
    REVENUES,
    UNBOOKED,
    OtherCurrency,
    Posting,
    Unbalanced,
    postings_of,
)
from domain.ledger.booking import posts, posts_nothing
from domain.orders import EarnedLine, Order, ReturnedPart
from domain.payments import PaymentAttempt
from domain.shared.aggregate import Event
from domain.shared.money import KURUS, Money
from domain.wallet import LotShare, Wallet
from tests.given import NOW
from tests.ledger.any_events import any_event, tells_of_value
from tests.sources import import_all, product_events

import_all("domain")

CLASSES = ("promotional", "purchased")


def of_credits(debit: str, credit: str) -> set[tuple[str, int]]:
    """Credits of both classes move from one account to another."""
    return {(f"{key}_{each}", sign) for each in CLASSES for key, sign in ((debit, 1), (credit, -1))}


MOVES: dict[str, set[tuple[str, int]]] = {
    "wallet.credits_granted": of_credits("issued", "customer_credits")
    | of_credits("clawed_back", "customer_credits")
    | {("deferred_revenue", 1), ("suspense", 1), ("refunds", 1), ("deferred_credits", -1)},
    "wallet.credits_held": of_credits("customer_credits", "held"),
    "wallet.hold_captured": of_credits("held", "consumed")
    | of_credits("held", "customer_credits")
    | {("deferred_credits", 1), ("revenue_credits", -1)},
    "wallet.hold_released": of_credits("held", "customer_credits"),
    "wallet.hold_expired": of_credits("held", "customer_credits"),
    "wallet.capture_refunded": of_credits("consumed", "customer_credits")
    | {("revenue_credits", 1), ("deferred_credits", -1)},
    "wallet.credits_expired": of_credits("customer_credits", "breakage")
    | {("deferred_credits", 1), ("breakage_revenue", -1)},
    "wallet.credits_clawed_back": of_credits("customer_credits", "clawed_back")
    | {("deferred_credits", 1), ("refunds", -1), ("suspense", -1)},
    "payment.succeeded": {
        ("receivable_iyzico", 1),
        ("bank_clearing", 1),
        ("customer_prepayments", -1),
        ("provider_fees", 1),
        ("receivable_iyzico", -1),
        ("bank_clearing", -1),
    },
    "payment.line_refunded": {
        ("customer_prepayments", 1),
        ("receivable_iyzico", -1),
        ("bank_clearing", -1),
    },
    "payment.refunded_outside": {("customer_prepayments", 1), ("bank_clearing", -1)},
    "invoice.issued": {
        ("customer_prepayments", 1),
        ("deferred_revenue", -1),
        ("kdv_payable", -1),
    },
    "order.delivered": {("deferred_revenue", 1)} | {(each, -1) for each in REVENUES.values()},
    "order.money_returned": {
        ("refunds", 1),
        ("deferred_revenue", 1),
        ("kdv_payable", 1),
        ("customer_prepayments", -1),
    },
    "settlement.reported": {("payouts_in_transit", 1), ("receivable_iyzico", -1)},
    "settlement.corrected": {
        (account, side)
        for account in ("payouts_in_transit", "receivable_iyzico")
        for side in (1, -1)
    },
    "returned_fee.told": {("receivable_iyzico", 1), ("provider_fees", -1)},
    "work_item.resolved": {("provider_fees", 1), ("receivable_iyzico", -1)},
    "bank_line.booked": {
        ("bank", 1),
        ("bank", -1),
        ("bank_clearing", 1),
        ("bank_clearing", -1),
    },
    "bank_line.matched": {
        ("bank_clearing", 1),
        ("bank_clearing", -1),
        ("suspense", 1),
        ("suspense", -1),
    },
    "settlement.received": {("bank_clearing", 1), ("payouts_in_transit", -1)},
    "settlement.bounced": {("receivable_iyzico", 1), ("payouts_in_transit", -1)},
    "designer_account.accrued": {("design_costs", 1), ("designers_payable", -1)},
    "designer_account.reversed": {("designers_payable", 1), ("design_costs", -1)},
    "designer_account.payout_paid": {("designers_payable", 1), ("bank_clearing", -1)},
    "designer_account.payout_bounced": {("bank_clearing", 1), ("designers_payable", -1)},
    "design.fee_earned": {("design_costs", 1), ("designers_payable", -1)},
    "design.fee_reversed": {("designers_payable", 1), ("design_costs", -1)},
}
"""Which accounts each event may debit (1) and credit (-1), written down apart from the rules."""

each_rule = pytest.mark.parametrize("kind", BOOKINGS, ids=lambda kind: kind.TOPIC)


@each_rule
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_every_event_is_booked_in_balance(kind: type[Event], data: st.DataObject) -> None:
    event = data.draw(any_event(kind))
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for posting in postings_of(event):
        assert posting.amount, "a line of nothing"
        step = KURUS if posting.unit == "TRY" else Decimal(1)
        assert posting.amount % step == 0
        assert (posting.account, 1 if posting.amount > 0 else -1) in MOVES[kind.TOPIC]
        sums[posting.unit] += posting.amount
    assert not any(sums.values())


@each_rule
@settings(deadline=None, max_examples=20)
@given(data=st.data())
def test_an_event_is_booked_the_same_way_whenever_it_is_read(
    kind: type[Event], data: st.DataObject
) -> None:
    event = data.draw(any_event(kind))
    assert postings_of(event) == postings_of(event)


def test_every_rule_was_written_down_here() -> None:
    assert {kind.TOPIC for kind in BOOKINGS} == MOVES.keys()


def test_every_event_that_tells_of_money_or_credits_is_booked_or_says_why_not() -> None:
    forgotten = [
        topic
        for topic, kind in product_events().items()
        if tells_of_value(kind) and kind not in BOOKINGS and kind not in UNBOOKED
    ]
    assert forgotten == []


def test_only_what_tells_of_value_needs_a_reason_and_none_has_both() -> None:
    assert all(tells_of_value(kind) for kind in UNBOOKED)
    assert not BOOKINGS.keys() & UNBOOKED.keys()
    assert all(reason.endswith(".") for reason in UNBOOKED.values())


def test_an_event_that_was_forgotten_would_be_found() -> None:
    class Tipped(Event, frozen=True, kw_only=True):
        TOPIC = "test.tipped"
        tip: tuple[Money, ...]

    class Named(Event, frozen=True, kw_only=True):
        TOPIC = "test.named"
        name: str

    assert tells_of_value(Tipped)
    assert not tells_of_value(Named)


def test_a_rule_that_does_not_balance_books_nothing() -> None:
    class Lost(Event, frozen=True, kw_only=True):
        TOPIC = "test.lost"
        amount: Money

    def one_sided(event: Lost) -> Any:
        yield Posting("bank", event.amount.amount, "paid")

    posts(Lost)(one_sided)
    try:
        with pytest.raises(Unbalanced, match=r"test\.lost"):
            postings_of(
                Lost(originator_id=ID, originator_version=1, timestamp=NOW, amount=Money.of(1))
            )
        with pytest.raises(ValueError, match="booked already"):
            posts(Lost)(one_sided)
        posts_nothing(Lost, because="It is a test.")
    finally:
        del BOOKINGS[Lost], UNBOOKED[Lost]


ID = UUID(int=1)
ENVELOPE: dict[str, Any] = {"originator_id": ID, "originator_version": 2, "timestamp": NOW}


def test_the_books_are_kept_in_lira() -> None:
    event = PaymentAttempt.LineRefunded(
        **ENVELOPE,
        order_id=ID,
        customer_id=ID,
        refund_id=ID,
        line_id=ID,
        amount=Money.of(5, "EUR"),
        reference="",
    )
    with pytest.raises(OtherCurrency, match=r"5\.00 EUR"):
        postings_of(event)


def booked(event: Event) -> Counter[str]:
    """What an event adds to each account: debits less credits."""
    sums: defaultdict[str, Any] = defaultdict(int)
    for posting in postings_of(event):
        sums[posting.account] += posting.amount
    return Counter(sums)


def granted(**facts: Any) -> Wallet.CreditsGranted:
    known: dict[str, Any] = {
        "customer_id": ID,
        "lot_id": ID,
        "credits": 500,
        "credit_class": "purchased",
        "origin": "purchase",
        "expires_at": None,
        "value": Money.of("66.67"),
        "paid": Money.of("80.00"),
        "kdv_rate": Decimal(20),
        "order_id": ID,
        "entry_id": None,
    }
    return Wallet.CreditsGranted(**ENVELOPE, **known | facts)


def test_credits_sold_are_owed_in_credits_instead_of_in_covers() -> None:
    assert booked(granted(lot_id=Order.line_id_of(ID, "credits"))) == {
        "issued_purchased": 500,
        "customer_credits_purchased": -500,
        "deferred_revenue": Decimal("66.67"),
        "deferred_credits": Decimal("-66.67"),
    }


def test_credits_that_come_back_undo_their_clawback() -> None:
    share = LotShare(ID, 500, "purchased", Money.of("66.67"))
    clawed_back = Wallet.CreditsClawedBack(
        **ENVELOPE,
        customer_id=ID,
        shares=(share,),
        clawback_id=ID,
        reason="purchase_refunded",
        order_id=ID,
        entry_id=None,
    )
    both = booked(clawed_back)
    both.update(booked(granted()))
    assert not any(both.values())


def test_a_capture_earns_what_the_spent_credits_carried_and_gives_the_rest_back() -> None:
    captured = Wallet.HoldCaptured(
        **ENVELOPE,
        customer_id=ID,
        hold_id=ID,
        shares=(
            LotShare(ID, 40, "promotional", Money.of(0)),
            LotShare(ID, 60, "purchased", Money.of("9.60")),
        ),
        released=(LotShare(ID, 10, "purchased", Money.of(0)),),
    )
    assert booked(captured) == {
        "held_promotional": 40,
        "consumed_promotional": -40,
        "held_purchased": 70,
        "consumed_purchased": -60,
        "customer_credits_purchased": -10,
        "deferred_credits": Decimal("9.60"),
        "revenue_credits": Decimal("-9.60"),
    }


def test_the_delivery_of_credits_earns_nothing() -> None:
    line = EarnedLine(line_id=ID, kind="credits", net=Money.of("66.67"))
    delivered = Order.Delivered(**ENVELOPE, customer_id=ID, number="PK", earned=(line,))
    assert postings_of(delivered) == []


@pytest.mark.parametrize(
    ("kind", "earned", "account"),
    [
        ("cover", False, "deferred_revenue"),
        ("cover", True, "refunds"),
        ("credits", True, "refunds"),
        ("credits", False, "deferred_revenue"),
    ],
)
def test_money_goes_back_from_where_it_stands(kind: Any, account: str, *, earned: bool) -> None:
    part = ReturnedPart(kind=kind, net=Money.of(100), kdv=Money.of(20), earned=earned)
    returned = Order.MoneyReturned(
        **ENVELOPE,
        customer_id=ID,
        refund_id=ID,
        line_id=ID,
        amount=Money.of(120),
        refund_state="partly",
        part=part,
    )
    assert booked(returned) == {account: 100, "kdv_payable": 20, "customer_prepayments": -120}


def test_the_chart_names_each_account_once_and_in_both_languages() -> None:
    for values in (
        [account.key for account in CHART],
        [account.code for account in CHART],
        [account.name("tr") for account in CHART],
        [account.name("en") for account in CHART],
    ):
        assert len(set(values)) == len(CHART)
        assert all(values)
    assert all(ACCOUNTS[account.key] is account for account in CHART)


def test_every_account_is_booked_on() -> None:
    used = {account for moves in MOVES.values() for account, _ in moves}
    assert ACCOUNTS.keys() == used
