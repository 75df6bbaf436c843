"""The port of files by which a bank is asked to pay designers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, Protocol

from msgspec import Struct

from domain.shared.money import Money


class PayoutLine(Struct, frozen=True, kw_only=True):
    """One payment: whom, where, and how much."""

    reference: str
    holder: str
    iban: str
    amount: Money


class PayoutBook(Struct, frozen=True, kw_only=True):
    """All payments of a run from our account; `made_at` is when its first file was made."""

    reference: str
    payer: str
    iban: str
    made_at: datetime
    pay_on: date
    lines: tuple[PayoutLine, ...]


class PayoutFiles(Protocol):
    """Writes files for the bank."""

    def write(self, book: PayoutBook, form: Literal["pain.001", "csv"]) -> bytes:
        """The file; the same book always gives the same bytes. Each payment's text has the run's
        reference and its own.
        """
        ...
