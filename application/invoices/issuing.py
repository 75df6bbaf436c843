"""What can be asked of invoices: issuing one for a paid order, and recording its document."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from msgspec import Struct

from application.bus import Command, handles
from application.ports import Language
from application.store import Store
from application.work import Job
from domain.identity import User
from domain.invoices import (
    Invoice,
    InvoiceBook,
    InvoiceBuyer,
    InvoicedLine,
    InvoiceSeries,
    PaymentFacts,
    Sale,
    SeriesKind,
    SeriesName,
)
from domain.orders import Order
from domain.payments import PaymentAttempt, PaymentProvider


class InvoicingRules(Struct, frozen=True, kw_only=True):
    """How documents are numbered and marked: the three letters of sales and of returns, and whether
    they are samples without force before the law; and who carries what is sent.
    """

    series: str = "PLK"
    return_series: str = "PLI"
    sample: bool = True
    carrier: str = ""
    carrier_tax_number: str = ""


PAID_BY: dict[PaymentProvider, dict[Language, str]] = {
    "iyzico": {"tr": "Banka/kredi kartı (iyzico)", "en": "Card (iyzico)"},
    "bank_transfer": {"tr": "EFT/Havale", "en": "Bank transfer"},
}
"""How invoices name the way of payment and who stood between."""


MEANS: dict[PaymentProvider, tuple[Literal["card", "transfer"], str]] = {
    "iyzico": ("card", "iyzico Ödeme Hizmetleri A.Ş."),
    "bank_transfer": ("transfer", ""),
}
"""By what means the money came, and the intermediary, which the law wants on the paper."""


class IssueInvoice(Command, frozen=True, kw_only=True):
    """Issue the invoice of an order that was paid at a moment; once per order."""

    order_id: UUID
    paid_at: datetime


class RecordInvoicePrinted(Command, frozen=True, kw_only=True):
    """The invoice's PDF is kept under this digest, and the XML in it under another."""

    invoice_id: UUID
    digest: str
    size_bytes: int
    xml_digest: str = ""


class PrintInvoice(Job, frozen=True, kw_only=True):
    """Set an invoice in type and keep the PDF."""

    LEASE_SECONDS: ClassVar[int] = 30
    invoice_id: UUID


@handles
async def issue_invoice(command: IssueInvoice, store: Store, rules: InvoicingRules) -> None:
    order = await store.get(Order, command.order_id)
    invoice = await invoice_of(order, command.paid_at, store=store, rules=rules)
    if invoice is not None:
        store.save(invoice)


async def invoice_of(
    order: Order, paid_at: datetime, *, store: Store, rules: InvoicingRules
) -> Invoice | None:
    """The invoice of an order, issued now if there is none yet; None for one that is not paid."""
    if existing := await store.find(Invoice, Invoice.id_of(order.id)):
        return existing
    if order.paid_attempt is None:
        return None
    customer = await store.find(User, order.customer_id)
    attempt = await store.find(PaymentAttempt, order.paid_attempt)
    provider: PaymentProvider = attempt.provider if attempt else "iyzico"
    means, intermediary = MEANS[provider]
    payment = PaymentFacts(
        method=PAID_BY[provider][customer.language if customer else "tr"],
        attempt_id=order.paid_attempt,
        paid_at=paid_at,
        installments=order.installments,
        means=means,
        intermediary=intermediary,
    )
    sale = _sale(order, payment, customer=customer, rules=rules)
    series, book = await open_book(store, rules.series, kind="sale")
    invoice = Invoice.issue(sale, _buyer(order, customer), book=book)
    store.save(invoice, book, series)
    return invoice


@handles
async def record_invoice_printed(command: RecordInvoicePrinted, store: Store) -> None:
    invoice = await store.get(Invoice, command.invoice_id)
    invoice.record_document(command.digest, command.size_bytes, xml_digest=command.xml_digest)
    store.save(invoice)


async def open_book(
    store: Store, letters: str, *, kind: SeriesKind
) -> tuple[InvoiceSeries, InvoiceBook]:
    """The series of these letters for this year, and its book in which a number is free."""
    name = SeriesName.at(letters, kind, moment=store.now)
    series = await store.find(InvoiceSeries, InvoiceSeries.id_of(name))
    if series is None:
        series = InvoiceSeries.open(name, store.now)
        return series, series.first_book()
    book = await store.get(InvoiceBook, series.book_id)
    return series, series.next_book(book) if book.is_full else book


def _sale(
    order: Order, payment: PaymentFacts, *, customer: User | None, rules: InvoicingRules
) -> Sale:
    goods = order.method != "credits"
    return Sale(
        order_id=order.id,
        order_number=order.number,
        customer_id=order.customer_id,
        lines=tuple(
            InvoicedLine.of(
                line.name,
                charged.gross,
                rate=line.kdv_rate,
                surcharge=charged.gross - line.gross,
                line_id=line.line_id,
            )
            for line, charged in zip(order.lines, order.charged_lines, strict=True)
        ),
        paid=order.paid,
        payment=payment,
        language=customer.language if customer else "tr",
        sample=rules.sample,
        goods=goods,
        carrier=rules.carrier if goods else "",
        carrier_tax_number=rules.carrier_tax_number if goods else "",
    )


def _buyer(order: Order, customer: User | None) -> InvoiceBuyer:
    particulars = order.particulars
    billing = particulars.billing
    return InvoiceBuyer(
        name=billing.name,
        line=billing.line,
        district=billing.district,
        province=billing.province,
        postcode=billing.postcode,
        phone=billing.phone,
        email=customer.email if customer else "",
        tax_number=particulars.tax_number,
        tax_office=particulars.tax_office,
    )
