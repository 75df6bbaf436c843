"""Every command about invoices, each in a house where it does something."""

from __future__ import annotations

from application.invoices import (
    IssueInvoice,
    RecordInvoicePrinted,
    RecordReturnDocumentPrinted,
    RecordSubmission,
    SubmitInvoice,
    SubmitInvoiceAgain,
)
from application.ports import InvoiceTaken, InvoiceTurnedDown
from domain.invoices import Invoice, ReturnDocument
from tests.asked import State
from tests.given import NOW
from tests.invoices.returning import ReturnInPaper, a_returned_order, refund_of
from tests.production.commands import PAID
from tests.production.examples import ATTEMPT, ORDER, Workshop, keep

ISSUE = IssueInvoice(order_id=ORDER, paid_at=NOW)
PRINTED = RecordInvoicePrinted(
    invoice_id=Invoice.id_of(ORDER), digest="ab" * 32, size_bytes=9000, xml_digest="cd" * 32
)
RETURNED_ORDER, _ = a_returned_order()
REFUNDS = (refund_of(RETURNED_ORDER, 0), refund_of(RETURNED_ORDER, 1))
IN_PAPER = ReturnInPaper(order_id=ORDER, refund_ids=REFUNDS)
RETURN_PRINTED = RecordReturnDocumentPrinted(
    document_id=ReturnDocument.id_of(REFUNDS), digest="ef" * 32, size_bytes=9000
)
SUBMIT = SubmitInvoice(invoice_id=Invoice.id_of(ORDER))
REFUSED = RecordSubmission(invoice_id=Invoice.id_of(ORDER), outcome=InvoiceTurnedDown(code="1103"))
AGAIN = SubmitInvoiceAgain(invoice_id=Invoice.id_of(ORDER), request_id=ATTEMPT)
TAKEN = RecordSubmission(invoice_id=Invoice.id_of(ORDER), outcome=InvoiceTaken(reference="E-1"))


async def with_a_returned_order() -> Workshop:
    """An order that was invoiced, and of which money went back."""
    workshop = Workshop()
    await keep(workshop.log, *a_returned_order())
    return workshop


RETURNED = State(with_a_returned_order)

EXAMPLES = [
    *PAID.asked(ISSUE),
    *PAID.after(ISSUE).asked(PRINTED),
    *PAID.after(ISSUE).asked(SUBMIT),
    *PAID.after(ISSUE, SUBMIT).asked(REFUSED, TAKEN),
    *PAID.after(ISSUE, SUBMIT, REFUSED).asked(AGAIN),
    *RETURNED.asked(IN_PAPER),
    *RETURNED.after(IN_PAPER).asked(RETURN_PRINTED),
]
