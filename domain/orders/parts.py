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
from domain.shared.lines import LineKind
from domain.shared.money import Money

OrderMethod = Literal["upload", "ai", "artist", "credits"]
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
ParcelEnd = Literal["arrived", "returned", "lost", "cancelled"]
CancelReason = Literal["customer", "designer", "seller"]
HoldKind = Literal["fraud", "address", "other"]
NoteReader = Literal["staff", "customer"]

EDGES: dict[OrderState, tuple[OrderState, ...]] = {
    "awaiting_payment": ("paid", "cancelled", "expired"),
    "paid": ("in_design", "in_production", "delivered", "cancelled"),
    "in_design": ("in_production", "cancelled"),
    "in_production": ("shipped",),
    "shipped": ("delivered",),
    "delivered": (),
    "cancelled": (),
    "expired": (),
}
"""Every step an order can take; there are no others. Credits are delivered as soon as paid."""


UNPRINTED: frozenset[OrderState] = frozenset({"awaiting_payment", "paid", "in_design"})
"""Where an order's delivery address may still change."""

HOLDABLE: frozenset[OrderState] = UNPRINTED | {"in_production"}
"""Where a hold still keeps something back: the print, the parcel, or bought credits."""

HELD_BACK: frozenset[OrderState] = frozenset({"in_production", "shipped", "delivered"})
"""Where an order that is held does not go; what was sent before can't be held any more."""

MOST_NOTES = 200
"""So many notes one order takes."""

MOST_LINES = 500
"""So many items a payment provider takes in one basket."""


class OrderCannotMove(Conflict):
    """The order has no such step from where it is. Facts: `state` and `to`."""


class OrderNotPayable(Conflict):
    """It is paid, cancelled or past its time. Fact: `state`."""


class PaymentUnderWay(Conflict):
    """Another attempt to pay is open. Fact: `attempt_id`."""


class ArtworkMissing(Conflict):
    """Nothing can be printed before the final artwork is there."""


class OrderHeld(Conflict):
    """Somebody has to look at it before it goes on. Fact: `kinds`."""


class NothingToHold(Conflict):
    """The parcel is away, or the order is over. Fact: `state`."""


class UnknownOrderHold(Conflict):
    """The order has no such hold. Fact: `hold_id`."""


class ReasonMissing(Invalid):
    """A hold says why in words of one's own."""


class NoteEmpty(Invalid):
    """A note says something."""


class TooManyNotes(Conflict):
    """An order takes only so many notes. Fact: `most`."""


class DeliveryFixed(Conflict):
    """It is printed for the address that it has, or goes nowhere. Fact: `state`."""


class CargoDiffers(Conflict):
    """Cargo there does not cost what was paid for. Facts: `before` and `after`, the provinces."""


class BillingFixed(Conflict):
    """The invoice is made out when the money is there, or the order is over. Fact: `state`."""


class LinesWorthNothing(Invalid):
    """An order has lines, none costs less than nothing, and together they cost something, all in
    one currency.
    """


class TooManyLines(Invalid):
    """No provider takes so long a basket. Fact: `most`."""


class OrderOfNothing(Invalid):
    """An order is made of a draft, or of a request for credits."""


NO_DISCOUNT = Money.of(0)


class OrderLine(Struct, frozen=True, kw_only=True):
    """One thing that is paid for; `gross` is what is asked for it, with KDV inside and `discount`
    taken off. `kdv_rate` is a percentage, that of its `tax_class` when it was ordered; where it is
    0 by law, `exemption` is the reason's code in invoices. `credits` is how many a line of credits
    brings.
    """

    line_id: UUID
    kind: LineKind
    name: str
    gross: Money
    kdv_rate: Decimal
    credits: int = 0
    discount: Money = NO_DISCOUNT
    tax_class: str = "general"
    exemption: str = ""
    quantity: int = 1

    @property
    def list_price(self) -> Money:
        """What it costs before coupons: nothing else makes it cheaper."""
        return self.gross + self.discount


class ChargedLine(Struct, frozen=True, kw_only=True):
    """What was charged for a line: its price and its share of what the instalments cost."""

    line_id: UUID
    amount: Money


class AppliedCoupon(Struct, frozen=True, kw_only=True):
    """A coupon that was used for an order, and what it took off all lines together."""

    coupon_id: UUID
    code: str
    discount: Money


class Purchase(Struct, frozen=True, kw_only=True):
    """What was ordered, as it stood at commit. An artist's order gets its artwork later.

    It was made of a draft, or of a request for credits. A cover is printed in this `size`, width x
    height in mm, on this `paper`; before there was a choice, there was one of each.
    """

    draft_id: UUID | None
    method: OrderMethod
    lines: tuple[OrderLine, ...]
    artwork: Artwork | None
    designer_id: UUID | None
    pay_by: datetime
    request_id: UUID | None = None
    coupons: tuple[AppliedCoupon, ...] = ()
    size: str = "135x210"
    paper: str = "matte"

    @property
    def source_id(self) -> UUID:
        """What the order was made of. Raises `OrderOfNothing`."""
        source_id = self.draft_id or self.request_id
        if source_id is None:
            raise OrderOfNothing
        return source_id


class Note(Struct, frozen=True, kw_only=True):
    """What somebody who works here wrote, and who may read it."""

    by: UUID
    text: str
    shown_to: NoteReader


class Particulars(Struct, frozen=True, kw_only=True):
    """What an order says about its buyer and their book; the tax number is for the invoice.

    Credits are about no book and go nowhere.
    """

    title: str
    author: str
    delivery: Address | None
    billing: Address
    tax_number: str = ""
    tax_office: str = ""
