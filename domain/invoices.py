"""Invoices, and the series that number them: no gap, no number twice, dates in order."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, Retention, event
from domain.shared.errors import Conflict
from domain.shared.money import Money, split_gross, total

INVOICES = UUID("6a1e2b34-0c55-4a67-9d0c-51b5d7a90c01")
ISTANBUL = ZoneInfo("Europe/Istanbul")
BOOK_LENGTH = 500
KEPT_YEARS = 10

SeriesKind = Literal["sale", "return"]


class BookIsFull(Conflict):
    """All numbers of the book are taken; the series has to open the next one. Fact: `last`."""


class LinesDoNotAddUp(Conflict):
    """What the lines cost is not what was paid. Facts: `lines` and `paid`."""


class SeriesName(Struct, frozen=True):
    """Which series: three letters or digits, what it documents, and the year in Istanbul."""

    letters: str
    kind: SeriesKind
    year: int

    @classmethod
    def at(cls, letters: str, kind: SeriesKind, *, moment: datetime) -> SeriesName:
        """The series of the year in which this moment lies."""
        return cls(letters, kind, moment.astimezone(ISTANBUL).year)

    def number(self, sequence: int) -> str:
        """The number as it is printed: letters, year, nine digits."""
        return f"{self.letters}{self.year:04d}{sequence:09d}"


class IssuedNumber(Struct, frozen=True, kw_only=True):
    """A number that was given out, its place in the series, and the moment of issue."""

    number: str
    sequence: int
    issued_at: datetime


class InvoiceSeries(Aggregate):
    """Which book of numbers is open. Books keep what is loaded for the next number small."""

    TOPIC = "invoice_series"
    SNAPSHOTS = True
    name: SeriesName
    book: int

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "invoice_series.opened"
        name: SeriesName

    class BookOpened(Event, frozen=True, kw_only=True):
        TOPIC = "invoice_series.book_opened"
        book: int

    @staticmethod
    def id_of(name: SeriesName) -> UUID:
        """The one series of this name."""
        return uuid5(INVOICES, f"{name.letters}/{name.kind}/{name.year}")

    @classmethod
    def open(cls, name: SeriesName, now: datetime) -> InvoiceSeries:
        """A new series; its first book is open."""
        return cls.begin(cls.Opened, id=cls.id_of(name), now=now, name=name)

    @property
    def book_id(self) -> UUID:
        """The id of the book that is open."""
        return InvoiceBook.id_of(self.id, self.book)

    def first_book(self) -> InvoiceBook:
        """The book with which a series begins; nothing was issued before."""
        return InvoiceBook.open(self, not_before=None)

    def next_book(self, full: InvoiceBook) -> InvoiceBook:
        """Open the book after a full one."""
        self.emit(InvoiceSeries.BookOpened, book=self.book + 1)
        return InvoiceBook.open(self, not_before=full.last_issued_at)

    @event(Opened)
    def __init__(self, name: SeriesName) -> None:
        self.name = name
        self.book = 0

    @event(BookOpened)
    def _book_opened(self, book: int) -> None:
        self.book = book


class InvoiceBook(Aggregate):
    """Consecutive numbers of a series. Its events are the numbering: two that would take the same
    number are the same version of one stream, and the log lets only one of them in.
    """

    TOPIC = "invoice_book"
    SNAPSHOTS = True
    name: SeriesName
    book: int
    last_issued_at: datetime | None
    issued: dict[UUID, IssuedNumber]

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "invoice_book.opened"
        series_id: UUID
        name: SeriesName
        book: int
        not_before: datetime | None

    class InvoiceIssued(Event, frozen=True, kw_only=True):
        TOPIC = "invoice_book.invoice_issued"
        invoice_id: UUID
        order_id: UUID
        issued: IssuedNumber

    @staticmethod
    def id_of(series_id: UUID, book: int) -> UUID:
        """The id of a series' book; books count from 0."""
        return uuid5(series_id, str(book))

    @classmethod
    def open(cls, series: InvoiceSeries, *, not_before: datetime | None) -> InvoiceBook:
        """The book that a series has open; `not_before` is the date of the number before it."""
        return cls.begin(
            cls.Opened,
            id=series.book_id,
            now=series.now,
            series_id=series.id,
            name=series.name,
            book=series.book,
            not_before=not_before,
        )

    @property
    def is_full(self) -> bool:
        """Whether the next number belongs into the next book."""
        return len(self.issued) == BOOK_LENGTH

    def issue(self, invoice_id: UUID, order_id: UUID) -> IssuedNumber:
        """The next number, dated now, or like its predecessor where the clock went back.

        The same invoice again gets its number again. Raises `BookIsFull`.
        """
        if invoice_id in self.issued:
            return self.issued[invoice_id]
        if self.is_full:
            raise BookIsFull(last=self.name.number((self.book + 1) * BOOK_LENGTH))
        sequence = self.book * BOOK_LENGTH + len(self.issued) + 1
        issued = IssuedNumber(
            number=self.name.number(sequence),
            sequence=sequence,
            issued_at=max(self.now, self.last_issued_at or self.now),
        )
        self.emit(
            InvoiceBook.InvoiceIssued, invoice_id=invoice_id, order_id=order_id, issued=issued
        )
        return issued

    @event(Opened)
    def __init__(self, name: SeriesName, book: int, not_before: datetime | None) -> None:
        self.name = name
        self.book = book
        self.last_issued_at = not_before
        self.issued = {}

    @event(InvoiceIssued)
    def _invoice_issued(self, invoice_id: UUID, issued: IssuedNumber) -> None:
        self.issued[invoice_id] = issued
        self.last_issued_at = issued.issued_at


