"""A process dies just before the provider acts on its call, or just after: money moves once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.faults.clients import Client, attempts
from tests.faults.conftest import Town
from tests.faults.oracle import emulator_url, provider_book

pytestmark = pytest.mark.fault

PAID = "SELECT count(*) = 1 FROM events WHERE stream_id = %s AND type = 'order.paid'"
REFUNDED = "SELECT count(*) = %s FROM events WHERE type = 'order.money_returned' AND stream_id = %s"


@pytest.fixture(params=["hang_before", "timeout_after_commit"])
def moment(request: pytest.FixtureRequest) -> str:
    """Whether the provider has acted when the process dies."""
    return str(request.param)


@asynccontextmanager
async def dies_calling(town: Town, name: str, *, call: str, moment: str) -> AsyncIterator[None]:
    """What the block asks for is under way when the process is killed, in the middle of the call;
    the block is left once it is up again.
    """
    await town.provider("faults", call=call, kind=moment)
    yield
    async with httpx.AsyncClient(base_url=emulator_url(town.system)) as http:
        async for _ in attempts(f"{call} to be held by the provider"):
            if any(met["call"] == call for met in (await http.get("/_control/faults/met")).json()):
                break
    await town.kill(name)


async def paid_order(town: Town, shopper: Client) -> str:
    """An order whose payment is confirmed."""
    order_id = await shopper.order()
    await shopper.come_back(await shopper.pay(order_id))
    await town.until(PAID, order_id)
    return order_id


async def booked(town: Town, order_id: str) -> list[dict[str, Any]]:
    """The payments of an order in the provider's book."""
    return [each for each in await provider_book(town.system) if each["basket_id"] == order_id]


async def test_a_page_is_opened_though_the_api_dies_opening_it(town: Town, moment: str) -> None:
    shopper = town.shopper
    await town.provider("plans", plan="drop")
    order_id = await shopper.order()
    async with dies_calling(town, "api", call="initialize", moment=moment):
        paying = asyncio.ensure_future(shopper.pay(order_id))
    await shopper.come_back(await paying)
    await town.until(PAID, order_id)
    await town.check()
    assert len(await booked(town, order_id)) == 1


async def test_a_payment_is_confirmed_though_the_api_dies_asking(town: Town, moment: str) -> None:
    shopper = town.shopper
    await town.provider("plans", plan="drop")
    order_id = await shopper.order()
    screen = await shopper.pay(order_id)
    async with dies_calling(town, "api", call="retrieve", moment=moment):
        returning = asyncio.ensure_future(shopper.come_back(screen))
    await returning
    await town.until(PAID, order_id)
    await town.check()


async def test_a_payment_is_found_though_the_worker_dies_asking(town: Town, moment: str) -> None:
    shopper = town.shopper
    await town.provider("plans", plan="drop")
    order_id = await shopper.order()
    await shopper.pay(order_id)
    async with dies_calling(town, "worker", call="retrieve", moment=moment):
        await town.sweep(shopper.asked[-1].answer["attempt_id"])
    await town.until(PAID, order_id)
    await town.check()


@pytest.mark.parametrize("call", ["report", "refund"])
async def test_a_line_goes_back_once_though_the_worker_dies(
    town: Town, call: str, moment: str
) -> None:
    order_id = await paid_order(town, town.shopper)
    line = (await booked(town, order_id))[0]["items"][0]
    part = {"line_id": line["item_id"], "amount": {"amount": line["paid_price"]}}
    body = {"reason": "goodwill", "parts": [part]}
    async with dies_calling(town, "worker", call=call, moment=moment):
        await town.admin.ask("RefundOrder", f"/orders/{order_id}/refunds", body)
    await town.until(REFUNDED, 1, order_id)
    await town.check()
    [payment] = await booked(town, order_id)
    assert payment["refunded"] == line["paid_price"]


async def test_a_whole_payment_goes_back_once_though_the_worker_dies(
    town: Town, moment: str
) -> None:
    order_id = await paid_order(town, town.shopper)
    async with dies_calling(town, "worker", call="cancel", moment=moment):
        await town.admin.ask("RefundOrder", f"/orders/{order_id}/refunds", {"reason": "goodwill"})
    lines = (await booked(town, order_id))[0]["items"]
    await town.until(REFUNDED, len(lines), order_id)
    await town.check()
    [payment] = await booked(town, order_id)
    assert payment["cancelled"]
