"""What a person's history comes to in credits and money, added up exactly."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

NOTHING = Decimal("0.00")


class Figures(Struct, kw_only=True):
    """Credits are whole numbers and money TRY.

    `left` is what stands in the wallet in the end, and `unpaid` what generations would have cost
    for which there were not enough credits. `charged` is the price of paid orders, `returned` what
    went back of it, `kdv` what is in the rest, `fees` what designers earned, `carried` the net
    money of bought credits that were spent or expired.
    """

    granted: int = 0
    spent: int = 0
    given_back: int = 0
    expired: int = 0
    taken_back: int = 0
    unpaid: int = 0
    charged: Decimal = NOTHING
    returned: Decimal = NOTHING
    kdv: Decimal = NOTHING
    fees: Decimal = NOTHING
    carried: Decimal = NOTHING

    @property
    def left(self) -> int:
        return self.granted - self.spent + self.given_back - self.expired - self.taken_back

    @property
    def kept(self) -> Decimal:
        """What was paid and did not go back."""
        return self.charged - self.returned

    @property
    def values(self) -> tuple[int | Decimal, ...]:
        """All figures, in the order of `FIGURES`."""
        return tuple(getattr(self, name) for name in FIGURES)


FIGURES = (
    "granted",
    "spent",
    "given_back",
    "expired",
    "taken_back",
    "left",
    "unpaid",
    "charged",
    "returned",
    "kept",
    "kdv",
    "fees",
    "carried",
)
"""The names of all figures: credits first, then money."""
CREDITS = FIGURES[:7]
