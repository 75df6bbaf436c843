"""Files by which a bank is asked to pay: ISO 20022 pain.001 and CSV."""

from __future__ import annotations

from typing import Literal

from adapters.payout_files.pain import pain_of
from adapters.payout_files.rows import csv_of
from application.ports import PayoutBook

__all__ = ["BankPayoutFiles"]


class BankPayoutFiles:
    """Writes both forms."""

    def write(self, book: PayoutBook, form: Literal["pain.001", "csv"]) -> bytes:
        """The file in this form."""
        return pain_of(book) if form == "pain.001" else csv_of(book)
