"""Webhooks of the emulator: late, signed or not, lost, twice, early, forged."""

from __future__ import annotations

import httpx
import pytest

from adapters.iyzico.emulator.shopper import NO_FUNDS, PAYS
from adapters.iyzico.webhooks import verify_webhook_v3
from tests.payments.receiver import HOUR, Receiver
from tests.payments.till import SECRET_KEY, Till, checkout

QUARTER_HOUR = 15 * 60


async def test_a_payment_is_told_in_a_signed_webhook(notified: Till, receiver: Receiver) -> None:
    visit = await notified.visit()
    await notified.pay(visit, PAYS)
    assert receiver.arrived.empty()
    await notified.control("clock", advance_seconds=HOUR)
    delivery = await receiver.next()
    assert delivery.webhook is not None
    assert delivery.webhook.token == visit.form.token
    assert delivery.webhook.payment_conversation_id == str(visit.request.attempt_id)
    assert delivery.webhook.status == "SUCCESS"
    assert delivery.webhook.event_type == "CHECKOUT_FORM_AUTH"
    assert verify_webhook_v3(SECRET_KEY, delivery.webhook, signature=delivery.signature)


async def test_a_fresh_account_sends_unsigned_webhooks(notified: Till, receiver: Receiver) -> None:
    await notified.control("target", signed=False, delay_seconds=0)
    await notified.pay(await notified.visit(), PAYS)
    assert (await receiver.next()).signature == ""


async def test_a_failure_then_a_success_are_both_told(notified: Till, receiver: Receiver) -> None:
    await notified.control("target", delay_seconds=0)
    visit = await notified.visit()
    await notified.pay(visit, NO_FUNDS)
    assert (await receiver.next_webhook()).status == "FAILURE"
    await notified.pay(visit, PAYS)
    assert (await receiver.next_webhook()).status == "SUCCESS"


async def test_a_webhook_is_sent_again_three_times_and_then_given_up(
    notified: Till, receiver: Receiver
) -> None:
    receiver.answer = 503
    await notified.pay(await notified.visit(), PAYS)
    references = set()
    for wait in (HOUR, QUARTER_HOUR, QUARTER_HOUR, QUARTER_HOUR):
        await notified.control("clock", advance_seconds=wait)
        references.add((await receiver.next_webhook()).reference_code)
    sent = await notified.control("send")
    (notice,) = await notified.look("notices")
    assert len(references) == 1
    assert sent == []
    assert (notice["state"], notice["answers"]) == ("given_up", [503] * 4)


async def test_a_dropped_webhook_never_comes(notified: Till, receiver: Receiver) -> None:
    await notified.control("plans", plan="drop")
    await notified.pay(await notified.visit(), PAYS)
    assert await notified.control("send") == []
    assert receiver.arrived.empty()


@pytest.mark.parametrize(("plan", "codes"), [("duplicate", 1), ("duplicate_new_reference", 2)])
async def test_a_webhook_may_come_twice(
    notified: Till, receiver: Receiver, plan: str, codes: int
) -> None:
    await notified.control("plans", plan=plan)
    await notified.pay(await notified.visit(), PAYS)
    await notified.control("send")
    first, second = await receiver.next_webhook(), await receiver.next_webhook()
    assert first.token == second.token
    assert len({first.reference_code, second.reference_code}) == codes


async def test_a_webhook_may_come_before_the_browser_returns(
    notified: Till, receiver: Receiver
) -> None:
    await notified.control("plans", plan="before_callback")
    visit = await notified.visit(checkout(callback_url=f"{receiver.url}/return"))
    await notified.shopper.pay_and_return(visit.form.page_url)
    assert (await receiver.next()).webhook is not None
    assert (await receiver.next()).webhook is None


async def test_as_a_rule_the_browser_returns_first(notified: Till, receiver: Receiver) -> None:
    visit = await notified.visit(checkout(callback_url=f"{receiver.url}/return"))
    reply = await notified.shopper.pay_and_return(visit.form.page_url)
    await notified.control("send")
    assert reply.status_code == httpx.codes.OK
    assert (await receiver.next()).webhook is None
    assert (await receiver.next()).webhook is not None


async def test_a_webhook_with_a_wrong_signature_is_told_from_a_right_one(
    notified: Till, receiver: Receiver
) -> None:
    await notified.control("plans", plan="wrong_signature")
    await notified.pay(await notified.visit(), PAYS)
    await notified.control("send")
    delivery = await receiver.next()
    assert delivery.webhook is not None
    assert len(delivery.signature) == 64
    assert not verify_webhook_v3(SECRET_KEY, delivery.webhook, signature=delivery.signature)


async def test_a_webhook_held_back_comes_when_it_is_let_go(
    notified: Till, receiver: Receiver
) -> None:
    await notified.control("plans", plan="hold")
    await notified.pay(await notified.visit(), PAYS)
    assert await notified.control("send", held_too=False) == []
    (sent,) = await notified.control("send", held_too=True)
    assert sent["state"] == "delivered"
    assert (await receiver.next_webhook()).status == "SUCCESS"


async def test_a_webhook_about_anything_can_be_made_up(notified: Till, receiver: Receiver) -> None:
    body = {"token": "unknown", "iyziEventType": "SOMETHING_NEW", "iyziPaymentId": 1}
    await notified.control("custom", **body)
    await notified.control("send")
    assert (await receiver.next_webhook()).event_type == "SOMETHING_NEW"


async def test_without_an_address_nothing_is_sent(fresh_till: Till) -> None:
    await fresh_till.pay(await fresh_till.visit(), PAYS)
    (notice,) = await fresh_till.look("notices")
    assert notice["state"] == "waiting"


async def test_a_shop_that_is_away_is_tried_again(notified: Till, receiver: Receiver) -> None:
    await notified.control("target", url="http://127.0.0.1:9/webhook")
    await notified.pay(await notified.visit(), PAYS)
    (failed,) = await notified.control("send")
    await notified.control("target", url=f"{receiver.url}/webhook")
    (sent,) = await notified.control("send")
    assert failed["answers"] == [0]
    assert (sent["state"], sent["answers"]) == ("delivered", [0, 200])
