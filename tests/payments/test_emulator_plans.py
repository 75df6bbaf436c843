"""Webhooks that are planned to go wrong, or to tell of more than a page: on the emulated clock."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from adapters.iyzico.emulator.shopper import NO_FUNDS, PAYS, PAYS_AFTER_BANK_PAGE
from adapters.iyzico.webhooks import verify_webhook_v3
from tests.payments.merchant import call
from tests.payments.receiver import HOUR, Delivery, Receiver
from tests.payments.test_emulator_threeds import FINISH, START, at_bank, order
from tests.payments.till import SECRET_KEY, SETTINGS, Till, till_at

HOSTED = [
    "paymentConversationId",
    "merchantId",
    "status",
    "token",
    "iyziReferenceCode",
    "iyziEventType",
    "iyziEventTime",
    "iyziPaymentId",
]


async def news(till: Till, receiver: Receiver) -> list[str]:
    """Let everything go that waits, and tell the statuses in the order of arrival."""
    await till.control("send")
    return [(await receiver.next_webhook()).status for _ in range(receiver.arrived.qsize())]


async def item_of(till: Till, payment_id: str) -> dict[str, Any]:
    """The first line of a payment, as a merchant asks for its refund."""
    booked = await till.booked(payment_id)
    return {"paymentTransactionId": booked["items"][0]["transaction_id"], "price": "1"}


def sealed_as_payment(delivery: Delivery) -> bool:
    """Whether the signature is the one for news without a page's token."""
    told = json.loads(delivery.body)
    parts = (told["iyziEventType"], told["paymentId"], told["paymentConversationId"])
    message = SECRET_KEY + "".join(map(str, parts)) + told["status"]
    expected = hmac.new(SECRET_KEY.encode(), message.encode(), hashlib.sha256).hexdigest()
    return delivery.signature == expected


async def test_a_webhook_has_the_headers_the_order_and_the_numbers_that_were_seen(
    notified: Till, receiver: Receiver
) -> None:
    paid = await notified.paid()
    await notified.control("send")
    delivery = await receiver.next()
    told = json.loads(delivery.body)
    assert list(told) == HOSTED
    assert (told["merchantId"], told["iyziPaymentId"]) == (3400000, int(paid.payment_id))
    assert isinstance(told["iyziEventTime"], int)
    assert b": " not in delivery.body
    assert delivery.headers["x-api-version"] == "V1"
    assert delivery.headers["x-iyz-signature"] == ""
    assert delivery.headers["content-type"] == "application/json"
    assert delivery.headers["user-agent"].startswith("Apache-HttpClient/5.2.3 (Java/17")


async def test_a_plan_for_one_page_leaves_the_others_alone(
    notified: Till, receiver: Receiver
) -> None:
    first, second = await notified.visit(), await notified.visit()
    await notified.control("plans", plan="drop", token=second.form.token)
    await notified.pay(first, PAYS)
    await notified.pay(second, PAYS)
    await notified.control("send")
    assert (await receiver.next_webhook()).token == first.form.token
    assert receiver.arrived.empty()


async def test_a_plan_for_a_status_waits_for_it(notified: Till, receiver: Receiver) -> None:
    visit = await notified.visit()
    await notified.control("plans", plan="drop", status="SUCCESS")
    await notified.pay(visit, NO_FUNDS)
    await notified.pay(visit, PAYS)
    assert await news(notified, receiver) == ["FAILURE"]


async def test_news_may_arrive_in_the_wrong_order(notified: Till, receiver: Receiver) -> None:
    visit = await notified.visit()
    await notified.control("plans", plan="reorder", status="FAILURE")
    await notified.pay(visit, NO_FUNDS)
    await notified.pay(visit, PAYS)
    await notified.control("clock", advance_seconds=HOUR)
    assert (await receiver.next_webhook()).status == "SUCCESS"
    assert (await receiver.next_webhook()).status == "FAILURE"


@pytest.mark.parametrize(
    ("plan", "statuses"),
    [("failure_before", ["FAILURE", "SUCCESS"]), ("failure_after", ["SUCCESS", "FAILURE"])],
)
async def test_a_refused_card_may_be_told_of_before_or_after_a_payment(
    notified: Till, receiver: Receiver, plan: str, statuses: list[str]
) -> None:
    await notified.control("plans", plan=plan)
    await notified.pay(await notified.visit(), PAYS)
    assert await news(notified, receiver) == statuses
    notices = await notified.look("notices")
    assert len({notice["body"]["token"] for notice in notices}) == 1
    assert len({notice["body"]["iyziPaymentId"] for notice in notices}) == 2
    assert len({notice["body"]["iyziReferenceCode"] for notice in notices}) == 2


@pytest.mark.parametrize(
    ("account", "plan", "signed"), [(True, "unsigned", False), (False, "signed", True)]
)
async def test_one_message_may_be_signed_or_not_whatever_the_account_is_set_to(
    notified: Till, receiver: Receiver, *, account: bool, plan: str, signed: bool
) -> None:
    await notified.control("target", signed=account)
    await notified.control("plans", plan=plan)
    await notified.paid()
    await notified.paid()
    await notified.control("send")
    first, second = await receiver.next(), await receiver.next()
    assert (bool(first.signature), bool(second.signature)) == (signed, account)


@pytest.mark.parametrize("plan", ["unknown_event", "unknown_token"])
async def test_what_nobody_knows_is_told_with_a_right_signature(
    notified: Till, receiver: Receiver, plan: str
) -> None:
    visit = await notified.visit()
    await notified.control("plans", plan=plan)
    await notified.pay(visit, PAYS)
    await notified.control("send")
    delivery = await receiver.next()
    assert delivery.webhook is not None
    known = (delivery.webhook.event_type, delivery.webhook.token)
    assert known != ("CHECKOUT_FORM_AUTH", visit.form.token)
    assert verify_webhook_v3(SECRET_KEY, delivery.webhook, signature=delivery.signature)


