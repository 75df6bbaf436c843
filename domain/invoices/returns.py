"""Return documents: what papers say about money that went back to a buyer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid5

from msgspec import Struct

from domain.invoices.invoice import Invoice
from domain.invoices.parts import (
    InvoiceBuyer,
    InvoicedLine,
    NothingReturned,
    PaymentFacts,
    kept_until,
)
from domain.invoices.series import INVOICES, InvoiceBook, IssuedNumber, SeriesName
from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, Retention, event
from domain.shared.money import Money, total

ReturnKind = Literal["iade_invoice_received", "earsiv_return_part", "gider_pusulasi"]
COMPANY_DIGITS = 10


class InvoiceReference(Struct, frozen=True, kw_only=True):
    """The invoice of which something went back."""

    invoice_id: UUID
    number: str
    ettn: UUID
    issued_at: datetime


class GivenBack(Struct, frozen=True, kw_only=True):
    """What went back of an order, because of which refunds, and how it had been paid."""

    order_id: UUID
    order_number: str
    customer_id: UUID
    invoice: InvoiceReference
    refund_ids: tuple[UUID, ...]
    lines: tuple[InvoicedLine, ...]
    returned: Money
    payment: PaymentFacts
    language: Literal["tr", "en"]
    sample: bool


def kind_of_return(buyer: InvoiceBuyer, *, goods: bool) -> ReturnKind:
    """Which paper a return has: a company invoices it to us, a person who had goods signs the
    return part of the invoice, and where no goods move we write an expense note.
    """
    if len(buyer.tax_number) == COMPANY_DIGITS:
        return "iade_invoice_received"
    return "earsiv_return_part" if goods else "gider_pusulasi"


class ReturnDocument(Aggregate):
    """The paper about refunds of an invoice, numbered in a series of its own.

    One set of refunds has one document for ever. The buyer is encrypted with a key of the document,
    as an invoice's is.
    """

    TOPIC = "return_document"

    class Issued(Created, frozen=True, kw_only=True):
        TOPIC = "return_document.issued"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "number")
        order_id: UUID
        customer_id: UUID
        kind: ReturnKind
        number: str
        ettn: UUID
        series: SeriesName
        issued: IssuedNumber
        given_back: GivenBack
        buyer: Annotated[InvoiceBuyer, PERSONAL]

        def retention(self) -> Retention:
            """As long as the invoice's."""
            return kept_until(self.issued.issued_at)

    class DocumentMade(Event, frozen=True, kw_only=True):
        TOPIC = "return_document.document_made"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "number")
        order_id: UUID
        customer_id: UUID
        kind: ReturnKind
        number: str
        order_number: str
        invoice_number: str
        returned: Money
        digest: str
        size_bytes: int
        xml_digest: str

    @staticmethod
    def id_of(refund_ids: Iterable[UUID]) -> UUID:
        """The one document of a set of refunds, in whatever order they are told."""
        return uuid5(INVOICES, "return/" + "/".join(sorted(str(each) for each in set(refund_ids))))

    @classmethod
    def issue(
        cls, given_back: GivenBack, *, kind: ReturnKind, invoice: Invoice, book: InvoiceBook
    ) -> ReturnDocument:
        """Take the next number of a book for what went back, and say so on the invoice.

        Raises `NothingReturned`, `RefundDocumented`, `BookIsFull`.
        """
        lines = total((line.gross for line in given_back.lines), given_back.returned.currency)
        if not given_back.refund_ids or lines != given_back.returned or not lines.amount:
            raise NothingReturned(order_id=given_back.order_id)
        identity = cls.id_of(given_back.refund_ids)
        invoice.document_return(identity, given_back.refund_ids)
        issued = book.issue(identity, given_back.order_id)
        return cls.begin(
            cls.Issued,
            id=identity,
            now=book.now,
            order_id=given_back.order_id,
            customer_id=given_back.customer_id,
            kind=kind,
            number=issued.number,
            ettn=uuid5(identity, issued.number),
            series=book.name,
            issued=issued,
            given_back=given_back,
            buyer=invoice.buyer,
        )

    def record_document(self, digest: str, size_bytes: int, *, xml_digest: str = "") -> None:
        """The PDF, and its XML where there is one, are made and kept; the first ones stay."""
        if self.document is not None:
            return
        self.emit(
            ReturnDocument.DocumentMade,
            order_id=self.given_back.order_id,
            customer_id=self.given_back.customer_id,
            kind=self.kind,
            number=self.issued.number,
            order_number=self.given_back.order_number,
            invoice_number=self.given_back.invoice.number,
            returned=self.given_back.returned,
            digest=digest,
            size_bytes=size_bytes,
            xml_digest=xml_digest,
        )

    @event(Issued)
    def __init__(
        self,
        kind: ReturnKind,
        ettn: UUID,
        issued: IssuedNumber,
        given_back: GivenBack,
        buyer: InvoiceBuyer,
    ) -> None:
        self.kind = kind
        self.ettn = ettn
        self.issued = issued
        self.given_back = given_back
        self.buyer = buyer
        self.document: str | None = None
        self.xml = ""

    @event(DocumentMade)
    def _document_made(self, digest: str, xml_digest: str) -> None:
        self.document = digest
        self.xml = xml_digest
