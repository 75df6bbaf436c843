"""The inbox for the provider's webhooks: kept as they came, judged, and followed up by asking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.bus import Bus, Call, Command, handles
from application.payments.commands import AskAboutPayment
from application.ports import Clock, Ids
from application.store import Store
from domain.payments import PaymentAttempt
from domain.shared.card_numbers import scrub, scrub_bytes
from domain.shared.errors import NotFound

WebhookPolicy = Literal["hints", "strict"]
"""What is done without a signature: the provider is asked all the same, or nothing is done."""

WebhookVerdict = Literal[
    "accepted",
    "duplicate",
    "forged",
    "unsigned",
    "unknown_event",
    "unknown_token",
    "unreadable",
    "intermediate",
]
ASKING: frozenset[WebhookVerdict] = frozenset(("accepted", "unsigned"))
"""What may lead to a question, once for each reference."""

LARGEST_BODY = 16 * 1024
"""The provider's own messages have some hundred bytes; of larger ones the beginning is kept."""

KEPT_OF_LARGER = 1024


class WebhookReading(Struct, frozen=True, kw_only=True):
    """What the bytes of a webhook say; never more than a reason to ask. `verdict` is what can be
    told from the bytes alone; `reference` is unique per message; `conversation_id` is ours, as we
    gave it to the provider.
    """

    verdict: WebhookVerdict
    about: Literal["payment", "refund"] = "payment"
    event_type: str = ""
    status: str = ""
    reference: str = ""
    token: str = ""
    conversation_id: UUID | None = None
    payment_id: str = ""


class PaymentWebhooks(Protocol):
    """Reads one provider's webhooks."""

    provider: str
    headers: tuple[str, ...]
    """The headers that matter, in lower case."""

    def read(self, body: bytes, headers: Mapping[str, str]) -> WebhookReading:
        """What a message says. Whatever the bytes are, it answers."""
        ...


class StoredWebhook(Struct, frozen=True, kw_only=True):
    """A webhook as it is kept. `body` is what came, or the beginning of a body whose `length` is
    beyond `LARGEST_BODY`; `attempt_id` is what it claims to be about. It is `handled_at` a time
    when what follows from it was recorded, or nothing does.
    """

    webhook_id: UUID
    provider: str
    received_at: datetime
    body: bytes
    length: int
    headers: dict[str, str]
    verdict: WebhookVerdict
    event_type: str
    status: str
    reference: str
    attempt_id: UUID | None
    handled_at: datetime | None = None


class WebhookFilter(Struct, frozen=True, kw_only=True):
    """Which webhooks; None means any. `until` is not included."""

    webhook_id: UUID | None = None
    verdict: WebhookVerdict | None = None
    since: datetime | None = None
    until: datetime | None = None
    unhandled_since: datetime | None = None


