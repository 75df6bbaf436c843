"""Invoices and return documents, and the series that number them."""

from domain.invoices.invoice import Invoice
from domain.invoices.parts import (
    InvoiceBuyer,
    InvoicedLine,
    LinesDoNotAddUp,
    NothingReturned,
    PaymentFacts,
    RefundDocumented,
    Sale,
)
from domain.invoices.returns import (
    GivenBack,
    InvoiceReference,
    ReturnDocument,
    ReturnKind,
    kind_of_return,
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
    "GivenBack",
    "Invoice",
    "InvoiceBook",
    "InvoiceBuyer",
    "InvoiceReference",
    "InvoiceSeries",
    "InvoicedLine",
    "IssuedNumber",
    "LinesDoNotAddUp",
    "NothingReturned",
    "PaymentFacts",
    "RefundDocumented",
    "ReturnDocument",
    "ReturnKind",
    "Sale",
    "SeriesKind",
    "SeriesName",
    "kind_of_return",
]
