"""Invoices and return documents: issuing them, and recording what they became."""

from application.invoices.issuing import (
    InvoicingRules,
    IssueInvoice,
    PrintInvoice,
    RecordInvoicePrinted,
)
from application.invoices.returns import (
    PrintReturnDocument,
    RecordReturnDocumentPrinted,
    issue_return_document,
)

__all__ = [
    "InvoicingRules",
    "IssueInvoice",
    "PrintInvoice",
    "PrintReturnDocument",
    "RecordInvoicePrinted",
    "RecordReturnDocumentPrinted",
    "issue_return_document",
]
