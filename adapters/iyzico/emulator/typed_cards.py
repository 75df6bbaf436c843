"""The card form as it arrives: what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from adapters.iyzico.emulator.cards import is_plausible

LONGEST_HOLDER = 80


def number_of(fields: Mapping[str, str]) -> str:
    """The card number without what people put between its digits."""
    return "".join(fields.get("number", "").replace("-", " ").split())


def holder_of(fields: Mapping[str, str]) -> str:
    """The name on the card."""
    return " ".join(fields.get("holder", "").split())[:LONGEST_HOLDER]


def mistake_in(fields: Mapping[str, str], now: datetime) -> str | None:
    """The code of the first thing wrong with a typed card."""
    if not is_plausible(number_of(fields)):
        return "12"
    month, _, year = fields.get("expiry", "").replace(" ", "").partition("/")
    if not (_is_digits(month, 2) and _is_digits(year, 4) and 1 <= int(month) <= 12):
        return "13"
    if (2000 + int(year) % 100, int(month)) < (now.year, now.month):
        return "13"
    cvc = fields.get("cvc", "")
    if not (_is_digits(cvc, 4) and len(cvc) in {3, 4}):
        return "15"
    return None if holder_of(fields) else "17"


def _is_digits(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= most
