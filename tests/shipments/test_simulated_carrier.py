"""Parcels are announced once, travel by themselves, and tell of it, signed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from adapters.carriers.parcels import STATUSES, Pace
from adapters.carriers.signatures import verify_webhook
from adapters.carriers.simulated import SimulatedCarrier
from adapters.carriers.simulator import CarrierSimulator, create_simulator
from adapters.memory import MemoryCarrier
from application.ports import Carrier, ParcelRefused, ParcelRequest, Unavailable
from domain.shared.address import Address
from tests.given import TestClock

REQUEST = ParcelRequest(
    shipment_id=UUID(int=7),
    order_number="PK-7F3K-9Q2M",
    recipient=Address(name="Ayşe Işık", line="Gül Sokağı 5", district="Çankaya", province="Ankara"),
    webhook_url="http://shop.test/webhooks/carriers/simulated",
)
AT_ONCE = Pace(interval_seconds=0, retry_seconds=0)


class Shop:
    """Where webhooks arrive; it refuses the first few."""

    def __init__(self, *, refuses: int = 0) -> None:
        self.refuses = refuses
        self.arrived: asyncio.Queue[httpx.Request] = asyncio.Queue()

    async def take(self, request: httpx.Request) -> httpx.Response:
        if self.refuses:
            self.refuses -= 1
            return httpx.Response(503)
        self.arrived.put_nowait(request)
        return httpx.Response(204)

    async def next(self, count: int) -> list[httpx.Request]:
        """So many arrivals, as they come."""
        async with asyncio.timeout(5):
            return [await self.arrived.get() for _ in range(count)]


@asynccontextmanager
async def simulator_for(
    shop: Shop, clock: TestClock, *, pace: Pace = AT_ONCE, file: Path | None = None
) -> AsyncIterator[CarrierSimulator]:
    """A simulator that travels, with its webhooks going to the shop."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(shop.take)) as http:
        simulator = create_simulator(http, clock, file=file, pace=pace)
        async with simulator.travelling():
            yield simulator
        simulator.close()


@asynccontextmanager
async def carrier_of(simulator: CarrierSimulator) -> AsyncIterator[SimulatedCarrier]:
    """The application's side of the same simulator."""
    transport = httpx.ASGITransport(simulator)  # type: ignore[arg-type]  # a stricter Scope
    async with httpx.AsyncClient(transport=transport, base_url="http://carrier.test") as http:
        yield SimulatedCarrier(http)


@pytest.fixture(params=["simulated", "memory"])
async def any_carrier(request: pytest.FixtureRequest) -> AsyncIterator[Carrier]:
    if request.param == "memory":
        yield MemoryCarrier()
        return
    async with simulator_for(Shop(), TestClock()) as simulator, carrier_of(simulator) as carrier:
        yield carrier


def bodies(arrived: list[httpx.Request]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(request.content) for request in arrived]


async def test_announcing_twice_is_announcing_once(any_carrier: Carrier) -> None:
    parcel = await any_carrier.create_parcel(REQUEST)
    assert parcel == await any_carrier.create_parcel(REQUEST)
    assert parcel.carrier_reference.startswith("SIM")
    other = msgspec.structs.replace(REQUEST, shipment_id=UUID(int=8))
    assert parcel.webhook_secret != (await any_carrier.create_parcel(other)).webhook_secret


async def test_a_parcel_tells_every_step_signed_with_its_own_secret() -> None:
    shop, clock = Shop(), TestClock()
    async with simulator_for(shop, clock) as simulator, carrier_of(simulator) as carrier:
        parcel = await carrier.create_parcel(REQUEST)
        arrived = await shop.next(5)
    told = bodies(arrived)
    assert [body["status"] for body in told] == list(STATUSES)
    assert [body["sequence"] for body in told] == [1, 2, 3, 4, 5]
    assert {body["carrier_reference"] for body in told} == {parcel.carrier_reference}
    for request in arrived:
        assert str(request.url) == REQUEST.webhook_url
        secret, headers = parcel.webhook_secret, request.headers
        assert verify_webhook(secret, headers, body=request.content, now=clock.now())
        assert not verify_webhook(secret, headers, body=request.content + b" ", now=clock.now())


