"""Webhooks of the emulator: late, signed or not, lost, twice, early, forged."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from msgspec import Struct
from msgspec.structs import replace

from adapters.iyzico.emulator.shopper import NO_FUNDS, PAYS
from adapters.iyzico.emulator.wire import Receive, Scope, Send, read_request
from adapters.iyzico.webhooks import HostedPageWebhook, read_webhook, verify_webhook_v3
from tests.payments.till import SECRET_KEY, SETTINGS, Till, checkout, till_at

PATIENCE = 5
QUARTER_HOUR = 15 * 60
HOUR = 60 * 60


class Delivery(Struct, frozen=True):
    """A webhook as it arrived, or the browser's return (then without one)."""

    webhook: HostedPageWebhook | None
    signature: str


class Shop:
    """Takes webhooks and returning browsers; `answer` is the status it gives."""

    def __init__(self) -> None:
        self.url = ""
        self.answer = 200
        self.arrived: asyncio.Queue[Delivery] = asyncio.Queue()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = await read_request(scope, receive)
        webhook = None if request.path == "/return" else read_webhook(request.body)
        signature = request.headers.get("x-iyz-signature-v3", "")
        self.arrived.put_nowait(Delivery(webhook, signature))
        await send({"type": "http.response.start", "status": self.answer, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def next(self) -> Delivery:
        """The next thing to arrive."""
        async with asyncio.timeout(PATIENCE):
            return await self.arrived.get()

    async def next_webhook(self) -> HostedPageWebhook:
        """The next thing to arrive, which must be a webhook."""
        delivery = await self.next()
        assert delivery.webhook is not None
        return delivery.webhook


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A shop on a socket of its own."""
    taking = Shop()
    config = uvicorn.Config(taking, port=0, lifespan="off", log_config=None, ws="none")
    server = uvicorn.Server(config)
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(contextlib.closing(config.bind_socket()))
        taking.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield taking
        server.should_exit = True
        await serving


@pytest.fixture
async def notified(shop: Shop) -> AsyncIterator[Till]:
    """A till whose provider sends signed webhooks to the shop, late by an hour of its clock."""
    settings = replace(
        SETTINGS,
        webhook_url=f"{shop.url}/webhook",
        webhook_delay_seconds=HOUR,
        sign_webhooks=True,
    )
    async with till_at(settings) as till:
        yield till


async def test_a_payment_is_told_in_a_signed_webhook(notified: Till, shop: Shop) -> None:
    visit = await notified.visit()
    await notified.pay(visit, PAYS)
    assert shop.arrived.empty()
    await notified.control("clock", advance_seconds=HOUR)
    delivery = await shop.next()
    assert delivery.webhook is not None
    assert delivery.webhook.token == visit.form.token
    assert delivery.webhook.payment_conversation_id == str(visit.request.attempt_id)
    assert delivery.webhook.status == "SUCCESS"
    assert delivery.webhook.event_type == "CHECKOUT_FORM_AUTH"
    assert verify_webhook_v3(SECRET_KEY, delivery.webhook, signature=delivery.signature)


async def test_a_fresh_account_sends_unsigned_webhooks(notified: Till, shop: Shop) -> None:
    await notified.control("target", signed=False, delay_seconds=0)
    await notified.pay(await notified.visit(), PAYS)
    assert (await shop.next()).signature == ""


async def test_a_failure_then_a_success_are_both_told(notified: Till, shop: Shop) -> None:
    await notified.control("target", delay_seconds=0)
    visit = await notified.visit()
    await notified.pay(visit, NO_FUNDS)
    assert (await shop.next_webhook()).status == "FAILURE"
    await notified.pay(visit, PAYS)
    assert (await shop.next_webhook()).status == "SUCCESS"


async def test_a_webhook_is_sent_again_three_times_and_then_given_up(
    notified: Till, shop: Shop
) -> None:
    shop.answer = 503
    await notified.pay(await notified.visit(), PAYS)
    references = set()
    for wait in (HOUR, QUARTER_HOUR, QUARTER_HOUR, QUARTER_HOUR):
        await notified.control("clock", advance_seconds=wait)
        references.add((await shop.next_webhook()).reference_code)
    sent = await notified.control("send")
    (notice,) = await notified.look("notices")
    assert len(references) == 1
    assert sent == []
    assert (notice["state"], notice["answers"]) == ("given_up", [503] * 4)


async def test_a_dropped_webhook_never_comes(notified: Till, shop: Shop) -> None:
    await notified.control("plans", plan="drop")
    await notified.pay(await notified.visit(), PAYS)
    assert await notified.control("send") == []
    assert shop.arrived.empty()


@pytest.mark.parametrize(("plan", "codes"), [("duplicate", 1), ("duplicate_new_reference", 2)])
async def test_a_webhook_may_come_twice(notified: Till, shop: Shop, plan: str, codes: int) -> None:
    await notified.control("plans", plan=plan)
    await notified.pay(await notified.visit(), PAYS)
    await notified.control("send")
    first, second = await shop.next_webhook(), await shop.next_webhook()
    assert first.token == second.token
    assert len({first.reference_code, second.reference_code}) == codes


async def test_a_webhook_may_come_before_the_browser_returns(notified: Till, shop: Shop) -> None:
    await notified.control("plans", plan="before_callback")
    visit = await notified.visit(checkout(callback_url=f"{shop.url}/return"))
    await notified.shopper.pay_and_return(visit.form.page_url)
    assert (await shop.next()).webhook is not None
    assert (await shop.next()).webhook is None


async def test_as_a_rule_the_browser_returns_first(notified: Till, shop: Shop) -> None:
    visit = await notified.visit(checkout(callback_url=f"{shop.url}/return"))
    reply = await notified.shopper.pay_and_return(visit.form.page_url)
    await notified.control("send")
    assert reply.status_code == httpx.codes.OK
    assert (await shop.next()).webhook is None
    assert (await shop.next()).webhook is not None


async def test_a_webhook_with_a_wrong_signature_is_told_from_a_right_one(
    notified: Till, shop: Shop
) -> None:
    await notified.control("plans", plan="wrong_signature")
    await notified.pay(await notified.visit(), PAYS)
    await notified.control("send")
    delivery = await shop.next()
    assert delivery.webhook is not None
    assert len(delivery.signature) == 64
    assert not verify_webhook_v3(SECRET_KEY, delivery.webhook, signature=delivery.signature)


async def test_a_webhook_held_back_comes_when_it_is_let_go(notified: Till, shop: Shop) -> None:
    await notified.control("plans", plan="hold")
    await notified.pay(await notified.visit(), PAYS)
    assert await notified.control("send", held_too=False) == []
    (sent,) = await notified.control("send", held_too=True)
    assert sent["state"] == "delivered"
    assert (await shop.next_webhook()).status == "SUCCESS"


async def test_a_webhook_about_anything_can_be_made_up(notified: Till, shop: Shop) -> None:
    body = {"token": "unknown", "iyziEventType": "SOMETHING_NEW", "iyziPaymentId": 1}
    await notified.control("custom", **body)
    await notified.control("send")
    assert (await shop.next_webhook()).event_type == "SOMETHING_NEW"


async def test_without_an_address_nothing_is_sent(fresh_till: Till) -> None:
    await fresh_till.pay(await fresh_till.visit(), PAYS)
    (notice,) = await fresh_till.look("notices")
    assert notice["state"] == "waiting"


async def test_a_shop_that_is_away_is_tried_again(notified: Till, shop: Shop) -> None:
    await notified.control("target", url="http://127.0.0.1:9/webhook")
    await notified.pay(await notified.visit(), PAYS)
    (failed,) = await notified.control("send")
    await notified.control("target", url=f"{shop.url}/webhook")
    (sent,) = await notified.control("send")
    assert failed["answers"] == [0]
    assert (sent["state"], sent["answers"]) == ("delivered", [0, 200])
