"""Each fault that can be ordered goes off over a real socket, once, and where it was ordered."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.iyzico import requests
from adapters.iyzico.emulator.shopper import PAYS
from tests.payments.merchant import INITIALIZE, RETRIEVE, Answer, call, report, sealed
from tests.payments.till import Till, checkout

DAY = 24 * 60 * 60
PAGE_SEAL = (
    "paymentStatus",
    "paymentId",
    "currency",
    "basketId",
    "conversationId",
    "paidPrice",
    "price",
    "token",
)
CHANGED = {
    "wrong_amount": {"price", "paidPrice"},
    "wrong_basket": {"basketId"},
    "wrong_currency": {"currency"},
    "wrong_conversation": {"conversationId"},
}


async def open_page(till: Till) -> httpx.Response:
    """Ask for a page, and give what came back over the wire."""
    return await till.browser.post(
        f"{till.base_url}{INITIALIZE}", json=requests.checkout_form(checkout())
    )


async def pages(till: Till) -> int:
    """How many pages were opened."""
    return len(await till.look("pages"))


async def order(till: Till, kind: str, *, call: str = "initialize", **more: object) -> int:
    """Order a fault, and tell how many pages there are before it."""
    await till.control("faults", call=call, kind=kind, **more)
    return await pages(till)


async def asked(till: Till) -> Answer:
    """Ask for a page as a merchant does."""
    return await call(till, INITIALIZE, body=requests.checkout_form(checkout()))


@pytest.mark.parametrize(("kind", "opened"), [("reset_before", 0), ("reset_after", 1)])
async def test_a_connection_is_reset_before_or_after_the_work(
    fresh_till: Till, kind: str, opened: int
) -> None:
    before = await order(fresh_till, kind)
    with pytest.raises(httpx.ReadError):
        await asked(fresh_till)
    assert await pages(fresh_till) == before + opened
    assert (await asked(fresh_till))["status"] == "success"


async def test_an_answer_may_never_come_though_the_work_is_done(fresh_till: Till) -> None:
    await order(fresh_till, "timeout_after_commit")
    asking = asyncio.create_task(asked(fresh_till))
    while not await pages(fresh_till):
        assert not asking.done()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await asked(fresh_till))["status"] == "success"


@pytest.mark.parametrize(("kind", "opened"), [("http_500_before", 0), ("http_500", 1)])
async def test_a_server_error_may_come_before_or_after_the_work(
    fresh_till: Till, kind: str, opened: int
) -> None:
    await order(fresh_till, kind)
    assert await asked(fresh_till) == {"status": "error"}
    assert await pages(fresh_till) == opened


async def test_an_answer_may_come_byte_by_byte(fresh_till: Till) -> None:
    await order(fresh_till, "slow_body", seconds_per_byte=0)
    sizes: list[int] = []
    reply = fresh_till.browser.stream(
        "POST", f"{fresh_till.base_url}{INITIALIZE}", json=requests.checkout_form(checkout())
    )
    async with reply as slow:
        body = b"".join([part async for part in _counted(slow, sizes)])
    assert json.loads(body)["status"] == "failure"
    assert len(body) == int(slow.headers["content-length"])
    assert len(sizes) > 1


async def test_an_answer_may_be_slower_than_anybody_waits(fresh_till: Till) -> None:
    await order(fresh_till, "slow_body", seconds_per_byte=60)
    async with httpx.AsyncClient(trust_env=False, timeout=httpx.Timeout(5, read=0.2)) as hasty:
        with pytest.raises(httpx.ReadTimeout):
            await asked(Till(fresh_till.base_url, hasty))
    assert await pages(fresh_till) == 1


async def _counted(reply: httpx.Response, sizes: list[int]) -> Any:
    async for part in reply.aiter_raw():
        sizes.append(len(part))
        yield part


async def test_an_answer_may_be_html(fresh_till: Till) -> None:
    await order(fresh_till, "html")
    reply = await open_page(fresh_till)
    assert (reply.status_code, reply.headers["content-type"]) == (502, "text/html")
    assert reply.text.startswith("<html>")


async def test_an_answer_may_be_cut_short(fresh_till: Till) -> None:
    await order(fresh_till, "truncated")
    reply = await open_page(fresh_till)
    assert reply.status_code == httpx.codes.OK
    with pytest.raises(json.JSONDecodeError):
        reply.json()


async def test_too_many_calls_are_refused_before_the_work(fresh_till: Till) -> None:
    await order(fresh_till, "rate_limit")
    assert (await asked(fresh_till))["errorCode"] == "50000"
    assert await pages(fresh_till) == 0


async def test_a_wrong_signature_is_wrong(fresh_till: Till) -> None:
    await order(fresh_till, "wrong_signature")
    wrong, right = await asked(fresh_till), await asked(fresh_till)
    assert not sealed(wrong, "conversationId", "token")
    assert sealed(right, "conversationId", "token")


@pytest.mark.parametrize("kind", CHANGED)
async def test_wrong_facts_are_signed_like_right_ones(fresh_till: Till, kind: str) -> None:
    visit = await fresh_till.visit()
    await fresh_till.pay(visit, PAYS)
    await order(fresh_till, kind, call="retrieve")
    wrong = await call(fresh_till, RETRIEVE, body={"token": visit.form.token})
    right = await call(fresh_till, RETRIEVE, body={"token": visit.form.token})
    differing = {name for name in right if wrong[name] != right[name]} - {"systemTime"}
    assert differing == CHANGED[kind] | {"signature"}
    assert sealed(wrong, *PAGE_SEAL)


async def test_a_fault_can_be_for_a_path_and_only_there(fresh_till: Till) -> None:
    visit = await fresh_till.visit()
    await order(fresh_till, "http_500", call="/cpp")
    assert (await call(fresh_till, RETRIEVE, body={"token": visit.form.token}))["status"]
    broken = await fresh_till.browser.get(visit.form.page_url)
    whole = await fresh_till.browser.get(visit.form.page_url)
    assert (broken.status_code, whole.status_code) == (500, 200)


async def test_a_fault_for_any_call_leaves_pages_alone(fresh_till: Till) -> None:
    visit = await fresh_till.visit()
    await order(fresh_till, "http_500", call="*")
    assert (await fresh_till.browser.get(visit.form.page_url)).status_code == httpx.codes.OK
    answer = await call(fresh_till, RETRIEVE, body={"token": visit.form.token})
    assert answer == {"status": "error"}


async def test_a_fault_goes_off_so_many_times(fresh_till: Till) -> None:
    await order(fresh_till, "rate_limit", times=2)
    assert len(await fresh_till.look("faults")) == 2
    statuses = [(await asked(fresh_till))["status"] for _ in range(3)]
    assert statuses == ["failure", "failure", "success"]


async def test_failures_may_come_with_another_http_status(fresh_till: Till) -> None:
    for status in (400, 200):
        await fresh_till.control("habits", failure_status=status)
        reply = await fresh_till.browser.get(f"{fresh_till.base_url}/payment/test")
        assert (reply.status_code, reply.json()["errorCode"]) == (status, "1001")


@pytest.mark.parametrize("verdict", [1, -1])
async def test_a_payment_in_review_is_ruled_on_later(fresh_till: Till, verdict: int) -> None:
    await fresh_till.control("review")
    visit = await fresh_till.visit()
    await fresh_till.pay(visit, PAYS)
    body = {"token": visit.form.token}
    held = await call(fresh_till, RETRIEVE, body=body)
    ruling = {"payment_id": int(held["paymentId"]), "fraud_status": verdict}
    await fresh_till.control("ruling", **ruling)
    ruled = await call(fresh_till, RETRIEVE, body=body)
    assert (held["fraudStatus"], ruled["fraudStatus"]) == (0, verdict)


async def test_a_page_can_expire_at_once_and_come_back_to_life(fresh_till: Till) -> None:
    visit = await fresh_till.visit()
    await fresh_till.control("expire", token=visit.form.token)
    assert (await fresh_till.shopper.open(visit.form.page_url)).status == httpx.codes.GONE
    await fresh_till.control("expire", token=visit.form.token, in_seconds=60)
    assert (await fresh_till.shopper.open(visit.form.page_url)).status == httpx.codes.OK


async def test_a_payment_may_be_completed_after_everybody_thought_it_expired(
    fresh_till: Till,
) -> None:
    visit = await fresh_till.visit()
    await fresh_till.control("clock", advance_seconds=DAY)
    told = await fresh_till.control("pay", token=visit.form.token)
    answer = await call(fresh_till, RETRIEVE, body={"token": visit.form.token})
    assert told["state"] == "paid"
    assert answer["paymentStatus"] == "SUCCESS"


@pytest.mark.parametrize(
    ("card", "state"), [("5890040000000016", "paid"), ("4111111111111129", "open")]
)
async def test_paying_without_a_browser_is_like_paying_with_one(
    fresh_till: Till, card: str, state: str
) -> None:
    visit = await fresh_till.visit()
    told = await fresh_till.control("pay", token=visit.form.token, card=card)
    (notice,) = await fresh_till.look("notices")
    assert told["state"] == state
    assert (notice["body"]["status"] == "SUCCESS") == (state == "paid")


async def test_one_basket_can_be_paid_twice_over_two_pages(fresh_till: Till) -> None:
    form = requests.checkout_form(checkout("10.00"))
    first = await call(fresh_till, INITIALIZE, body=form)
    second = await call(fresh_till, INITIALIZE, body=form)
    for page in (first, second):
        await fresh_till.shopper.pay(page["paymentPageUrl"])
    payments = (await fresh_till.look("book"))["payments"]
    assert len({payment["payment_id"] for payment in payments}) == 2
    assert {payment["basket_id"] for payment in payments} == {form["basketId"]}


async def paid_out(till: Till) -> list[dict[str, Any]]:
    """A payment, a week later, and what the merchant got for it."""
    await till.paid(PAYS, "100.00", "50.00")
    await till.control("clock", advance_seconds=7 * DAY)
    paid: list[dict[str, Any]] = await till.control("settle")
    return paid


async def test_a_payout_may_bounce(fresh_till: Till) -> None:
    payouts = await paid_out(fresh_till)
    (reference,) = {payout["reference"] for payout in payouts}
    bounced = await fresh_till.control("bounce", reference=reference)
    total = sum((Decimal(payout["amount"]) for payout in payouts), Decimal(0))
    assert Decimal(str(bounced["amount"])) == total.quantize(Decimal("0.01"))
    assert [each["reference"] for each in await fresh_till.look("bounces")] == [reference]


async def test_a_payout_may_be_off_by_a_kurus(fresh_till: Till) -> None:
    exact = sum(Decimal(payout["amount"]) for payout in await paid_out(fresh_till))
    await fresh_till.control("commission_off", kurus=-1)
    off = sum(Decimal(payout["amount"]) for payout in await paid_out(fresh_till))
    assert off - exact == Decimal("-0.01")


async def test_a_slow_bank_may_refuse_a_refund_for_good(fresh_till: Till) -> None:
    paid = await fresh_till.paid()
    item = (await fresh_till.booked(paid.payment_id))["items"][0]
    await fresh_till.control("refunds", seconds=60, fails=True)
    body = {"paymentTransactionId": item["transaction_id"], "price": "1"}
    answer = await call(fresh_till, "/payment/refund", body=body | {"conversationId": str(uuid4())})
    await fresh_till.control("clock", advance_seconds=60)
    booked = (await fresh_till.booked(paid.payment_id))["items"][0]
    told = await report(fresh_till, "details", paymentId=paid.payment_id)
    assert (answer["status"], answer["retryable"]) == ("failure", True)
    assert booked["refunds"][0]["state"] == "failed"
    assert told["payments"][0]["itemTransactions"][0]["refunds"][0]["refundStatus"] != 1