async def test_a_message_that_is_not_taken_comes_again() -> None:
    shop = Shop(refuses=3)
    async with simulator_for(shop, TestClock()) as simulator, carrier_of(simulator) as carrier:
        await carrier.create_parcel(REQUEST)
        arrived = await shop.next(5)
    assert sorted(body["sequence"] for body in bodies(arrived)) == [1, 2, 3, 4, 5]


async def test_on_request_messages_come_twice_and_in_any_order() -> None:
    shop, pace = Shop(), Pace(interval_seconds=0, shuffled=True, copies=2)
    async with (
        simulator_for(shop, TestClock(), pace=pace) as simulator,
        carrier_of(simulator) as carrier,
    ):
        await carrier.create_parcel(REQUEST)
        arrived = await shop.next(10)
    assert sorted(body["sequence"] for body in bodies(arrived)) == sorted([1, 2, 3, 4, 5] * 2)
    assert len({request.headers["webhook-id"] for request in arrived}) == 5


async def test_a_parcel_travels_on_after_a_restart(tmp_path: Path) -> None:
    shop, clock, file = Shop(), TestClock(), tmp_path / "parcels.sqlite"
    pace = Pace(interval_seconds=3600)
    async with (
        simulator_for(shop, clock, pace=pace, file=file) as simulator,
        carrier_of(simulator) as carrier,
    ):
        parcel = await carrier.create_parcel(REQUEST)
        await shop.next(1)
    clock.pass_(hours=2)
    async with (
        simulator_for(shop, clock, pace=pace, file=file) as simulator,
        carrier_of(simulator) as carrier,
    ):
        assert await carrier.create_parcel(REQUEST) == parcel
        told = bodies(await shop.next(2))
        assert shop.arrived.empty()
    assert [body["status"] for body in told] == ["label_created", "in_transit"]


async def test_the_courier_lives_as_long_as_the_server() -> None:
    shop = Shop()
    said: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    steps: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    async with httpx.AsyncClient(transport=httpx.MockTransport(shop.take)) as http:
        simulator = create_simulator(http, TestClock(), pace=AT_ONCE)
        life = asyncio.create_task(
            # ASGI's messages are closed kinds of dicts; these queues carry plain ones
            simulator({"type": "lifespan"}, steps.get, said.put)  # type: ignore[arg-type]
        )
        steps.put_nowait({"type": "lifespan.startup"})
        assert (await said.get())["type"] == "lifespan.startup.complete"
        async with carrier_of(simulator) as carrier:
            await carrier.create_parcel(REQUEST)
            await shop.next(5)
        steps.put_nowait({"type": "lifespan.shutdown"})
        await life
        assert (await said.get())["type"] == "lifespan.shutdown.complete"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(503), Unavailable),
        (httpx.Response(429), Unavailable),
        (httpx.Response(200, text="<html>"), Unavailable),
        (httpx.Response(400), ParcelRefused),
    ],
)
async def test_only_answers_for_the_time_being_are_tried_again(
    answer: httpx.Response, outcome: type[Exception]
) -> None:
    transport = httpx.MockTransport(lambda _: answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://carrier.test") as http:
        with pytest.raises(outcome):
            await SimulatedCarrier(http).create_parcel(REQUEST)


@pytest.mark.parametrize("body", [b"{}", b"not json", b"[1]", bytes(70_000)])
async def test_the_simulator_refuses_what_is_not_a_parcel(body: bytes) -> None:
    async with simulator_for(Shop(), TestClock()) as simulator:
        transport = httpx.ASGITransport(simulator)  # type: ignore[arg-type]  # a stricter Scope
        async with httpx.AsyncClient(transport=transport, base_url="http://c.test") as http:
            assert (await http.post("/parcels", content=body)).is_client_error
            assert (await http.get("/parcels")).status_code == 404
