"""The real application with delivered covers on a real database."""

from __future__ import annotations

from uuid import UUID, uuid4

from application.orders import RecordDelivered, RecordShipped, StartProduction
from application.store import Append, Store
from domain.identity import ErasureRequest, User
from domain.orders import Order
from domain.shared.aggregate import Aggregate, Event, Metadata
from tests.api.shop import Person, tokens
from tests.design.atelier import Atelier


class Gallery(Atelier):
    """A shop where covers were made by designers, and delivered."""

    async def reader(self, name: str = "Ayşe Yılmaz") -> Person:
        """A customer whose name is known."""
        person = await self.customer()
        user = User.begin(
            User.Registered,
            id=person.id,
            now=self.clock.now(),
            email=f"{person.id}@example.org",
            name=name,
            password_hash="plain",
            language="tr",
            terms_version="1",
            privacy_version="1",
        )
        await self.record(user)
        return person

    async def delivered(self, reader: Person, designer: Person) -> str:
        """The path of an order whose cover the designer made and the reader has."""
        job = await self.commissioned(reader, designer)
        await self.post(f"{job}/accept", designer)
        await self.show(job, designer)
        await self.post(f"{job}/approve", reader)
        order_id = UUID((await self.get(job, reader))["job"]["order_id"])
        for command in (
            StartProduction(order_id=order_id, print_digest="ab" * 32),
            RecordShipped(order_id=order_id, shipment_id=uuid4()),
            RecordDelivered(order_id=order_id),
        ):
            await self.do(command)
        return f"/orders/{order_id}"

    async def refund(self, order_path: str) -> None:
        """All money of an order goes back."""
        order_id = UUID(order_path.rsplit("/", 1)[1])
        order = await Store(self.backend.event_log, self.clock.now()).get(Order, order_id)
        for line in order.charged_lines:
            order.record_refunded(uuid4(), line.line_id, amount=line.gross)
        await self.record(order)
        await self.catch_up()

    async def erase(self, person: Person) -> None:
        """A person is forgotten, as far as the log tells it."""
        user = await Store(self.backend.event_log, self.clock.now()).get(User, person.id)
        user.erase(ErasureRequest(asked_by="person"), forfeited_credits=0)
        await self.record(user)
        await self.catch_up()

    def signed_in_again(self, person: Person) -> None:
        """A token that is good now, for a person of whom time has passed."""
        person.token = tokens().mint(person.id, person.session_id, now=self.clock.now())

    async def record(self, aggregate: Aggregate) -> None:
        """Store what happened outside of the commands under test."""
        events = [each for each in aggregate.collect_events() if isinstance(each, Event)]
        command_id = uuid4()
        metadata = Metadata(command_id=command_id, command="Test", correlation_id=command_id)
        await self.backend.event_log.append(Append(events=events, metadata=metadata))
