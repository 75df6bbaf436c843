"""What the events of an order tell; their names are in the order."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from domain.orders.earnings import EarnedLine, ReturnedPart
from domain.orders.parts import (
    CancelReason,
    ChargedLine,
    HoldKind,
    NoteReader,
    OrderMethod,
    ParcelEnd,
    Particulars,
    Purchase,
    RefundState,
)
from domain.shared.aggregate import PERSONAL, Created, Event, Personal
from domain.shared.artwork import Artwork
from domain.shared.money import Money


class Placed(Created, frozen=True, kw_only=True):
    """An order awaits its payment."""

    SUBJECT = "customer_id"
    CONCERNS = ("customer_id",)
    SHOWS = ("number",)
    customer_id: UUID
    number: str
    purchase: Purchase
    particulars: Annotated[Particulars, PERSONAL]


class PaymentStarted(Event, frozen=True, kw_only=True):
    """An attempt to pay is open."""

    customer_id: UUID
    attempt_id: UUID


class PaymentEnded(Event, frozen=True, kw_only=True):
    """The attempt came to nothing."""

    CONCERNS = ("customer_id",)
    SHOWS = ("attempt_id",)
    customer_id: UUID
    attempt_id: UUID


class Paid(Event, frozen=True, kw_only=True):
    """A payment is kept: `amount`, which is what the lines were charged with. `surcharge` of it
    is what its instalments cost beyond the price; no `charged` lines stand for their prices.
    """

    CONCERNS = ("customer_id",)
    SHOWS = ("number",)
    customer_id: UUID
    number: str
    draft_id: UUID | None
    method: OrderMethod
    designer_id: UUID | None
    attempt_id: UUID
    amount: Money
    surcharge: Money
    installments: int
    charged: tuple[ChargedLine, ...]
    credits: int = 0


class DesignStarted(Event, frozen=True, kw_only=True):
    """The artist works on it."""

    CONCERNS = ("customer_id",)
    customer_id: UUID
    designer_id: UUID | None


class ArtworkAttached(Event, frozen=True, kw_only=True):
    """The artist's artwork is there."""

    customer_id: UUID
    artwork: Artwork


class ProductionStarted(Event, frozen=True, kw_only=True):
    """It is being printed."""

    CONCERNS = ("customer_id",)
    SHOWS = ("number",)
    customer_id: UUID
    number: str
    print_digest: str


class Shipped(Event, frozen=True, kw_only=True):
    """The carrier has it."""

    CONCERNS = ("customer_id",)
    SHOWS = ("number",)
    customer_id: UUID
    number: str
    shipment_id: UUID


class ParcelAdded(Event, frozen=True, kw_only=True):
    """A further parcel is sent; without `lines` it holds all that goes anywhere."""

    customer_id: UUID
    shipment_id: UUID
    parcel: int
    lines: tuple[UUID, ...] = ()


class ParcelEnded(Event, frozen=True, kw_only=True):
    """A parcel's journey is over."""

    customer_id: UUID
    shipment_id: UUID
    end: ParcelEnd


class Delivered(Event, frozen=True, kw_only=True):
    """The customer has it."""

    CONCERNS = ("customer_id",)
    SHOWS = ("number",)
    customer_id: UUID
    number: str
    earned: tuple[EarnedLine, ...] = ()


class Cancelled(Event, frozen=True, kw_only=True):
    """It is off; what was paid goes back."""

    CONCERNS = ("customer_id",)
    SHOWS = ("number", "reason")
    customer_id: UUID
    number: str
    reason: CancelReason
    paid_attempt_id: UUID | None


class Expired(Event, frozen=True, kw_only=True):
    """Nobody paid in time."""

    CONCERNS = ("customer_id",)
    SHOWS = ("number",)
    customer_id: UUID
    number: str


class MoneyReturned(Event, frozen=True, kw_only=True):
    """Money of a line went back."""

    CONCERNS = ("customer_id",)
    SHOWS = ("amount", "refund_state")
    customer_id: UUID
    refund_id: UUID
    line_id: UUID
    amount: Money
    refund_state: RefundState
    part: ReturnedPart


class Held(Event, frozen=True, kw_only=True):
    """Somebody has to look at it before it goes on. `by` is nobody where a rule said so."""

    SUBJECT = "customer_id"
    customer_id: UUID
    hold_id: UUID
    kind: HoldKind
    by: UUID | None
    reason: Personal


class HoldReleased(Event, frozen=True, kw_only=True):
    """That hold is over; the order goes on if there is no other."""

    customer_id: UUID
    hold_id: UUID
    by: UUID


class DeliveryChanged(Event, frozen=True, kw_only=True):
    """It goes to another address."""

    SUBJECT = "customer_id"
    CONCERNS = ("customer_id",)
    SHOWS = ("number",)
    customer_id: UUID
    number: str
    by: UUID
    particulars: Annotated[Particulars, PERSONAL]


class BillingChanged(Event, frozen=True, kw_only=True):
    """The invoice will be made out to somebody else."""

    SUBJECT = "customer_id"
    CONCERNS = ("customer_id",)
    SHOWS = ("number",)
    customer_id: UUID
    number: str
    by: UUID
    particulars: Annotated[Particulars, PERSONAL]


class Noted(Event, frozen=True, kw_only=True):
    """Somebody who works here wrote something about it."""

    SUBJECT = "customer_id"
    customer_id: UUID
    note_id: UUID
    by: UUID
    text: Personal
    shown_to: NoteReader
