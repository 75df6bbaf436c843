"""What payments are made of: captures, refunds, states, the times at which is asked, refusals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.shared.errors import Conflict, Invalid, NotFound
from domain.shared.money import Money, total

GRACE = timedelta(minutes=3)
"""How long after its end a form may still bring money that was under way at the bank."""

PaymentProvider = Literal["iyzico", "bank_transfer"]

AttemptState = Literal[
    "opened", "form_opened", "declined", "in_review", "unknown", "succeeded", "expired", "failed"
]
OPEN: frozenset[AttemptState] = frozenset(
    ("opened", "form_opened", "declined", "in_review", "unknown")
)
AskedBy = Literal["sweeper", "webhook", "report"]
SurplusReason = Literal["double_payment", "order_cancelled", "order_expired"]

MOST_WEBHOOKS = 40
"""Unsigned webhooks are only hints; beyond so many for one attempt the sweeper asks alone."""

SWEEPS = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 15, 35)),
    *(timedelta(hours=hours) for hours in range(1, 25)),
    *(timedelta(days=days) for days in range(2, 31)),
)
"""When the provider is asked, counted from the opening of the form, while nobody knows the end."""

LOOKS = tuple(timedelta(days=days) for days in range(1, 31))
"""When the provider is asked about a refund that it does later, counted from its saying so."""

ISTANBUL = ZoneInfo("Europe/Istanbul")

CANCELLABLE: frozenset[PaymentProvider] = frozenset(("iyzico",))
"""Who can call a whole payment off on its own day, before the banks have settled it."""

CANCEL_MARGIN = timedelta(minutes=45)
"""So long before midnight no cancel is asked for any more: its job may wait, and banks close their
day a little before it ends. A cancel that comes too late costs a call and gains nothing."""

GIVES_WAY: frozenset[PaymentProvider] = frozenset(("bank_transfer",))
"""Whose open attempts end when the customer chooses another way to pay. Money that comes by them
all the same is surplus and goes back.
"""

REFUNDABLE: dict[PaymentProvider, timedelta] = {"iyzico": timedelta(days=365)}
"""How long after a payment its provider gives money back; others have no such limit."""


class FormNotWanted(Conflict):
    """The attempt is over, so its form must not be shown. Fact: `state`."""


class OtherWayOpen(Conflict):
    """Money may still come by another provider, so this one is not begun. Fact: `provider`."""


class NothingCaptured(Conflict):
    """No money was taken by this attempt. Fact: `state`."""


class UnknownLine(NotFound):
    """The payment has no such line. Fact: `line_id`."""


class RefundTooLarge(Invalid):
    """More than is left of what the line was paid with. Facts: `left` and `asked`."""


class RefundTooLate(Conflict):
    """The provider gives nothing back any more; finance has to pay by bank. Fact: `until`."""


class RefundNotRefused(Conflict):
    """The provider has not refused this refund, so nobody else may pay it. Fact: `state`."""


class UnknownRefund(NotFound):
    """The payment has no such refund. Fact: `refund_id`."""


class Due(Struct, frozen=True, kw_only=True):
    """What an attempt is to bring: whose money, for which order, how much, by whom."""

    order_id: UUID
    customer_id: UUID
    amount: Money
    provider: PaymentProvider = "iyzico"


class CapturedLine(Struct, frozen=True, kw_only=True):
    """What the provider took for one order line, its share of the surcharge included;
    `transaction_id` is needed to give it back.
    """

    line_id: UUID
    transaction_id: str
    paid: Money
    commission: Decimal
    fee: Decimal


class Capture(Struct, frozen=True, kw_only=True):
    """Money that was taken; the lines add up to `paid`, which was asked for as `price`."""

    payment_id: str
    price: Money
    paid: Money
    lines: tuple[CapturedLine, ...]
    installments: int

    @property
    def surcharge(self) -> Money:
        """What the instalments cost the shopper beyond the price."""
        return self.paid - self.price

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


RefundStep = Literal["requested", "pending", "refunded", "failed", "outside"]
CancelStep = Literal["requested", "done", "refused"]


class Refund(Struct, frozen=True, kw_only=True):
    """Money on its way back. `outside` tells that our own bank account paid it; `hindered`, that
    the provider did not accept our account when it was asked last. The refunds of one request
    have its `request_id`.
    """

    refund_id: UUID
    line_id: UUID
    amount: Money
    reason: str = ""
    state: RefundStep = "requested"
    pending_at: datetime | None = None
    hindered: bool = False
    outside: bool = False
    request_id: UUID | None = None

    @property
    def is_open(self) -> bool:
        """Whether nobody knows yet if the provider gives it back."""
        return self.state in {"requested", "pending"}

    @property
    def done(self) -> Money:
        """What has gone back by it: twice, if the provider did what had been paid outside."""
        return self.amount * ((self.state == "refunded") + self.outside)

    @property
    def may_be_news(self) -> bool:
        """Whether the provider may yet do what it had refused: it knows of it and tries again."""
        return self.state == "failed" and self.pending_at is not None

    @property
    def gone(self) -> Money:
        """What can't be asked for once more: all of it, unless the provider refused. What went
        twice counts once, as the rest of the line is owed all the same.
        """
        return self.amount * (self.is_open or bool(self.done.amount))


class Cancel(Struct, frozen=True, kw_only=True):
    """A payment that is called off as a whole, as refunds of these parts."""

    cancel_id: UUID
    reason: str
    parts: tuple[RefundPart, ...]
    state: CancelStep = "requested"

    @property
    def under_way(self) -> Iterable[RefundPart]:
        """What can't go back otherwise for now."""
        return self.parts if self.state == "requested" else ()


def last_moment_to_cancel(captured_at: datetime) -> datetime:
    """When the last cancel of a payment may be asked for: on its own day in Istanbul."""
    day = captured_at.astimezone(ISTANBUL).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1) - CANCEL_MARGIN


def left_of(line: CapturedLine, refunds: Iterable[Refund], *, cancel: Cancel | None) -> Money:
    """How much of a line can still be asked back; never below nothing."""
    currency = line.paid.currency
    gone = total((each.gone for each in refunds if each.line_id == line.line_id), currency)
    parts = cancel.under_way if cancel else ()
    gone += total((part.amount for part in parts if part.line_id == line.line_id), currency)
    return max(line.paid - gone, Money.of(0, currency))


def excess_of(line: CapturedLine, refunds: Iterable[Refund], *, done: Refund) -> Money:
    """What is too much of a refund that is `done` now: all of it if our bank has paid it before,
    else what is more than the line was paid with.
    """
    if done.outside:
        return done.amount
    currency = line.paid.currency
    earlier = [each for each in refunds if each.line_id == line.line_id and each.done.amount]
    over = total((each.gone for each in earlier), currency) + done.amount - line.paid
    return min(max(over, Money.of(0, currency)), done.amount)
