"""The invoice of an order: one for ever, with the next number of its series."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid5

from domain.invoices.parts import (
    InvoiceBuyer,
    LinesDoNotAddUp,
    RefundDocumented,
    Sale,
    kept_until,
)
from domain.invoices.series import INVOICES, InvoiceBook, IssuedNumber, SeriesName
from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, Retention, event
from domain.shared.money import total


class Invoice(Aggregate):
    """The invoice of an order: one for ever, numbered when it is issued, then set in type.

    Who bought is encrypted with a key of the invoice and not of the customer: the law wants it kept
    longer than the customer's account may last.
    """

    TOPIC = "invoice"

    class Issued(Created, frozen=True, kw_only=True):
        TOPIC = "invoice.issued"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "number")
        order_id: UUID
        customer_id: UUID
        number: str
        ettn: UUID
        series: SeriesName
        issued: IssuedNumber
        sale: Sale
        buyer: Annotated[InvoiceBuyer, PERSONAL]

        def retention(self) -> Retention:
            """Ten years from the end of the year in which it was issued (TTK 82)."""
            return kept_until(self.issued.issued_at)

    class DocumentMade(Event, frozen=True, kw_only=True):
        TOPIC = "invoice.document_made"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "number")
        order_id: UUID
        customer_id: UUID
        number: str
        order_number: str
        digest: str
        size_bytes: int
        goods: bool = True
        xml_digest: str = ""

    class ReturnDocumented(Event, frozen=True, kw_only=True):
        TOPIC = "invoice.return_documented"
        order_id: UUID
        document_id: UUID
        refund_ids: tuple[UUID, ...]

    @staticmethod
    def id_of(order_id: UUID) -> UUID:
        """The one invoice of an order."""
        return uuid5(INVOICES, str(order_id))

    @classmethod
    def issue(cls, sale: Sale, buyer: InvoiceBuyer, *, book: InvoiceBook) -> Invoice:
        """Take the next number of a book for a sale. Raises `LinesDoNotAddUp`, `BookIsFull`."""
        lines = total((line.gross for line in sale.lines), sale.paid.currency)
        if lines != sale.paid:
            raise LinesDoNotAddUp(lines=lines, paid=sale.paid)
        identity = cls.id_of(sale.order_id)
        issued = book.issue(identity, sale.order_id)
        return cls.begin(
            cls.Issued,
            id=identity,
            now=book.now,
            order_id=sale.order_id,
            customer_id=sale.customer_id,
            number=issued.number,
            ettn=uuid5(identity, issued.number),
            series=book.name,
            issued=issued,
            sale=sale,
            buyer=buyer,
        )

    def document_return(self, document_id: UUID, refund_ids: tuple[UUID, ...]) -> None:
        """These refunds stand on a return document. Raises `RefundDocumented`."""
        for refund_id in refund_ids:
            if self.returns.get(refund_id, document_id) != document_id:
                raise RefundDocumented(refund_id=refund_id, document_id=self.returns[refund_id])
        if document_id not in self.returns.values():
            self.emit(
                Invoice.ReturnDocumented,
                order_id=self.sale.order_id,
                document_id=document_id,
                refund_ids=refund_ids,
            )

    def record_document(self, digest: str, size_bytes: int, *, xml_digest: str = "") -> None:
        """The PDF and the XML in it are made and kept; the first ones stay."""
        if self.document is not None:
            return
        self.emit(
            Invoice.DocumentMade,
            order_id=self.sale.order_id,
            customer_id=self.sale.customer_id,
            number=self.issued.number,
            order_number=self.sale.order_number,
            digest=digest,
            size_bytes=size_bytes,
            goods=self.sale.goods,
            xml_digest=xml_digest,
        )

    @event(Issued)
    def __init__(self, ettn: UUID, issued: IssuedNumber, sale: Sale, buyer: InvoiceBuyer) -> None:
        self.ettn = ettn
        self.issued = issued
        self.sale = sale
        self.buyer = buyer
        self.document: str | None = None
        self.xml = ""
        self.returns: dict[UUID, UUID] = {}

    @event(DocumentMade)
    def _document_made(self, digest: str, xml_digest: str) -> None:
        self.document = digest
        self.xml = xml_digest

    @event(ReturnDocumented)
    def _return_documented(self, document_id: UUID, refund_ids: tuple[UUID, ...]) -> None:
        self.returns.update(dict.fromkeys(refund_ids, document_id))
