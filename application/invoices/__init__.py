"""Invoices and return documents: issuing them, and recording what they became."""

from application.invoices.documents import document_of_invoice, document_of_return
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
from application.invoices.submitting import (
    HandToIntegrator,
    RecordSubmission,
    SubmitInvoice,
    SubmitInvoiceAgain,
)

__all__ = [
    "HandToIntegrator",
    "InvoicingRules",
    "IssueInvoice",
    "PrintInvoice",
    "PrintReturnDocument",
    "RecordInvoicePrinted",
    "RecordReturnDocumentPrinted",
    "RecordSubmission",
    "SubmitInvoice",
    "SubmitInvoiceAgain",
    "document_of_invoice",
    "document_of_return",
    "issue_return_document",
]
