"""Carriers for tests: the three that there are, each with a way to let its parcels move."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from msgspec import Struct

from adapters.carriers.parcels import Pace
from adapters.carriers.simulated import SimulatedCarrier
from adapters.carriers.simulator import create_simulator
from adapters.carriers.yurtici import YurticiAccount, YurticiCarrier, cargo_key
from adapters.carriers.yurtici.local import PATH, LocalYurtici
from adapters.carriers.yurtici.soap import SoapDesk
from adapters.memory import MemoryCarrier
from application.ports import Carrier, ParcelNews, ParcelRequest
from domain.shared.address import Address
from tests.given import TestClock

USER, PASSWORD = "POLIKRAMI", "gizli-parola"
REQUEST = ParcelRequest(
    shipment_id=UUID("7d444840-9dc0-51d1-b245-5ffdce74fad2"),
    order_number="PK-7F3K-9Q2M",
    recipient=Address(
        name="Gülşah Öztürk Çağlayan",
        line="Yeşilköy Mah. İğde Sk. No: 5",
        district="Şişli",
        province="İstanbul",
        postcode="34387",
        phone="+90 532 111 22 33",
    ),
    webhook_url="http://shop.test/webhooks/carriers/simulated",
)


class Desk(Struct, kw_only=True):
    """A carrier, and how one of its parcels leaves."""

    carrier: Carrier
    leave: Callable[[UUID], Awaitable[None]]


@contextlib.asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    """An application on a free port of this machine; its address."""
    config = uvicorn.Config(app, lifespan="off", log_config=None, ws="none", http="h11")
    server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            server.force_exit = True
            await serving


@contextlib.asynccontextmanager
async def yurtici(
    *, password: str = PASSWORD, seconds: float = 5
) -> AsyncIterator[tuple[YurticiCarrier, LocalYurtici]]:
    """The real adapter, and the local server that it speaks to over HTTP."""
    local = LocalYurtici(USER, PASSWORD)
    async with served(local) as url, httpx.AsyncClient(timeout=seconds) as http:
        account = YurticiAccount(user=USER, password=password)
        yield YurticiCarrier(SoapDesk(http, url + PATH), account), local


@contextlib.asynccontextmanager
async def a_desk(kind: str) -> AsyncIterator[Desk]:
    """One of the carriers by the name of its kind."""
    if kind == "memory":
        memory = MemoryCarrier()

        async def leave_memory(shipment_id: UUID) -> None:
            memory.news[shipment_id] = ParcelNews(status="in_transit")

        yield Desk(carrier=memory, leave=leave_memory)
    elif kind == "yurtici":
        async with yurtici() as (carrier, local):

            async def leave_branch(shipment_id: UUID) -> None:
                local.move(cargo_key(shipment_id), "IND")

            yield Desk(carrier=carrier, leave=leave_branch)
    else:
        async with _simulated() as desk:
            yield desk


@contextlib.asynccontextmanager
async def _simulated() -> AsyncIterator[Desk]:
    clock = TestClock()
    nobody = httpx.MockTransport(lambda _: httpx.Response(204))
    async with httpx.AsyncClient(transport=nobody) as http:
        simulator = create_simulator(http, clock, pace=Pace(interval_seconds=60))
        transport = httpx.ASGITransport(simulator)  # type: ignore[arg-type]  # a stricter Scope
        async with httpx.AsyncClient(transport=transport, base_url="http://c.test") as to_carrier:

            async def leave(_shipment_id: UUID) -> None:
                clock.pass_(seconds=130)

            yield Desk(carrier=SimulatedCarrier(to_carrier), leave=leave)
        simulator.close()