class InvoicedLine(Struct, frozen=True, kw_only=True):
    """One piece of something, with its KDV taken out; `rate` is a percentage. `surcharge` is what
    of the gross was charged for paying in instalments.
    """

    description: str
    gross: Money
    net: Money
    tax: Money
    rate: Decimal
    surcharge: Money | None = None

    @classmethod
    def of(
        cls, description: str, gross: Money, *, rate: Decimal, surcharge: Money | None = None
    ) -> InvoicedLine:
        """The line of what was charged, with KDV inside at the line's rate."""
        split = split_gross(gross, rate)
        return cls(
            description=description,
            gross=gross,
            net=split.net,
            tax=split.tax,
            rate=rate,
            surcharge=surcharge if surcharge and surcharge.amount else None,
        )


class InvoiceBuyer(Struct, frozen=True, kw_only=True):
    """Whom the invoice is made out to, as it stood that day. The tax number may be empty."""

    name: str
    line: str
    district: str
    province: str
    postcode: str
    phone: str
    email: str
    tax_number: str
    tax_office: str


class PaymentFacts(Struct, frozen=True, kw_only=True):
    """How it was paid: the words that stand on the paper, by which attempt, when, and in how many
    instalments.
    """

    method: str
    attempt_id: UUID
    paid_at: datetime
    installments: int = 1


class Sale(Struct, frozen=True, kw_only=True):
    """What is invoiced: an order as it was paid. A sample has no force before the law; `goods` are
    what is sent, and could be sent back.
    """

    order_id: UUID
    order_number: str
    customer_id: UUID
    lines: tuple[InvoicedLine, ...]
    paid: Money
    payment: PaymentFacts
    language: Literal["tr", "en"]
    sample: bool
    goods: bool = True


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
            year = self.issued.issued_at.astimezone(ISTANBUL).year
            return Retention("invoice", date(year + KEPT_YEARS, 12, 31))

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

    def record_document(self, digest: str, size_bytes: int) -> None:
        """The PDF is made and kept; the first one stays."""
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
        )

    @event(Issued)
    def __init__(self, ettn: UUID, issued: IssuedNumber, sale: Sale, buyer: InvoiceBuyer) -> None:
        self.ettn = ettn
        self.issued = issued
        self.sale = sale
        self.buyer = buyer
        self.document: str | None = None

    @event(DocumentMade)
    def _document_made(self, digest: str) -> None:
        self.document = digest
