"""The application over HTTP on a real database, with the routes of fulfilment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace

from adapters.carriers.seals import WebhookSeals
from adapters.files import SignedLinks
from adapters.memory import MemoryFileStore
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.print_houses.call_backs import DerivedCallBacks
from adapters.system import UuidIds
from api import app
from api.backend import Backend
from api.files import FilesController
from api.invoices import InvoicesController
from api.orders import OrdersController
from api.production import PrintHouseController, ProductionController, ReprintsController
from api.shipments import ParcelsController, ShipmentsController
from application.bus import Bus
from application.file_links import FileLinks
from application.invoices import InvoicingRules
from application.links import Links
from application.ports import Clock, FileStore
from application.production import CallBacks
from application.shipments import ParcelSeals, ShippingRules
from projections.invoices import invoices, return_documents
from projections.orders import orders
from projections.production import print_jobs
from projections.reads import Reads
from projections.runner import Projector
from projections.shipments import parcel_histories, trackings
from tests.api.shop import Person, Sessions, backend_for, client_of, tokens
from tests.given import TestClock
from tests.production.examples import CUSTOMER, LINKS

ROUTES = (
    FilesController,
    InvoicesController,
    OrdersController,
    ProductionController,
    ParcelsController,
    PrintHouseController,
    ReprintsController,
    ShipmentsController,
)


class Front:
    """A client, people, and read models that catch up when they are told to."""

    def __init__(
        self,
        backend: Backend,
        projector: Projector,
        *,
        sessions: Sessions,
        files: MemoryFileStore,
    ) -> None:
        self.backend = backend
        self.bus = backend.bus
        self.log = backend.event_log
        self.clock: Clock = backend.clock
        self.files = files
        self._projector = projector
        self._sessions = sessions
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(app, "CONTROLLERS", ROUTES)
            self.app = app.create_app(backend)
        self.client: httpx.AsyncClient = client_of(self.app)

    def person(self, *roles: str, id: UUID | None = None) -> dict[str, str]:
        """The headers of somebody who is signed in."""
        clock = self.backend.clock
        assert isinstance(clock, TestClock)
        person = Person(self._sessions, clock, *roles)
        if id:
            standing = replace(person.standing, person_id=id)
            self._sessions.by_id[person.session_id] = standing
            token = tokens().mint(id, person.session_id, now=clock.now())
            return {"Authorization": f"Bearer {token}"}
        return person.bearer

    @property
    def customer(self) -> dict[str, str]:
        """The headers of the customer whose orders the examples are."""
        return self.person("customer", id=CUSTOMER)

    async def catch_up(self) -> None:
        """Let the read models reach the head of the log."""
        if not self._projector.standings:
            await self._projector.prepare()
        while await self._projector.step():
            pass


@asynccontextmanager
async def open_front(
    pool: Pool, event_log: PostgresLog, *, database_url: str
) -> AsyncIterator[Front]:
    """The front on a test's database."""
    clock, files = TestClock(), MemoryFileStore()
    ports: dict[type, object] = {
        Links: LINKS,
        FileLinks: SignedLinks(bytes(range(32)), clock),
        FileStore: files,
        ParcelSeals: WebhookSeals(),
        CallBacks: DerivedCallBacks(LINKS),
        InvoicingRules: InvoicingRules(),
        ShippingRules: ShippingRules(),
    }
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    bus = Bus(event_log, ports, clock=clock, ids=UuidIds())
    backend = backend_for(
        sessions := Sessions(), clock=clock, bus=bus, reads=reads, event_log=event_log, pool=pool
    )
    front = Front(
        replace(backend, ports=ports),
        Projector(
            pool,
            event_log,
            [invoices, orders, return_documents, print_jobs, parcel_histories, trackings],
        ),
        sessions=sessions,
        files=files,
    )
    await front.catch_up()
    yield front
    await reads.stop()
