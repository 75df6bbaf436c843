"""Whatever happens to wallets and orders, the books add up and say what the wallets say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from application.orders import CancelOrder
from domain.ledger import ACCOUNTS, BOOKINGS, postings_of
from domain.shared.aggregate import Event
from domain.wallet import Wallet
from tests.asked import examples, show
from tests.ledger.lives import WalletLife, an_order_paid_and_partly_returned
from tests.orders.credits import BUY, ORDER, CreditShop
from tests.orders.examples import CUSTOMER as CUSTOMER_OF_CREDITS

CUSTOMER = UUID(int=5)
LAST_HOLD = UUID(int=1 << 64)
"""A hold that no life makes by chance."""


def books_after(events: Iterable[Event]) -> defaultdict[str, Any]:
    """Debits less credits of each account."""
    books: defaultdict[str, Any] = defaultdict(int)
    for event in events:
        if type(event) in BOOKINGS:
            for posting in postings_of(event):
                books[posting.account] += posting.amount
    return books


def unit_sums(books: defaultdict[str, Any]) -> defaultdict[str, Any]:
    """What all accounts of each unit add up to."""
    sums: defaultdict[str, Any] = defaultdict(int)
    for account, net in books.items():
        sums[ACCOUNTS[account].unit] += net
    return sums


def lots_of(wallet: Wallet, credit_class: str) -> dict[str, Any]:
    """What a wallet itself knows of its credits of a class."""
    lots = [lot for lot in wallet.lots.values() if lot.credit_class == credit_class]
    held = sum(lot.held for lot in lots)
    return {
        "issued": sum(lot.granted for lot in lots),
        "customer_credits": -sum(lot.remaining for lot in lots) + held,
        "held": -held,
        "value": -sum((lot.value.amount for lot in lots), Decimal(0)),
    }


@settings(max_examples=150)
@given(chance=st.randoms(use_true_random=False), steps=st.integers(min_value=1, max_value=60))
def test_wallet_lots_and_entries_say_the_same(chance: Random, steps: int) -> None:
    life = WalletLife(chance, CUSTOMER)
    events: list[Event] = []
    for _ in range(3):
        events += life.live(steps // 3)
        books = books_after(events)
        assert not any(unit_sums(books).values())
        value = Decimal(0)
        for credit_class in ("promotional", "purchased"):
            known = lots_of(life.wallet, credit_class)
            value += known.pop("value")
            found = {name: books[f"{name}_{credit_class}"] for name in known}
            assert found == known
        assert books["deferred_credits"] == value


@settings(max_examples=60)
@given(chance=st.randoms(use_true_random=False))
def test_a_wallet_that_is_used_up_owes_nothing(chance: Random) -> None:
    life = WalletLife(chance, CUSTOMER)
    events = life.live(30)
    wallet = life.wallet
    for hold_id in list(wallet.holds):
        wallet.release(hold_id, reason="end")
    if wallet.available:
        wallet.hold(LAST_HOLD, credits=wallet.available, purpose="end", deadline=wallet.now)
        wallet.capture(LAST_HOLD)
    wallet.expire()
    events += [each for each in wallet.collect_events() if isinstance(each, Event)]
    books = books_after(events)
    assert wallet.balance == 0
    assert not books["deferred_credits"]
    assert not books["held_purchased"]
    assert not books["customer_credits_purchased"]
    assert not books["customer_credits_promotional"]


@pytest.mark.parametrize("name", sorted(examples()))
async def test_the_trial_balance_of_every_story_is_zero(name: str) -> None:
    books = books_after([recorded.event for recorded in (await show(name)).history])
    assert not any(unit_sums(books).values())


@pytest.mark.parametrize("delivered_first", [True, False])
def test_what_is_delivered_and_what_goes_back_add_up_to_the_price(*, delivered_first: bool) -> None:
    books = books_after(an_order_paid_and_partly_returned(delivered_first=delivered_first))
    assert not any(unit_sums(books).values())
    earned = books["revenue_covers"] + books["revenue_cargo"] + books["refunds"]
    assert earned == Decimal("-716.67")
    # The invoice that credits the revenue to be earned is issued apart from this.
    assert books["deferred_revenue"] == Decimal("1075.00")
    assert books["kdv_payable"] == Decimal("71.67")
    assert books["provider_fees"] == Decimal("6.75")
    assert books["customer_prepayments"] == Decimal("-1290.00") - Decimal("430.00")


async def test_credits_that_were_called_off_before_they_came_leave_nothing_behind() -> None:
    shop = CreditShop()
    await shop.opened()
    await shop.do(BUY)
    await shop.pays()
    await shop.do(CancelOrder(order_id=ORDER, customer_id=CUSTOMER_OF_CREDITS))
    await shop.carry_out()
    books = books_after([each.event for each in await shop.log.page(0, 1_000)])
    # Money that goes back has a document about an invoice, which is issued first if it was not yet.
    assert not books["deferred_revenue"]
    assert not books["refunds"]
    assert books["receivable_iyzico"] == -books["provider_fees"]
