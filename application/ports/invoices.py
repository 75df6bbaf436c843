"""Invoices and return documents, as they are written, set in type and handed to an integrator."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from application.ports.world import Language
from domain.shared.address import Address
from domain.shared.money import Money


class InvoiceLine(Struct, frozen=True, kw_only=True):
    """One line of an invoice; amounts as in `domain.shared.money.split_gross`. `surcharge` is what
    of the gross was charged for paying in instalments, and `discount` what was taken off before,
    both with KDV inside. `exemption` is the code of the reason where the rate is 0.
    """

    description: str
    quantity: int
    gross: Money
    net: Money
    tax: Money
    rate: Decimal
    surcharge: Money | None = None
    discount: Money | None = None
    exemption: str = ""


class ReturnedFrom(Struct, frozen=True, kw_only=True):
    """What makes a document one about a return: its kind, and the invoice of which something went
    back. Only `iade_invoice_received` has a form in UBL: the invoice that the buyer writes to us.
    """

    kind: Literal["iade_invoice_received", "earsiv_return_part", "gider_pusulasi"]
    invoice_number: str
    invoice_ettn: UUID
    invoice_issued_at: datetime


class Dispatch(Struct, frozen=True, kw_only=True):
    """Who carries the goods, with the carrier's tax number, and the day on which they left; what is
    not known is empty.
    """

    carrier: str
    tax_number: str = ""
    on: date | None = None


class InvoiceDocument(Struct, frozen=True, kw_only=True):
    """All that stands on an invoice; a `sample` has no force, `goods` have a return slip.

    `paid_with` says by what, and `intermediary` through whom, the money came.
    """

    number: str
    ettn: UUID
    issued_at: datetime
    order_number: str
    buyer: Address
    tax_number: str
    email: str
    lines: tuple[InvoiceLine, ...]
    payment_method: str
    paid_at: datetime
    language: Language
    sample: bool
    goods: bool = True
    installments: int = 1
    tax_office: str = ""
    paid_with: Literal["card", "transfer", ""] = ""
    intermediary: str = ""
    dispatch: Dispatch | None = None
    returned_from: ReturnedFrom | None = None


class PrintedInvoice(Struct, frozen=True, kw_only=True):
    """A document as PDF/A-3, and the XML that is embedded in it; empty where it has no form."""

    pdf: bytes
    xml: bytes


class InvoicePrinter(Protocol):
    """Writes invoices in the form of the revenue administration and sets them in type."""

    async def print_invoice(self, invoice: InvoiceDocument) -> PrintedInvoice:
        """The same document gives the same bytes."""
        ...
