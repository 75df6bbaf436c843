"""What orders are made of: their lines, what was bought and for whom, their steps, refusals."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.shared.address import Address
from domain.shared.artwork import Artwork
from domain.shared.errors import Conflict, Invalid
from domain.shared.money import Money

LineKind = Literal["cover", "design_fee", "message_card", "cargo"]
OrderMethod = Literal["upload", "ai", "artist"]
OrderState = Literal[
    "awaiting_payment",
    "paid",
    "in_design",
    "in_production",
    "shipped",
    "delivered",
    "cancelled",
    "expired",
]
RefundState = Literal["none", "partly", "fully"]
CancelReason = Literal["customer", "designer", "seller"]

EDGES: dict[OrderState, tuple[OrderState, ...]] = {
    "awaiting_payment": ("paid", "cancelled", "expired"),
    "paid": ("in_design", "in_production", "cancelled"),
    "in_design": ("in_production", "cancelled"),
    "in_production": ("shipped",),
    "shipped": ("delivered",),
    "delivered": (),
    "cancelled": (),
    "expired": (),
}
"""Every step an order can take; there are no others."""


class OrderCannotMove(Conflict):
    """The order has no such step from where it is. Facts: `state` and `to`."""


class OrderNotPayable(Conflict):
    """It is paid, cancelled or past its time. Fact: `state`."""


class PaymentUnderWay(Conflict):
    """Another attempt to pay is open. Fact: `attempt_id`."""


class ArtworkMissing(Conflict):
    """Nothing can be printed before the final artwork is there."""


class LinesWorthNothing(Invalid):
    """An order has lines, and each costs something, all in one currency."""


class OrderLine(Struct, frozen=True, kw_only=True):
    """One thing that is paid for; `gross` has KDV inside, `kdv_rate` is a percentage."""

    line_id: UUID
    kind: LineKind
    name: str
    gross: Money
    kdv_rate: Decimal


class Purchase(Struct, frozen=True, kw_only=True):
    """What was ordered, as it stood at commit. An artist's order gets its artwork later."""

    draft_id: UUID
    method: OrderMethod
    lines: tuple[OrderLine, ...]
    artwork: Artwork | None
    designer_id: UUID | None
    pay_by: datetime


class Particulars(Struct, frozen=True, kw_only=True):
    """What an order says about its buyer and their book; the tax number is for the invoice."""

    title: str
    author: str
    delivery: Address
    billing: Address
    tax_number: str = ""
    tax_office: str = ""
