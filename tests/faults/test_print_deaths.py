"""Processes die between the print file, the hand-over and the parcel, for a cover and a reprint."""

from __future__ import annotations

import asyncio

import pytest

from tests.faults.conftest import Town

pytestmark = pytest.mark.fault

HAPPENED = (
    "SELECT count(*) = 1 FROM events WHERE type = %s"
    " AND convert_from(payload, 'UTF8')::jsonb @> jsonb_build_object('order_id', %s::text)"
    " AND coalesce((convert_from(payload, 'UTF8')::jsonb ->> %s)::int, 0) = %s"
)
PARCELS = (
    "SELECT count(*) = %s FROM events WHERE type = 'shipment.arrived'"
    " AND convert_from(payload, 'UTF8')::jsonb @> jsonb_build_object('order_id', %s::text)"
)
DEATHS = (
    ("print_job.requested", "renderer"),
    ("print_job.file_made", "worker"),
    ("print_job.handed_over", "reactor"),
    ("shipment.requested", "worker"),
)
"""After what has happened, who dies."""


async def follow(town: Town, order_id: str, *, copy: int) -> None:
    """Let a copy reach its parcel, past one death at each step."""
    for step, victim in DEATHS:
        field = "parcel" if step.startswith("shipment") else "copy"
        await town.until(HAPPENED, step, order_id, field, copy)
        await town.kill(victim)
    await town.until(PARCELS, copy + 1, order_id)


async def test_a_cover_and_its_reprint_are_printed_once_each_whoever_dies(town: Town) -> None:
    shopper, admin = town.shopper, town.admin
    order_id = await shopper.order()
    await shopper.come_back(await shopper.pay(order_id))
    await follow(town, order_id, copy=0)
    await admin.ask("RequestReprint", f"/orders/{order_id}/reprints", {"reason": "damaged"})
    await follow(town, order_id, copy=1)
    await town.check()
    seen = await shopper.see(f"/orders/{order_id}")
    assert seen["state"] == "delivered"
    house = town.system.settings.printing.folder
    tickets = await asyncio.to_thread(lambda: sorted(house.glob(f"*{seen['number']}*")))
    assert len(tickets) == 2
    assert all((ticket / "ticket.json").is_file() for ticket in tickets)
