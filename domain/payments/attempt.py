"""An attempt to pay an order through a hosted page, and the refunds of what it took."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.payments import facts
from domain.payments.parts import (
    GIVES_WAY,
    GRACE,
    MOST_WEBHOOKS,
    OPEN,
    SWEEPS,
    AskedBy,
    AttemptState,
    Cancel,
    Capture,
    Due,
    FormNotWanted,
    NothingCaptured,
    OtherWayOpen,
    PaymentProvider,
    Refund,
    RefundPart,
    SurplusReason,
)
from domain.payments.refunding import GoingBack, changed, stepped
from domain.shared.aggregate import Aggregate, Event, event
from domain.shared.money import Money


class PaymentAttempt(Aggregate, GoingBack):
    """What the provider says decides its state. Money taken is a fact whenever it is learnt of;
    anything else never undoes it, and never more is asked back than was taken for a line.
    """

    TOPIC = "payment"

    class Opened(facts.Opened, frozen=True, kw_only=True):
        TOPIC = "payment.opened"
        class_version = 2

    class FormOpened(facts.FormOpened, frozen=True, kw_only=True):
        TOPIC = "payment.form_opened"

    class Failed(facts.Failed, frozen=True, kw_only=True):
        TOPIC = "payment.failed"

    class OutcomeAsked(facts.OutcomeAsked, frozen=True, kw_only=True):
        TOPIC = "payment.outcome_asked"

    class Declined(facts.Declined, frozen=True, kw_only=True):
        TOPIC = "payment.declined"

    class WentIntoReview(facts.WentIntoReview, frozen=True, kw_only=True):
        TOPIC = "payment.went_into_review"

    class OutcomeUnknown(facts.OutcomeUnknown, frozen=True, kw_only=True):
        TOPIC = "payment.outcome_unknown"

    class Succeeded(facts.Succeeded, frozen=True, kw_only=True):
        TOPIC = "payment.succeeded"
        class_version = 2

    class FoundSurplus(facts.FoundSurplus, frozen=True, kw_only=True):
        TOPIC = "payment.found_surplus"

    class Expired(facts.Expired, frozen=True, kw_only=True):
        TOPIC = "payment.expired"

    class RefundRequested(facts.RefundRequested, frozen=True, kw_only=True):
        TOPIC = "payment.refund_requested"

    class RefundPending(facts.RefundPending, frozen=True, kw_only=True):
        TOPIC = "payment.refund_pending"

    class RefundHindered(facts.RefundHindered, frozen=True, kw_only=True):
        TOPIC = "payment.refund_hindered"

    class RefundAsked(facts.RefundAsked, frozen=True, kw_only=True):
        TOPIC = "payment.refund_asked"

    class LineRefunded(facts.LineRefunded, frozen=True, kw_only=True):
        TOPIC = "payment.line_refunded"

    class RefundFailed(facts.RefundFailed, frozen=True, kw_only=True):
        TOPIC = "payment.refund_failed"

    class RefundedOutside(facts.RefundedOutside, frozen=True, kw_only=True):
        TOPIC = "payment.refunded_outside"

    class CancelRequested(facts.CancelRequested, frozen=True, kw_only=True):
        TOPIC = "payment.cancel_requested"

    class Cancelled(facts.Cancelled, frozen=True, kw_only=True):
        TOPIC = "payment.cancelled"

    class CancelRefused(facts.CancelRefused, frozen=True, kw_only=True):
        TOPIC = "payment.cancel_refused"

    @classmethod
    def open(cls, attempt_id: UUID, due: Due, *, now: datetime) -> PaymentAttempt:
        """A new attempt, before anything was asked of the provider."""
        return cls.begin(
            cls.Opened,
            id=attempt_id,
            now=now,
            order_id=due.order_id,
            customer_id=due.customer_id,
            amount=due.amount,
            provider=due.provider,
        )

    @property
    def is_open(self) -> bool:
        """Whether it may still become a payment without anybody being surprised."""
        return self.state in OPEN

    @property
    def is_settled(self) -> bool:
        """Whether no money can still move because of it but by a new refund."""
        return self.is_settled_with(())

    def is_settled_with(self, decided: Collection[UUID]) -> bool:
        """The same, when a person has `decided` what becomes of these refused refunds."""
        waits = self.surplus is not None and not self.has_gone(decided)
        refused = not self.refused <= set(decided)
        return not (self.is_open or waits or refused or self.has_money_under_way)

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
        self._say(facts.FormOpened, token=token, page_url=page_url, expires_at=expires_at)

    def fail(self, reason: str) -> None:
        """There is no form that anybody has seen, so no money can come by it."""
        if self.state == "opened":
            self._say(facts.Failed, reason=reason)

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
            facts.OutcomeAsked,
            asked_by=asked_by,
            reference=reference,
            next_sweep_at=self._next_sweep() if asked_by == "sweeper" else None,
        )

    def decline(self, group: str, code: str) -> None:
        """The bank said no; the same form lets the shopper try another card. After a review it does
        not: that form had done its work, so the attempt is over.
        """
        news = self.state != "declined" or self.no != (group, code)
        reviewed = self.state == "in_review"
        if news and self.state not in {"succeeded", "expired"}:
            self._say(facts.Declined, group=group, code=code, reviewed=reviewed)
        if reviewed:
            self._say(facts.Expired)

    def review(self, payment_id: str) -> None:
        """The provider's fraud desk looks at it; it has the money and we do not."""
        if self.state not in {"succeeded", "in_review"}:
            next_sweep_at = self._next_sweep()
            self._say(facts.WentIntoReview, payment_id=payment_id, next_sweep_at=next_sweep_at)

    def be_unknown(self, reason: str, *, alarm: bool) -> None:
        """Nobody knows for now. An alarm is always told, as it contradicts signed facts."""
        news = self.state in {"form_opened", "declined"} or (alarm and reason not in self.alarms)
        if news and self.state != "succeeded":
            self._say(facts.OutcomeUnknown, reason=reason, alarm=alarm)

    def succeed(self, capture: Capture, card_last_four: str) -> None:
        """Money was taken, once, however late and however often it is told."""
        if self.state != "succeeded":
            self._say(
                facts.Succeeded,
                capture=capture,
                card_last_four=card_last_four,
                provider=self.provider,
            )

    def find_surplus(self, reason: SurplusReason) -> None:
        """The order can't keep this money. Raises `NothingCaptured`."""
        self._captured()
        if self.surplus is None:
            self._say(facts.FoundSurplus, reason=reason)

    def expire(self, asked_at: datetime) -> None:
        """Nothing was paid when the provider was asked; that ends it once the form has ended."""
        ended = self.expires_at is not None and asked_at >= self.expires_at + GRACE
        if ended and self.state in {"form_opened", "declined", "unknown"}:
            self._say(facts.Expired)

    def give_way(self, provider: PaymentProvider) -> bool:
        """The customer wants to pay by this provider: whether the attempt ended, so that another
        may be opened. Raises `OtherWayOpen` where its money may still come without surprise.
        """
        if provider == self.provider:
            return False
        if self.provider not in GIVES_WAY:
            raise OtherWayOpen(provider=self.provider)
        if self.state == "opened":
            self.fail("another_way")
        elif self.is_open:
            self._say(facts.Expired)
        return True

    def _say(self, kind: type[Event], **told: Any) -> None:
        named = getattr(type(self), kind.__name__)
        self.emit(named, order_id=self.order_id, customer_id=self.customer_id, **told)

    def _captured(self) -> Capture:
        if self.capture is None:
            raise NothingCaptured(state=self.state)
        return self.capture

    def _next_sweep(self) -> datetime | None:
        opened_at = self.form_opened_at
        return next((opened_at + after for after in SWEEPS if opened_at + after > self.now), None)

    @event(Opened)
    def __init__(
        self, order_id: UUID, customer_id: UUID, amount: Money, provider: PaymentProvider
    ) -> None:
        self.order_id = order_id
        self.customer_id = customer_id
        self.amount = amount
        self.provider = provider
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
        self.captured_at = self.created_on
        self.refunds: dict[UUID, Refund] = {}
        self.refund_questions: set[tuple[UUID, AskedBy, str]] = set()
        self.cancel: Cancel | None = None

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
    def _succeeded(self, capture: Capture, timestamp: datetime) -> None:
        self.state = "succeeded"
        self.capture = capture
        self.captured_at = timestamp

    @event(FoundSurplus)
    def _found_surplus(self, reason: SurplusReason) -> None:
        self.surplus = reason

    @event(Expired)
    def _expired(self) -> None:
        self.state = "expired"

    @event(RefundRequested)
    def _refund_requested(
        self,
        refund_id: UUID,
        line_id: UUID,
        amount: Money,
        reason: str,
        request_id: UUID | None,
    ) -> None:
        self.refunds[refund_id] = Refund(
            refund_id=refund_id,
            line_id=line_id,
            amount=amount,
            reason=reason,
            request_id=request_id,
        )

    @event(RefundPending)
    def _refund_pending(self, refund_id: UUID, timestamp: datetime) -> None:
        changed(self.refunds, refund_id, state="pending", pending_at=timestamp)

    @event(RefundHindered)
    def _refund_hindered(self, refund_id: UUID) -> None:
        changed(self.refunds, refund_id, hindered=True)

    @event(RefundAsked)
    def _refund_asked(self, refund_id: UUID, asked_by: AskedBy, reference: str) -> None:
        self.refund_questions.add((refund_id, asked_by, reference))
        changed(self.refunds, refund_id, hindered=False)

    @event(LineRefunded)
    def _line_refunded(self, refund_id: UUID, line_id: UUID, amount: Money, reason: str) -> None:
        refund = Refund(refund_id=refund_id, line_id=line_id, amount=amount, reason=reason)
        self.refunds.setdefault(refund_id, refund)
        changed(self.refunds, refund_id, state="refunded", hindered=False)

    @event(RefundFailed)
    def _refund_failed(self, refund_id: UUID) -> None:
        changed(self.refunds, refund_id, state="failed", hindered=False)

    @event(RefundedOutside)
    def _refunded_outside(self, refund_id: UUID) -> None:
        changed(self.refunds, refund_id, state="outside", outside=True)

    @event(CancelRequested)
    def _cancel_requested(
        self, cancel_id: UUID, reason: str, parts: tuple[RefundPart, ...]
    ) -> None:
        self.cancel = Cancel(cancel_id=cancel_id, reason=reason, parts=parts)

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.cancel = stepped(self.cancel, "done")

    @event(CancelRefused)
    def _cancel_refused(self) -> None:
        self.cancel = stepped(self.cancel, "refused")
