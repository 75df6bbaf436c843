"""An order: lines frozen when the draft was committed, one payment kept, one way to the reader."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid5

from domain.orders.earnings import EarnedLine, ReturnedPart, earned_by, part_of, refund_state_of
from domain.orders.parts import (
    EDGES,
    ArtworkMissing,
    CancelReason,
    LineKind,
    LinesWorthNothing,
    OrderCannotMove,
    OrderMethod,
    OrderNotPayable,
    OrderState,
    Particulars,
    PaymentUnderWay,
    Purchase,
    RefundState,
)
from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, event
from domain.shared.artwork import Artwork
from domain.shared.money import Money, total

ORDERS = UUID("3b0f5a0e-5c1b-4d8c-8a43-8d7a1f6b2c01")


class Order(Aggregate):
    """One order per draft, or per request for credits. The state takes the steps of `EDGES`;
    refunds are counted beside it.
    """

    TOPIC = "order"

    class Placed(Created, frozen=True, kw_only=True):
        TOPIC = "order.placed"
        class_version = 2
        SUBJECT = "customer_id"
        CONCERNS = ("customer_id",)
        SHOWS = ("number",)
        customer_id: UUID
        number: str
        purchase: Purchase
        particulars: Annotated[Particulars, PERSONAL]

    class PaymentStarted(Event, frozen=True, kw_only=True):
        TOPIC = "order.payment_started"
        customer_id: UUID
        attempt_id: UUID

    class PaymentEnded(Event, frozen=True, kw_only=True):
        TOPIC = "order.payment_ended"
        CONCERNS = ("customer_id",)
        SHOWS = ("attempt_id",)
        customer_id: UUID
        attempt_id: UUID

    class Paid(Event, frozen=True, kw_only=True):
        TOPIC = "order.paid"
        class_version = 2
        CONCERNS = ("customer_id",)
        SHOWS = ("number",)
        customer_id: UUID
        number: str
        draft_id: UUID | None
        method: OrderMethod
        designer_id: UUID | None
        attempt_id: UUID
        amount: Money
        credits: int = 0

    class DesignStarted(Event, frozen=True, kw_only=True):
        TOPIC = "order.design_started"
        CONCERNS = ("customer_id",)
        customer_id: UUID
        designer_id: UUID | None

    class ArtworkAttached(Event, frozen=True, kw_only=True):
        TOPIC = "order.artwork_attached"
        customer_id: UUID
        artwork: Artwork

    class ProductionStarted(Event, frozen=True, kw_only=True):
        TOPIC = "order.production_started"
        CONCERNS = ("customer_id",)
        SHOWS = ("number",)
        customer_id: UUID
        number: str
        print_digest: str

    class Shipped(Event, frozen=True, kw_only=True):
        TOPIC = "order.shipped"
        CONCERNS = ("customer_id",)
        SHOWS = ("number",)
        customer_id: UUID
        number: str
        shipment_id: UUID

    class Delivered(Event, frozen=True, kw_only=True):
        TOPIC = "order.delivered"
        CONCERNS = ("customer_id",)
        SHOWS = ("number",)
        customer_id: UUID
        number: str
        earned: tuple[EarnedLine, ...] = ()

    class Cancelled(Event, frozen=True, kw_only=True):
        TOPIC = "order.cancelled"
        CONCERNS = ("customer_id",)
        SHOWS = ("number", "reason")
        customer_id: UUID
        number: str
        reason: CancelReason
        paid_attempt_id: UUID | None

    class Expired(Event, frozen=True, kw_only=True):
        TOPIC = "order.expired"
        CONCERNS = ("customer_id",)
        SHOWS = ("number",)
        customer_id: UUID
        number: str

    class MoneyReturned(Event, frozen=True, kw_only=True):
        TOPIC = "order.money_returned"
        class_version = 2
        CONCERNS = ("customer_id",)
        SHOWS = ("amount", "refund_state")
        customer_id: UUID
        refund_id: UUID
        line_id: UUID
        amount: Money
        refund_state: RefundState
        part: ReturnedPart

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
        """A new order that awaits its payment. Raises `LinesWorthNothing`, `OrderOfNothing`."""
        worthless = any(line.gross.amount <= 0 for line in purchase.lines)
        if worthless or len({line.gross.currency for line in purchase.lines}) != 1:
            raise LinesWorthNothing(lines=len(purchase.lines))
        return cls.begin(
            cls.Placed,
            id=cls.id_of(purchase.source_id),
            now=now,
            customer_id=customer_id,
            number=number,
            purchase=purchase,
            particulars=particulars,
        )

    @property
    def total(self) -> Money:
        """What the order costs: the sum of its lines."""
        return total((line.gross for line in self.lines), self.lines[0].gross.currency)

    @property
    def refund_state(self) -> RefundState:
        """How much of what was paid went back."""
        return refund_state_of(self.paid, self.refunded)

    def may_move_to(self, state: OrderState) -> bool:
        """Whether there is a step from here to there, and all it needs is at hand."""
        if state == "in_production" and self.artwork is None:
            return False
        if state == "in_design" and self.method != "artist":
            return False
        if state == "delivered" and (self.state == "paid") != (self.method == "credits"):
            return False
        return state in EDGES[self.state]

    @property
    def credits(self) -> int:
        """How many credits were bought by it."""
        return sum(line.credits for line in self.lines)

    @property
    def is_settled(self) -> bool:
        """Whether neither goods nor money are still on their way."""
        if self.open_attempt:
            return False
        if self.state == "cancelled":
            return self.paid_attempt is None or self.refund_state == "fully"
        return self.state in {"delivered", "expired"}

    @property
    def takes_artwork(self) -> bool:
        """Whether the artist's final artwork may be attached now."""
        return self.method == "artist" and self.state in {"paid", "in_design"}

    def start_payment(self, attempt_id: UUID) -> None:
        """Let this attempt be the one that is open. Raises `OrderNotPayable`, `PaymentUnderWay`."""
        if self.open_attempt == attempt_id:
            return
        if self.state != "awaiting_payment":
            raise OrderNotPayable(state=self.state)
        if self.open_attempt:
            raise PaymentUnderWay(attempt_id=self.open_attempt)
        if self.now >= self.pay_by:
            raise OrderNotPayable(state="expired")
        self._happens(Order.PaymentStarted, attempt_id=attempt_id)

    def end_payment(self, attempt_id: UUID) -> None:
        """The attempt came to nothing; the customer can try again."""
        if self.open_attempt == attempt_id:
            self._happens(Order.PaymentEnded, attempt_id=attempt_id)

    def mark_paid(self, attempt_id: UUID, amount: Money) -> None:
        """Keep this attempt's money; a second time changes nothing. Raises `OrderCannotMove`."""
        if self.paid_attempt == attempt_id:
            return
        self._must_move_to("paid")
        self._happens(
            Order.Paid,
            number=self.number,
            draft_id=self.draft_id,
            method=self.method,
            designer_id=self.designer_id,
            attempt_id=attempt_id,
            amount=amount,
            credits=self.credits,
        )

    def start_design(self) -> None:
        """The artist works on it. Raises `OrderCannotMove`."""
        if self.state == "in_design":
            return
        self._must_move_to("in_design")
        self._happens(Order.DesignStarted, designer_id=self.designer_id)

    def attach_final_artwork(self, artwork: Artwork) -> None:
        """What the artist made and the customer approved. Raises `OrderCannotMove`."""
        if self.artwork == artwork:
            return
        if not self.takes_artwork:
            raise OrderCannotMove(state=self.state, to="artwork")
        self._happens(Order.ArtworkAttached, artwork=artwork)

    def start_production(self, print_digest: str) -> None:
        """It is being printed. Raises `ArtworkMissing`, `OrderCannotMove`."""
        if self.state == "in_production":
            return
        if self.artwork is None:
            raise ArtworkMissing(order_id=self.id)
        self._must_move_to("in_production")
        self._happens(Order.ProductionStarted, number=self.number, print_digest=print_digest)

    def ship(self, shipment_id: UUID) -> None:
        """The carrier has it. Raises `OrderCannotMove`."""
        if self.state == "shipped":
            return
        self._must_move_to("shipped")
        self._happens(Order.Shipped, number=self.number, shipment_id=shipment_id)

    def deliver(self) -> None:
        """The customer has it. Raises `OrderCannotMove`."""
        if self.state == "delivered":
            return
        self._must_move_to("delivered")
        earned = earned_by(self.lines, self.returned)
        self._happens(Order.Delivered, number=self.number, earned=earned)

    def cancel(self, reason: CancelReason) -> None:
        """Stop it before production; what was paid goes back. Raises `OrderCannotMove`."""
        if self.state == "cancelled":
            return
        self._must_move_to("cancelled")
        self._happens(
            Order.Cancelled,
            number=self.number,
            reason=reason,
            paid_attempt_id=self.paid_attempt,
        )

    def expire(self) -> None:
        """Nobody paid in time. While an attempt is open, or before the time, nothing happens."""
        waits = self.open_attempt is not None or self.now < self.pay_by
        if self.state == "awaiting_payment" and not waits:
            self._happens(Order.Expired, number=self.number)

    def record_refunded(self, refund_id: UUID, line_id: UUID, *, amount: Money) -> None:
        """Money of the kept payment went back; each refund counts once."""
        if refund_id in self.refunds:
            return
        [line] = [each for each in self.lines if each.line_id == line_id]
        part = part_of(line, amount, before=self.returned[line_id], state=self.state)
        self._happens(
            Order.MoneyReturned,
            refund_id=refund_id,
            line_id=line_id,
            amount=amount,
            refund_state=refund_state_of(self.paid, self.refunded + amount),
            part=part,
        )

    def _happens(self, kind: type[Event], **facts: Any) -> None:
        self.emit(kind, customer_id=self.customer_id, **facts)

    def _must_move_to(self, state: OrderState) -> None:
        if not self.may_move_to(state):
            raise OrderCannotMove(state=self.state, to=state)

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
        self.particulars = particulars
        self.state: OrderState = "awaiting_payment"
        self.open_attempt: UUID | None = None
        self.paid_attempt: UUID | None = None
        self.paid = Money.of(0, self.total.currency)
        self.refunded = self.paid
        self.refunds: set[UUID] = set()
        self.returned = {line.line_id: self.refunded for line in self.lines}
        self.print_digest: str | None = None
        self.shipment_id: UUID | None = None

    @event(PaymentStarted)
    def _payment_started(self, attempt_id: UUID) -> None:
        self.open_attempt = attempt_id

    @event(PaymentEnded)
    def _payment_ended(self) -> None:
        self.open_attempt = None

    @event(Paid)
    def _paid(self, attempt_id: UUID, amount: Money) -> None:
        self.state = "paid"
        self.paid_attempt = attempt_id
        if self.open_attempt == attempt_id:
            self.open_attempt = None
        self.paid = amount

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
