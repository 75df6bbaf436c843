"""Documenting money that went back: one paper for a set of refunds, numbered as it is recorded."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from application.bus import Command, handles
from application.invoices.issuing import InvoicingRules, invoice_of, open_book
from application.store import Store
from application.work import Job
from domain.invoices import (
    GivenBack,
    Invoice,
    InvoicedLine,
    InvoiceReference,
    NothingReturned,
    ReturnDocument,
    kind_of_return,
)
from domain.orders import Order, Returned
from domain.payments import PaymentAttempt
from domain.shared.money import total


class RecordReturnDocumentPrinted(Command, frozen=True, kw_only=True):
    """The return document's PDF is kept under this digest, and the XML in it, where there is one,
    under another.
    """

    document_id: UUID
    digest: str
    size_bytes: int
    xml_digest: str = ""


class PrintReturnDocument(Job, frozen=True, kw_only=True):
    """Set a return document in type and keep it."""

    LEASE_SECONDS = 30
    document_id: UUID


async def issue_return_document(
    order: Order,
    attempt: PaymentAttempt,
    *,
    refund_ids: tuple[UUID, ...],
    store: Store,
    rules: InvoicingRules,
) -> ReturnDocument:
    """The one document about these refunds, which the order has recorded already. It is saved with
    its number in the caller's unit of work; the same refunds again give the same document.

    Refunds that stand on an earlier document are left out. An order that was not invoiced yet is
    invoiced first. Raises `NothingReturned` when the order has recorded none of the refunds.
    """
    counted = tuple(each for each in sorted(set(refund_ids)) if each in order.refunds)
    invoice = await invoice_of(order, attempt.captured_at, store=store, rules=rules)
    if invoice is None or not counted:
        raise NothingReturned(order_id=order.id)
    fresh = tuple(each for each in counted if each not in invoice.returns)
    if not fresh:
        document = await store.get(ReturnDocument, invoice.returns[counted[0]])
        store.save(document)
        return document
    goods = order.method != "credits" and order.state in {"shipped", "delivered"}
    series, book = await open_book(store, rules.return_series, kind="return")
    document = ReturnDocument.issue(
        _given_back(order, invoice, refund_ids=fresh),
        kind=kind_of_return(invoice.buyer, goods=goods),
        invoice=invoice,
        book=book,
    )
    store.save(document, invoice, book, series)
    return document


@handles
async def record_return_document_printed(
    command: RecordReturnDocumentPrinted, store: Store
) -> None:
    document = await store.get(ReturnDocument, command.document_id)
    document.record_document(command.digest, command.size_bytes, xml_digest=command.xml_digest)
    store.save(document)


def _given_back(order: Order, invoice: Invoice, *, refund_ids: tuple[UUID, ...]) -> GivenBack:
    parts: defaultdict[UUID, list[Returned]] = defaultdict(list)
    for refund_id in refund_ids:
        parts[order.refunds[refund_id].line_id].append(order.refunds[refund_id])
    sale = invoice.sale
    lines = tuple(
        InvoicedLine(
            description=line.name,
            gross=total((each.amount for each in parts[line.line_id]), sale.paid.currency),
            net=total((each.net for each in parts[line.line_id]), sale.paid.currency),
            tax=total((each.kdv for each in parts[line.line_id]), sale.paid.currency),
            rate=line.kdv_rate,
            line_id=line.line_id,
        )
        for line in order.lines
        if line.line_id in parts
    )
    return GivenBack(
        order_id=order.id,
        order_number=order.number,
        customer_id=order.customer_id,
        invoice=InvoiceReference(
            invoice_id=invoice.id,
            number=invoice.issued.number,
            ettn=invoice.ettn,
            issued_at=invoice.issued.issued_at,
        ),
        refund_ids=refund_ids,
        lines=lines,
        returned=total((line.gross for line in lines), sale.paid.currency),
        payment=sale.payment,
        language=sale.language,
        sample=sale.sample,
    )
