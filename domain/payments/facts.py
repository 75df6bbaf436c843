"""What the events of a payment tell; their names are in the attempt."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from domain.payments.parts import (
    AskedBy,
    Capture,
    PaymentProvider,
    RefundPart,
    SurplusReason,
)
from domain.shared.aggregate import Created, Event, Personal
from domain.shared.money import Money


class Opened(Created, frozen=True, kw_only=True):
    """An attempt was begun, before anything was asked of the provider."""

    order_id: UUID
    customer_id: UUID
    amount: Money
    provider: PaymentProvider


class _Happened(Event, frozen=True, kw_only=True):
    """What all events after the first have: whose payment it is, and of which order."""

    SUBJECT = "customer_id"
    CONCERNS: ClassVar[tuple[str, ...]] = ("customer_id",)
    order_id: UUID
    customer_id: UUID


class FormOpened(_Happened, frozen=True, kw_only=True):
    """The provider's page waits for the shopper."""

    token: Personal
    page_url: Personal
    expires_at: datetime


class Failed(_Happened, frozen=True, kw_only=True):
    """There is no page."""

    reason: str


class OutcomeAsked(_Happened, frozen=True, kw_only=True):
    """The provider is to be asked."""

    CONCERNS = ()
    asked_by: AskedBy
    reference: str
    next_sweep_at: datetime | None


class Declined(_Happened, frozen=True, kw_only=True):
    """The bank said no, or the provider's fraud desk did: `reviewed`."""

    SHOWS = ("group",)
    group: str
    code: str
    reviewed: bool = False


class WentIntoReview(_Happened, frozen=True, kw_only=True):
    """The provider's fraud desk looks at it."""

    payment_id: str
    next_sweep_at: datetime | None


class OutcomeUnknown(_Happened, frozen=True, kw_only=True):
    """Nobody knows for now."""

    reason: str
    alarm: bool


class Succeeded(_Happened, frozen=True, kw_only=True):
    """Money was taken."""

    SHOWS = ("order_id",)
    capture: Capture
    card_last_four: Personal
    provider: PaymentProvider


class FoundSurplus(_Happened, frozen=True, kw_only=True):
    """The order can't keep the money."""

    SHOWS = ("reason",)
    reason: SurplusReason


class Expired(_Happened, frozen=True, kw_only=True):
    """Nothing was paid."""


class _OfRefund(_Happened, frozen=True, kw_only=True):
    """What the events of one refund have: whose money it is."""

    refund_id: UUID
    line_id: UUID
    amount: Money


class RefundRequested(_OfRefund, frozen=True, kw_only=True):
    """(Part of) a line is to go back, because of a request that may be about several lines."""

    reason: str
    request_id: UUID | None = None


class RefundPending(_OfRefund, frozen=True, kw_only=True):
    """The provider will do it later."""

    reference: str
    next_look_at: datetime | None


class RefundHindered(_OfRefund, frozen=True, kw_only=True):
    """The provider does not accept our account; nothing has happened, and it is tried again."""

    CONCERNS = ()
    code: str


class RefundAsked(_OfRefund, frozen=True, kw_only=True):
    """The provider is to be asked what became of a refund."""

    CONCERNS = ()
    asked_by: AskedBy
    reference: str
    next_look_at: datetime | None


class LineRefunded(_OfRefund, frozen=True, kw_only=True):
    """The money went back. `late` tells that it had been refused before; `excess` is what of it is
    too much: all of it if our bank had paid it, else what is more than the line was paid with.
    """

    SHOWS = ("amount",)
    reference: str
    reason: str = ""
    provider: PaymentProvider = "iyzico"
    late: bool = False
    excess: Money | None = None


class RefundFailed(_OfRefund, frozen=True, kw_only=True):
    """The provider said no for good."""

    group: str
    code: str


class RefundedOutside(_OfRefund, frozen=True, kw_only=True):
    """Our bank account paid what the provider had refused; `reference` is the bank's."""

    SHOWS = ("amount",)
    reference: str


class CancelRequested(_Happened, frozen=True, kw_only=True):
    """The whole payment is to be called off on its own day; `parts` are what goes back by it."""

    cancel_id: UUID
    reason: str
    parts: tuple[RefundPart, ...]


class Cancelled(_Happened, frozen=True, kw_only=True):
    """The whole payment was called off."""

    cancel_id: UUID
    reference: str


class CancelRefused(_Happened, frozen=True, kw_only=True):
    """The payment can't be called off; it goes back line by line."""

    cancel_id: UUID
    group: str
    code: str
