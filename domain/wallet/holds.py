"""Holds: credits set aside for work that is under way, and how they ended."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.wallet.lots import LotShare, split, sum_of
from domain.wallet.refusals import MoreThanHeld, MoreThanSpent, NotCaptured, must_be_positive

HoldEnd = Literal["captured", "released", "expired"]


class Hold(Struct, frozen=True, kw_only=True):
    """Credits set aside until `deadline`."""

    hold_id: UUID
    shares: tuple[LotShare, ...]
    deadline: datetime

    @property
    def credits(self) -> int:
        """How many credits are held."""
        return sum_of(self.shares)

    def part_of(self, credits: int | None) -> int:
        """So many of the credits that are held; all when None. Raises `MoreThanHeld`."""
        if credits is None:
            return self.credits
        must_be_positive(credits)
        if credits > self.credits:
            raise MoreThanHeld(held=self.credits, needed=credits)
        return credits


class EndedHold(Struct, frozen=True):
    """How a hold ended; `spent` is what was spent by it and has not been refunded."""

    state: HoldEnd | Literal["open"]
    spent: tuple[LotShare, ...] = ()

    def refundable(self, credits: int | None) -> tuple[LotShare, ...]:
        """So much of what was spent, or all that is left of it; what paid last comes first.

        Raises `NotCaptured` and `MoreThanSpent`.
        """
        if self.state != "captured":
            raise NotCaptured(state=self.state)
        spent = sum_of(self.spent)
        wanted = max(spent, 1) if credits is None else credits
        must_be_positive(wanted)
        if wanted > spent:
            raise MoreThanSpent(spent=spent, needed=wanted)
        shares, _ = split(self.spent[::-1], wanted)
        return shares


STILL_OPEN = EndedHold("open")
