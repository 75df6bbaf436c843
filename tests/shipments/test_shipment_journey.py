"""From the money to the door: real reactor, jobs and database, and the simulated carrier."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import httpx
import msgspec
import pytest
from msgspec.structs import replace

from adapters.carriers.named import NamedCarriers
from adapters.carriers.parcels import Pace
from adapters.carriers.simulated import SimulatedCarrier
from adapters.carriers.simulator import create_simulator
from adapters.mail_templates import FolderTemplates
from adapters.memory import MemoryInvoicePrinter, MemoryPrepress
from adapters.memory_printing import MemoryPrintHouse
from adapters.postgres.jobs import Jobs
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.notifications import MailWriter, SendMail
from application.ports import Carrier, Carriers, InvoicePrinter, Mail, Prepress, PrintHouse
from application.store import EventLog, Store
from application.terms import Terms
from domain.invoices import Invoice
from domain.orders import Order
from domain.shipments import Shipment
from tests.production.examples import (
    LINKS,
    ORDER,
    PICTURE,
    a_customer,
    a_paid_order,
    artwork,
    keep,
    only_fulfilment,
)
from tests.production.front import Front, open_front
from workers.jobs import Worker
from workers.reactor import Reactor

TEMPLATES = Path(__file__).parents[2] / "deploy" / "data" / "mails"
HASTY = Pace(interval_seconds=0, shuffled=True, copies=3, retry_seconds=0, most_attempts=100_000)


@pytest.fixture
async def front(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, event_log, database_url=database_url) as front:
        yield front


@asynccontextmanager
async def a_carrier(front: Front) -> AsyncIterator[SimulatedCarrier]:
    """A carrier that tells everything three times, in any order, and at once."""
    shop = httpx.ASGITransport(app=front.app)  # type: ignore[arg-type]  # a stricter Scope
    async with httpx.AsyncClient(transport=shop) as to_shop:
        simulator = create_simulator(to_shop, front.clock, pace=HASTY)
        desk = httpx.ASGITransport(app=simulator)  # type: ignore[arg-type]  # as above
        async with (
            simulator.travelling(),
            httpx.AsyncClient(transport=desk, base_url="http://carrier.test") as to_carrier,
        ):
            yield SimulatedCarrier(to_carrier)
        simulator.close()


async def test_a_paid_order_arrives_with_its_invoice_and_the_reader_hears_of_it(
    front: Front, pool: Pool, event_log: PostgresLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_fulfilment(monkeypatch)
    writer = MailWriter(FolderTemplates(TEMPLATES), LINKS, front.files)
    mails: list[Mail] = []
    digest = await front.files.put(artwork(b"red"))
    await keep(event_log, a_customer(), a_paid_order(picture=replace(PICTURE, digest=digest)))
    async with a_carrier(front) as carrier:
        reactor, jobs = Reactor(pool, event_log, front.bus, nobody_sleeps), Jobs(pool)
        worker = Worker(jobs, front.bus, tools(front, carrier), name="w", at_once=4)
        async with asyncio.timeout(20):
            while len(mails) < 3 or not await all_was_told(event_log):
                await reactor.step()
                for queue in ("work", "render"):
                    await worker.drain(queue)
                mails += [
                    await writer.write(*each, user=a_customer()) for each in await mailed(jobs)
                ]
    order = await Store(event_log, front.clock.now()).get(Order, ORDER)
    invoice = await Store(event_log, front.clock.now()).get(Invoice, Invoice.id_of(ORDER))
    assert (order.state, invoice.issued.number) == ("delivered", "PLK2026000000001")
    by_subject = {mail.subject: mail for mail in mails}
    shipped = f"Your order {order.number} is on its way"
    assert {subject: len(mail.attachments) for subject, mail in by_subject.items()} == {
        "The invoice for your order: PLK2026000000001": 1,
        shipped: 0,
        f"Your order {order.number} has been delivered": 0,
    }
    token = by_subject[shipped].text.partition("/tracking#token=")[2].split()[0]
    await front.catch_up()
    seen = (await front.client.get(f"/tracking/{token}")).json()
    assert (seen["status"], len(seen["steps"])) == ("delivered", 5)


def tools(front: Front, carrier: Carrier) -> dict[type, object]:
    """What workers work with."""
    return {
        **front.backend.ports,
        EventLog: front.log,
        Prepress: MemoryPrepress(),
        PrintHouse: MemoryPrintHouse(),
        InvoicePrinter: MemoryInvoicePrinter(),
        Carriers: NamedCarriers({"simulated": carrier}),
        Terms: Terms(),
    }


async def all_was_told(log: EventLog) -> bool:
    """Whether the carrier's five messages are in the log."""
    shipment = await Store(log, a_customer().now).find(Shipment, Shipment.id_of(ORDER))
    return shipment is not None and len(shipment.reports) == 5


async def mailed(jobs: Jobs) -> list[tuple[SendMail, UUID]]:
    """The mails that are to be written now."""
    leased = await jobs.lease("mail", worker="w", most=9, seconds=60)
    for each in leased:
        await jobs.finish(each)
    return [(msgspec.json.decode(each.body, type=SendMail), each.job_id) for each in leased]


async def nobody_sleeps(_queue: str) -> None:
    return
