"""What iyzico says about refunds: in its answer to one, and in its reports on earlier ones."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from iyzipay.iyzipay_resource import IyzipayResource
from msgspec import Struct

from adapters.iyzico.answers import (
    Answer,
    BrokenAnswer,
    TransactionReference,
    amount,
    failure,
    has_succeeded,
    sealed,
    text,
)
from application.ports import Misconfigured, Refunded, RefundOutcome, Unknown
from domain.shared.money import Money

REFUND_SEAL = ("paymentId", "price", "currency", "conversationId")
REFUND_DONE = {"1", "SUCCESS"}
REFUND_FAILED = {"0", "-1", "FAILURE"}


class RefundAsked(Struct, frozen=True):
    """A refund as we asked for it; iyzico knows it by `refund_id`, its conversation id."""

    refund_id: UUID
    amount: Money


class PaymentDetails(IyzipayResource):  # type: ignore[misc] # the SDK has no types
    """Reporting on one payment; the SDK's own class can't ask by conversation id."""

    def retrieve(self, query: dict[str, str], options: dict[str, str]) -> Any:
        """Ask by `paymentId` or by `paymentConversationId`."""
        return self.connect("GET", f"/v2/reporting/payment/details?{urlencode(query)}", options)


def refund_outcome(
    answer: Answer, reference: TransactionReference, *, asked: RefundAsked, secret_key: str
) -> RefundOutcome:
    """What the answer to a refund means."""
    if not has_succeeded(answer):
        return failure(answer)
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
        refusal = failure(answer)
        keys_refused = isinstance(refusal, Misconfigured)
        return refusal if keys_refused or isinstance(refusal, Unknown) else Unknown("no_report")
    for refund in _refunds(answer, reference):
        if text(refund.get("refundConversationId")) != str(asked.refund_id):
            continue
        status = text(refund.get("refundStatus"))
        if status in REFUND_FAILED:
            continue
        if status not in REFUND_DONE:
            return Unknown("refund_pending")
        if amount(refund.get("refundPrice")) != asked.amount.amount:
            return Unknown("other_refund", alarm=True)
        return Refunded(str(asked.refund_id))
    return None


def _refunds(answer: Answer, reference: TransactionReference) -> list[dict[str, Any]]:
    payments = [
        payment
        for payment in _objects(answer.get("payments"))
        if text(payment.get("paymentId")) == reference.payment_id
    ]
    if not payments:
        raise BrokenAnswer("payment_not_reported")
    return [
        refund
        for payment in payments
        for line in _objects(payment.get("itemTransactions"))
        for refund in _objects(line.get("refunds"))
    ]


def _objects(values: object) -> list[dict[str, Any]]:
    if values is None:
        return []
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise BrokenAnswer("unreadable")
    return values
