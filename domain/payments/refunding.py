"""Giving back what an attempt took: what may be decided, and what that adds up to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace

from domain.payments import facts
from domain.payments.parts import (
    CANCELLABLE,
    LOOKS,
    MOST_WEBHOOKS,
    REFUNDABLE,
    AskedBy,
    Cancel,
    CancelStep,
    Capture,
    PaymentProvider,
    Refund,
    RefundNotRefused,
    RefundPart,
    RefundTooLarge,
    RefundTooLate,
    UnknownRefund,
    excess_of,
    last_moment_to_cancel,
    left_of,
)
from domain.shared.aggregate import Event

REFUNDS = UUID("8c0e7a52-0b6e-4f7c-9a51-5d9f1f0e7301")


class GoingBack:
    """The part of an attempt that knows where its money is. What the provider says is a fact,
    whatever was said before: a refund that was refused and is done after all is done.
    """

    provider: PaymentProvider
    capture: Capture | None
    captured_at: datetime
    refunds: dict[UUID, Refund]
    refund_questions: set[tuple[UUID, AskedBy, str]]
    cancel: Cancel | None

    @property
    @abstractmethod
    def now(self) -> datetime:
        """The moment at which the present decisions are taken."""

    @abstractmethod
    def _say(self, kind: type[Event], **told: Any) -> None:
        """Let an event happen; its kind is that of the attempt with the same name."""

    @abstractmethod
    def _captured(self) -> Capture:
        """What was taken. Raises `NothingCaptured`."""

    @staticmethod
    def refund_id_of(request_id: UUID, line_id: UUID) -> UUID:
        """The refund of one line because of one request."""
        return uuid5(REFUNDS, f"{request_id}/{line_id}")

    @property
    def has_money_under_way(self) -> bool:
        """Whether money is on its way back."""
        if self.cancel is not None and self.cancel.state == "requested":
            return True
        return any(each.is_open for each in self.refunds.values())

    def is_decided(self, refund_id: UUID) -> bool:
        """Whether the provider's answer is there for all refunds of the same request."""
        request_id = self.refunds[refund_id].request_id
        return not any(
            each.is_open
            for each in self.refunds.values()
            if each.refund_id == refund_id or (request_id and each.request_id == request_id)
        )

    @property
    def refused(self) -> frozenset[UUID]:
        """The refunds that were refused and whose money has not gone otherwise."""
        if not self.refunds:
            return frozenset()
        left = {part.line_id for part in self.left() if part.amount.amount}
        refused = (each for each in self.refunds.values() if _refused(each))
        return frozenset(each.refund_id for each in refused if each.line_id in left)

    def has_gone(self, decided: Collection[UUID]) -> bool:
        """Whether all of it went back, but for lines of which a person has `decided` what becomes
        of their refused refunds. Raises `NothingCaptured`.
        """
        lines = {self.refunds[each].line_id for each in self.refused & set(decided)}
        return all(part.line_id in lines or not part.amount.amount for part in self.left())

    @property
    def going_back(self) -> tuple[Refund, ...]:
        """All refunds, and those that a cancel which is under way is to bring."""
        parts = self.cancel.under_way if self.cancel else ()
        asked = [(part, self.cancel) for part in parts if self.cancel]
        return (
            *self.refunds.values(),
            *(
                Refund(**self._asked(cancel.cancel_id, part), reason=cancel.reason)
                for part, cancel in asked
            ),
        )

    def left(self) -> tuple[RefundPart, ...]:
        """What of each line can still be asked back. Raises `NothingCaptured`."""
        return tuple(
            RefundPart(
                line_id=line.line_id,
                amount=left_of(line, self.refunds.values(), cancel=self.cancel),
            )
            for line in self._captured().lines
        )

    def refund(
        self, request_id: UUID, reason: str, *, parts: tuple[RefundPart, ...] | None = None
    ) -> None:
        """Ask for money to go back: these parts, or all that is left. Each request counts once.
        All of a payment on its own day is called off, where the provider can do that.

        Raises `NothingCaptured`, `UnknownLine`, `RefundTooLarge`, `RefundTooLate`.
        """
        if self.cancel is not None and self.cancel.cancel_id == request_id:
            return
        left = {part.line_id: part.amount for part in self.left()}
        whole = tuple(part for part in self.left() if part.amount.amount)
        wanted = [
            part
            for part in (whole if parts is None else parts)
            if self.refund_id_of(request_id, part.line_id) not in self.refunds
        ]
        for part in wanted:
            most = left[self._captured().line(part.line_id).line_id]
            if part.amount.amount <= 0 or part.amount > most:
                raise RefundTooLarge(left=most, asked=part.amount)
            # The same line may stand there twice
            left[part.line_id] = most - part.amount
        self._must_not_be_late(wanted)
        if wanted and self._may_be_cancelled() and not any(each.amount for each in left.values()):
            self._say(
                facts.CancelRequested, cancel_id=request_id, reason=reason, parts=tuple(wanted)
            )
            return
        for part in wanted:
            asked = self._asked(request_id, part)
            self._say(facts.RefundRequested, **asked, reason=reason, request_id=request_id)

    def refund_all(self, request_id: UUID, reason: str) -> None:
        """All that is left must go back, whoever pays it: what the provider gives back no more is
        refused at once, so that finance pays it. Raises `NothingCaptured`.
        """
        try:
            self.refund(request_id, reason)
        except RefundTooLate:
            for part in self.left():
                asked = self._asked(request_id, part)
                if part.amount.amount and asked["refund_id"] not in self.refunds:
                    self._say(facts.RefundRequested, **asked, reason=reason, request_id=request_id)
                    self._say(facts.RefundFailed, **asked, group="TOO_LATE", code="")

    def confirm_refund(self, refund_id: UUID, reference: str) -> None:
        """The provider gave it back; told again it changes nothing. Raises `UnknownRefund`."""
        self._confirm(self._refund(refund_id), reference)

    def fail_refund(self, refund_id: UUID, group: str, *, code: str) -> None:
        """The provider said no for good; a person has to look. Raises `UnknownRefund`."""
        refund = self._refund(refund_id)
        if refund.state in {"requested", "pending"}:
            self._say(facts.RefundFailed, **_named(refund), group=group, code=code)

    def defer_refund(self, refund_id: UUID, reference: str) -> None:
        """The provider will do it later, and is asked about it. Raises `UnknownRefund`."""
        refund = self._refund(refund_id)
        if refund.state == "requested":
            first = self.now + LOOKS[0]
            self._say(
                facts.RefundPending, **_named(refund), reference=reference, next_look_at=first
            )

    def hinder_refund(self, refund_id: UUID, code: str) -> None:
        """The provider does not accept our account: nothing has happened, and it is tried again
        when somebody has looked at that. Raises `UnknownRefund`.
        """
        refund = self._refund(refund_id)
        if refund.state == "requested" and not refund.hindered:
            self._say(facts.RefundHindered, **_named(refund), code=code)

    def ask_about_refund(self, refund_id: UUID, asked_by: AskedBy, *, reference: str) -> None:
        """Have the provider asked, once for each reference, while the end is not known. Of one that
        it was to do later and then refused, a webhook may still tell news. Raises `UnknownRefund`.
        """
        refund = self._refund(refund_id)
        swept = asked_by == "sweeper"
        asked = (refund_id, asked_by, reference)
        if not (refund.hindered if swept else refund.may_be_news) and refund.state != "pending":
            return
        earlier = {each for each in self.refund_questions if each[0] == refund_id}
        if asked in earlier:
            return
        if not swept and sum(1 for each in earlier if each[1] == "webhook") >= MOST_WEBHOOKS:
            return
        self._say(
            facts.RefundAsked,
            **_named(refund),
            asked_by=asked_by,
            reference=reference,
            next_look_at=self._next_look(refund) if swept else None,
        )

    def refund_outside(self, refund_id: UUID, reference: str) -> None:
        """Our own bank account paid what the provider refuses; told again it changes nothing.

        Raises `UnknownRefund`, `RefundNotRefused`, `RefundTooLarge`.
        """
        refund = self._refund(refund_id)
        if refund.outside:
            return
        if not _refused(refund):
            raise RefundNotRefused(state=refund.state)
        left = left_of(
            self._captured().line(refund.line_id), self.refunds.values(), cancel=self.cancel
        )
        if refund.amount > left:
            raise RefundTooLarge(left=left, asked=refund.amount)
        self._say(facts.RefundedOutside, **_named(refund), reference=reference)

    def confirm_cancel(self, cancel_id: UUID, reference: str) -> None:
        """The payment is called off: all its parts went back. Raises `UnknownRefund`."""
        cancel = self._cancel(cancel_id)
        if cancel.state == "done":
            return
        self._say(facts.Cancelled, cancel_id=cancel_id, reference=reference)
        for part in cancel.parts:
            named = self._asked(cancel_id, part)
            refund = self.refunds.get(named["refund_id"])
            self._confirm(refund or Refund(**named, reason=cancel.reason), reference)

    def refuse_cancel(self, cancel_id: UUID, group: str, *, code: str) -> None:
        """The provider can't call it off: it goes back line by line. Raises `UnknownRefund`."""
        cancel = self._cancel(cancel_id)
        if cancel.state != "requested":
            return
        self._say(facts.CancelRefused, cancel_id=cancel_id, group=group, code=code)
        for part in cancel.parts:
            asked = self._asked(cancel_id, part)
            self._say(facts.RefundRequested, **asked, reason=cancel.reason, request_id=cancel_id)

    def _confirm(self, refund: Refund, reference: str) -> None:
        if refund.state == "refunded":
            return
        line = self._captured().line(refund.line_id)
        excess = excess_of(line, self.refunds.values(), done=refund)
        self._say(
            facts.LineRefunded,
            **_named(refund),
            reference=reference,
            reason=refund.reason,
            provider=self.provider,
            late=_refused(refund) or refund.outside,
            excess=excess if excess.amount else None,
        )

    def _asked(self, request_id: UUID, part: RefundPart) -> dict[str, Any]:
        refund_id = self.refund_id_of(request_id, part.line_id)
        return {"refund_id": refund_id, "line_id": part.line_id, "amount": part.amount}

    def _refund(self, refund_id: UUID) -> Refund:
        if refund_id not in self.refunds:
            raise UnknownRefund(refund_id=refund_id)
        return self.refunds[refund_id]

    def _cancel(self, cancel_id: UUID) -> Cancel:
        if self.cancel is None or self.cancel.cancel_id != cancel_id:
            raise UnknownRefund(refund_id=cancel_id)
        return self.cancel

    def _may_be_cancelled(self) -> bool:
        fresh = self.now <= last_moment_to_cancel(self.captured_at)
        return fresh and self.provider in CANCELLABLE and not (self.refunds or self.cancel)

    def _must_not_be_late(self, wanted: list[RefundPart]) -> None:
        limit = REFUNDABLE.get(self.provider)
        if wanted and limit is not None and self.now > self.captured_at + limit:
            raise RefundTooLate(until=self.captured_at + limit)

    def _next_look(self, refund: Refund) -> datetime | None:
        pending_at = refund.pending_at
        if pending_at is None:
            return None
        return next((pending_at + after for after in LOOKS if pending_at + after > self.now), None)


def changed(refunds: dict[UUID, Refund], refund_id: UUID, **values: Any) -> None:
    """Let a refund have these values from now on."""
    refunds[refund_id] = replace(refunds[refund_id], **values)


def stepped(cancel: Cancel | None, state: CancelStep) -> Cancel | None:
    """The cancel as it stands from now on."""
    return cancel and replace(cancel, state=state)


def _refused(refund: Refund) -> bool:
    return refund.state == "failed"


def _named(refund: Refund) -> dict[str, Any]:
    return {"refund_id": refund.refund_id, "line_id": refund.line_id, "amount": refund.amount}
