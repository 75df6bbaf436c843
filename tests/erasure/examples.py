"""A house in which somebody has an account, a wallet and more, and may want to be forgotten."""

from __future__ import annotations

from uuid import UUID

import application.processes.forgetting  # noqa: F401  # registers what follows from the events
from application.designers import ApplyAsDesigner
from application.identity import EraseMe, ErasePerson, Unsettled
from application.store import Append
from application.wallet import OpenWallet
from domain.designers import Designer, Offer, Profile
from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.shared.money import Money
from tests.identity.examples import ADMIN, AYSE, People

NOTHING_OPEN = Unsettled()
ERASE = ErasePerson(
    person_id=AYSE,
    admin_id=ADMIN,
    reference="KVKK-2026/17",
    unsettled=NOTHING_OPEN,
    forfeit_credits=True,
)


class Shop(People):
    """Somebody has the welcome credits and has applied as a designer."""

    @classmethod
    async def opened(cls) -> Shop:
        shop = cls()
        await shop.customer()
        await shop.somebody(ADMIN, "admin")
        await shop.do(OpenWallet(customer_id=AYSE))
        await shop.do(
            ApplyAsDesigner(
                person_id=AYSE,
                profile=Profile(display_name="Ayşe Y."),
                offer=Offer(specialities=("minimal",), price=Money.of("500.00")),
                consent_version="1",
            )
        )
        return shop

    async def record(self, *aggregates: Aggregate) -> None:
        """Store what happened to aggregates outside of the commands under test."""
        events = [
            event
            for aggregate in aggregates
            for event in aggregate.collect_events()
            if isinstance(event, Event)
        ]
        metadata = Metadata(command_id=AYSE, command="Test", correlation_id=AYSE)
        await self.log.append(Append(events=events, metadata=metadata))

    async def own_wish(
        self, *, unsettled: Unsettled = NOTHING_OPEN, forfeit_credits: bool = True
    ) -> EraseMe:
        """What the person asks, having proved the password."""
        return EraseMe(
            proof=await self.proof(), unsettled=unsettled, forfeit_credits=forfeit_credits
        )

    async def designer(self, person_id: UUID = AYSE) -> Designer:
        """What the person is as a designer."""
        return await self.store().get(Designer, Designer.id_of(person_id))
