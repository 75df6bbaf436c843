"""Invoices and return documents as customers and finance see them; that no number is missing."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.invoices import Invoice, ReturnDocument, ReturnKind
from domain.shared.money import Money, total
from projections.base import Fold
from projections.reads import Reads


class InvoiceRow(Struct, frozen=True, kw_only=True):
    """One invoice; `digest` is that of its PDF, and `xml_digest` that of the XML in it, None until
    it is set in type.
    """

    invoice_id: UUID
    order_id: UUID
    order_number: str
    customer_id: UUID
    number: str
    letters: str
    kind: str
    year: int
    sequence: int
    ettn: UUID
    issued_at: datetime
    net: Money
    tax: Money
    gross: Money
    sample: bool
    digest: str | None
    size_bytes: int | None
    xml_digest: str | None


class ReturnDocumentRow(Struct, frozen=True, kw_only=True):
    """One return document; `xml_digest` is None also where its kind has no XML."""

    document_id: UUID
    invoice_id: UUID
    order_id: UUID
    order_number: str
    customer_id: UUID
    kind: ReturnKind
    number: str
    letters: str
    series_kind: str
    year: int
    sequence: int
    ettn: UUID
    invoice_number: str
    issued_at: datetime
    net: Money
    tax: Money
    gross: Money
    sample: bool
    digest: str | None
    size_bytes: int | None
    xml_digest: str | None


SERIES_FAULTS: Final = (
    "SELECT letters, kind, year, sequence,"
    " CASE WHEN issued_at < issued_before THEN 'date' ELSE 'gap' END AS fault"
    " FROM (SELECT letters, kind, year, sequence, issued_at,"
    "  lag(sequence, 1, 0::bigint) OVER in_order AS predecessor,"
    "  lag(issued_at) OVER in_order AS issued_before FROM ("
    "   SELECT letters, kind, year, sequence, issued_at FROM read.invoices UNION ALL"
    "   SELECT letters, series_kind, year, sequence, issued_at FROM read.return_documents) AS given"
    "  WINDOW in_order AS (PARTITION BY letters, kind, year ORDER BY sequence)) AS numbered"
    " WHERE sequence <> predecessor + 1 OR issued_at < issued_before"
    " ORDER BY letters, kind, year, sequence"
)


class SeriesFault(Struct, frozen=True, kw_only=True):
    """A place where a series is not as it must be: a number is missing before this one or given
    twice (`gap`), or it is dated before its predecessor (`date`).
    """

    letters: str
    kind: str
    year: int
    sequence: int
    fault: Literal["gap", "date"]


invoices = Fold(
    "invoices",
    InvoiceRow,
    version=2,
    key=["invoice_id"],
    indexes=["order_id", "number", "letters, kind, year, sequence", "issued_at DESC, invoice_id"],
)
return_documents = Fold(
    "return_documents",
    ReturnDocumentRow,
    version=1,
    key=["document_id"],
    indexes=["order_id", "number", "issued_at DESC, document_id"],
)


@invoices.on(Invoice.Issued)
def issued(_row: InvoiceRow | None, event: Invoice.Issued) -> InvoiceRow:
    return InvoiceRow(
        invoice_id=event.originator_id,
        order_id=event.order_id,
        order_number=event.sale.order_number,
        customer_id=event.customer_id,
        number=event.number,
        letters=event.series.letters,
        kind=event.series.kind,
        year=event.series.year,
        sequence=event.issued.sequence,
        ettn=event.ettn,
        issued_at=event.issued.issued_at,
        net=total((line.net for line in event.sale.lines), event.sale.paid.currency),
        tax=total((line.tax for line in event.sale.lines), event.sale.paid.currency),
        gross=event.sale.paid,
        sample=event.sale.sample,
        digest=None,
        size_bytes=None,
        xml_digest=None,
    )


@invoices.on(Invoice.DocumentMade)
def document_made(row: InvoiceRow, event: Invoice.DocumentMade) -> InvoiceRow:
    return replace(
        row,
        digest=event.digest,
        size_bytes=event.size_bytes,
        xml_digest=event.xml_digest or None,
    )


@return_documents.on(ReturnDocument.Issued)
def return_issued(
    _row: ReturnDocumentRow | None, event: ReturnDocument.Issued
) -> ReturnDocumentRow:
    back = event.given_back
    return ReturnDocumentRow(
        document_id=event.originator_id,
        invoice_id=back.invoice.invoice_id,
        order_id=event.order_id,
        order_number=back.order_number,
        customer_id=event.customer_id,
        kind=event.kind,
        number=event.number,
        letters=event.series.letters,
        series_kind=event.series.kind,
        year=event.series.year,
        sequence=event.issued.sequence,
        ettn=event.ettn,
        invoice_number=back.invoice.number,
        issued_at=event.issued.issued_at,
        net=total((line.net for line in back.lines), back.returned.currency),
        tax=total((line.tax for line in back.lines), back.returned.currency),
        gross=back.returned,
        sample=back.sample,
        digest=None,
        size_bytes=None,
        xml_digest=None,
    )


@return_documents.on(ReturnDocument.DocumentMade)
def return_made(row: ReturnDocumentRow, event: ReturnDocument.DocumentMade) -> ReturnDocumentRow:
    return replace(
        row,
        digest=event.digest,
        size_bytes=event.size_bytes,
        xml_digest=event.xml_digest or None,
    )


async def invoice_of_order(reads: Reads, order_id: UUID) -> InvoiceRow | None:
    """The invoice of an order; None while there is none."""
    return await reads.one(
        InvoiceRow, "SELECT * FROM read.invoices WHERE order_id = %s", (order_id,)
    )


async def invoice_by_number(reads: Reads, number: str) -> InvoiceRow | None:
    """The invoice with this number."""
    return await reads.one(InvoiceRow, "SELECT * FROM read.invoices WHERE number = %s", (number,))


async def invoice_list(
    reads: Reads, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[InvoiceRow]:
    """Invoices issued before a date and id (None: from the newest on), newest first."""
    moment, identity = before or (None, None)
    return await reads.all(
        InvoiceRow,
        "SELECT * FROM read.invoices WHERE %(moment)s::timestamptz IS NULL"
        " OR (issued_at, invoice_id) < (%(moment)s, %(id)s::uuid)"
        " ORDER BY issued_at DESC, invoice_id DESC LIMIT %(limit)s",
        {"moment": moment, "id": identity, "limit": limit},
    )


async def returns_of_order(reads: Reads, order_id: UUID) -> list[ReturnDocumentRow]:
    """The return documents of an order, in the order of issue."""
    return await reads.all(
        ReturnDocumentRow,
        "SELECT * FROM read.return_documents WHERE order_id = %s ORDER BY year, sequence",
        (order_id,),
    )


async def return_list(
    reads: Reads, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[ReturnDocumentRow]:
    """Return documents issued before a date and id (None: from the newest on), newest first."""
    moment, identity = before or (None, None)
    return await reads.all(
        ReturnDocumentRow,
        "SELECT * FROM read.return_documents WHERE %(moment)s::timestamptz IS NULL"
        " OR (issued_at, document_id) < (%(moment)s, %(id)s::uuid)"
        " ORDER BY issued_at DESC, document_id DESC LIMIT %(limit)s",
        {"moment": moment, "id": identity, "limit": limit},
    )


class KeptDocument(Struct, frozen=True, kw_only=True):
    """A paper of which files are kept; `xml_digest` is None where no XML is."""

    document_id: UUID
    number: str
    kind: Literal["sale", "return"]
    digest: str
    xml_digest: str | None


async def kept_documents(reads: Reads, after: str, limit: int) -> list[KeptDocument]:
    """Papers with numbers behind this one, in the order of their numbers."""
    return await reads.all(
        KeptDocument,
        "SELECT * FROM (SELECT invoice_id AS document_id, number, 'sale' AS kind, digest,"
        "  xml_digest FROM read.invoices UNION ALL"
        " SELECT document_id, number, 'return', digest, xml_digest FROM read.return_documents)"
        " AS papers WHERE digest IS NOT NULL AND number > %s ORDER BY number LIMIT %s",
        (after, limit),
    )


async def kept_documents_count(reads: Reads) -> int:
    """Of how many papers files are kept."""
    [(count,)] = await reads.rows(
        "SELECT (SELECT count(*) FROM read.invoices WHERE digest IS NOT NULL)"
        " + (SELECT count(*) FROM read.return_documents WHERE digest IS NOT NULL)"
    )
    return int(count)


async def series_faults(reads: Reads) -> list[SeriesFault]:
    """Every place where a series has a gap, a number twice, or dates out of order: none, always."""
    return await reads.all(SeriesFault, SERIES_FAULTS)
