"""Money: an exact amount of one currency, rounded half up to the kuruş."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Literal

from msgspec import Struct

KURUS = Decimal("0.01")


class Money(Struct, frozen=True, order=True):
    """An amount with two decimals in an ISO 4217 currency; negative amounts are allowed."""

    amount: Decimal
    currency: str = "TRY"

    @classmethod
    def of(cls, amount: Decimal | int | str, currency: str = "TRY") -> Money:
        """Round `amount` half up to 0.01."""
        return cls(Decimal(amount).quantize(KURUS, ROUND_HALF_UP), currency)

    def __add__(self, other: Money) -> Money:
        self._must_match(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._must_match(other)
        return Money(self.amount - other.amount, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.amount * times, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:.2f} {self.currency}"

    def written(self, language: Literal["tr", "en"]) -> str:
        """As people of the language write it: `1.290,00 ₺` or `₺1,290.00`."""
        figure, minus = f"{abs(self.amount):,.2f}", "-" if self.amount < 0 else ""
        lira = self.currency == "TRY"
        if language == "en":
            return f"{minus}{'₺' if lira else self.currency + ' '}{figure}"
        turkish = figure.translate(str.maketrans(",.", ".,"))
        return f"{minus}{turkish} {'₺' if lira else self.currency}"

    def _must_match(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")


def total(amounts: Iterable[Money], currency: str = "TRY") -> Money:
    """The sum; 0.00 of `currency` when there is nothing to add."""
    return sum(amounts, Money.of(0, currency))


class GrossSplit(Struct, frozen=True):
    """A price with KDV inside, taken apart: `net + tax == gross`, each to the kuruş."""

    gross: Money
    net: Money
    tax: Money
    rate: Decimal


def split_gross(gross: Money, rate: Decimal) -> GrossSplit:
    """Take the KDV out of a gross price; `rate` is a percentage such as 20.

    The net is rounded half up and the tax is the rest, so that what the shopper pays stays exact.
    """
    net = Money.of(gross.amount / (1 + rate / 100), gross.currency)
    return GrossSplit(gross, net, gross - net, rate)


def distribute(amount: Money, weights: Sequence[Decimal]) -> tuple[Money, ...]:
    """Share `amount` by weight with the largest-remainder rule; the shares add up exactly.

    Weights must not be negative and must not all be 0; ties go to the earlier share.
    """
    whole = sum(weights, Decimal(0))
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be positive")
    exact = [amount.amount * weight / whole for weight in weights]
    shares = [share.quantize(KURUS, ROUND_DOWN) for share in exact]
    missing = int((amount.amount - sum(shares, Decimal(0))) / KURUS)
    step = KURUS if missing >= 0 else -KURUS
    by_remainder = sorted(range(len(exact)), key=lambda i: (-abs(exact[i] - shares[i]), i))
    for index in by_remainder[: abs(missing)]:
        shares[index] += step
    return tuple(Money(share, amount.currency) for share in shares)
