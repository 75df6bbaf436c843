"""Money given back at the emulator: by payment, by line, and by a bank that takes its time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.iyzico.emulator.account import RefundPlan
from adapters.iyzico.emulator.cards import card_for
from adapters.iyzico.emulator.opening import open_page
from adapters.iyzico.emulator.provider import Provider
from adapters.iyzico.emulator.records import Payment
from adapters.iyzico.emulator.refusals import Refusal
from adapters.iyzico.emulator.shopper import PAYS, PAYS_BUT_CANNOT_BE_REFUNDED
from adapters.iyzico.requests import checkout_form
from tests.payments.merchant import Answer, call, report, sealed
from tests.payments.till import SETTINGS, Till, checkout, till_at

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = 24 * 60 * 60
REFUND_SEAL = ("paymentId", "price", "currency", "conversationId")
kurus = st.integers(min_value=1, max_value=20_000).map(lambda amount: Decimal(amount) / 100)


@pytest.fixture
async def at_noon() -> AsyncIterator[Till]:
    """A till whose clock begins on a Monday at noon."""
    async with till_at(SETTINGS, lambda: NOON) as till:
        yield till


async def refund(till: Till, item: dict[str, Any], price: str, name: str = "r1") -> Answer:
    """Give back part of a line."""
    body = {"paymentTransactionId": item["transaction_id"], "price": price, "conversationId": name}
    return await call(till, "/payment/refund", body=body)


async def refunds_of(till: Till, payment_id: str) -> list[tuple[str, Decimal, int]]:
    """The refunds of a payment as its report tells them."""
    details = await report(till, "details", paymentId=payment_id)
    return [
        (refund["refundConversationId"], refund["refundPrice"], refund["refundStatus"])
        for item in details["payments"][0]["itemTransactions"]
        for refund in item["refunds"]
    ]


async def test_a_refund_by_payment_empties_one_line_after_the_other(till: Till) -> None:
    paid = await till.paid(PAYS, "100.00", "50.00")
    body = {"paymentId": paid.payment_id, "price": "120.00", "conversationId": "r1"}
    answer = await call(till, "/v2/payment/refund", body=body)
    too_much = await call(till, "/v2/payment/refund", body=body | {"price": "30.01"})
    rest = await call(till, "/v2/payment/refund", body=body | {"price": "30.00"})
    assert (answer["price"], rest["price"]) == (Decimal(120), Decimal(30))
    assert sealed(answer, *REFUND_SEAL)
    assert "paymentTransactionId" not in answer
    assert too_much["errorCode"] == "5006"
    assert await refunds_of(till, paid.payment_id) == [
        ("r1", Decimal(100), 1),
        ("r1", Decimal(20), 1),
        ("r1", Decimal(30), 1),
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"paymentId": "1"}, "5002"),
        ({"paymentId": None}, "5002"),
        ({"price": "0"}, "5005"),
        ({"price": "x"}, "5005"),
        ({"currency": "USD"}, "11"),
        ({"description": "no reason"}, "11"),
        ({"reason": "BORED"}, "11"),
    ],
)
async def test_a_refund_by_payment_that_makes_no_sense_is_refused(
    till: Till, change: dict[str, object], code: str
) -> None:
    paid = await till.paid()
    body: dict[str, object] = {"paymentId": paid.payment_id, "price": "1"}
    answer = await call(till, "/v2/payment/refund", body=body | change)
    assert (answer["status"], answer["errorCode"]) == ("failure", code)


async def test_after_a_year_nothing_is_given_back(at_noon: Till) -> None:
    paid = await at_noon.paid(PAYS, "10.00")
    item = (await at_noon.booked(paid.payment_id))["items"][0]
    await at_noon.control("clock", advance_seconds=365 * DAY)
    assert (await refund(at_noon, item, "1.00"))["status"] == "success"
    await at_noon.control("clock", advance_seconds=1)
    assert (await refund(at_noon, item, "1.00"))["errorCode"] == "5008"


@pytest.mark.parametrize(("fails", "status"), [(False, 1), (True, 0)])
async def test_a_bank_that_takes_its_time_is_seen_in_the_report(
    at_noon: Till, fails: bool, status: int
) -> None:
    paid = await at_noon.paid(PAYS, "100.00")
    item = (await at_noon.booked(paid.payment_id))["items"][0]
    await at_noon.control("refunds", seconds=3600, fails=fails, times=1)
    answer = await refund(at_noon, item, "100.00")
    meanwhile = await refunds_of(at_noon, paid.payment_id)
    more = await refund(at_noon, item, "0.01", "r2")
    await at_noon.control("clock", advance_seconds=3601)
    assert (answer["errorCode"], answer["retryable"]) == ("10000", True)
    assert answer["paymentTransactionId"] == item["transaction_id"]
    assert meanwhile == [("r1", Decimal(100), 2)]
    assert more["errorCode"] == "5006"
    assert await refunds_of(at_noon, paid.payment_id) == [("r1", Decimal(100), status)]
    again = await refund(at_noon, item, "100.00", "r3")
    assert again["status"] == ("success" if fails else "failure")


async def test_a_bank_may_refuse_what_the_provider_had_accepted(at_noon: Till) -> None:
    paid = await at_noon.paid(PAYS, "100.00")
    item = (await at_noon.booked(paid.payment_id))["items"][0]
    await at_noon.control("refunds", seconds=3600, fails=True, accepted=True)
    answer = await refund(at_noon, item, "100.00")
    meanwhile = await refunds_of(at_noon, paid.payment_id)
    await at_noon.control("clock", advance_seconds=3601)
    assert (answer["status"], sealed(answer, *REFUND_SEAL)) == ("success", True)
    assert meanwhile == [("r1", Decimal(100), 2)]
    assert await refunds_of(at_noon, paid.payment_id) == [("r1", Decimal(100), 0)]


async def test_all_refunds_may_take_their_time() -> None:
    settings = replace(SETTINGS, refund_seconds=60.0)
    async with till_at(settings, lambda: NOON) as till:
        paid = await till.paid(PAYS, "100.00")
        item = (await till.booked(paid.payment_id))["items"][0]
        await refund(till, item, "100.00")
        await till.control("clock", advance_seconds=61)
        assert await refunds_of(till, paid.payment_id) == [("r1", Decimal(100), 1)]


@pytest.mark.parametrize("path", ["/payment/refund", "/v2/payment/refund", "/payment/cancel"])
async def test_the_card_that_takes_no_money_back_refuses_every_way(till: Till, path: str) -> None:
    paid = await till.paid(PAYS_BUT_CANNOT_BE_REFUNDED, "10.00")
    item = (await till.booked(paid.payment_id))["items"][0]
    body = {
        "paymentId": paid.payment_id,
        "paymentTransactionId": item["transaction_id"],
        "price": "1.00",
    }
    answer = await call(till, path, body=body)
    assert (answer["errorCode"], answer["retryable"]) == ("10000", True)


async def test_a_held_payment_is_cancelled_but_not_refunded(till: Till) -> None:
    path = "/payment/iyzipos/checkoutform/initialize/preauth/ecom"
    page = await call(till, path, body=checkout_form(checkout("10.00")))
    await till.shopper.pay(page["paymentPageUrl"])
    held = await call(
        till, "/payment/iyzipos/checkoutform/auth/ecom/detail", body={"token": page["token"]}
    )
    body = {"paymentId": held["paymentId"], "price": "1"}
    assert held["phase"] == "PRE_AUTH"
    assert (await call(till, "/v2/payment/refund", body=body))["errorCode"] == "11"
    assert (await call(till, "/payment/cancel", body=body))["status"] == "success"
    taken = await call(till, "/payment/postauth", body=body | {"paidPrice": "10"})
    assert taken["errorCode"] == "5093"


def _paid(provider: Provider, prices: list[Decimal]) -> Payment:
    body = checkout_form(checkout(*(str(price) for price in prices)))
    page = open_page(provider, body, kind="form", phase="AUTH")
    payment = provider.try_card(page, card_for(PAYS), installments=1)
    assert isinstance(payment, Payment)
    return payment


@given(
    prices=st.lists(kurus, min_size=1, max_size=4),
    refunds=st.lists(st.tuples(st.integers(0, 3), kurus, st.sampled_from("ndf")), max_size=8),
    days=st.integers(0, 6),
)
def test_no_more_is_given_back_than_was_paid_and_every_kurus_is_paid_out_once(
    prices: list[Decimal], refunds: list[tuple[int, Decimal, str]], days: int
) -> None:
    provider = Provider(SETTINGS, lambda: NOON)
    payment = _paid(provider, prices)
    for at, price, how in refunds:
        provider.advance(days * DAY / 4)
        provider.settle()
        payment = provider.book.payments[payment.payment_id]
        item = payment.items[at % len(payment.items)]
        if how != "n":
            provider.plan_refunds(RefundPlan(DAY, fails=how == "f"))
        if price > item.paid_price - item.refunded:
            with pytest.raises(Refusal, match="5006"):
                provider.refund(payment, item, price=price, conversation_id="r")
            provider.refund_plans.clear()
        else:
            provider.refund(payment, item, price=price, conversation_id="r")
    provider.advance(60 * DAY)
    provider.settle()
    payment = provider.book.payments[payment.payment_id]
    back = [refund for item in payment.items for refund in item.refunds if refund.state == "done"]
    assert all(item.refunded <= item.paid_price for item in payment.items)
    assert not provider.book.waiting_for_bank
    assert not provider.book.unsettled
    assert sum(payout.amount for payout in provider.book.payouts.values()) == sum(
        item.payout for item in payment.items
    ) - sum((refund.price - refund.commission_back for refund in back), Decimal(0))
    provider.book.close()
