"""What iyzico says about taking whole payments back: its report decides, its answer is unsigned."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from adapters.iyzico.answers import Answer, amount, has_succeeded, objects, text
from adapters.iyzico.refunds import DONE, FAILED, no_report, refusal, reported_payments
from application.ports import CancelOutcome, Declined, Refunded, Unknown
from domain.shared.money import Money

ALREADY_CANCELLED = "5093"


class CancelAsked(Struct, frozen=True):
    """A cancel as we asked for it; `total` is all that was paid."""

    cancel_id: UUID
    payment_id: str
    total: Money


def earlier_cancel(answer: Answer, asked: CancelAsked) -> CancelOutcome | None:
    """What the payment's report says of its cancel; None when there is none. Raises `BrokenAnswer`.

    Whoever cancelled it: all of the money goes back, which is what was asked.
    """
    if not has_succeeded(answer):
        return no_report(answer)
    for payment in reported_payments(answer, asked.payment_id):
        if amount(payment.get("paidPrice")) != asked.total.amount:
            return Unknown("other_total", alarm=True)
        statuses = {text(c.get("cancelStatus", 1)) for c in objects(payment.get("cancels"))}
        if statuses & DONE:
            return Refunded(str(asked.cancel_id))
        if statuses - FAILED:
            return Unknown("cancel_pending")
    return None


def refused_cancel(answer: Answer, asked: CancelAsked) -> CancelOutcome | None:
    """Why a cancel was not carried out; None when it claims to have been. Raises `BrokenAnswer`."""
    if not has_succeeded(answer):
        refused = refusal(answer)
        if isinstance(refused, Declined) and refused.code == ALREADY_CANCELLED:
            return None
        return refused
    if text(answer.get("paymentId")) != asked.payment_id:
        return Unknown("other_payment", alarm=True)
    return None
