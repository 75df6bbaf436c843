"""Invoices and return documents: issuing them, and recording what they became."""

from application.invoices.issuing import (
    InvoicingRules,
    IssueInvoice,
    PrintInvoice,
    RecordInvoicePrinted,
)

__all__ = ["InvoicingRules", "IssueInvoice", "PrintInvoice", "RecordInvoicePrinted"]
