"""Lots: credits that came together, the money they carry, and in which order they pay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.shared.money import Money

CreditClass = Literal["promotional", "purchased"]
Origin = Literal["welcome", "purchase", "manual"]

NOTHING = Money.of(0)
NEVER = datetime.max.replace(tzinfo=UTC)


class LotShare(Struct, frozen=True, omit_defaults=True):
    """Some credits of one lot. `value` is the net money (KDV excluded) that they carry: what was
    paid for them and has not been earned yet. It is 0 for promotional credits, and for credits
    that are only held.
    """

    lot_id: UUID
    credits: int
    credit_class: CreditClass
    value: Money = NOTHING

    def part(self, credits: int) -> LotShare:
        """So many of these credits, with their part of the value; what is left keeps the rest."""
        if credits == self.credits:
            return self
        amount = self.value.amount * credits / self.credits
        return replace(self, credits=credits, value=Money.of(amount, self.value.currency))

    def less(self, part: LotShare) -> LotShare:
        """What is left without a part of it."""
        return replace(self, credits=self.credits - part.credits, value=self.value - part.value)


class Dated(Struct, frozen=True):
    """The earlier day that a manual entry is about, and the accounting month it is posted to."""

    effective_on: date
    month: str


class Grant(Struct, frozen=True, kw_only=True):
    """What a new lot is made of.

    `value` is the net money that the credits carry, and `paid` the gross money that was given for
    them, at `kdv_rate` percent, by the order `order_id`. `entry_id` is the manual entry behind it,
    and `dated` says so if it is about an earlier day.
    """

    credits: int
    credit_class: CreditClass
    origin: Origin
    expires_at: datetime | None = None
    value: Money = NOTHING
    paid: Money | None = None
    kdv_rate: Decimal | None = None
    order_id: UUID | None = None
    entry_id: UUID | None = None
    dated: Dated | None = None


class Lot(Struct, frozen=True, kw_only=True):
    """Credits that came together.

    `remaining` counts those that were neither spent, expired nor clawed back, and `held` those of
    them that open holds have taken. `value` is the net money that the remaining ones carry.
    """

    lot_id: UUID
    credit_class: CreditClass
    origin: Origin
    granted: int
    remaining: int
    held: int
    value: Money
    order_id: UUID | None
    expires_at: datetime | None

    @property
    def free(self) -> int:
        """Credits that no hold has taken."""
        return self.remaining - self.held

    def good_at(self, moment: datetime) -> bool:
        """Whether the lot may pay at this moment."""
        return self.expires_at is None or moment < self.expires_at

    def part(self, credits: int) -> LotShare:
        """So many of the remaining credits, with their part of the value."""
        whole = LotShare(self.lot_id, self.remaining, self.credit_class, self.value)
        return whole.part(credits)

    def without(self, share: LotShare) -> Lot:
        """The lot after these credits have left it."""
        remaining = self.remaining - share.credits
        return replace(self, remaining=remaining, value=self.value - share.value)

    def with_back(self, share: LotShare) -> Lot:
        """The lot after these credits have come back."""
        remaining = self.remaining + share.credits
        return replace(self, remaining=remaining, value=self.value + share.value)

    def holding(self, credits: int) -> Lot:
        """The lot with so many more credits held; fewer when negative."""
        return replace(self, held=self.held + credits)


def sum_of(shares: Iterable[LotShare]) -> int:
    """How many credits these are."""
    return sum(share.credits for share in shares)


def in_spending_order(lots: Iterable[Lot]) -> list[Lot]:
    """Promotional lots pay before purchased ones, the soonest to expire first."""
    return sorted(
        lots, key=lambda lot: (lot.credit_class != "promotional", lot.expires_at or NEVER)
    )


def free_shares(lots: Iterable[Lot]) -> list[LotShare]:
    """What no hold has taken of these lots, in spending order, with its value."""
    return [lot.part(lot.free) for lot in in_spending_order(lots) if lot.free]


def held_shares(lots: Iterable[Lot]) -> list[LotShare]:
    """The same without value, because credits that are only held keep theirs in the lot."""
    return [replace(share, value=NOTHING) for share in free_shares(lots)]


def without(shares: Sequence[LotShare], taken: Sequence[LotShare]) -> tuple[LotShare, ...]:
    """What is left of these shares, of which each lot has one, without those that were taken."""
    by_lot = {share.lot_id: share for share in taken}
    left = [s.less(by_lot[s.lot_id]) if s.lot_id in by_lot else s for s in shares]
    return tuple(share for share in left if share.credits)


def split(
    shares: Sequence[LotShare], credits: int
) -> tuple[tuple[LotShare, ...], tuple[LotShare, ...]]:
    """The first `credits` of these shares, and the rest."""
    taken, rest = [], []
    for share in shares:
        part = share.part(min(credits, share.credits))
        credits -= part.credits
        if part.credits:
            taken.append(part)
        if part.credits < share.credits:
            rest.append(share.less(part))
    return tuple(taken), tuple(rest)
