"""Settlement at the emulator: what is paid out, when, and what became of it."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.iyzico import requests
from adapters.iyzico.emulator.settlement import business_day
from adapters.iyzico.emulator.shopper import PAYS
from application.ports import CheckoutRequest
from tests.payments.merchant import INITIALIZE, Answer, call, report
from tests.payments.till import SETTINGS, Till, checkout, till_at

# A Thursday, noon in Istanbul.
START = datetime(2026, 3, 5, 9, tzinfo=UTC)
DAY = 24 * 60 * 60


@pytest.fixture
async def thursday() -> AsyncIterator[Till]:
    """A till whose clock begins on a Thursday at noon."""
    async with till_at(SETTINGS, lambda: START) as till:
        yield till


async def paid_out(till: Till, day: str) -> list[dict[str, Any]]:
    """What the provider says it paid out on a day."""
    answer = await call(
        till, "/reporting/settlement/payoutcompleted", body={"date": f"{day} 00:00:00"}
    )
    payouts = answer["payoutCompletedTransactions"]
    assert isinstance(payouts, list)
    return payouts


async def file_of(till: Till, day: str) -> list[dict[str, str]]:
    """The settlement file of a day."""
    reply = await till.browser.get(f"{till.base_url}/settlement/{day}.csv")
    return list(csv.DictReader(io.StringIO(reply.text)))


async def refunded(till: Till, item: dict[str, Any], price: str, **body: object) -> Answer:
    """Give back part of a line."""
    asked = {"paymentTransactionId": item["transaction_id"], "price": price} | body
    return await call(till, "/payment/refund", body=asked)


def net(item: dict[str, Any]) -> Decimal:
    """What the merchant gets for a line before refunds."""
    return Decimal(item["paid_price"]) - Decimal(item["commission"]) - Decimal(item["fee"])


async def test_a_payment_is_paid_out_on_the_next_business_day(thursday: Till) -> None:
    paid = await thursday.paid(PAYS, "1260.00", "30.00")
    items = (await thursday.booked(paid.payment_id))["items"]
    assert await paid_out(thursday, "2026-03-06") == []
    await thursday.control("clock", advance_seconds=DAY)
    payouts = await paid_out(thursday, "2026-03-06")
    assert {p["paymentTransactionId"]: p["payoutAmount"] for p in payouts} == {
        item["transaction_id"]: net(item) for item in items
    }
    assert await paid_out(thursday, "2026-03-05") == []


async def test_over_a_weekend_the_payout_waits_for_monday(thursday: Till) -> None:
    await thursday.control("clock", advance_seconds=DAY)
    await thursday.paid()
    await thursday.control("clock", advance_seconds=2 * DAY)
    assert await paid_out(thursday, "2026-03-07") == []
    await thursday.control("clock", advance_seconds=DAY)
    assert len(await paid_out(thursday, "2026-03-09")) == 2


async def test_it_does_not_matter_how_often_one_looks(thursday: Till) -> None:
    await thursday.paid()
    for _ in range(40):
        await thursday.control("clock", advance_seconds=DAY / 8)
        await thursday.control("settle")
    await thursday.paid()
    assert len(await paid_out(thursday, "2026-03-06")) == 2
    assert len(await paid_out(thursday, "2026-03-06")) == 2
    assert len(await thursday.look("payouts")) == 2


async def test_instalments_are_paid_out_when_their_blockage_ends(thursday: Till) -> None:
    visit = await thursday.visit()
    page = await call(
        thursday,
        "/payment/iyzipos/checkoutform/initialize/ecom",
        body=_with_installments(visit.request),
    )
    screen = await thursday.shopper.open(page["paymentPageUrl"])
    await thursday.shopper.enter_card(screen, PAYS, installments=3)
    result = await call(
        thursday, "/payment/iyzipos/checkoutform/auth/ecom/detail", body={"token": page["token"]}
    )
    dates = {item["blockageResolvedDate"] for item in result["itemTransactions"]}
    # Thirty days on is a Saturday.
    assert dates == {"2026-04-06 09:00:00"}
    await thursday.control("clock", advance_seconds=31 * DAY)
    assert await thursday.look("payouts") == []
    await thursday.control("clock", advance_seconds=DAY)
    assert len(await paid_out(thursday, "2026-04-06")) == 2


def _with_installments(request: CheckoutRequest) -> dict[str, Any]:
    return requests.checkout_form(request) | {"enabledInstallments": [1, 3]}


async def test_a_refund_before_settlement_is_paid_out_together_with_its_line(
    thursday: Till,
) -> None:
    paid = await thursday.paid(PAYS, "100.00")
    item = (await thursday.booked(paid.payment_id))["items"][0]
    await refunded(thursday, item, "40.00")
    await thursday.control("clock", advance_seconds=DAY)
    amounts = [p["payoutAmount"] for p in await paid_out(thursday, "2026-03-06")]
    # 2.49 per cent of what goes back is given back; the fee is not.
    assert amounts == [net(item), Decimal("0.996") - 40]
    details = await report(thursday, "details", paymentId=paid.payment_id)
    refund = details["payments"][0]["itemTransactions"][0]["refunds"][0]
    assert refund["isAfterSettlement"] is False


async def test_a_refund_after_settlement_is_taken_from_the_next_payout(thursday: Till) -> None:
    paid = await thursday.paid(PAYS, "100.00")
    item = (await thursday.booked(paid.payment_id))["items"][0]
    await thursday.control("clock", advance_seconds=DAY)
    await refunded(thursday, item, "100.00", conversationId="r1")
    assert len(await paid_out(thursday, "2026-03-06")) == 1
    await thursday.control("clock", advance_seconds=3 * DAY)
    (payout,) = await paid_out(thursday, "2026-03-09")
    details = await report(thursday, "details", paymentId=paid.payment_id)
    refund = details["payments"][0]["itemTransactions"][0]["refunds"][0]
    assert payout["paymentTransactionId"] == item["transaction_id"]
    assert payout["payoutAmount"] == Decimal("2.49") - 100
    assert (refund["isAfterSettlement"], refund["refundConversationId"]) == (True, "r1")


async def test_nothing_is_paid_out_for_what_was_cancelled_rejected_or_is_in_review(
    thursday: Till,
) -> None:
    cancelled = await thursday.paid()
    await call(thursday, "/payment/cancel", body={"paymentId": cancelled.payment_id})
    await thursday.control("review", times=2)
    for _ in range(2):
        await thursday.pay(await thursday.visit(), PAYS)
    held, rejected = [p for p in (await thursday.look("book"))["payments"] if not p["fraud_status"]]
    await thursday.control("ruling", payment_id=int(rejected["payment_id"]), fraud_status=-1)
    await thursday.control("clock", advance_seconds=DAY)
    assert await paid_out(thursday, "2026-03-06") == []
    await thursday.control("ruling", payment_id=int(held["payment_id"]), fraud_status=1)
    await thursday.control("clock", advance_seconds=3 * DAY)
    ids = {payout["paymentTransactionId"] for payout in await paid_out(thursday, "2026-03-09")}
    assert ids == {item["transaction_id"] for item in held["items"]}


async def test_the_file_of_a_day_adds_up_to_the_transfer_it_names(thursday: Till) -> None:
    paid = [await thursday.paid(PAYS, "1260.05", "30.01") for _ in range(3)]
    await thursday.control("clock", advance_seconds=DAY)
    *rows, total = await file_of(thursday, "2026-03-06")
    lines = [i for p in paid for i in (await thursday.booked(p.payment_id))["items"]]
    exact = sum((net(item) for item in lines), Decimal(0))
    assert {row["settlementReferenceCode"] for row in (*rows, total)} == {"STL20260306-1"}
    assert {row["paymentTransactionId"] for row in rows} == {i["transaction_id"] for i in lines}
    assert sum(Decimal(row["payoutAmount"]) for row in rows) == exact
    assert total["transactionType"] == "TOTAL"
    assert Decimal(total["payoutAmount"]) == exact.quantize(Decimal("0.01"))
    assert total["settlementResolveDate"] == "2026-03-06 09:00:00"


async def test_a_day_without_a_transfer_has_an_empty_file(thursday: Till) -> None:
    assert await file_of(thursday, "2026-03-06") == []
    reply = await thursday.browser.get(f"{thursday.base_url}/settlement/yesterday.csv")
    assert reply.status_code == 404
    assert await thursday.look("unexpected") == ["GET /settlement/yesterday.csv"]


async def test_a_transfer_may_come_back(thursday: Till) -> None:
    await thursday.paid(PAYS, "100.00")
    await thursday.control("clock", advance_seconds=DAY)
    *_, total = await file_of(thursday, "2026-03-06")
    await thursday.control(
        "bounce", reference=total["settlementReferenceCode"], reason="ACCOUNT_CLOSED"
    )
    for day, count in (("2026-03-06", 1), ("2026-03-05", 0)):
        body = {"date": f"{day} 00:00:00"}
        answer = await call(thursday, "/reporting/settlement/bounced", body=body)
        bounced = answer["bankTransfers"]
        assert len(bounced) == count
        assert all(b["payoutAmount"] == Decimal(total["payoutAmount"]) for b in bounced)


async def test_the_provider_may_be_off_by_a_kurus(thursday: Till) -> None:
    paid = await thursday.paid(PAYS, "100.00")
    (item,) = (await thursday.booked(paid.payment_id))["items"]
    await thursday.control("commission_off", kurus=-1)
    await thursday.control("clock", advance_seconds=DAY)
    (payout,) = await paid_out(thursday, "2026-03-06")
    assert payout["payoutAmount"] == net(item) - Decimal("0.01")


async def test_what_a_line_was_worth_is_what_its_rows_say(thursday: Till) -> None:
    paid = await thursday.paid(PAYS, "100.00", "50.00")
    items = (await thursday.booked(paid.payment_id))["items"]
    await refunded(thursday, items[0], "10.00")
    await thursday.control("clock", advance_seconds=DAY)
    await refunded(thursday, items[1], "50.00")
    await thursday.control("clock", advance_seconds=5 * DAY)
    rows = [
        row
        for day in ("2026-03-05", "2026-03-06")
        for row in (await report(thursday, "transactions", transactionDate=day))["transactions"]
    ]
    for item in items:
        payouts = [p for day in ("06", "09") for p in await paid_out(thursday, f"2026-03-{day}")]
        line = item["transaction_id"]
        reported = [row for row in rows if str(row["paymentTxId"]) == line]
        paid_for_it = [p["payoutAmount"] for p in payouts if p["paymentTransactionId"] == line]
        assert sum(paid_for_it) == sum(row["merchantPayoutAmount"] for row in reported)
        for row in reported:
            sign = 1 if row["transactionType"] == "PAYMENT" else -1
            kept = row["iyzicoCommission"] + row["iyzicoFee"]
            assert row["merchantPayoutAmount"] == sign * row["paidPrice"] - kept


@pytest.mark.parametrize("body", [{}, {"date": "soon"}])
async def test_a_report_of_no_day_is_refused(till: Till, body: dict[str, str]) -> None:
    for path in ("payoutcompleted", "bounced"):
        answer = await call(till, f"/reporting/settlement/{path}", body=body)
        assert answer["errorCode"] == "11"


@given(st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 1, 1)))
def test_a_business_day_is_the_day_itself_or_the_monday_after(day: date) -> None:
    found = business_day(day)
    assert found.weekday() < 5
    assert 0 <= (found - day).days <= 2
    assert found == day or found.weekday() == 0


async def test_a_refund_decided_between_two_looks_is_paid_out_after_it(thursday: Till) -> None:
    paid = await thursday.paid(PAYS, "100.00")
    item = (await thursday.booked(paid.payment_id))["items"][0]
    await thursday.control("refunds", seconds=DAY + 3600, fails=False, times=1)
    await refunded(thursday, item, "100.00")
    await thursday.control("clock", advance_seconds=DAY)
    assert len(await paid_out(thursday, "2026-03-06")) == 1
    await thursday.control("clock", advance_seconds=10 * DAY)
    (payout,) = await paid_out(thursday, "2026-03-09")
    assert payout["payoutAmount"] == Decimal("2.49") - 100
    assert await paid_out(thursday, "2026-03-16") == []


async def test_each_currency_has_a_transfer_of_its_own(thursday: Till) -> None:
    for currency in ("TRY", "EUR"):
        body = requests.checkout_form(checkout("10.00")) | {"currency": currency}
        page = await call(thursday, INITIALIZE, body=body)
        await thursday.shopper.pay(page["paymentPageUrl"])
    await thursday.control("clock", advance_seconds=DAY)
    rows = await file_of(thursday, "2026-03-06")
    totals = {r["settlementReferenceCode"] for r in rows if r["transactionType"] == "TOTAL"}
    assert totals == {"STL20260306-1", "STL20260306-EUR"}
    assert {row["currency"] for row in rows} == {"TRY", "EUR"}
