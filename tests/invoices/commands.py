"""Every command about invoices, each in a house where it does something."""

from __future__ import annotations

from application.invoices import IssueInvoice, RecordInvoicePrinted
from domain.invoices import Invoice
from tests.given import NOW
from tests.production.commands import PAID
from tests.production.examples import ORDER

ISSUE = IssueInvoice(order_id=ORDER, paid_at=NOW)
PRINTED = RecordInvoicePrinted(invoice_id=Invoice.id_of(ORDER), digest="ab" * 32, size_bytes=9000)

EXAMPLES = [*PAID.asked(ISSUE), *PAID.after(ISSUE).asked(PRINTED)]
