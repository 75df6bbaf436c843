"""Setting invoices and return documents in type, and keeping what came of it."""

from __future__ import annotations

from application.invoices import (
    HandToIntegrator,
    PrintInvoice,
    PrintReturnDocument,
    RecordInvoicePrinted,
    RecordReturnDocumentPrinted,
    RecordSubmission,
    document_of_invoice,
    document_of_return,
)
from application.ports import (
    FileStore,
    InvoiceIssuer,
    InvoicePrinter,
    InvoiceUnknown,
    IssuedInvoice,
    Unavailable,
)
from application.store import EventLog, look_up
from domain.invoices import Invoice, InvoiceSubmission, ReturnDocument
from workers.jobs import works


@works()
async def print_invoice(
    job: PrintInvoice, log: EventLog, *, printer: InvoicePrinter, files: FileStore
) -> RecordInvoicePrinted | None:
    invoice = await look_up(Invoice, job.invoice_id, log=log)
    if invoice.document is not None:
        return None
    printed = await printer.print_invoice(document_of_invoice(invoice))
    return RecordInvoicePrinted(
        invoice_id=invoice.id,
        digest=await files.put(printed.pdf),
        size_bytes=len(printed.pdf),
        xml_digest=await files.put(printed.xml),
    )


@works()
async def print_return_document(
    job: PrintReturnDocument, log: EventLog, *, printer: InvoicePrinter, files: FileStore
) -> RecordReturnDocumentPrinted | None:
    document = await look_up(ReturnDocument, job.document_id, log=log)
    if document.document is not None:
        return None
    printed = await printer.print_invoice(document_of_return(document))
    return RecordReturnDocumentPrinted(
        document_id=document.id,
        digest=await files.put(printed.pdf),
        size_bytes=len(printed.pdf),
        xml_digest=await files.put(printed.xml) if printed.xml else "",
    )


@works()
async def hand_to_integrator(
    job: HandToIntegrator, log: EventLog, *, issuer: InvoiceIssuer, files: FileStore
) -> RecordSubmission | None:
    """Raises `Unavailable` while nobody knows, so that it is asked again."""
    invoice = await look_up(Invoice, job.invoice_id, log=log)
    submission = await look_up(InvoiceSubmission, InvoiceSubmission.id_of(invoice.id), log=log)
    if submission.state != "submitted" or invoice.document is None:
        return None
    outcome = await issuer.hand_over(
        IssuedInvoice(
            ettn=invoice.ettn,
            number=invoice.issued.number,
            issued_at=invoice.issued.issued_at,
            buyer_tax_number=invoice.buyer.tax_number,
            sample=invoice.sale.sample,
            xml=await files.get(invoice.xml),
            pdf=await files.get(invoice.document),
        )
    )
    if isinstance(outcome, InvoiceUnknown):
        raise Unavailable(f"the integrator does not know of {invoice.issued.number} yet")
    return RecordSubmission(invoice_id=invoice.id, outcome=outcome)
