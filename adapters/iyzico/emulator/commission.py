"""How a payment and the provider's share of it are split over the lines."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

KURUS = Decimal("0.01")
EIGHT_DECIMALS = Decimal("0.00000001")


def split(whole: Decimal, weights: Sequence[Decimal], *, step: Decimal) -> list[Decimal]:
    """Share by weight, each share rounded to `step`; the last takes what is left."""
    total = sum(weights, Decimal(0))
    shares = [(whole * weight / total).quantize(step, ROUND_HALF_UP) for weight in weights[:-1]]
    return [*shares, whole - sum(shares, Decimal(0))]


def percentage(whole: Decimal, percent: Decimal) -> Decimal:
    """So many per cent, with eight decimals."""
    return (whole * percent / 100).quantize(EIGHT_DECIMALS, ROUND_HALF_UP)
