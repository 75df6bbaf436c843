"""What iyzico says about refunds: in its answer to one, and in its reports on earlier ones."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from msgspec import Struct

from adapters.iyzico.answers import (
    Answer,
    BrokenAnswer,
    TransactionReference,
    amount,
    failure,
    has_succeeded,
    objects,
    sealed,
    text,
)
from application.ports import (
    Declined,
    Invalid,
    Obstacle,
    Pending,
    Refunded,
    RefundOutcome,
    Unknown,
)
from domain.shared.money import Money

REFUND_SEAL = ("paymentId", "price", "currency", "conversationId")
DONE = {"1", "SUCCESS"}
REFUSED_FOR_NOW = Unknown("refused_for_now")
FAILED = {"0", "-1", "FAILURE"}


class RefundAsked(Struct, frozen=True):
    """A refund as we asked for it; iyzico knows it by `refund_id`, its conversation id."""

    refund_id: UUID
    amount: Money


def refund_outcome(
    answer: Answer, reference: TransactionReference, *, asked: RefundAsked, secret_key: str
) -> RefundOutcome:
    """What the answer to a refund means."""
    if not has_succeeded(answer):
        return refusal(answer)
    if not sealed(answer, REFUND_SEAL, secret_key=secret_key):
        return Unknown("wrong_signature", alarm=True)
    agrees = (
        text(answer.get("conversationId")) == str(asked.refund_id)
        and text(answer.get("paymentTransactionId")) == reference.transaction_id
        and text(answer.get("paymentId")) == reference.payment_id
        and amount(answer.get("price")) == asked.amount.amount
        and text(answer.get("currency")) == asked.amount.currency
    )
    return Refunded(str(asked.refund_id)) if agrees else Unknown("other_refund", alarm=True)


def earlier_refund(
    answer: Answer, reference: TransactionReference, *, asked: RefundAsked
) -> RefundOutcome | None:
    """What the payment's report says of this refund; None when it was never carried out.

    The report is not signed, so it can only keep us from refunding again.
    """
    if not has_succeeded(answer):
        return no_report(answer)
    told = [
        refund
        for refund in _refunds(answer, reference)
        if text(refund.get("refundConversationId")) == str(asked.refund_id)
    ]
    if any(amount(refund.get("refundPrice")) != asked.amount.amount for refund in told):
        return Unknown("other_refund", alarm=True)
    return _by_status({text(refund.get("refundStatus")) for refund in told}, asked)


def refusal(answer: Answer) -> Declined | Obstacle:
    """Why money was not given back: no for good only where iyzico rules out that it ever will."""
    refused, retryable = failure(answer), answer.get("retryable")
    if isinstance(refused, Declined | Invalid) and not (retryable is None or retryable is False):
        return REFUSED_FOR_NOW
    if refused == Unknown("unknown_code") and retryable is False:
        code = text(answer.get("errorCode"))
        return Declined(group="NONE", code=code, message=text(answer.get("errorMessage")))
    return refused


def no_report(answer: Answer) -> Obstacle:
    """What follows from a report that was refused: that nothing can be concluded."""
    refused = failure(answer)
    return Unknown("no_report") if isinstance(refused, Declined | Invalid) else refused


def _by_status(statuses: set[str], asked: RefundAsked) -> RefundOutcome | None:
    """A try that was carried out counts, then one that still may be, whatever others came to."""
    if statuses & DONE:
        return Refunded(str(asked.refund_id))
    if statuses - FAILED:
        return Pending(str(asked.refund_id))
    for status in statuses:
        message = "the bank did not carry it out"
        return Declined(group="REFUND_FAILED", code=status, message=message)
    return None


def _refunds(answer: Answer, reference: TransactionReference) -> list[dict[str, Any]]:
    return [
        refund
        for payment in reported_payments(answer, reference.payment_id)
        for line in objects(payment.get("itemTransactions"))
        for refund in objects(line.get("refunds"))
    ]


def reported_payments(answer: Answer, payment_id: str) -> list[dict[str, Any]]:
    """What a report says of this payment, at least once. Raises `BrokenAnswer`."""
    payments = [
        payment
        for payment in objects(answer.get("payments"))
        if text(payment.get("paymentId")) == payment_id
    ]
    if not payments:
        raise BrokenAnswer("payment_not_reported")
    return payments
