"""Processes die between any two steps of an order that is held, moved, printed and delivered."""

from __future__ import annotations

import pytest

from deploy.demo.journey import ADDRESS
from tests.faults.conftest import Town

pytestmark = pytest.mark.fault

HAPPENED = "SELECT count(*) = 1 FROM events WHERE stream_id = %s AND type = %s"
CAUGHT_UP = (
    "SELECT (SELECT min(position) FROM reactors) >="
    " (SELECT max(position) FROM events WHERE stream_id = %s)"
)
ANKARA = ADDRESS | {"province": "Ankara", "district": "Çankaya"}


async def kinds_of(town: Town, order_id: str) -> list[str]:
    """The order's own events, in order."""
    query = "SELECT type FROM events WHERE stream_id = %s ORDER BY position"
    return [str(row[0]) for row in town.system.query(query, order_id)]


async def test_an_order_that_is_held_and_moved_arrives_once_whoever_dies(town: Town) -> None:
    shopper, admin = town.shopper, town.admin
    order_id = await shopper.order()
    path = f"/admin/orders/{order_id}"
    doubt = {"kind": "fraud", "reason": "Kart başkasının"}
    hold_id = (await admin.ask("HoldOrder", f"{path}/holds", doubt))["hold_id"]
    await town.kill("api")
    await shopper.come_back(await shopper.pay(order_id))
    await town.kill("reactor")
    await town.until(HAPPENED, order_id, "order.paid")
    await town.until(CAUGHT_UP, order_id)
    await shopper.ask("ChangeDelivery", f"/orders/{order_id}/delivery", {"address": ANKARA})
    await town.kill("api")
    assert await kinds_of(town, order_id) == [
        "order.placed",
        "order.held",
        "order.payment_started",
        "order.paid",
        "order.delivery_changed",
    ]
    await admin.ask("ReleaseOrder", f"{path}/holds/{hold_id}/release")
    await town.kill("reactor")
    await town.kill("renderer")
    await town.until(HAPPENED, order_id, "order.production_started")
    await town.kill("worker")
    for step in ("order.shipped", "order.delivered"):
        await town.until(HAPPENED, order_id, step)
        await town.kill("reactor")
    await town.check()
    told = await kinds_of(town, order_id)
    assert len(told) == len(set(told))
    seen = await shopper.see(f"/orders/{order_id}")
    assert (seen["state"], seen["delivery"]["province"], seen["held"]) == (
        "delivered",
        "Ankara",
        False,
    )


async def test_an_order_that_is_held_and_cancelled_pays_back_whoever_dies(town: Town) -> None:
    shopper, admin = town.shopper, town.admin
    order_id = await shopper.order()
    doubt = {"kind": "other", "reason": "Sorulacak"}
    await admin.ask("HoldOrder", f"/admin/orders/{order_id}/holds", doubt)
    await shopper.come_back(await shopper.pay(order_id))
    await town.until(HAPPENED, order_id, "order.paid")
    await admin.ask("RefuseOrder", f"/admin/orders/{order_id}/cancel")
    await town.kill("reactor")
    await town.kill("worker")
    lines = len((await shopper.see(f"/orders/{order_id}"))["lines"])
    query = (
        "SELECT count(*) = %s FROM events WHERE stream_id = %s AND type = 'order.money_returned'"
    )
    await town.until(query, lines, order_id)
    await town.check()
    assert "order.production_started" not in await kinds_of(town, order_id)