class WebhookInbox(Protocol):
    """Where webhooks are kept. All verbs raise `Unavailable` for temporary faults."""

    async def keep(self, webhook: StoredWebhook) -> WebhookVerdict:
        """Store it durably. A second one with the verdict and reference of an earlier one that led
        to a question is a `duplicate`; that is then the verdict.
        """
        ...

    async def settle(
        self, webhook_id: UUID, verdict: WebhookVerdict, *, attempt_id: UUID | None, at: datetime
    ) -> None:
        """Note that it was handled, with this outcome."""
        ...

    async def page(
        self, wanted: WebhookFilter, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[StoredWebhook]:
        """The wanted ones received after that one, oldest first."""
        ...


class AskAboutRefunds(Command, frozen=True, kw_only=True):
    """Have the provider asked about all refunds of a payment of which it may have news, once for
    each `reference`. `payment_id` is the provider's, which only it and we know.
    """

    attempt_id: UUID
    payment_id: str
    reference: str


@handles
async def ask_about_refunds(command: AskAboutRefunds, store: Store) -> dict[str, Any]:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    if attempt.capture is None or attempt.capture.payment_id != command.payment_id:
        raise NotFound(id=attempt.id)
    before = attempt.version
    for refund_id in list(attempt.refunds):
        attempt.ask_about_refund(refund_id, "webhook", reference=command.reference)
    store.save(attempt)
    return {"asked": attempt.version > before}


class Handled(Struct, frozen=True, kw_only=True):
    """What came of a webhook; `asked` says that the provider is asked because of it just now."""

    verdict: WebhookVerdict
    asked: bool = False


class WebhookDesk:
    """Takes webhooks in, and asks the provider because of them. All verbs may be repeated."""

    def __init__(
        self,
        reader: PaymentWebhooks,
        inbox: WebhookInbox,
        *,
        bus: Bus,
        world: tuple[Clock, Ids],
        policy: WebhookPolicy,
    ) -> None:
        self._reader = reader
        self._inbox = inbox
        self._bus = bus
        self._clock, self._ids = world
        self.policy = policy

    async def keep(self, body: bytes, headers: Mapping[str, str]) -> StoredWebhook:
        """Store what came, before anybody is answered, without the card numbers that somebody may
        have put into it; `headers` have lower-case names. Raises `Unavailable`.
        """
        reading = self._reader.read(body, headers)
        now = self._clock.now()
        waits = self._asks(reading.verdict)
        kept_of_it = body if len(body) <= LARGEST_BODY else body[:KEPT_OF_LARGER]
        kept = StoredWebhook(
            webhook_id=self._ids.new(),
            provider=self._reader.provider,
            received_at=now,
            body=scrub_bytes(kept_of_it),
            length=len(body),
            headers={n: scrub(headers[n][:300]) for n in self._reader.headers if n in headers},
            verdict=reading.verdict,
            event_type=scrub(reading.event_type),
            status=scrub(reading.status),
            reference=scrub(reading.reference),
            attempt_id=reading.conversation_id,
            handled_at=None if waits else now,
        )
        verdict = await self._inbox.keep(kept)
        return kept if verdict == kept.verdict else replace(kept, verdict=verdict, handled_at=now)

    async def handle(self, webhook: StoredWebhook, *, trace_id: str = "") -> Handled:
        """Read it (again), and ask if there is a reason to. Raises `LogUnavailable`, `Unavailable`.

        What was a duplicate stays one; asking twice under one reference is asking once.
        """
        reading = self._reader.read(webhook.body, webhook.headers)
        if webhook.length > LARGEST_BODY:
            reading = WebhookReading(verdict="unreadable")
        handled = Handled(verdict=reading.verdict)
        attempt_id = reading.conversation_id
        if self._asks(reading.verdict):
            handled = await self._ask(webhook, reading, trace_id=trace_id)
        if webhook.verdict == "duplicate" and handled.verdict in ASKING:
            handled = Handled(verdict="duplicate", asked=handled.asked)
        if webhook.handled_at is None or handled.verdict != webhook.verdict:
            await self._inbox.settle(
                webhook.webhook_id, handled.verdict, attempt_id=attempt_id, at=self._clock.now()
            )
        return handled

    def _asks(self, verdict: WebhookVerdict) -> bool:
        return verdict == "accepted" or (verdict == "unsigned" and self.policy == "hints")

    async def _ask(
        self, webhook: StoredWebhook, reading: WebhookReading, *, trace_id: str
    ) -> Handled:
        command = _question(webhook, reading)
        if command is None:
            return Handled(verdict="unknown_token")
        try:
            receipt = await self._bus.execute(command, Call(trace_id=trace_id))
        except NotFound:
            return Handled(verdict="unknown_token")
        return Handled(verdict=reading.verdict, asked=bool(receipt.answer.get("asked")))


def _question(webhook: StoredWebhook, reading: WebhookReading) -> Command | None:
    attempt_id, reference = reading.conversation_id, _reference(webhook, reading)
    if attempt_id is None:
        return None
    if reading.about == "refund":
        return AskAboutRefunds(
            attempt_id=attempt_id, payment_id=reading.payment_id, reference=reference
        )
    return AskAboutPayment(
        attempt_id=attempt_id, asked_by="webhook", reference=reference, token=reading.token
    )


def _reference(webhook: StoredWebhook, reading: WebhookReading) -> str:
    """What counts once. Anybody can make up new references where nobody signs, so that unsigned
    ones of one status lead to one question a minute.
    """
    if reading.verdict == "accepted":
        return reading.reference
    return f"{reading.status} {webhook.received_at:%Y-%m-%dT%H:%MZ}"
