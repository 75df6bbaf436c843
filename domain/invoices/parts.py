"""What invoices are made of: lines, buyers, how it was paid, refusals."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from domain.invoices.series import ISTANBUL
from domain.shared.aggregate import Retention
from domain.shared.errors import Conflict
from domain.shared.money import Money, split_gross

KEPT_YEARS = 10


class LinesDoNotAddUp(Conflict):
    """What the lines cost is not what was paid. Facts: `lines` and `paid`."""


class NothingReturned(Conflict):
    """None of the money has come back to the buyer yet. Fact: `order_id`."""


class RefundDocumented(Conflict):
    """The refund stands on another return document. Facts: `refund_id` and `document_id`."""


class InvoicedLine(Struct, frozen=True, kw_only=True):
    """Something that was sold, with its KDV taken out; `rate` is a percentage. `surcharge` is what
    of the gross was charged for paying in instalments, and `discount` what was taken off the price,
    both with KDV inside. `exemption` is the code of the reason where the rate is 0.
    """

    description: str
    gross: Money
    net: Money
    tax: Money
    rate: Decimal
    surcharge: Money | None = None
    line_id: UUID | None = None
    quantity: int = 1
    discount: Money | None = None
    exemption: str = ""

    @classmethod
    def of(
        cls,
        description: str,
        gross: Money,
        *,
        rate: Decimal,
        surcharge: Money | None = None,
        **more: Any,
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
            **more,
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
    """How it was paid: the words that stand on the paper, by which attempt, when, in how many
    instalments, by what means, and through whom.
    """

    method: str
    attempt_id: UUID
    paid_at: datetime
    installments: int = 1
    means: Literal["card", "transfer", ""] = ""
    intermediary: str = ""


class Sale(Struct, frozen=True, kw_only=True):
    """What is invoiced: an order as it was paid. A sample has no force before the law; `goods` are
    what is sent, and could be sent back, by the carrier with this tax number, if one is known.
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
    carrier: str = ""
    carrier_tax_number: str = ""


def kept_until(issued_at: datetime) -> Retention:
    """Ten years from the end of the year in which a document was issued (TTK 82)."""
    year = issued_at.astimezone(ISTANBUL).year
    return Retention("invoice", date(year + KEPT_YEARS, 12, 31))
