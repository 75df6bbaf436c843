"""An attempt to pay an order through a hosted page, and the refunds of what it took."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid5

from msgspec.structs import replace

from domain.payments.parts import (
    GRACE,
    MOST_WEBHOOKS,
    OPEN,
    SWEEPS,
    AskedBy,
    AttemptState,
    Capture,
    CapturedLine,
    FormNotWanted,
    NothingCaptured,
    Refund,
    RefundPart,
    RefundTooLarge,
    SurplusReason,
)
from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.money import Money, total

REFUNDS = UUID("8c0e7a52-0b6e-4f7c-9a51-5d9f1f0e7301")


class _Happened(Event, frozen=True, kw_only=True):
    """What all events after the first have: whose payment it is, and of which order."""

    SUBJECT = "customer_id"
    CONCERNS: ClassVar[tuple[str, ...]] = ("customer_id",)
    order_id: UUID
    customer_id: UUID


class PaymentAttempt(Aggregate):
    """What the provider says decides its state. Money taken is a fact whenever it is learnt of;
    anything else never undoes it, and never more goes back than was taken for a line.
    """

    TOPIC = "payment"

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "payment.opened"
        order_id: UUID
        customer_id: UUID
        amount: Money

    class FormOpened(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.form_opened"
        token: Personal
        page_url: Personal
        expires_at: datetime

    class Failed(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.failed"
        reason: str

    class OutcomeAsked(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.outcome_asked"
        CONCERNS = ()
        asked_by: AskedBy
        reference: str
        next_sweep_at: datetime | None

    class Declined(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.declined"
        SHOWS = ("group",)
        group: str
        code: str

    class WentIntoReview(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.went_into_review"
        payment_id: str
        next_sweep_at: datetime | None

    class OutcomeUnknown(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.outcome_unknown"
        reason: str
        alarm: bool

    class Succeeded(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.succeeded"
        SHOWS = ("order_id",)
        capture: Capture
        card_last_four: Personal

    class FoundSurplus(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.found_surplus"
        SHOWS = ("reason",)
        reason: SurplusReason

    class Expired(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.expired"

    class RefundRequested(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.refund_requested"
        refund_id: UUID
        line_id: UUID
        amount: Money
        reason: str

    class LineRefunded(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.line_refunded"
        SHOWS = ("amount",)
        refund_id: UUID
        line_id: UUID
        amount: Money
        reference: str

    class RefundFailed(_Happened, frozen=True, kw_only=True):
        TOPIC = "payment.refund_failed"
        refund_id: UUID
        line_id: UUID
        amount: Money
        group: str
        code: str

    @staticmethod
    def refund_id_of(request_id: UUID, line_id: UUID) -> UUID:
        """The refund of one line because of one request."""
        return uuid5(REFUNDS, f"{request_id}/{line_id}")

    @classmethod
    def open(
        cls, attempt_id: UUID, *, order_id: UUID, customer_id: UUID, amount: Money, now: datetime
    ) -> PaymentAttempt:
        """A new attempt, before anything was asked of the provider."""
        return cls.begin(
            cls.Opened,
            id=attempt_id,
            now=now,
            order_id=order_id,
            customer_id=customer_id,
            amount=amount,
        )

    @property
    def is_open(self) -> bool:
        """Whether it may still become a payment without anybody being surprised."""
        return self.state in OPEN

    @property
    def is_settled(self) -> bool:
        """Whether no money can still move because of it but by a new refund."""
        waits = self.surplus is not None and any(
            self._left(line).amount.amount for line in self._captured().lines
        )
        refunding = any(each.state != "refunded" for each in self.refunds.values())
        return not (self.is_open or waits or refunding)

    def has_page(self, token: str) -> bool:
        """Whether this is the token of the page that the shopper was sent to."""
        return bool(self.token) and hmac.compare_digest(
            self.token.encode(), token.encode(errors="replace")
        )

    def show_form(self, token: str, page_url: str, *, expires_at: datetime) -> None:
        """The provider's page is there; only the first one counts. Raises `FormNotWanted`."""
        if not self.is_open:
            raise FormNotWanted(state=self.state)
        if self.state != "opened":
            return
        self._say(
            PaymentAttempt.FormOpened,
            token=token,
            page_url=page_url,
            expires_at=expires_at,
        )

    def fail(self, reason: str) -> None:
        """There is no form that anybody has seen, so no money can come by it."""
        if self.state == "opened":
            self._say(
                PaymentAttempt.Failed,
                reason=reason,
            )

    def ask(self, asked_by: AskedBy, reference: str) -> None:
        """Have the provider asked, once for each reference, while the end is not known.

        A webhook is listened to also after the form expired: it may tell of late money.
        """
        asked = (asked_by, reference)
        done = self.state in {"opened", "failed", "succeeded"} or asked in self.asked
        if done or (asked_by == "sweeper" and not self.is_open):
            return
        webhooks = sum(1 for earlier, _ in self.asked if earlier == "webhook")
        if asked_by == "webhook" and webhooks >= MOST_WEBHOOKS:
            return
        self._say(
            PaymentAttempt.OutcomeAsked,
            asked_by=asked_by,
            reference=reference,
            next_sweep_at=self._next_sweep() if asked_by == "sweeper" else None,
        )

    def decline(self, group: str, code: str) -> None:
        """The bank said no; the same form lets the shopper try another card."""
        news = self.state != "declined" or self.no != (group, code)
        if news and self.state not in {"succeeded", "expired"}:
            self._say(
                PaymentAttempt.Declined,
                group=group,
                code=code,
            )

    def review(self, payment_id: str) -> None:
        """The provider's fraud desk looks at it; it has the money and we do not."""
        if self.state not in {"succeeded", "in_review"}:
            self._say(
                PaymentAttempt.WentIntoReview,
                payment_id=payment_id,
                next_sweep_at=self._next_sweep(),
            )

    def be_unknown(self, reason: str, *, alarm: bool) -> None:
        """Nobody knows for now. An alarm is always told, as it contradicts signed facts."""
        news = self.state in {"form_opened", "declined"} or (alarm and reason not in self.alarms)
        if news and self.state != "succeeded":
            self._say(
                PaymentAttempt.OutcomeUnknown,
                reason=reason,
                alarm=alarm,
            )

    def succeed(self, capture: Capture, card_last_four: str) -> None:
        """Money was taken, once, however late and however often it is told."""
        if self.state != "succeeded":
            self._say(
                PaymentAttempt.Succeeded,
                capture=capture,
                card_last_four=card_last_four,
            )

    def find_surplus(self, reason: SurplusReason) -> None:
        """The order can't keep this money. Raises `NothingCaptured`."""
        self._captured()
        if self.surplus is None:
            self._say(
                PaymentAttempt.FoundSurplus,
                reason=reason,
            )

    def expire(self, asked_at: datetime) -> None:
        """Nothing was paid when the provider was asked; that ends it once the form has ended."""
        ended = self.expires_at is not None and asked_at >= self.expires_at + GRACE
        if ended and self.state in {"form_opened", "declined", "unknown"}:
            self._say(PaymentAttempt.Expired)

    def refund(
        self, request_id: UUID, reason: str, *, parts: tuple[RefundPart, ...] | None = None
    ) -> None:
        """Ask for money to go back: these parts, or all that is left. Each request counts once.

        Raises `NothingCaptured`, `UnknownLine`, `RefundTooLarge`.
        """
        capture = self._captured()
        whole = tuple(self._left(line) for line in capture.lines)
        for part in whole if parts is None else parts:
            refund_id = self.refund_id_of(request_id, part.line_id)
            if refund_id in self.refunds or (parts is None and part.amount.amount == 0):
                continue
            left = self._left(capture.line(part.line_id)).amount
            if part.amount.amount <= 0 or part.amount > left:
                raise RefundTooLarge(left=left, asked=part.amount)
            self._say(
                PaymentAttempt.RefundRequested,
                refund_id=refund_id,
                line_id=part.line_id,
                amount=part.amount,
                reason=reason,
            )

    def confirm_refund(self, refund_id: UUID, reference: str) -> None:
        """The provider gave it back; told again it changes nothing."""
        refund = self.refunds[refund_id]
        if refund.state != "refunded":
            self._say(
                PaymentAttempt.LineRefunded,
                refund_id=refund_id,
                line_id=refund.line_id,
                amount=refund.amount,
                reference=reference,
            )

    def fail_refund(self, refund_id: UUID, group: str, *, code: str) -> None:
        """The provider said no for good; a person has to look."""
        refund = self.refunds[refund_id]
        if refund.state == "requested":
            self._say(
                PaymentAttempt.RefundFailed,
                refund_id=refund_id,
                line_id=refund.line_id,
                amount=refund.amount,
                group=group,
                code=code,
            )

    def _say(self, kind: type[Event], **facts: Any) -> None:
        self.emit(kind, order_id=self.order_id, customer_id=self.customer_id, **facts)

    def _left(self, line: CapturedLine) -> RefundPart:
        gone = (each.gone for each in self.refunds.values() if each.line_id == line.line_id)
        left = line.paid - total(gone, line.paid.currency)
        return RefundPart(line_id=line.line_id, amount=left)

    def _captured(self) -> Capture:
        if self.capture is None:
            raise NothingCaptured(state=self.state)
        return self.capture

    def _next_sweep(self) -> datetime | None:
        opened_at = self.form_opened_at
        return next((opened_at + after for after in SWEEPS if opened_at + after > self.now), None)

    @event(Opened)
    def __init__(self, order_id: UUID, customer_id: UUID, amount: Money) -> None:
        self.order_id = order_id
        self.customer_id = customer_id
        self.amount = amount
        self.state: AttemptState = "opened"
        self.token = ""
        self.page_url = ""
        self.form_opened_at = self.created_on
        self.expires_at: datetime | None = None
        self.asked: set[tuple[AskedBy, str]] = set()
        self.no = ("", "")
        self.alarms: set[str] = set()
        self.capture: Capture | None = None
        self.surplus: SurplusReason | None = None
        self.refunds: dict[UUID, Refund] = {}

    @event(FormOpened)
    def _form_opened(
        self, token: str, page_url: str, expires_at: datetime, timestamp: datetime
    ) -> None:
        self.state = "form_opened"
        self.token = token
        self.page_url = page_url
        self.form_opened_at = timestamp
        self.expires_at = expires_at

    @event(Failed)
    def _failed(self) -> None:
        self.state = "failed"

    @event(OutcomeAsked)
    def _outcome_asked(self, asked_by: AskedBy, reference: str) -> None:
        self.asked.add((asked_by, reference))

    @event(Declined)
    def _declined(self, group: str, code: str) -> None:
        self.state = "declined"
        self.no = (group, code)

    @event(WentIntoReview)
    def _went_into_review(self) -> None:
        self.state = "in_review"

    @event(OutcomeUnknown)
    def _outcome_unknown(self, reason: str, alarm: bool) -> None:
        if self.state in {"form_opened", "declined"}:
            self.state = "unknown"
        if alarm:
            self.alarms.add(reason)

    @event(Succeeded)
    def _succeeded(self, capture: Capture) -> None:
        self.state = "succeeded"
        self.capture = capture

    @event(FoundSurplus)
    def _found_surplus(self, reason: SurplusReason) -> None:
        self.surplus = reason

    @event(Expired)
    def _expired(self) -> None:
        self.state = "expired"

    @event(RefundRequested)
    def _refund_requested(self, refund_id: UUID, line_id: UUID, amount: Money) -> None:
        self.refunds[refund_id] = Refund(refund_id=refund_id, line_id=line_id, amount=amount)

    @event(LineRefunded)
    def _line_refunded(self, refund_id: UUID) -> None:
        self.refunds[refund_id] = replace(self.refunds[refund_id], state="refunded")

    @event(RefundFailed)
    def _refund_failed(self, refund_id: UUID) -> None:
        self.refunds[refund_id] = replace(self.refunds[refund_id], state="failed")
