"""The real application with designers and their jobs on a real database."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx

from application.bus import Bus
from application.design import OfferDesignJob
from application.orders import CommitDraft
from application.store import Append, Store
from domain.design import DesignJob
from domain.orders import Order
from domain.shared.aggregate import Event, Metadata
from tests.api.shop import Person
from tests.drafts.studio import HOME, Studio

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels" * 100
PROFILE = {
    "display_name": "Zeynep Çizer",
    "bio": "Suluboya kapaklar",
    "links": ["https://zeynep.example/is"],
    "specialities": ["watercolour", "poetry"],
}


class Atelier(Studio):
    """A shop where designers work."""

    async def designer(self, admin: Person, price: str = "450.00", **profile: Any) -> Person:
        """Somebody whom an admin approved, with the role that follows."""
        person = self.person()
        body = {"profile": PROFILE | profile, "price": price, "consent_version": "2026-01"}
        made = await self.post("/designers/applications", person, body)
        await self.post(f"/designers/{made['id']}/approve", admin)
        person.standing.roles.append("designer")
        return person

    async def id_of(self, designer: Person) -> str:
        """The designer's public id."""
        return str((await self.get("/designers/me", designer))["designer_id"])

    async def commissioned(self, reader: Person, designer: Person) -> str:
        """The path of a job for a paid order, as it is offered to the designer."""
        path = await self.draft(reader, "artist")
        choice = {"designer_id": await self.id_of(designer), "wishes": "Mavi olsun"}
        await self.post(f"{path}/designer", reader, choice)
        await self.post(f"{path}/addresses", reader, {"delivery": HOME})
        draft_id = UUID(path.rsplit("/", 1)[1])
        await self.do(CommitDraft(draft_id=draft_id, customer_id=reader.id))
        await self._pay(Order.id_of(draft_id))
        await self.do(OfferDesignJob(order_id=Order.id_of(draft_id)))
        return f"/design-jobs/{DesignJob.id_of(Order.id_of(draft_id))}"

    async def show(self, job: str, designer: Person, said: str = "Nasıl?") -> httpx.Response:
        """Send a preview."""
        answer: httpx.Response = await self.upload(
            f"{job}/previews", designer, PNG, Message=quote(said)
        )
        return answer

    async def _pay(self, order_id: UUID) -> None:
        log, bus = self.backend.event_log, self.backend.bus
        assert isinstance(bus, Bus)
        order = await Store(log, self.clock.now()).get(Order, order_id)
        attempt_id = uuid4()
        order.start_payment(attempt_id)
        order.mark_paid(attempt_id, order.total)
        events = [each for each in order.collect_events() if isinstance(each, Event)]
        metadata = Metadata(command_id=attempt_id, command="Test", correlation_id=attempt_id)
        await log.append(Append(events=events, metadata=metadata))
