"""Invoices and return documents, and the series that number them."""

from domain.invoices.invoice import Invoice
from domain.invoices.parts import (
    InvoiceBuyer,
    InvoicedLine,
    LinesDoNotAddUp,
    PaymentFacts,
    Sale,
)
from domain.invoices.series import (
    ISTANBUL,
    BookIsFull,
    InvoiceBook,
    InvoiceSeries,
    IssuedNumber,
    SeriesKind,
    SeriesName,
)

__all__ = [
    "ISTANBUL",
    "BookIsFull",
    "Invoice",
    "InvoiceBook",
    "InvoiceBuyer",
    "InvoiceSeries",
    "InvoicedLine",
    "IssuedNumber",
    "LinesDoNotAddUp",
    "PaymentFacts",
    "Sale",
    "SeriesKind",
    "SeriesName",
]
