"""What payments are made of: captures, refunds, states, the times at which is asked, refusals."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.shared.errors import Conflict, Invalid, NotFound
from domain.shared.money import Money

GRACE = timedelta(minutes=3)
"""How long after its end a form may still bring money that was under way at the bank."""

PaymentProvider = Literal["iyzico", "bank_transfer"]

AttemptState = Literal[
    "opened", "form_opened", "declined", "in_review", "unknown", "succeeded", "expired", "failed"
]
OPEN: frozenset[AttemptState] = frozenset(
    ("opened", "form_opened", "declined", "in_review", "unknown")
)
AskedBy = Literal["sweeper", "webhook"]
SurplusReason = Literal["double_payment", "order_cancelled", "order_expired"]

MOST_WEBHOOKS = 40
"""Unsigned webhooks are only hints; beyond so many for one attempt the sweeper asks alone."""

SWEEPS = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 35)),
    *(timedelta(hours=hours) for hours in range(1, 25)),
    *(timedelta(days=days) for days in range(2, 31)),
)
"""When the provider is asked, counted from the opening of the form, while nobody knows the end."""


class FormNotWanted(Conflict):
    """The attempt is over, so its form must not be shown. Fact: `state`."""


class NothingCaptured(Conflict):
    """No money was taken by this attempt. Fact: `state`."""


class UnknownLine(NotFound):
    """The payment has no such line. Fact: `line_id`."""


class RefundTooLarge(Invalid):
    """More than is left of what the line was paid with. Facts: `left` and `asked`."""


class CapturedLine(Struct, frozen=True, kw_only=True):
    """What the provider took for one order line; `transaction_id` is needed to give it back."""

    line_id: UUID
    transaction_id: str
    paid: Money
    commission: Decimal
    fee: Decimal


class Capture(Struct, frozen=True, kw_only=True):
    """Money that was taken; the lines add up to `paid`."""

    payment_id: str
    paid: Money
    lines: tuple[CapturedLine, ...]
    installments: int

    def line(self, line_id: UUID) -> CapturedLine:
        """What was taken for an order line. Raises `UnknownLine`."""
        for line in self.lines:
            if line.line_id == line_id:
                return line
        raise UnknownLine(line_id=line_id)


class RefundPart(Struct, frozen=True, kw_only=True):
    """How much of a line is to go back."""

    line_id: UUID
    amount: Money


class Refund(Struct, frozen=True, kw_only=True):
    """Money on its way back."""

    refund_id: UUID
    line_id: UUID
    amount: Money
    state: Literal["requested", "refunded", "failed"] = "requested"

    @property
    def gone(self) -> Money:
        """What can't go back a second time: all of it, unless the provider refused."""
        return self.amount * (self.state != "failed")
