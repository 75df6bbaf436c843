"""Invoices and return documents over HTTP: a customer's own, and all of them for finance."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get
from litestar.params import Parameter
from msgspec import Struct

from api.ask import Ask, Listed
from api.files import link_to
from application.file_links import FileLink, FileLinks
from domain.invoices import ReturnKind
from domain.shared.errors import NotFound
from domain.shared.money import Money
from projections.invoices import (
    InvoiceRow,
    ReturnDocumentRow,
    SeriesFault,
    invoice_by_number,
    invoice_list,
    invoice_of_order,
    invoices,
    return_documents,
    return_list,
    returns_of_order,
    series_faults,
)

Place = tuple[datetime, UUID]


class InvoiceAnswer(Struct, frozen=True, kw_only=True):
    """An invoice. `pdf` opens its document for 15 minutes, and `xml` the UBL-TR that is embedded in
    it; null while it is being set in type, and `xml` for those of before there was one.

    `ettn` is the number by which the revenue administration knows it, and a `sample` has no force.
    """

    invoice_id: UUID
    order_id: UUID
    order_number: str
    number: str
    ettn: UUID
    issued_at: datetime
    net: Money
    tax: Money
    gross: Money
    sample: bool
    pdf: str | None
    xml: str | None


class ReturnDocumentAnswer(Struct, frozen=True, kw_only=True):
    """The paper about money that went back of an invoice; amounts are what went back. Of the kinds
    only `iade_invoice_received` has an `xml`: it is what the buyer's own return invoice says.
    """

    document_id: UUID
    order_id: UUID
    order_number: str
    invoice_number: str
    kind: ReturnKind
    number: str
    issued_at: datetime
    net: Money
    tax: Money
    gross: Money
    sample: bool
    pdf: str | None
    xml: str | None


class ReturnDocuments(Struct, frozen=True, kw_only=True):
    """All return documents of one order, in the order of issue."""

    documents: list[ReturnDocumentAnswer]


class SeriesReport(Struct, frozen=True, kw_only=True):
    """Where series of numbers are not gapless and in order of their dates; empty when all is well.

    A `fault` is `gap` (a number is missing before this one, or given twice) or `date`.
    """

    faults: list[SeriesFault]


class InvoicesController(Controller):
    tags = ("invoices",)

    @get(
        "/orders/{order_id:uuid}/invoice",
        operation_id="InvoiceOfOrder",
        summary="The invoice of one of the caller's orders",
    )
    async def of_order(self, ask: Ask, order_id: UUID) -> Response[InvoiceAnswer]:
        """The invoice, with a link to its PDF. 404 until the order is paid."""
        customer_id = ask.person
        await ask.fresh(invoices)
        row = await invoice_of_order(ask.reads, order_id)
        if row is None or row.customer_id != customer_id:
            raise NotFound
        return ask.answer(_answer(row, _links(ask)))

    @get("/invoices", operation_id="Invoices", summary="All invoices, newest first")
    async def all(
        self,
        ask: Ask,
        number: Annotated[str | None, Parameter(max_length=16)] = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[InvoiceAnswer]]:
        """For finance. With `number`, the one that has it."""
        ask.must_be("finance")
        page = ask.page(limit, cursor)
        await ask.fresh(invoices)
        links = _links(ask)
        if number is not None:
            row = await invoice_by_number(ask.reads, number)
            rows = [row] if row else []
        else:
            before = msgspec.convert(page.after, Place) if page.after else None
            rows = await invoice_list(ask.reads, before=before, limit=page.limit + 1)
        return ask.listed(
            [_answer(row, links) for row in rows],
            page,
            key=lambda item: [item.issued_at, item.invoice_id],
        )

    @get(
        "/orders/{order_id:uuid}/return-documents",
        operation_id="ReturnDocumentsOfOrder",
        summary="The return documents of one of the caller's orders",
    )
    async def returns_of(self, ask: Ask, order_id: UUID) -> Response[ReturnDocuments]:
        """The papers about money that went back; none while none did. 404 until it is paid."""
        customer_id = ask.person
        await ask.fresh(invoices, return_documents)
        invoice = await invoice_of_order(ask.reads, order_id)
        if invoice is None or invoice.customer_id != customer_id:
            raise NotFound
        links = _links(ask)
        rows = await returns_of_order(ask.reads, order_id)
        return ask.answer(ReturnDocuments(documents=[_return_answer(row, links) for row in rows]))

    @get(
        "/return-documents",
        operation_id="ReturnDocuments",
        summary="All return documents, newest first",
    )
    async def all_returns(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[ReturnDocumentAnswer]]:
        """For finance."""
        ask.must_be("finance")
        page = ask.page(limit, cursor)
        await ask.fresh(return_documents)
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await return_list(ask.reads, before=before, limit=page.limit + 1)
        links = _links(ask)
        return ask.listed(
            [_return_answer(row, links) for row in rows],
            page,
            key=lambda item: [item.issued_at, item.document_id],
        )

    @get(
        "/invoices/series",
        operation_id="InvoiceSeriesFaults",
        summary="Whether every series is gapless and its dates are in order",
    )
    async def series(self, ask: Ask) -> Response[SeriesReport]:
        """For finance: each place where a number is missing, doubled, or dated too early."""
        ask.must_be("finance")
        await ask.fresh(invoices)
        return ask.answer(SeriesReport(faults=await series_faults(ask.reads)))


def _links(ask: Ask) -> FileLinks:
    return ask.port(FileLinks)


def _opened(row: InvoiceRow | ReturnDocumentRow, links: FileLinks) -> dict[str, str | None]:
    files = {
        "pdf": row.digest and FileLink(row.digest, "application/pdf", f"{row.number}.pdf"),
        "xml": row.xml_digest and FileLink(row.xml_digest, "application/xml", f"{row.number}.xml"),
    }
    return {name: link_to(links, file) if file else None for name, file in files.items()}


def _answer(row: InvoiceRow, links: FileLinks) -> InvoiceAnswer:
    return InvoiceAnswer(
        invoice_id=row.invoice_id,
        order_id=row.order_id,
        order_number=row.order_number,
        number=row.number,
        ettn=row.ettn,
        issued_at=row.issued_at,
        net=row.net,
        tax=row.tax,
        gross=row.gross,
        sample=row.sample,
        **_opened(row, links),
    )


def _return_answer(row: ReturnDocumentRow, links: FileLinks) -> ReturnDocumentAnswer:
    return ReturnDocumentAnswer(
        document_id=row.document_id,
        order_id=row.order_id,
        order_number=row.order_number,
        invoice_number=row.invoice_number,
        kind=row.kind,
        number=row.number,
        issued_at=row.issued_at,
        net=row.net,
        tax=row.tax,
        gross=row.gross,
        sample=row.sample,
        **_opened(row, links),
    )
