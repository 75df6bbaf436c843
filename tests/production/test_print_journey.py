"""From the money to two printed copies: real reactor, jobs, database, and a print house that spoils
the first attempt of each copy and tells everything three times, in any order.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from msgspec.structs import replace

from adapters.memory import MemoryPrepress
from adapters.postgres.jobs import Jobs
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.print_houses.book import HousePace
from adapters.print_houses.local import LocalPrintHouse, create_print_house
from adapters.print_houses.over_http import HttpPrintHouse
from application.bus import Call
from application.ports import Prepress, PrintHouse
from application.production import RequestReprint
from application.store import EventLog, Store
from application.terms import Terms
from deploy.emulators import EmbeddedServer
from domain.orders import Order
from domain.production import PrintJob
from domain.shipments import Shipment
from tests.production.examples import (
    ORDER,
    PICTURE,
    a_customer,
    a_paid_order,
    artwork,
    keep,
    only_fulfilment,
)
from tests.production.front import Front, open_front
from tests.production.houses import CALL_BACKS, KEY
from workers.jobs import Worker
from workers.reactor import Reactor

HASTY = HousePace(
    interval_seconds=0, spoils=1, shuffled=True, copies=3, retry_seconds=0, most_attempts=100_000
)


@pytest.fixture
async def front(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, event_log, database_url=database_url) as front:
        yield front


@asynccontextmanager
async def a_served_house(front: Front, file: Path) -> AsyncIterator[tuple[LocalPrintHouse, str]]:
    """The local print house behind a real server, and its address."""
    shop = httpx.ASGITransport(app=front.app)  # type: ignore[arg-type]  # a stricter Scope
    async with httpx.AsyncClient(transport=shop) as to_shop:
        house = create_print_house(to_shop, front.clock, key=KEY, file=file, pace=HASTY)
        config = uvicorn.Config(house, log_config=None, access_log=False)
        server = EmbeddedServer(config)
        with socket.create_server(("127.0.0.1", 0)) as door:
            # Whoever knocks before it serves waits at the door
            serving = asyncio.create_task(server.serve(sockets=[door]))
            yield house, f"http://127.0.0.1:{door.getsockname()[1]}"
            server.should_exit = True
            await serving


async def test_a_cover_is_printed_once_per_attempt_and_each_copy_becomes_a_parcel(
    front: Front,
    pool: Pool,
    event_log: PostgresLog,
    *,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_fulfilment(monkeypatch)
    digest = await front.files.put(artwork(b"red"))
    await keep(event_log, a_customer(), a_paid_order(picture=replace(PICTURE, digest=digest)))
    reactor = Reactor(pool, event_log, front.bus, nobody_sleeps)
    async with a_served_house(front, tmp_path / "house.sqlite") as (house, url):
        headers = {"Authorization": f"Bearer {KEY}"}
        async with httpx.AsyncClient(base_url=url, headers=headers) as to_house:
            tools: dict[type, object] = {
                **front.backend.ports,
                EventLog: front.log,
                Prepress: MemoryPrepress(),
                PrintHouse: HttpPrintHouse(to_house, CALL_BACKS),
                Terms: Terms(),
            }
            worker = Worker(Jobs(pool), front.bus, tools, name="w", at_once=4)
            await work_until_printed(front, reactor, worker, copy=0)
            reprint = RequestReprint(order_id=ORDER, request_id=UUID(int=1), reason="damaged")
            await front.bus.execute(reprint, Call(key="reprint"))
            await work_until_printed(front, reactor, worker, copy=1)
        jobs = [PrintJob.id_of(ORDER, copy) for copy in (0, 1)]
        assert set(house.book.released()) == {
            str(PrintJob.ticket_id_of(job, attempt)) for job in jobs for attempt in (1, 2)
        }
    order = await Store(event_log, front.clock.now()).get(Order, ORDER)
    assert order.state == "in_production"
    await reactor_rests(reactor)
    for copy in (0, 1):
        assert await event_log.aggregate(Shipment.id_of(ORDER, copy))


async def work_until_printed(front: Front, reactor: Reactor, worker: Worker, *, copy: int) -> None:
    """Until the second attempt of this copy is printed."""
    async with asyncio.timeout(30):
        while True:
            await reactor.step()
            for queue in ("render", "work"):
                await worker.drain(queue)
            job: Any = await Store(front.log, front.clock.now()).find(
                PrintJob, PrintJob.id_of(ORDER, copy)
            )
            if job is not None and job.state == "printed":
                assert job.printed_attempt == 2
                return


async def reactor_rests(reactor: Reactor) -> None:
    while await reactor.step():
        pass


async def nobody_sleeps(_queue: str) -> None:
    return
