"""What every carrier promises: the simulated one, the one in memory, and Yurtiçi's web service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from msgspec.structs import replace

from application.ports import Carrier
from tests.shipments.carriers import REQUEST, Desk, a_desk

ID = REQUEST.shipment_id
OTHER = replace(REQUEST, shipment_id=UUID(int=8))


@pytest.fixture(params=["simulated", "memory", "yurtici"])
async def desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    async with a_desk(request.param) as desk:
        yield desk


async def test_announcing_twice_is_announcing_once(desk: Desk) -> None:
    first = await desk.carrier.create_parcel(REQUEST)
    assert await desk.carrier.create_parcel(REQUEST) == first
    other = await desk.carrier.create_parcel(OTHER)
    assert other.carrier_reference != first.carrier_reference


async def test_a_reference_fits_under_a_barcode(desk: Desk) -> None:
    reference = (await desk.carrier.create_parcel(REQUEST)).carrier_reference
    assert reference.isascii()
    assert 0 < len(reference) <= 20


async def test_who_does_not_tell_gives_no_secret(desk: Desk) -> None:
    parcel = await desk.carrier.create_parcel(REQUEST)
    assert bool(parcel.webhook_secret) == desk.carrier.tells


async def test_a_carrier_answers_about_the_parcels_that_it_knows(desk: Desk) -> None:
    assert await desk.carrier.ask([ID]) == {}
    await desk.carrier.create_parcel(REQUEST)
    news = await desk.carrier.ask([ID, OTHER.shipment_id])
    assert {each: said.status for each, said in news.items()} == {ID: "created"}


async def test_what_has_left_is_on_its_way(desk: Desk) -> None:
    assert await standing_after_leaving(desk) == "in_transit"


async def test_what_has_not_left_can_be_stopped_twice(desk: Desk) -> None:
    await desk.carrier.create_parcel(REQUEST)
    assert await desk.carrier.cancel_parcel(ID) == "cancelled"
    assert await desk.carrier.cancel_parcel(ID) == "cancelled"
    assert (await desk.carrier.ask([ID]))[ID].status == "cancelled"


async def test_what_has_left_is_not_stopped(desk: Desk) -> None:
    await standing_after_leaving(desk)
    assert await desk.carrier.cancel_parcel(ID) == "too_late"


async def test_what_was_never_announced_is_unknown(desk: Desk) -> None:
    assert await desk.carrier.cancel_parcel(ID) == "unknown"


async def standing_after_leaving(desk: Desk) -> str | None:
    carrier: Carrier = desk.carrier
    await carrier.create_parcel(REQUEST)
    await desk.leave(ID)
    return (await carrier.ask([ID]))[ID].status
