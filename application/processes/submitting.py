"""From a printed invoice to the integrator's answer, and to finance where the answer is no."""

from __future__ import annotations

from collections.abc import Iterator

from application.invoices import HandToIntegrator, SubmitInvoice
from application.work import Intent, when
from application.work_items import LapseWorkItem, OpenWorkItem
from domain.invoices import Invoice, InvoiceSubmission


@when(Invoice.DocumentMade)
def submit(event: Invoice.DocumentMade) -> Iterator[Intent]:
    """An invoice is handed over as soon as its XML is kept."""
    if event.xml_digest:
        yield SubmitInvoice(invoice_id=event.originator_id)


@when(InvoiceSubmission.Submitted, InvoiceSubmission.SubmittedAgain)
def hand_over(
    event: InvoiceSubmission.Submitted | InvoiceSubmission.SubmittedAgain,
) -> Iterator[Intent]:
    """The integrator is slow and remote."""
    yield HandToIntegrator(invoice_id=event.invoice_id)


@when(InvoiceSubmission.Refused)
def tell_finance(event: InvoiceSubmission.Refused) -> Iterator[Intent]:
    """No rule knows what to do about an invoice that is refused."""
    yield OpenWorkItem(
        kind="invoice_refused",
        key=str(event.invoice_id),
        order_id=event.order_id,
        facts=(("number", event.number), ("code", event.code)),
    )


@when(InvoiceSubmission.Accepted)
def nothing_left_to_look_at(event: InvoiceSubmission.Accepted) -> Iterator[Intent]:
    """What had been refused was accepted later."""
    yield LapseWorkItem(kind="invoice_refused", key=str(event.invoice_id), reason="accepted later")
