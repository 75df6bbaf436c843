"""Reads statement files of banks: our CSV, MT940 and camt.053, told apart by what is in them."""

from __future__ import annotations

from adapters.bank_statements.camt import read_camt
from adapters.bank_statements.csv_files import read_csv
from adapters.bank_statements.mt940 import read_mt940
from adapters.bank_statements.texts import decoded, unreadable
from domain.bank import Statement

MOST_BYTES = 5_000_000

__all__ = ["MOST_BYTES", "BankStatementFiles"]


class BankStatementFiles:
    """`StatementFiles` by the three formats."""

    def read(self, content: bytes) -> Statement:
        if len(content) > MOST_BYTES:
            raise unreadable("too_large")
        start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096]
        if not start:
            raise unreadable("empty")
        if start.startswith(b"<"):
            return read_camt(content)
        text = decoded(content)
        if ":20:" in text[:4096] and ":25:" in text:
            return read_mt940(text)
        return read_csv(text)
