"""The whole till over HTTP: the real application on a real database, with a provider in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from msgspec.structs import replace

from adapters.files.links import SignedLinks
from adapters.gateways import OneGateway
from adapters.iyzico.hints import IyzicoWebhooks
from adapters.memory import MemoryGateway
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.postgres.webhooks import PostgresWebhooks
from adapters.system import UuidIds
from adapters.tokens import KeyedClaims
from api.app import CONTROLLERS, create_app
from api.orders import OrdersController, StaffOrdersController
from api.payments import (
    PaymentsController,
    ProviderController,
    RefusedRefundsController,
    WebhooksController,
)
from application.bus import Bus, Command
from application.drafts import AttachArtwork, ChangeBook, GiveAddresses, StartDraft
from application.file_links import FileLinks
from application.identity import Claims
from application.invoices import InvoicingRules, IssueInvoice
from application.payments import (
    AskProvider,
    CancelPayment,
    RefundLine,
    WebhookDesk,
)
from application.payments.webhooks import WebhookPolicy
from application.ports import Clock, PaymentGateway, PaymentGateways
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.processes import refunds as _refunds  # noqa: F401  # registers reactions
from application.store import Append, Store
from application.terms import Terms
from application.work import reactions_to
from domain.drafts import Addresses, Book
from domain.identity import User
from domain.orders import Order
from domain.payments import PaymentAttempt
from domain.shared.aggregate import Event, Metadata
from projections.base import AnyReadModel
from projections.identity import persons
from projections.orders import order_streams, order_timelines, orders
from projections.payments import payment_refunds, payments
from projections.reads import Reads
from projections.runner import Projector
from projections.shipments import trackings
from tests.api.shop import Person, Sessions, Shop, backend_for, client_of
from tests.given import TestClock, can
from tests.orders.examples import ADDRESS, ARTWORK
from workers.payments import ask_about_payment, cancel_payment, refund_line

SECRET = "sandbox-secret"
MODELS: list[AnyReadModel] = [
    orders,
    order_streams,
    order_timelines,
    payments,
    payment_refunds,
    persons,
    trackings,
]
OURS = (
    OrdersController,
    StaffOrdersController,
    PaymentsController,
    ProviderController,
    RefusedRefundsController,
    WebhooksController,
)


class Checkout(Shop):
    """A shop at whose till one can pay."""

    def __init__(
        self,
        pool: Pool,
        event_log: PostgresLog,
        reads: Reads,
        *,
        provider: PaymentGateway | None = None,
    ) -> None:
        self.gateway = MemoryGateway()
        self.provider = provider or self.gateway
        self.gateways = OneGateway(self.provider)
        self.log = event_log
        self.seen = 0
        clock, sessions = TestClock(), Sessions()
        claims = KeyedClaims(b"c" * 32)
        told: dict[type, object] = {
            Terms: Terms(),
            Claims: claims,
            InvoicingRules: InvoicingRules(),
        }
        bus = Bus(event_log, told, clock=clock, ids=UuidIds())
        backend = backend_for(
            sessions, clock=clock, bus=bus, reads=reads, event_log=event_log, pool=pool
        )
        self.inbox = PostgresWebhooks(pool)
        self.desk = self.desk_with("hints", bus=bus, clock=clock)
        ports: dict[type, object] = {
            PaymentGateways: self.gateways,
            Terms: Terms(),
            Claims: claims,
            WebhookDesk: self.desk,
            FileLinks: SignedLinks(b"k" * 32, clock),
            Clock: clock,
        }
        super().__init__(
            replace(backend, ports=ports), Projector(pool, event_log, MODELS), sessions
        )

    def desk_with(
        self, policy: WebhookPolicy, *, bus: Bus | None = None, clock: Clock | None = None
    ) -> WebhookDesk:
        """A desk for webhooks that stands at this shop's inbox."""
        return WebhookDesk(
            IyzicoWebhooks(SECRET),
            self.inbox,
            bus=bus or self.backend.bus,
            world=(clock or self.clock, UuidIds()),
            policy=policy,
        )

    def _open(self) -> None:
        more = [each for each in OURS if each not in CONTROLLERS]
        self.app = create_app(self.backend, more=more)
        self.client = client_of(self.app)

    async def customer(self) -> Person:
        """Somebody with an account and an open session."""
        return await self._registered(self.person("customer"), "Ayşe Yılmaz", "ayse@example.org")

    async def finance(self) -> Person:
        """Somebody who works in finance, also by the log."""
        person = self.person("finance")
        return await self._registered(person, "Fatma Demir", "fatma@polikrami.example")

    async def _registered(self, person: Person, name: str, email: str) -> Person:
        user = User.begin(
            User.Registered,
            id=person.id,
            now=self.clock.now(),
            email=email,
            name=name,
            password_hash="plain",
            language="tr",
            terms_version="1",
            privacy_version="1",
        )
        if "finance" in person.standing.roles:
            user.grant("finance", by=None)
        metadata = Metadata(command_id=person.id, command="Register", correlation_id=person.id)
        events = [event for event in user.collect_events() if isinstance(event, Event)]
        await self.log.append(Append(events=events, metadata=metadata))
        return person

    async def draft_of(self, person: Person) -> UUID:
        """A draft that lacks nothing."""
        draft_id = self.backend.ids.new()
        own: dict[str, Any] = {"draft_id": draft_id, "customer_id": person.id}
        addresses = Addresses(delivery=ADDRESS, billing=ADDRESS)
        commands: list[Command] = [
            StartDraft(**own, method="upload"),
            ChangeBook(**own, book=Book(title="Tutunamayanlar", author="Oğuz Atay")),
            AttachArtwork(**own, artwork=ARTWORK, size_bytes=9),
            GiveAddresses(**own, addresses=addresses),
        ]
        for command in commands:
            await self.backend.bus.execute(command)
        return draft_id

    async def ordered(self, person: Person) -> UUID:
        """An order that awaits its payment."""
        answer = await self.command(f"/drafts/{await self.draft_of(person)}/commit", person)
        assert answer.status_code == httpx.codes.CREATED, answer.text
        return UUID(answer.json()["order_id"])

    async def pay_page(self, person: Person, order_id: UUID, key: str = "pay") -> httpx.Response:
        """Ask for the payment page."""
        return await self.client.post(
            f"/orders/{order_id}/payments", headers=person.bearer | {"Idempotency-Key": key}
        )

    async def paid(self, person: Person) -> UUID:
        """An order that was paid and whose shopper came back."""
        order_id = await self.ordered(person)
        page = await self.pay_page(person, order_id, key=f"pay {order_id}")
        attempt = UUID(page.json()["attempt_id"])
        token = (await self.attempt(attempt)).token
        self.gateway.pay(token)
        await self.come_back(attempt, token)
        await self.catch_up()
        return order_id

    async def come_back(self, attempt_id: UUID, token: str) -> httpx.Response:
        """The browser comes back from the provider, without any cookie of ours."""
        reads = {"Accept": "text/html,application/xhtml+xml;q=0.9"}
        address = f"/payments/{attempt_id}/return"
        return await self.client.post(address, data={"token": token}, headers=reads)

    async def order(self, order_id: UUID) -> Order:
        """The order as the log has it."""
        return await Store(self.log, self.clock.now()).get(Order, order_id)

    async def attempt(self, attempt_id: UUID) -> PaymentAttempt:
        """The attempt as the log has it."""
        return await Store(self.log, self.clock.now()).get(PaymentAttempt, attempt_id)

    async def carry_out(self) -> None:
        """Do the commands and payment jobs that follow from what happened."""
        while page := await self.log.page(self.seen, 100):
            self.seen = page[-1].position
            for wish in [wish for recorded in page for wish in reactions_to(recorded)]:
                outcome: Any = wish.intent
                if isinstance(outcome, AskProvider):
                    outcome = await ask_about_payment(
                        outcome, self.gateways, log=self.log, clock=self.clock
                    )
                elif isinstance(outcome, RefundLine):
                    outcome = await refund_line(outcome, self.gateways, self.log, clock=self.clock)
                elif isinstance(outcome, CancelPayment):
                    outcome = await cancel_payment(
                        outcome, self.gateways, self.log, clock=self.clock
                    )
                # Whose reactions are registered depends on which tests run beside this one
                if isinstance(outcome, IssueInvoice):
                    continue
                if isinstance(outcome, Command) and can(outcome, [Terms, InvoicingRules]):
                    await self.backend.bus.execute(outcome)
        await self.catch_up()


@asynccontextmanager
async def a_checkout(
    pool: Pool, event_log: PostgresLog, database_url: str
) -> AsyncIterator[Checkout]:
    """A shop with an empty log."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    try:
        opened = Checkout(pool, event_log, reads)
        await opened.catch_up()
        yield opened
    finally:
        await reads.stop()
