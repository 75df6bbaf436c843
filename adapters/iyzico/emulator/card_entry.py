"""A card as somebody types or sends it: what is wrong with it, and which one it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from adapters.iyzico.emulator.cards import SandboxCard, card_for, is_plausible
from adapters.iyzico.emulator.refusals import Refusal


class CardEntry(Struct, frozen=True, kw_only=True):
    """What was typed; `expiry` is month/year, `cvc` is None where nobody asks for it."""

    number: str
    holder: str
    expiry: str
    cvc: str | None

    def mistake(self, now: datetime) -> str | None:
        """The code of the first thing wrong with it."""
        if not is_plausible(self.number):
            return "12"
        month, _, year = self.expiry.replace(" ", "").partition("/")
        if not (_has_digits(month, 1, 2) and _has_digits(year, 2, 4) and 1 <= int(month) <= 12):
            return "13"
        if (2000 + int(year) % 100, int(month)) < (now.year, now.month):
            return "13"
        if self.cvc is not None and not _has_digits(self.cvc, 3, 4):
            return "15"
        return None if self.holder.strip() else "17"


def _has_digits(text: str, *counts: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) in counts


def sent_card(sent: dict[str, Any], now: datetime, *, with_cvc: bool = True) -> SandboxCard:
    """The card whose details a merchant sent. Raises `Refusal`."""
    entry = CardEntry(
        number="".join(str(sent.get("cardNumber") or "").split()),
        holder=str(sent.get("cardHolderName") or ""),
        expiry=f"{sent.get('expireMonth', '')}/{sent.get('expireYear', '')}",
        cvc=str(sent.get("cvc") or "") if with_cvc else None,
    )
    if (code := entry.mistake(now)) is not None:
        raise Refusal(code)
    return card_for(entry.number)