async def test_any_status_can_be_told_of_a_page(notified: Till, receiver: Receiver) -> None:
    visit = await notified.visit()
    token = visit.form.token
    await notified.control("notice", token=token, status="PENDING_CREDIT", event="CREDIT_PAYMENT")
    await notified.control("send")
    webhook = await receiver.next_webhook()
    assert (webhook.status, webhook.event_type) == ("PENDING_CREDIT", "CREDIT_PAYMENT")
    assert webhook.token == token


async def test_the_steps_of_3ds_are_told_where_they_are_asked_for(
    notified: Till, receiver: Receiver
) -> None:
    await notified.pay(await notified.visit(), PAYS_AFTER_BANK_PAGE)
    assert await news(notified, receiver) == ["SUCCESS"]
    await notified.control("target", intermediate=True)
    await notified.pay(await notified.visit(), PAYS_AFTER_BANK_PAGE)
    assert await news(notified, receiver) == ["INIT_THREEDS", "CALLBACK_THREEDS", "SUCCESS"]


async def told_of_3ds(till: Till, receiver: Receiver, *, code: str | None) -> list[tuple[str, str]]:
    """What a merchant hears that sends a card itself for 3-D Secure: statuses and events."""
    started = await call(till, START, body=order())
    await till.shopper.confirm_at_bank(await at_bank(till, started), code)
    await call(till, FINISH, body={"paymentId": started["paymentId"]})
    await till.control("send")
    told = []
    while not receiver.arrived.empty():
        delivery = await receiver.next()
        body = json.loads(delivery.body)
        assert sealed_as_payment(delivery)
        assert body["paymentId"] == body["iyziPaymentId"] == int(started["paymentId"])
        told.append((body["status"], body["iyziEventType"]))
    return told


async def test_a_payment_without_a_page_is_told_by_its_id(
    notified: Till, receiver: Receiver
) -> None:
    paid = ("SUCCESS", "THREE_DS_AUTH")
    assert await told_of_3ds(notified, receiver, code=None) == [paid]
    await notified.control("target", intermediate=True)
    assert await told_of_3ds(notified, receiver, code=None) == [
        ("INIT_THREEDS", "THREE_DS_AUTH"),
        ("CALLBACK_THREEDS", "THREE_DS_CALLBACK"),
        paid,
    ]


async def test_who_declines_a_payment_without_a_page_is_told_of_too(
    notified: Till, receiver: Receiver
) -> None:
    started = await call(notified, START, body=order())
    await notified.shopper.give_up_at_bank(await at_bank(notified, started))
    await notified.control("send")
    told = json.loads((await receiver.next()).body)
    assert (told["status"], told["iyziEventType"]) == ("FAILURE", "THREE_DS_CALLBACK")


@pytest.mark.parametrize(("fails", "status"), [(False, "SUCCESS"), (True, "FAILURE")])
async def test_a_refund_the_bank_took_its_time_with_is_told_when_it_is_decided(
    notified: Till, receiver: Receiver, *, fails: bool, status: str
) -> None:
    paid = await notified.paid()
    await notified.control("send")
    await receiver.next()
    await notified.control("refunds", seconds=60, fails=fails)
    body = await item_of(notified, paid.payment_id)
    assert (await call(notified, "/payment/refund", body=body))["retryable"] is True
    assert len(await notified.look("notices")) == 1
    await notified.control("clock", advance_seconds=60)
    await notified.control("send")
    delivery = await receiver.next()
    told = json.loads(delivery.body)
    assert (told["iyziEventType"], told["status"]) == (f"REFUND_RETRY_{status}", status)
    assert told["paymentId"] == int(paid.payment_id)
    assert "token" not in told
    assert sealed_as_payment(delivery)


@pytest.mark.parametrize("succeeded", [True, False])
async def test_a_refund_can_be_told_of_at_any_time(
    notified: Till, receiver: Receiver, *, succeeded: bool
) -> None:
    paid = await notified.paid()
    await notified.control("faults/clear")
    await notified.control(
        "refund_notice", payment_id=int(paid.payment_id), succeeded=succeeded, plan="hold"
    )
    await notified.control("send", held_too=True)
    told = [json.loads((await receiver.next()).body) for _ in range(2)]
    word = "SUCCESS" if succeeded else "FAILURE"
    assert told[1]["iyziEventType"] == f"REFUND_RETRY_{word}"


async def test_webhooks_keep_to_the_emulated_clock() -> None:
    noon = datetime(2026, 3, 1, 9, tzinfo=UTC)
    settings = replace(SETTINGS, webhook_url="http://127.0.0.1:9/", webhook_delay_seconds=15)
    async with till_at(settings, lambda: noon) as till:
        await till.paid()
        (notice,) = await till.look("notices")
        assert notice["due_at"] == "2026-03-01T09:00:15Z"
        await till.control("clock", advance_seconds=15)
        (failed,) = await till.control("send")
        assert failed["due_at"] == "2026-03-01T09:15:15Z"


async def test_webhooks_that_wait_survive_a_restart(tmp_path: Path, receiver: Receiver) -> None:
    settings = replace(
        SETTINGS,
        database=tmp_path / "provider.db",
        webhook_url=receiver.url,
        webhook_delay_seconds=HOUR,
    )
    async with till_at(settings) as before:
        await before.control("plans", plan="reorder")
        await before.paid()
    async with till_at(settings) as after:
        (sent,) = await after.control("send")
        assert sent["state"] == "delivered"
    assert (await receiver.next_webhook()).status == "SUCCESS"
