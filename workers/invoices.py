"""Setting invoices and return documents in type, and keeping what came of it."""

from __future__ import annotations

from application.invoices import (
    PrintInvoice,
    PrintReturnDocument,
    RecordInvoicePrinted,
    RecordReturnDocumentPrinted,
    document_of_invoice,
    document_of_return,
)
from application.ports import FileStore, InvoicePrinter
from application.store import EventLog, look_up
from domain.invoices import Invoice, ReturnDocument
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
