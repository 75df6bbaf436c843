"""What was taken and given back line by line, as it is compared with providers' reports."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from application.ports import reported_as
from domain.payments import PaymentAttempt, PaymentProvider
from domain.settlements import ReturnedFee
from domain.shared.months import day_at
from projections.base import Lines

MOVEMENTS = UUID("b8a7e0f6-2c1d-4f55-9a3e-70d2a9c4e611")


class PaymentLine(Struct, frozen=True, kw_only=True):
    """A line that was paid, a refund of one, or what the provider then gave back of its commission.
    `amount` is above 0 in all. `commission` and `fee` are what the provider kept of a paid line.
    `transaction_id` is the provider's name of a paid line; the others belong to the line that has
    their `attempt_id` and `line_id`. `refund_id` is that of the refund.
    """

    movement_id: UUID
    kind: Literal["payment", "refund", "returned_fee"]
    provider: PaymentProvider
    refund_id: UUID | None
    attempt_id: UUID
    order_id: UUID
    line_id: UUID
    transaction_id: str
    payment_id: str
    amount: Decimal
    currency: str
    commission: Decimal
    fee: Decimal
    installments: int
    at: datetime
    day: date


payment_lines = Lines(
    "payment_lines",
    PaymentLine,
    version=1,
    key=["movement_id"],
    indexes=["transaction_id", "day", "attempt_id, line_id"],
)


@payment_lines.on(PaymentAttempt.Succeeded)
def taken(event: PaymentAttempt.Succeeded) -> Iterator[PaymentLine]:
    """Each line that was paid."""
    for line in event.capture.lines:
        yield PaymentLine(
            movement_id=uuid5(MOVEMENTS, f"{event.originator_id}/{line.line_id}"),
            kind="payment",
            provider=event.provider,
            refund_id=None,
            attempt_id=event.originator_id,
            order_id=event.order_id,
            line_id=line.line_id,
            transaction_id=reported_as(line.transaction_id),
            payment_id=event.capture.payment_id,
            amount=line.paid.amount,
            currency=line.paid.currency,
            commission=line.commission,
            fee=line.fee,
            installments=event.capture.installments,
            at=event.timestamp,
            day=day_at(event.timestamp),
        )


@payment_lines.on(PaymentAttempt.LineRefunded)
def given_back(event: PaymentAttempt.LineRefunded) -> Iterator[PaymentLine]:
    """What went back of a line."""
    yield PaymentLine(
        movement_id=event.refund_id,
        kind="refund",
        provider=event.provider,
        refund_id=event.refund_id,
        attempt_id=event.originator_id,
        order_id=event.order_id,
        line_id=event.line_id,
        transaction_id="",
        payment_id="",
        amount=event.amount.amount,
        currency=event.amount.currency,
        commission=Decimal(0),
        fee=Decimal(0),
        installments=1,
        at=event.timestamp,
        day=day_at(event.timestamp),
    )


@payment_lines.on(ReturnedFee.Told)
def fee_returned(event: ReturnedFee.Told) -> Iterator[PaymentLine]:
    """What the provider gave back of what it had kept."""
    yield PaymentLine(
        movement_id=event.originator_id,
        kind="returned_fee",
        provider="iyzico",
        refund_id=event.refund_id,
        attempt_id=event.attempt_id,
        order_id=event.order_id,
        line_id=event.line_id,
        transaction_id="",
        payment_id="",
        amount=event.amount,
        currency="TRY",
        commission=Decimal(0),
        fee=Decimal(0),
        installments=1,
        at=event.timestamp,
        day=day_at(event.timestamp),
    )
