"""The emulator's reports: one payment with its returns, a day in pages, a day by cursor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.iyzico.emulator.shopper import PAYS, PAYS_AFTER_BANK_PAGE
from tests.payments.merchant import call, report
from tests.payments.till import SETTINGS, Till, till_at

# Two minutes before midnight in Istanbul.
START = datetime(2026, 3, 5, 20, 58, tzinfo=UTC)
MINUTE = 60


@pytest.fixture
async def evening() -> AsyncIterator[Till]:
    """A till whose clock begins shortly before midnight, with reports in pages of four rows."""
    async with till_at(replace(SETTINGS, report_page_size=4), lambda: START) as till:
        yield till


async def rows_of(till: Till, day: str) -> list[dict[str, Any]]:
    """All rows of a day, page by page."""
    rows: list[dict[str, Any]] = []
    page, pages = 0, 1
    while page < pages:
        page += 1
        answer = await report(till, "transactions", transactionDate=day, page=str(page))
        assert (answer["currentPage"], len(answer["transactions"]) <= 4) == (page, True)
        pages = answer["totalPageCount"]
        rows += answer["transactions"]
    return rows


async def scrolled(till: Till, day: str, order: str) -> list[dict[str, Any]]:
    """All rows of a day, each answer beginning behind the last."""
    rows: list[dict[str, Any]] = []
    last = ""
    while True:
        answer = await report(
            till,
            "scroll-transactions",
            transactionDate=day,
            documentScrollVoSortingOrder=order,
            lastId=last,
            conversationId="c1",
        )
        assert answer["conversationId"] == "c1"
        if not answer["transactions"]:
            return rows
        rows += answer["transactions"]
        last = str(rows[-1]["transactionId"])


async def test_payments_refunds_and_cancels_are_on_the_day_they_happened(evening: Till) -> None:
    refunded = await evening.paid(PAYS, "100.00", "20.00")
    cancelled = await evening.paid(PAYS_AFTER_BANK_PAGE, "50.00")
    item = (await evening.booked(refunded.payment_id))["items"][1]
    await call(
        evening,
        "/payment/cancel",
        body={"paymentId": cancelled.payment_id, "conversationId": "cancel-1"},
    )
    await evening.control("clock", advance_seconds=5 * MINUTE)
    await call(
        evening,
        "/payment/refund",
        body={
            "paymentTransactionId": item["transaction_id"],
            "price": "5.00",
            "conversationId": "refund-1",
        },
    )
    before = await rows_of(evening, "2026-03-05")
    after = await rows_of(evening, "2026-03-06")
    kinds = sorted((row["transactionType"], row["paidPrice"]) for row in before)
    (refund,) = after
    assert kinds == [
        ("CANCEL", Decimal(50)),
        ("PAYMENT", Decimal(20)),
        ("PAYMENT", Decimal(50)),
        ("PAYMENT", Decimal(100)),
    ]
    assert {r["conversationId"] for r in before if r["transactionType"] == "CANCEL"} == {"cancel-1"}
    assert [r["threeDS"] for r in before if r["paymentId"] == int(cancelled.payment_id)] == [1, 1]
    assert (refund["transactionType"], refund["conversationId"]) == ("REFUND", "refund-1")
    assert refund["paymentTxId"] == int(item["transaction_id"])
    assert len({row["transactionId"] for row in (*before, *after)}) == 5


async def test_what_was_cancelled_comes_to_nothing(evening: Till) -> None:
    paid = await evening.paid()
    await call(evening, "/payment/cancel", body={"paymentId": paid.payment_id})
    rows = await rows_of(evening, "2026-03-05")
    for name in ("merchantPayoutAmount", "iyzicoCommission", "iyzicoFee"):
        assert sum(row[name] for row in rows) == 0
    details = await report(evening, "details", paymentId=paid.payment_id)
    (cancel,) = details["payments"][0]["cancels"]
    assert cancel["cancelPrice"] == paid.paid.amount


@pytest.mark.parametrize("order", ["ASC", "DESC"])
async def test_scrolling_gives_the_same_rows_as_paging(evening: Till, order: str) -> None:
    for _ in range(5):
        await evening.paid()
    paged = await rows_of(evening, "2026-03-05")
    turned = paged if order == "ASC" else paged[::-1]
    assert len(paged) == 10
    assert await scrolled(evening, "2026-03-05", order) == turned


async def test_a_day_on_which_nothing_happened_has_no_pages(evening: Till) -> None:
    answer = await report(evening, "transactions", transactionDate="2026-01-01", page="1")
    assert (answer["transactions"], answer["totalPageCount"]) == ([], 0)
    assert await scrolled(evening, "2026-01-01", "ASC") == []


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("transactions", {}),
        ("transactions", {"transactionDate": "2026-13-01"}),
        ("transactions", {"transactionDate": "2026-03-05", "page": "None"}),
        ("transactions", {"transactionDate": "2026-03-05", "page": "0"}),
        ("scroll-transactions", {"transactionDate": ""}),
        ("scroll-transactions", {"transactionDate": "2026-03-05", "lastId": "77"}),
        (
            "scroll-transactions",
            {"transactionDate": "2026-03-05", "documentScrollVoSortingOrder": "UP"},
        ),
    ],
)
async def test_a_report_of_something_impossible_is_refused(
    till: Till, path: str, query: dict[str, str]
) -> None:
    assert (await report(till, path, **query))["errorCode"] == "11"


async def test_a_payment_in_review_is_reported_as_such(evening: Till) -> None:
    await evening.control("review", times=1)
    await evening.pay(await evening.visit(), PAYS)
    rows = await rows_of(evening, "2026-03-05")
    assert {row["transactionStatus"] for row in rows} == {0}


@pytest.mark.parametrize("key", ["paymentId", "paymentConversationId"])
async def test_the_report_of_a_payment_tells_its_refunds_by_our_own_ids(
    till: Till, key: str
) -> None:
    paid = await till.paid(PAYS, "100.00", "20.00")
    booked = await till.booked(paid.payment_id)
    for item, price in zip(booked["items"], ("100.00", "20.00"), strict=True):
        body = {"paymentTransactionId": item["transaction_id"], "price": price}
        await call(till, "/payment/refund", body=body | {"conversationId": f"for-{price}"})
    asked = {"paymentId": paid.payment_id, "paymentConversationId": booked["conversation_id"]}
    (payment,) = (await report(till, "details", **{key: asked[key]}))["payments"]
    told = [
        (refund["refundConversationId"], refund["refundPrice"], refund["refundStatus"])
        for item in payment["itemTransactions"]
        for refund in item["refunds"]
    ]
    assert payment["paymentRefundStatus"] == "TOTALLY_REFUNDED"
    assert told == [("for-100.00", Decimal(100), 1), ("for-20.00", Decimal(20), 1)]
