"""An order: lines frozen when the draft was committed, one payment kept, one way to the reader."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from domain.orders import facts
from domain.orders.beside import BesideSteps
from domain.orders.earnings import charges_of
from domain.orders.parcels import Parcels
from domain.orders.parts import (
    MOST_LINES,
    ChargedLine,
    HoldKind,
    LinesWorthNothing,
    Note,
    NoteReader,
    OrderState,
    ParcelEnd,
    Particulars,
    Purchase,
    TooManyLines,
)
from domain.shared.aggregate import Aggregate, Event, event
from domain.shared.artwork import Artwork
from domain.shared.lines import LineKind
from domain.shared.money import Money

ORDERS = UUID("3b0f5a0e-5c1b-4d8c-8a43-8d7a1f6b2c01")


class Order(Aggregate, BesideSteps, Parcels):
    """One order per draft, or per request for credits. The state takes the steps of `EDGES`;
    refunds are counted beside it.
    """

    TOPIC = "order"

    class Placed(facts.Placed, frozen=True, kw_only=True):
        TOPIC = "order.placed"
        class_version = 2

    class PaymentStarted(facts.PaymentStarted, frozen=True, kw_only=True):
        TOPIC = "order.payment_started"

    class PaymentEnded(facts.PaymentEnded, frozen=True, kw_only=True):
        TOPIC = "order.payment_ended"

    class Paid(facts.Paid, frozen=True, kw_only=True):
        TOPIC = "order.paid"
        class_version = 3

    class DesignStarted(facts.DesignStarted, frozen=True, kw_only=True):
        TOPIC = "order.design_started"

    class ArtworkAttached(facts.ArtworkAttached, frozen=True, kw_only=True):
        TOPIC = "order.artwork_attached"

    class ProductionStarted(facts.ProductionStarted, frozen=True, kw_only=True):
        TOPIC = "order.production_started"

    class Shipped(facts.Shipped, frozen=True, kw_only=True):
        TOPIC = "order.shipped"

    class ParcelAdded(facts.ParcelAdded, frozen=True, kw_only=True):
        TOPIC = "order.parcel_added"

    class ParcelEnded(facts.ParcelEnded, frozen=True, kw_only=True):
        TOPIC = "order.parcel_ended"

    class Delivered(facts.Delivered, frozen=True, kw_only=True):
        TOPIC = "order.delivered"

    class Cancelled(facts.Cancelled, frozen=True, kw_only=True):
        TOPIC = "order.cancelled"

    class Expired(facts.Expired, frozen=True, kw_only=True):
        TOPIC = "order.expired"

    class MoneyReturned(facts.MoneyReturned, frozen=True, kw_only=True):
        TOPIC = "order.money_returned"
        class_version = 2

    class Held(facts.Held, frozen=True, kw_only=True):
        TOPIC = "order.held"

    class HoldReleased(facts.HoldReleased, frozen=True, kw_only=True):
        TOPIC = "order.hold_released"

    class DeliveryChanged(facts.DeliveryChanged, frozen=True, kw_only=True):
        TOPIC = "order.delivery_changed"

    class BillingChanged(facts.BillingChanged, frozen=True, kw_only=True):
        TOPIC = "order.billing_changed"

    class Noted(facts.Noted, frozen=True, kw_only=True):
        TOPIC = "order.noted"

    @staticmethod
    def id_of(source_id: UUID) -> UUID:
        """The one order of a draft, or of a request for credits."""
        return uuid5(ORDERS, str(source_id))

    @staticmethod
    def line_id_of(order_id: UUID, kind: LineKind) -> UUID:
        """The id of an order's line of this kind; there is at most one of each."""
        return uuid5(order_id, kind)

    @classmethod
    def place(
        cls,
        customer_id: UUID,
        purchase: Purchase,
        *,
        number: str,
        particulars: Particulars,
        now: datetime,
    ) -> Order:
        """A new order that awaits its payment.

        Raises `LinesWorthNothing`, `TooManyLines`, `OrderOfNothing`.
        """
        if len(purchase.lines) > MOST_LINES:
            raise TooManyLines(most=MOST_LINES)
        prices = [line.gross for line in purchase.lines]
        worthless = any(price.amount < 0 for price in prices) or not any(
            price.amount for price in prices
        )
        if worthless or len({price.currency for price in prices}) != 1:
            raise LinesWorthNothing(lines=len(prices))
        return cls.begin(
            cls.Placed,
            id=cls.id_of(purchase.source_id),
            now=now,
            customer_id=customer_id,
            number=number,
            purchase=purchase,
            particulars=particulars,
        )

    def _say(self, kind: type[Event], /, **told: Any) -> None:
        self.emit(getattr(type(self), kind.__name__), customer_id=self.customer_id, **told)

    @event(Placed)
    def __init__(
        self, customer_id: UUID, number: str, purchase: Purchase, particulars: Particulars
    ) -> None:
        self.customer_id = customer_id
        self.number = number
        self.draft_id = purchase.draft_id
        self.method = purchase.method
        self.lines = purchase.lines
        self.artwork = purchase.artwork
        self.designer_id = purchase.designer_id
        self.pay_by = purchase.pay_by
        self.coupons = purchase.coupons
        self.size = purchase.size
        self.paper = purchase.paper
        self.particulars = particulars
        self.state: OrderState = "awaiting_payment"
        self.open_attempt: UUID | None = None
        self.paid_attempt: UUID | None = None
        self.paid = Money.of(0, self.total.currency)
        self.surcharge = self.paid
        self.installments = 1
        self.charged = {line.line_id: line.gross for line in self.lines}
        self.refunded = self.paid
        self.refunds: set[UUID] = set()
        self.returned = {line.line_id: self.refunded for line in self.lines}
        self.print_digest: str | None = None
        self.shipment_id: UUID | None = None
        self.parcels: dict[UUID, ParcelEnd | None] = {}
        self.holds: dict[UUID, HoldKind] = {}
        self.released: set[UUID] = set()
        self.notes: dict[UUID, Note] = {}

    @event(PaymentStarted)
    def _payment_started(self, attempt_id: UUID) -> None:
        self.open_attempt = attempt_id

    @event(PaymentEnded)
    def _payment_ended(self) -> None:
        self.open_attempt = None

    @event(Paid)
    def _paid(
        self,
        attempt_id: UUID,
        amount: Money,
        surcharge: Money,
        installments: int,
        charged: tuple[ChargedLine, ...],
    ) -> None:
        self.state = "paid"
        self.paid_attempt = attempt_id
        if self.open_attempt == attempt_id:
            self.open_attempt = None
        self.paid = amount
        self.surcharge = surcharge
        self.installments = installments
        self.charged = charges_of(self.lines, charged)

    @event(DesignStarted)
    def _design_started(self) -> None:
        self.state = "in_design"

    @event(ArtworkAttached)
    def _artwork_attached(self, artwork: Artwork) -> None:
        self.artwork = artwork

    @event(ProductionStarted)
    def _production_started(self, print_digest: str) -> None:
        self.state = "in_production"
        self.print_digest = print_digest

    @event(Shipped)
    def _shipped(self, shipment_id: UUID) -> None:
        self.state = "shipped"
        self.shipment_id = shipment_id

    @event(ParcelAdded)
    def _parcel_added(self, shipment_id: UUID) -> None:
        self.parcels[shipment_id] = None

    @event(ParcelEnded)
    def _parcel_ended(self, shipment_id: UUID, end: ParcelEnd) -> None:
        self.parcels[shipment_id] = end

    @event(Delivered)
    def _delivered(self) -> None:
        self.state = "delivered"

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.state = "cancelled"

    @event(Expired)
    def _expired(self) -> None:
        self.state = "expired"

    @event(MoneyReturned)
    def _money_returned(self, refund_id: UUID, line_id: UUID, amount: Money) -> None:
        self.refunds.add(refund_id)
        self.refunded += amount
        self.returned[line_id] += amount

    @event(Held)
    def _held(self, hold_id: UUID, kind: HoldKind) -> None:
        self.holds[hold_id] = kind

    @event(HoldReleased)
    def _hold_released(self, hold_id: UUID) -> None:
        del self.holds[hold_id]
        self.released.add(hold_id)

    @event(DeliveryChanged)
    def _delivery_changed(self, particulars: Particulars) -> None:
        self.particulars = particulars

    @event(BillingChanged)
    def _billing_changed(self, particulars: Particulars) -> None:
        self.particulars = particulars

    @event(Noted)
    def _noted(self, note_id: UUID, by: UUID, text: str, shown_to: NoteReader) -> None:
        self.notes[note_id] = Note(by=by, text=text, shown_to=shown_to)
