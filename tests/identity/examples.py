"""A house with people in it, for tests about who somebody is."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

import application.processes.onboarding  # noqa: F401  # registers what follows from the events
from adapters.memory import PlainPasswords
from adapters.tokens import DerivedLinks, KeyedClaims
from application.identity import (
    REFRESH,
    Claims,
    ConfirmEmail,
    Credentials,
    IdentityTerms,
    KnownPasswords,
    LogIn,
    Proof,
    RefreshSession,
    RegisterCustomer,
    RegisterDemoPerson,
    SessionAnswer,
    accepted_password,
    prove,
)
from application.links import Links, token_text
from application.notifications import SendMail
from application.ports import PasswordHasher
from application.store import Store
from application.terms import Terms
from domain.identity import GrantableRole, User
from tests.given import House

EMAIL = "ayse@example.com"
PASSWORD = "mavi kapı 7 deniz"
OTHER_PASSWORD = "yeşil pencere 9 dağ"
AYSE, BARIS, ADMIN = (UUID(int=number) for number in (101, 102, 103))

LINKS = DerivedLinks(b"l" * 32, "https://cover.example")
CLAIMS = KeyedClaims(b"c" * 32)


class Nothing:
    """Knows no passwords but one."""

    def known(self, password: str) -> bool:
        return password == "1234567890"


class People(House):
    """A house in which people register and log in."""

    def __init__(self) -> None:
        self.passwords = PlainPasswords()
        self.ports: dict[type, object] = {
            Claims: CLAIMS,
            Links: LINKS,
            PasswordHasher: self.passwords,
            KnownPasswords: Nothing(),
            IdentityTerms: IdentityTerms(),
            Terms: Terms(),
        }
        super().__init__(self.ports)

    def store(self) -> Store:
        return Store(self.log, self.clock.now())

    async def user(self, person_id: UUID = AYSE) -> User:
        return await self.store().get(User, person_id)

    async def hash(self, password: str = PASSWORD) -> str:
        return await accepted_password(password, EMAIL, passwords=self.passwords, known=Nothing())

    async def register(self, person_id: UUID = AYSE, *, email: str = EMAIL) -> None:
        await self.do(await self.registration(person_id, email=email))

    async def registration(self, person_id: UUID = AYSE, *, email: str = EMAIL) -> RegisterCustomer:
        return RegisterCustomer(
            person_id=person_id,
            email=email,
            name="Ayşe Yılmaz",
            language="tr",
            password_hash=await self.hash(),
            terms_version="1",
            privacy_version="1",
        )

    async def customer(self, person_id: UUID = AYSE, *, email: str = EMAIL) -> None:
        await self.register(person_id, email=email)
        await self.do(ConfirmEmail(token=await self.mailed_token("confirm_email")))

    async def somebody(self, person_id: UUID, *roles: GrantableRole) -> None:
        await self.do(
            RegisterDemoPerson(
                person_id=person_id,
                email=f"{person_id.int}@example.com",
                name="Biri",
                language="en",
                password_hash=await self.hash(),
                roles=roles,
            )
        )

    async def mails(self) -> list[SendMail]:
        """All mails that were asked for so far."""
        await self.react()
        return [wish.intent for wish in self.wanted if isinstance(wish.intent, SendMail)]

    async def mailed_token(self, template: str) -> str:
        """The token of the newest link of this kind, as it stands in the mail."""
        links = [mail.link for mail in await self.mails() if mail.template == template]
        link = links[-1]
        assert link is not None
        return token_text(LINKS, link.purpose, subject_id=link.subject_id)

    async def proof(
        self, *, email: str = EMAIL, password: str = PASSWORD, address: str = "192.0.2.1"
    ) -> Proof:
        return await prove(
            Credentials(email=email, password=password, address=address),
            self.bus,
            store=self.store(),
            passwords=self.passwords,
            claims=CLAIMS,
        )

    async def log_in(self, session_id: UUID | None = None, **shown: Any) -> SessionAnswer:
        command = LogIn(
            session_id=session_id or self.ids.new(),
            proof=await self.proof(**shown),
            user_agent="Firefox",
            address="192.0.2.1",
        )
        return answered(await self.do(command))

    async def refresh(self, token: str) -> SessionAnswer:
        return answered(await self.do(RefreshSession(token=token)))


def answered(receipt: Any) -> SessionAnswer:
    return msgspec.convert(receipt.answer, SessionAnswer)


def refresh_token(answer: SessionAnswer) -> str:
    return token_text(LINKS, REFRESH, subject_id=answer.session_id, number=answer.number)
