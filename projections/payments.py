"""What finance and operators see of payments: every attempt, and every refund."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.payments import (
    AttemptState,
    CancelStep,
    PaymentAttempt,
    PaymentProvider,
    RefundStep,
    SurplusReason,
)
from domain.shared.money import Money
from projections.base import Fold
from projections.reads import Reads


class PaymentRow(Struct, frozen=True, kw_only=True):
    """One attempt. `paid` is what was taken, with the `surcharge` of its `installments` beyond the
    `amount`; `refunded` is what went back. `cancel` tells how calling it off as a whole stands;
    `alarm` names the last answer that contradicted what was asked or signed. It holds no token and
    nothing of a card.
    """

    attempt_id: UUID
    order_id: UUID
    customer_id: UUID
    provider: PaymentProvider
    state: AttemptState
    amount: Money
    surcharge: Money
    installments: int = 1
    paid: Money
    refunded: Money
    payment_id: str = ""
    reason: str = ""
    alarm: str = ""
    surplus: SurplusReason | None = None
    cancel: CancelStep | None = None
    opened_at: datetime
    form_expires_at: datetime | None = None
    updated_at: datetime


class RefundRow(Struct, frozen=True, kw_only=True):
    """One refund of one line. `pending` is what the provider does later, `outside` what our own
    bank account paid; `failure` is the provider's group and code when it said no.
    """

    refund_id: UUID
    attempt_id: UUID
    order_id: UUID
    line_id: UUID
    amount: Money
    reason: str
    state: RefundStep
    failure: str = ""
    requested_at: datetime
    updated_at: datetime


payments = Fold(
    "payments", PaymentRow, version=2, key=["attempt_id"], indexes=["order_id", "state"]
)
payment_refunds = Fold(
    "payment_refunds", RefundRow, version=2, key=["refund_id"], indexes=["order_id", "state"]
)

_refund = attrgetter("refund_id")
_WentBack = PaymentAttempt.LineRefunded | PaymentAttempt.RefundedOutside


@payments.on(PaymentAttempt.Opened)
def opened(_row: PaymentRow | None, event: PaymentAttempt.Opened) -> PaymentRow:
    nothing = Money.of(0, event.amount.currency)
    return PaymentRow(
        attempt_id=event.originator_id,
        order_id=event.order_id,
        customer_id=event.customer_id,
        provider=event.provider,
        state="opened",
        amount=event.amount,
        surcharge=nothing,
        paid=nothing,
        refunded=nothing,
        opened_at=event.timestamp,
        updated_at=event.timestamp,
    )


@payments.on(PaymentAttempt.FormOpened)
def form_opened(row: PaymentRow, event: PaymentAttempt.FormOpened) -> PaymentRow:
    return _changed(row, event, state="form_opened", form_expires_at=event.expires_at)


@payments.on(PaymentAttempt.Failed)
def failed(row: PaymentRow, event: PaymentAttempt.Failed) -> PaymentRow:
    return _changed(row, event, state="failed", reason=event.reason)


@payments.on(PaymentAttempt.Declined)
def declined(row: PaymentRow, event: PaymentAttempt.Declined) -> PaymentRow:
    return _changed(row, event, state="declined", reason=f"{event.group} {event.code}".strip())


@payments.on(PaymentAttempt.WentIntoReview)
def went_into_review(row: PaymentRow, event: PaymentAttempt.WentIntoReview) -> PaymentRow:
    return _changed(row, event, state="in_review", payment_id=event.payment_id)


@payments.on(PaymentAttempt.OutcomeUnknown)
def outcome_unknown(row: PaymentRow, event: PaymentAttempt.OutcomeUnknown) -> PaymentRow:
    waiting = row.state in {"form_opened", "declined"}
    return _changed(
        row,
        event,
        state="unknown" if waiting else row.state,
        reason=event.reason if waiting else row.reason,
        alarm=event.reason if event.alarm else row.alarm,
    )


@payments.on(PaymentAttempt.Succeeded)
def succeeded(row: PaymentRow, event: PaymentAttempt.Succeeded) -> PaymentRow:
    capture = event.capture
    return _changed(
        row,
        event,
        state="succeeded",
        reason="",
        payment_id=capture.payment_id,
        paid=capture.paid,
        surcharge=capture.surcharge,
        installments=capture.installments,
    )


@payments.on(PaymentAttempt.FoundSurplus)
def found_surplus(row: PaymentRow, event: PaymentAttempt.FoundSurplus) -> PaymentRow:
    return _changed(row, event, surplus=event.reason)


@payments.on(PaymentAttempt.Expired)
def expired(row: PaymentRow, event: PaymentAttempt.Expired) -> PaymentRow:
    return _changed(row, event, state="expired")


@payments.on(PaymentAttempt.LineRefunded, PaymentAttempt.RefundedOutside)
def line_refunded(row: PaymentRow, event: _WentBack) -> PaymentRow:
    return _changed(row, event, refunded=row.refunded + event.amount)


@payments.on(PaymentAttempt.CancelRequested)
def cancel_requested(row: PaymentRow, event: PaymentAttempt.CancelRequested) -> PaymentRow:
    return _changed(row, event, cancel="requested")


@payments.on(PaymentAttempt.Cancelled)
def cancelled(row: PaymentRow, event: PaymentAttempt.Cancelled) -> PaymentRow:
    return _changed(row, event, cancel="done")


@payments.on(PaymentAttempt.CancelRefused)
def cancel_refused(row: PaymentRow, event: PaymentAttempt.CancelRefused) -> PaymentRow:
    return _changed(row, event, cancel="refused")


@payment_refunds.on(PaymentAttempt.RefundRequested, key=_refund)
def refund_requested(_row: RefundRow | None, event: PaymentAttempt.RefundRequested) -> RefundRow:
    return _begun(event)


@payment_refunds.on(PaymentAttempt.RefundPending, key=_refund)
def refund_pending(row: RefundRow, event: PaymentAttempt.RefundPending) -> RefundRow:
    return replace(row, state="pending", updated_at=event.timestamp)


@payment_refunds.on(PaymentAttempt.LineRefunded, key=_refund)
def refunded(row: RefundRow | None, event: PaymentAttempt.LineRefunded) -> RefundRow:
    return replace(row or _begun(event), state="refunded", failure="", updated_at=event.timestamp)


@payment_refunds.on(PaymentAttempt.RefundedOutside, key=_refund)
def refunded_outside(row: RefundRow, event: PaymentAttempt.RefundedOutside) -> RefundRow:
    return replace(row, state="outside", updated_at=event.timestamp)


@payment_refunds.on(PaymentAttempt.RefundFailed, key=_refund)
def refund_failed(row: RefundRow, event: PaymentAttempt.RefundFailed) -> RefundRow:
    failure = f"{event.group} {event.code}".strip()
    return replace(row, state="failed", failure=failure, updated_at=event.timestamp)


def _begun(event: PaymentAttempt.RefundRequested | PaymentAttempt.LineRefunded) -> RefundRow:
    return RefundRow(
        refund_id=event.refund_id,
        attempt_id=event.originator_id,
        order_id=event.order_id,
        line_id=event.line_id,
        amount=event.amount,
        reason=event.reason,
        state="requested",
        requested_at=event.timestamp,
        updated_at=event.timestamp,
    )


def _changed(row: PaymentRow, event: Any, **values: Any) -> PaymentRow:
    return replace(row, updated_at=event.timestamp, **values)


async def payments_of_order(reads: Reads, order_id: UUID) -> list[PaymentRow]:
    """The attempts to pay an order, oldest first."""
    return await reads.all(
        PaymentRow,
        "SELECT * FROM read.payments WHERE order_id = %s ORDER BY opened_at, attempt_id",
        (order_id,),
    )


async def payment_list(
    reads: Reads,
    *,
    state: AttemptState | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[PaymentRow]:
    """Attempts, newest first: of one state, or of all."""
    return await reads.all(
        PaymentRow,
        "SELECT * FROM read.payments WHERE (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(at)s::timestamptz IS NULL OR (opened_at, attempt_id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY opened_at DESC, attempt_id DESC LIMIT %(limit)s",
        {
            "state": state,
            "at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )


async def refunds_of_order(reads: Reads, order_id: UUID) -> list[RefundRow]:
    """The refunds of an order's payments, oldest first."""
    return await reads.all(
        RefundRow,
        "SELECT * FROM read.payment_refunds WHERE order_id = %s ORDER BY requested_at, refund_id",
        (order_id,),
    )


async def attempts_of(reads: Reads, customer_id: UUID) -> list[UUID]:
    """All attempts of a customer to pay."""
    query = "SELECT attempt_id FROM read.payments WHERE customer_id = %s"
    return [row[0] for row in await reads.rows(query, (customer_id,))]
