"""What an order's lines can be, and the sizes of covers: words that several stories share."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

LineKind = Literal["cover", "design_fee", "message_card", "cargo", "credits"]

GOODS: frozenset[LineKind] = frozenset({"cover", "message_card"})
"""The lines that lie in a parcel."""


def trim_of(size: str) -> tuple[Decimal, Decimal]:
    """Width and height in mm of a cover's size, such as `135x210`."""
    width, height = size.split("x")
    return Decimal(width), Decimal(height)
