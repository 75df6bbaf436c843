"""An order: lines frozen when the draft was committed, one payment kept, one way to the reader."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from msgspec.structs import replace

from domain.orders import facts
from domain.orders.earnings import (
    Returned,
    ReturnedPart,
    charges_of,
    earned_by,
    part_of,
    refund_state_of,
)
from domain.orders.parts import (
    EDGES,
    MOST_LINES,
    ArtworkMissing,
    CancelReason,
    ChargedLine,
    LineKind,
    LinesWorthNothing,
    OrderCannotMove,
    OrderLine,
    OrderNotPayable,
    OrderState,
    Particulars,
    PaymentUnderWay,
    Purchase,
    RefundState,
    TooManyLines,
)
from domain.shared.aggregate import Aggregate, Event, event
from domain.shared.artwork import Artwork
from domain.shared.money import Money, total

ORDERS = UUID("3b0f5a0e-5c1b-4d8c-8a43-8d7a1f6b2c01")


class Order(Aggregate):
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

    class Delivered(facts.Delivered, frozen=True, kw_only=True):
        TOPIC = "order.delivered"

    class Cancelled(facts.Cancelled, frozen=True, kw_only=True):
        TOPIC = "order.cancelled"

    class Expired(facts.Expired, frozen=True, kw_only=True):
        TOPIC = "order.expired"

    class MoneyReturned(facts.MoneyReturned, frozen=True, kw_only=True):
        TOPIC = "order.money_returned"
        class_version = 2

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

    @property
    def total(self) -> Money:
        """What the order costs: the sum of its lines."""
        return total((line.gross for line in self.lines), self.lines[0].gross.currency)

    @property
    def charged_lines(self) -> tuple[OrderLine, ...]:
        """The lines at what was charged for them; at their prices while nothing was."""
        return tuple(replace(line, gross=self.charged[line.line_id]) for line in self.lines)

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

    def start_payment(self, attempt_id: UUID, *, takes_over: bool = False) -> None:
        """Let this attempt be the one that is open. One that takes over from another, which was
        waited for, is in time. Raises `OrderNotPayable`, `PaymentUnderWay`.
        """
        if self.open_attempt == attempt_id:
            return
        if self.state != "awaiting_payment":
            raise OrderNotPayable(state=self.state)
        if self.open_attempt:
            raise PaymentUnderWay(attempt_id=self.open_attempt)
        if self.now >= self.pay_by and not takes_over:
            raise OrderNotPayable(state="expired")
        self._happens(Order.PaymentStarted, attempt_id=attempt_id)

    def end_payment(self, attempt_id: UUID) -> None:
        """The attempt came to nothing; the customer can try again."""
        if self.open_attempt == attempt_id:
            self._happens(Order.PaymentEnded, attempt_id=attempt_id)

    def mark_paid(
        self,
        attempt_id: UUID,
        amount: Money,
        *,
        charged: tuple[ChargedLine, ...] = (),
        installments: int = 1,
    ) -> None:
        """Keep this attempt's money, which was `charged` for the lines; a second time changes
        nothing. Raises `OrderCannotMove`.
        """
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
            surcharge=amount - self.total,
            installments=installments,
            charged=charged,
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
        earned = earned_by(self.charged_lines, self.returned)
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
        """Money of the kept payment went back; each refund counts once, and of each line no more
        than was charged for it: what went back beyond that is not the order's.
        """
        if refund_id in self.refunds:
            return
        [line] = [each for each in self.charged_lines if each.line_id == line_id]
        before = self.returned[line_id]
        counted = min(amount, line.gross - before)
        if counted.amount <= 0:
            return
        self._happens(
            Order.MoneyReturned,
            refund_id=refund_id,
            line_id=line_id,
            amount=counted,
            refund_state=refund_state_of(self.paid, self.refunded + counted),
            part=part_of(line, counted, before=before, state=self.state),
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
        self.surcharge = self.paid
        self.installments = 1
        self.charged = {line.line_id: line.gross for line in self.lines}
        self.refunded = self.paid
        self.refunds: dict[UUID, Returned] = {}
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
    def _money_returned(
        self, refund_id: UUID, line_id: UUID, amount: Money, part: ReturnedPart
    ) -> None:
        self.refunds[refund_id] = Returned(
            line_id=line_id, amount=amount, net=part.net, kdv=part.kdv
        )
        self.refunded += amount
        self.returned[line_id] += amount
