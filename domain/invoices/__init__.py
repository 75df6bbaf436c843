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
from domain.invoices.submission import InvoiceSubmission, NotRefused, SubmissionState

__all__ = [
    "ISTANBUL",
    "BookIsFull",
    "GivenBack",
    "Invoice",
    "InvoiceBook",
    "InvoiceBuyer",
    "InvoiceReference",
    "InvoiceSeries",
    "InvoiceSubmission",
    "InvoicedLine",
    "IssuedNumber",
    "LinesDoNotAddUp",
    "NotRefused",
    "NothingReturned",
    "PaymentFacts",
    "RefundDocumented",
    "ReturnDocument",
    "ReturnKind",
    "Sale",
    "SeriesKind",
    "SeriesName",
    "SubmissionState",
    "kind_of_return",
]
