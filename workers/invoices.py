"""Setting invoices in type."""

from __future__ import annotations

from application.invoices import PrintInvoice, RecordInvoicePrinted
from application.ports import (
    FileStore,
    InvoiceDocument,
    InvoiceLine,
    InvoicePrinter,
)
from application.store import EventLog, look_up
from domain.invoices import Invoice, InvoicedLine
from domain.shared.address import Address
from workers.jobs import works


@works()
async def print_invoice(
    job: PrintInvoice, log: EventLog, *, printer: InvoicePrinter, files: FileStore
) -> RecordInvoicePrinted | None:
    invoice = await look_up(Invoice, job.invoice_id, log=log)
    if invoice.document is not None:
        return None
    pdf = await printer.print_invoice(_document(invoice))
    return RecordInvoicePrinted(
        invoice_id=invoice.id, digest=await files.put(pdf), size_bytes=len(pdf)
    )


def _document(invoice: Invoice) -> InvoiceDocument:
    sale, buyer = invoice.sale, invoice.buyer
    return InvoiceDocument(
        number=invoice.issued.number,
        ettn=invoice.ettn,
        issued_at=invoice.issued.issued_at,
        order_number=sale.order_number,
        buyer=Address(
            name=buyer.name,
            line=buyer.line,
            district=buyer.district,
            province=buyer.province,
            postcode=buyer.postcode,
            phone=buyer.phone,
        ),
        tax_number=buyer.tax_number,
        email=buyer.email,
        lines=tuple(_line(line) for line in sale.lines),
        payment_method=sale.payment.method,
        paid_at=sale.payment.paid_at,
        language=sale.language,
        sample=sale.sample,
        goods=sale.goods,
        installments=sale.payment.installments,
    )


def _line(line: InvoicedLine) -> InvoiceLine:
    return InvoiceLine(
        description=line.description,
        quantity=1,
        gross=line.gross,
        net=line.net,
        tax=line.tax,
        rate=line.rate,
        surcharge=line.surcharge,
    )
