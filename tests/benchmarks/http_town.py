"""Customers, drafts, orders and payments for the HTTP figures, written straight into the log."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from adapters.iyzico.signing import webhook_signature
from api.auth import Tokens
from application.bus import Call
from application.orders import CommitDraft
from application.store import Append, EventLog
from deploy.adapters import LOCAL_IYZICO
from deploy.asgi import tokens_of
from deploy.bootstrap import System
from domain.drafts import Addresses, Artwork, Book, Draft, Method
from domain.identity import Session, User
from domain.payments import Due, PaymentAttempt
from domain.shared.address import Address
from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.shared.money import Money
from domain.wallet import Grant, Wallet

AT_ONCE = 64
HISTORY = 24
"""Lines in the wallets of those who look at their history."""
ORDERS = 12
"""Orders of those who look at their orders."""
A_DAY = timedelta(days=1)
HOME = Address(
    name="Ayşe Yılmaz",
    line="Çınar Sk. 4/2",
    district="Kadıköy",
    province="İstanbul",
    postcode="34710",
    phone="+905321112233",
)
ARTWORK = Artwork(
    digest="a" * 64, media_type="image/png", width=1666, height=2552, preview_digest="b" * 64
)


class Customer(Struct, frozen=True):
    """Somebody who is signed in."""

    person_id: UUID
    token: str


class Town:
    """Fills the log of a system with what the figures need."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._log: EventLog = system.event_log
        self._tokens: Tokens = tokens_of(system.settings)

    async def customers(self, count: int, *, lookers: int) -> list[Customer]:
        """So many, of whom the first `lookers` have much to look at."""
        made = [self._system.ids.new() for _ in range(count)]
        sessions = [self._system.ids.new() for _ in range(count)]
        now = self._now()
        pairs = list(zip(made, sessions, strict=True))
        await _together(
            self._record(
                *_person(*pair, now), _wallet(pair[0], now, HISTORY if place < lookers else 1)
            )
            for place, pair in enumerate(pairs)
        )
        position = await self._system.event_log.head()
        for person_id in made[:lookers]:
            for draft_id in await self.drafts(person_id, ORDERS, method="upload"):
                command = CommitDraft(draft_id=draft_id, customer_id=person_id)
                await self._system.bus.execute(command, Call())
        mint = self._tokens.mint
        return [
            Customer(person_id, mint(person_id, session_id, now=self._now(), position=position))
            for person_id, session_id in pairs
        ]

    async def drafts(self, customer_id: UUID, count: int, *, method: Method) -> list[UUID]:
        """Drafts of one customer that lack nothing to be committed, or to be painted."""
        drafts = [
            _draft(self._system.ids.new(), customer_id, method, self._now()) for _ in range(count)
        ]
        await _together(self._record(draft) for draft in drafts)
        return [draft.id for draft in drafts]

    async def webhooks(self, customer_id: UUID, count: int) -> list[tuple[bytes, str]]:
        """Bodies and signatures of webhooks, each about a payment of its own that is under way."""
        attempts = [
            _attempt(self._system.ids.new(), customer_id, self._now()) for _ in range(count)
        ]
        await _together(self._record(attempt) for attempt in attempts)
        return [_webhook(attempt) for attempt in attempts]

    async def seen(self) -> None:
        """Wait until the read models show all of it."""
        head = await self._system.event_log.head()
        shown = ("sessions", "persons", "drafts", "orders", "wallet_balances", "wallet_statements")
        assert await self._system.reads.reach(shown, head, timeout_seconds=120)

    def _now(self) -> datetime:
        return datetime.now(UTC)

    async def _record(self, *aggregates: Aggregate) -> None:
        events = [
            event
            for aggregate in aggregates
            for event in aggregate.collect_events()
            if isinstance(event, Event)
        ]
        command_id = self._system.ids.new()
        metadata = Metadata(command_id=command_id, command="Seed", correlation_id=command_id)
        await self._log.append(Append(events=events, metadata=metadata))


def _person(person_id: UUID, session_id: UUID, now: datetime) -> Iterable[Aggregate]:
    user = User.begin(
        User.Registered,
        id=person_id,
        now=now,
        email=f"{person_id}@example.org",
        name="Ayşe Yılmaz",
        password_hash="plain",
        language="tr",
        terms_version="1",
        privacy_version="1",
    )
    user.confirm_email()
    session = Session.begin(
        Session.Started,
        id=session_id,
        now=now,
        person_id=person_id,
        epoch=0,
        token_hash=str(session_id),
        expires_at=now + 30 * A_DAY,
        user_agent="benchmark",
        address="127.0.0.1",
    )
    return user, session


def _wallet(person_id: UUID, now: datetime, lots: int) -> Wallet:
    wallet = Wallet.open(person_id, now)
    for number in range(lots):
        wallet.grant(
            UUID(int=number), Grant(credits=10_000, credit_class="purchased", origin="welcome")
        )
    return wallet


def _draft(draft_id: UUID, customer_id: UUID, method: Method, now: datetime) -> Draft:
    draft = Draft.start(draft_id, customer_id=customer_id, method=method, now=now).at(now)
    draft.change_book(Book(title="Kürk Mantolu Madonna", author="Sabahattin Ali"))
    draft.give_addresses(Addresses(delivery=HOME, billing=HOME))
    if method == "upload":
        draft.attach_artwork(ARTWORK)
    return draft


def _attempt(attempt_id: UUID, customer_id: UUID, now: datetime) -> PaymentAttempt:
    due = Due(order_id=attempt_id, customer_id=customer_id, amount=Money.of("1290.00"))
    attempt = PaymentAttempt.open(attempt_id, due, now=now).at(now)
    attempt.show_form(str(attempt_id), "https://pay.test", expires_at=now + A_DAY)
    return attempt


def _webhook(attempt: PaymentAttempt) -> tuple[bytes, str]:
    token = str(attempt.token)
    event_type, payment_id, status = "CHECKOUT_FORM_AUTH", "12345678", "SUCCESS"
    body = {
        "paymentConversationId": str(attempt.id),
        "merchantId": "1",
        "token": token,
        "status": status,
        "iyziReferenceCode": f"reference-{attempt.id}",
        "iyziEventType": event_type,
        "iyziEventTime": 1_760_000_000_000,
        "iyziPaymentId": payment_id,
    }
    secret_key = LOCAL_IYZICO[1]
    fields = (event_type, payment_id, token, str(attempt.id), status)
    return msgspec.json.encode(body), webhook_signature(secret_key, fields)


async def _together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """All of them, so many at once."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(work: Coroutine[Any, Any, None]) -> None:
        async with room:
            await work

    await asyncio.gather(*(one(work) for work in works))
