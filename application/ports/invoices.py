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


class IssuedInvoice(Struct, frozen=True, kw_only=True):
    """An invoice on its way to an integrator: `ettn` and `number` name it, and handing over the
    same ones again is the same invoice. `xml` is the unsigned UBL-TR, `pdf` what the buyer reads.
    """

    ettn: UUID
    number: str
    issued_at: datetime
    buyer_tax_number: str
    sample: bool
    xml: bytes
    pdf: bytes


class InvoiceTaken(Struct, frozen=True, kw_only=True, tag="taken"):
    """The integrator has signed and reported it, under its own `reference`."""

    reference: str


class InvoiceTurnedDown(Struct, frozen=True, kw_only=True, tag="turned_down"):
    """The integrator does not take it as it is; `code` is its name for the reason, and never says
    anything about a person.
    """

    code: str


class InvoiceUnknown(Struct, frozen=True, kw_only=True, tag="unknown"):
    """Nobody knows yet; it is asked again."""


class InvoiceIssuer(Protocol):
    """Makes documents before the law out of invoices: signs them and reports them."""

    async def hand_over(
        self, invoice: IssuedInvoice
    ) -> InvoiceTaken | InvoiceTurnedDown | InvoiceUnknown:
        """Hand it over, or hear again what became of it: the same `ettn` is one invoice.

        Raises `Unavailable`.
        """
        ...
