"""Payments as CSV, for a bank's page of bulk transfers."""

from __future__ import annotations

import csv
import io

from application.ports import PayoutBook
from domain.bank import printed

COLUMNS = ("iban", "name", "amount", "currency", "pay_on", "reference", "text")
FORMULA = "=+-@\t\r"


def csv_of(book: PayoutBook) -> bytes:
    """One line for each payment; nothing in it can be taken for a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in book.lines:
        writer.writerow(
            (
                line.iban,
                line.holder.lstrip(FORMULA),
                f"{line.amount.amount:.2f}",
                line.amount.currency,
                book.pay_on.isoformat(),
                line.reference,
                f"{printed(book.reference)} {printed(line.reference)}",
            )
        )
    return out.getvalue().encode("utf-8-sig")
