"""What stands on the papers: from invoices and return documents to what is set in type."""

from __future__ import annotations

from collections.abc import Iterable

from application.ports import Dispatch, InvoiceDocument, InvoiceLine, ReturnedFrom
from domain.invoices import (
    Invoice,
    InvoiceBuyer,
    InvoicedLine,
    PaymentFacts,
    ReturnDocument,
)
from domain.shared.address import Address


def document_of_invoice(invoice: Invoice) -> InvoiceDocument:
    """All that stands on an invoice; the same invoice always says the same."""
    sale, buyer = invoice.sale, invoice.buyer
    return InvoiceDocument(
        number=invoice.issued.number,
        ettn=invoice.ettn,
        issued_at=invoice.issued.issued_at,
        order_number=sale.order_number,
        buyer=_address(buyer),
        tax_number=buyer.tax_number,
        tax_office=buyer.tax_office,
        email=buyer.email,
        lines=_lines(sale.lines),
        payment_method=sale.payment.method,
        paid_at=sale.payment.paid_at,
        paid_with=sale.payment.means,
        intermediary=sale.payment.intermediary,
        language=sale.language,
        sample=sale.sample,
        goods=sale.goods,
        installments=sale.payment.installments,
        dispatch=_dispatch(sale.carrier, sale.carrier_tax_number),
    )


def document_of_return(document: ReturnDocument) -> InvoiceDocument:
    """All that stands on a return document, which refers to its invoice."""
    back, buyer = document.given_back, document.buyer
    payment: PaymentFacts = back.payment
    return InvoiceDocument(
        number=document.issued.number,
        ettn=document.ettn,
        issued_at=document.issued.issued_at,
        order_number=back.order_number,
        buyer=_address(buyer),
        tax_number=buyer.tax_number,
        tax_office=buyer.tax_office,
        email=buyer.email,
        lines=_lines(back.lines),
        payment_method=payment.method,
        paid_at=payment.paid_at,
        paid_with=payment.means,
        intermediary=payment.intermediary,
        language=back.language,
        sample=back.sample,
        returned_from=ReturnedFrom(
            kind=document.kind,
            invoice_number=back.invoice.number,
            invoice_ettn=back.invoice.ettn,
            invoice_issued_at=back.invoice.issued_at,
        ),
    )


def _dispatch(carrier: str, tax_number: str) -> Dispatch | None:
    # An invoice is issued when it is paid, so the day of dispatch is still to come
    return Dispatch(carrier=carrier, tax_number=tax_number) if carrier else None


def _address(buyer: InvoiceBuyer) -> Address:
    return Address(
        name=buyer.name,
        line=buyer.line,
        district=buyer.district,
        province=buyer.province,
        postcode=buyer.postcode,
        phone=buyer.phone,
    )


def _lines(lines: Iterable[InvoicedLine]) -> tuple[InvoiceLine, ...]:
    return tuple(
        InvoiceLine(
            description=line.description,
            quantity=line.quantity,
            gross=line.gross,
            net=line.net,
            tax=line.tax,
            rate=line.rate,
            surcharge=line.surcharge,
            discount=line.discount,
            exemption=line.exemption,
        )
        for line in lines
    )
