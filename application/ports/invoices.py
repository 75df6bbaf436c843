"""Invoices, as they are set in type."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from application.ports.world import Language
from domain.shared.address import Address
from domain.shared.money import Money


class InvoiceLine(Struct, frozen=True, kw_only=True):
    """One line of an invoice; amounts as in `domain.shared.money.split_gross`. `surcharge` is what
    of the gross was charged for paying in instalments, if anything.
    """

    description: str
    quantity: int
    gross: Money
    net: Money
    tax: Money
    rate: Decimal
    surcharge: Money | None = None


class InvoiceDocument(Struct, frozen=True, kw_only=True):
    """All that stands on an invoice; a `sample` has no force, `goods` have a return slip."""

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


class InvoicePrinter(Protocol):
    """Sets invoices in type."""

    async def print_invoice(self, invoice: InvoiceDocument) -> bytes:
        """A PDF; the same document gives the same bytes."""
        ...
