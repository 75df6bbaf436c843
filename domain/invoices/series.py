"""Series that number documents: no gap, no number twice, dates in order."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import Conflict

INVOICES = UUID("6a1e2b34-0c55-4a67-9d0c-51b5d7a90c01")
ISTANBUL = ZoneInfo("Europe/Istanbul")
BOOK_LENGTH = 500

SeriesKind = Literal["sale", "return"]


class BookIsFull(Conflict):
    """All numbers of the book are taken; the series has to open the next one. Fact: `last`."""


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
