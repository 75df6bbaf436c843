"""The payment provider is slow, broken, forgetful or talkative: money is taken and given once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.iyzico.emulator.seals import seal_notice
from deploy.adapters import LOCAL_IYZICO
from domain.orders import Order
from tests.faults.conftest import Town
from tests.faults.evidence import Json
from tests.faults.oracle import emulator_url, provider_book

pytestmark = pytest.mark.fault

LEASED = "SELECT count(*) > 0 FROM jobs WHERE kind = %s AND state = 'leased'"
PAID = "SELECT count(*) = 1 FROM events WHERE stream_id = %s AND type = 'order.paid'"

ASKED_ONCE = (
    "SELECT count(*) = 1 FROM events WHERE stream_id = %s AND type = 'payment.outcome_asked'"
)


async def state_of(town: Town, attempt_id: str) -> str:
    """Where an attempt to pay stands."""
    [[kind]] = town.system.query(
        "SELECT type FROM events WHERE stream_id = %s ORDER BY version DESC LIMIT 1", attempt_id
    )
    return str(kind)


async def test_broken_answers_leave_a_payment_unknown_until_one_can_be_trusted(town: Town) -> None:
    shopper = town.shopper
    await town.provider("plans", plan="drop")
    order_id = await shopper.order()
    screen = await shopper.pay(order_id)
    attempt_id = shopper.asked[-1].answer["attempt_id"]
    for fault in ("html", "truncated", "wrong_signature"):
        for call in ("retrieve", "detail"):
            await town.provider("faults", call=call, kind=fault)
        await shopper.come_back(screen)
        assert await state_of(town, attempt_id) == "payment.outcome_unknown"
    await town.provider("faults/clear")
    await town.sweep(attempt_id)
    await town.until(PAID, order_id)
    await town.check()


async def test_money_that_nobody_tells_of_is_found_though_the_worker_dies_asking(
    town: Town,
) -> None:
    shopper = town.shopper
    await town.provider("plans", plan="drop")
    order_id = await shopper.order()
    await shopper.pay(order_id)
    await town.provider("faults", call="retrieve", kind="timeout_after_commit")
    await town.sweep(shopper.asked[-1].answer["attempt_id"])
    await town.until(LEASED, "AskProvider")
    await town.kill("worker")
    await town.until(PAID, order_id)
    await town.check()


async def webhook(town: Town) -> Callable[[], Coroutine[Any, Any, httpx.Response]]:
    """Sends the provider's last webhook."""
    async with httpx.AsyncClient() as http:
        notices = (await http.get(f"{emulator_url(town.system)}/_control/notices")).json()
    body: Json = notices[-1]["body"]
    seal = {"X-IYZ-SIGNATURE-V3": seal_notice(body, LOCAL_IYZICO[1])}

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(timeout=30) as http:
            address = f"{town.system.url}/api/v1/webhooks/iyzico"
            return await http.post(address, json=body, headers=seal)

    return send


async def test_the_same_webhook_twenty_times_at_once_has_one_effect(town: Town) -> None:
    shopper = town.shopper
    await town.provider("plans", plan="drop")
    order_id = await shopper.order()
    await shopper.pay(order_id)
    send = await webhook(town)
    answers = await asyncio.gather(*(send() for _ in range(20)))
    assert {answer.status_code for answer in answers} == {httpx.codes.OK}
    await town.until(PAID, order_id)
    await town.until(ASKED_ONCE, shopper.asked[-1].answer["attempt_id"])
    await town.check()


async def test_browser_webhook_and_sweeper_confirm_a_payment_once(town: Town) -> None:
    shopper = town.shopper
    await town.provider("plans", plan="drop")
    order_id = await shopper.order()
    screen = await shopper.pay(order_id)
    send = await webhook(town)
    attempt_id = shopper.asked[-1].answer["attempt_id"]
    sides = [send(), shopper.come_back(screen), town.sweep(attempt_id)]
    await asyncio.gather(*town.chance.sample(sides, len(sides)))
    await town.until(PAID, order_id)
    await town.check()


async def test_a_refund_is_made_once_though_the_worker_dies_while_it_is_made(town: Town) -> None:
    shopper = town.shopper
    order_id = await shopper.order()
    await shopper.come_back(await shopper.pay(order_id))
    await town.until(PAID, order_id)
    await town.provider("faults", call="refund", kind="timeout_after_commit")
    path = f"/orders/{order_id}/refunds"
    cover = {
        "line_id": str(Order.line_id_of(UUID(order_id), "cover")),
        "amount": {"amount": "100.00", "currency": "TRY"},
    }
    await town.admin.ask("RefundOrder", path, {"reason": "goodwill", "parts": [cover]})
    await town.until(LEASED, "RefundLine")
    await town.until(
        "SELECT count(*) = 1 FROM events WHERE type = 'payment.line_refunded'"
        " AND convert_from(payload, 'UTF8') LIKE %s",
        f"%{order_id}%",
    )
    await town.kill("worker")
    await town.check()
    [payment] = [p for p in await provider_book(town.system) if p["basket_id"] == order_id]
    assert payment["refunded"] == "100.00"


async def test_a_payment_is_called_off_once_though_the_worker_dies_while_it_is(town: Town) -> None:
    shopper = town.shopper
    order_id = await shopper.order()
    await shopper.come_back(await shopper.pay(order_id))
    await town.until(PAID, order_id)
    await town.provider("faults", call="cancel", kind="timeout_after_commit")
    await town.admin.ask("RefundOrder", f"/orders/{order_id}/refunds", {"reason": "goodwill"})
    await town.until(LEASED, "CancelPayment")
    await town.kill("worker")
    await town.until(
        "SELECT count(*) = 1 FROM events WHERE type = 'payment.cancelled'"
        " AND convert_from(payload, 'UTF8') LIKE %s",
        f"%{order_id}%",
    )
    await town.check()
