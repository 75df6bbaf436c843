"""A house with people in finance, an admin and customers, for tests about what two must decide."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import application.processes.four_eyes  # noqa: F401  # registers what follows from the events
from adapters.tokens import KeyedClaims
from application.bus import Receipt
from application.four_eyes import Hand
from application.identity import Claims, GrantRole, RegisterDemoPerson, TakeRole
from application.manual_entries import ApproveManualEntry, MakeManualEntry
from application.store import Store
from application.terms import Terms
from application.wallet import OpenWallet
from domain.identity import GrantableRole
from domain.manual_entries import ManualEntry
from domain.wallet import Wallet
from tests.given import House

FATMA, CAN, EMRE, ADMIN, AYSE, OTHER = (UUID(int=number) for number in range(201, 207))
"""Fatma, Can and Emre are in finance; Ayşe and another one are customers."""

EMAILS = {
    FATMA: "fatma@polikrami.example",
    CAN: "can@polikrami.example",
    EMRE: "emre@polikrami.example",
    ADMIN: "yonetici@polikrami.example",
    AYSE: "ayse@example.com",
    OTHER: "baska@example.com",
}
ROLES: dict[UUID, tuple[GrantableRole, ...]] = {
    FATMA: ("finance",),
    CAN: ("finance",),
    EMRE: ("finance",),
    ADMIN: ("admin",),
}
ENTRY = UUID(int=1)
NOTE = "Sipariş geç kaldı, telefonda söz verildi"
SESSIONS = UUID(int=77)


def hand(person_id: UUID) -> Hand:
    """Somebody, in the session that is theirs."""
    return Hand(person_id=person_id, session_id=uuid5(SESSIONS, str(person_id)))


def entry(credits: int, *, by: UUID = FATMA, number: int = 1, **more: Any) -> MakeManualEntry:
    """An entry for Ayşe."""
    facts: dict[str, Any] = {
        "entry_id": UUID(int=number),
        "customer_id": AYSE,
        "by": hand(by),
        "credits": credits,
        "reason": "goodwill" if credits > 0 else "correction",
        "note": NOTE,
    }
    return MakeManualEntry(**facts | more)


def approval(*, by: UUID = CAN, number: int = 1) -> ApproveManualEntry:
    """The approval of an entry."""
    return ApproveManualEntry(entry_id=UUID(int=number), by=hand(by))


class Office(House):
    """People who are registered, and customers with 500 credits each."""

    def __init__(self) -> None:
        self.terms = Terms()
        super().__init__({Claims: KeyedClaims(b"c" * 32), Terms: self.terms})

    async def open(self) -> None:
        """Let everybody come in."""
        for person_id, email in EMAILS.items():
            await self.register(person_id, email)
        for customer_id in (AYSE, OTHER):
            await self.do(OpenWallet(customer_id=customer_id))

    async def register(
        self, person_id: UUID, email: str, *, roles: tuple[GrantableRole, ...] | None = None
    ) -> None:
        """An account with its roles."""
        await self.do(
            RegisterDemoPerson(
                person_id=person_id,
                email=email,
                name="Deniz Kaya",
                language="tr",
                password_hash="x",
                roles=ROLES.get(person_id, ()) if roles is None else roles,
            )
        )

    async def take_role(self, person_id: UUID, role: GrantableRole = "finance") -> None:
        """Take a role from somebody."""
        await self.do(TakeRole(person_id=person_id, role=role))

    async def grant_role(self, person_id: UUID, role: GrantableRole) -> None:
        """Give somebody a role."""
        await self.do(GrantRole(person_id=person_id, role=role))

    async def available(self, customer_id: UUID = AYSE) -> int:
        """What a customer may spend now."""
        return (await self._store().get(Wallet, Wallet.id_of(customer_id))).available

    async def entry(self, number: int = 1) -> ManualEntry:
        """An entry as it stands."""
        return await self._store().get(ManualEntry, UUID(int=number))

    async def made(self, credits: int, **more: Any) -> Receipt:
        """An entry is made."""
        return await self.do(entry(credits, **more))

    def _store(self) -> Store:
        return Store(self.log, self.clock.now())


async def an_office() -> Office:
    """The office in the morning."""
    office = Office()
    await office.open()
    return office
