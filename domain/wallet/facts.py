"""What the events of a wallet tell; their names are in the wallet."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from domain.shared.aggregate import Event
from domain.shared.money import Money
from domain.wallet.lots import CreditClass, LotShare, Origin, sum_of

ClawbackReason = Literal["purchase_refunded", "manual"]


class _Happened(Event, frozen=True, kw_only=True):
    """What all events after the first have: whose wallet it is."""

    CONCERNS = ("customer_id",)
    customer_id: UUID


class _Moved(_Happened, frozen=True, kw_only=True):
    """What moves credits of several lots."""

    shares: tuple[LotShare, ...]

    @property
    def credits(self) -> int:
        """How many credits these are."""
        return sum_of(self.shares)


class Granted(_Happened, frozen=True, kw_only=True):
    """A lot has come."""

    SHOWS = ("credits", "credit_class", "origin", "expires_at")
    lot_id: UUID
    credits: int
    credit_class: CreditClass
    origin: Origin
    expires_at: datetime | None
    value: Money
    paid: Money | None
    kdv_rate: Decimal | None
    order_id: UUID | None
    entry_id: UUID | None


class Held(_Moved, frozen=True, kw_only=True):
    """Credits are set aside."""

    SHOWS = ("hold_id", "credits", "purpose", "reference", "deadline")
    hold_id: UUID
    purpose: str
    reference: UUID | None
    deadline: datetime


class Captured(_Moved, frozen=True, kw_only=True):
    """What was held is spent, and the rest given back."""

    SHOWS = ("hold_id", "credits")
    hold_id: UUID
    released: tuple[LotShare, ...]


class Released(_Moved, frozen=True, kw_only=True):
    """What was held is given back."""

    SHOWS = ("hold_id", "credits", "reason")
    hold_id: UUID
    reason: str


class HoldLapsed(_Moved, frozen=True, kw_only=True):
    """What was held is given back, because its deadline came."""

    SHOWS = ("hold_id", "credits")
    hold_id: UUID


class Refunded(_Moved, frozen=True, kw_only=True):
    """What was spent is given back to the lots that had paid."""

    SHOWS = ("hold_id", "credits", "reason")
    refund_id: UUID
    hold_id: UUID
    reason: str


class Lapsed(_Happened, frozen=True, kw_only=True):
    """Free credits of a lot are past their time."""

    SHOWS = ("credits", "credit_class")
    lot_id: UUID
    credits: int
    credit_class: CreditClass
    value: Money


class ClawedBack(_Moved, frozen=True, kw_only=True):
    """Free credits are taken back."""

    SHOWS = ("credits", "reason")
    clawback_id: UUID
    reason: ClawbackReason
    order_id: UUID | None
    entry_id: UUID | None
