"""How amounts and moments are printed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from adapters.iyzico.emulator.book import ISTANBUL
from adapters.iyzico.emulator.commission import EIGHT_DECIMALS


def figure(amount: Decimal) -> Decimal:
    """A price the way it is printed: no trailing zeros, but at least one decimal."""
    plain = amount.normalize() if amount else Decimal(0)
    exponent = plain.as_tuple().exponent
    short = isinstance(exponent, int) and exponent > -1
    return plain.quantize(Decimal("0.1")) if short else plain


def share(amount: Decimal) -> Decimal:
    """A commission or payout the way it is printed: eight decimals (nothing is `0E-8`)."""
    return amount.quantize(EIGHT_DECIMALS)


def minute(moment: datetime) -> str:
    """A moment in Turkish time."""
    return moment.astimezone(ISTANBUL).strftime("%Y-%m-%d %H:%M:%S")
