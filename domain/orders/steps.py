"""The steps of an order: what may be decided where it stands, and what that means for its money."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from domain.orders import facts
from domain.orders.earnings import earned_by, part_of, refund_state_of
from domain.orders.parts import (
    EDGES,
    HELD_BACK,
    ArtworkMissing,
    CancelReason,
    ChargedLine,
    HoldKind,
    OrderCannotMove,
    OrderHeld,
    OrderLine,
    OrderMethod,
    OrderNotPayable,
    OrderState,
    PaymentUnderWay,
    RefundState,
)
from domain.shared.aggregate import Event
from domain.shared.artwork import Artwork
from domain.shared.money import Money, total


class Steps:
    """The part of an order that decides on its way from the till to the reader."""

    number: str
    draft_id: UUID | None
    method: OrderMethod
    lines: tuple[OrderLine, ...]
    artwork: Artwork | None
    designer_id: UUID | None
    pay_by: datetime
    state: OrderState
    open_attempt: UUID | None
    paid_attempt: UUID | None
    paid: Money
    charged: dict[UUID, Money]
    refunded: Money
    refunds: set[UUID]
    returned: dict[UUID, Money]
    holds: dict[UUID, HoldKind]

    @property
    @abstractmethod
    def id(self) -> UUID:
        """The order's id."""

    @property
    @abstractmethod
    def is_held(self) -> bool:
        """Whether somebody has to look at it before it goes on."""

    @property
    @abstractmethod
    def now(self) -> datetime:
        """The moment at which the present decisions are taken."""

    @abstractmethod
    def _say(self, kind: type[Event], /, **told: Any) -> None:
        """Let an event happen; its kind is that of the order with the same name."""

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

    def has_edge_to(self, state: OrderState) -> bool:
        """Whether an order ever goes there from where this one is."""
        return state in EDGES[self.state]

    def may_move_to(self, state: OrderState) -> bool:
        """Whether there is a step from here to there, and all it needs is at hand."""
        if self.is_held and state in HELD_BACK:
            return False
        if state == "in_production" and self.artwork is None:
            return False
        if state == "in_design" and self.method != "artist":
            return False
        if state == "delivered" and (self.state == "paid") != (self.method == "credits"):
            return False
        return self.has_edge_to(state)

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
        self._say(facts.PaymentStarted, attempt_id=attempt_id)

    def end_payment(self, attempt_id: UUID) -> None:
        """The attempt came to nothing; the customer can try again."""
        if self.open_attempt == attempt_id:
            self._say(facts.PaymentEnded, attempt_id=attempt_id)

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
        self._say(
            facts.Paid,
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
        self._say(facts.DesignStarted, designer_id=self.designer_id)

    def attach_final_artwork(self, artwork: Artwork) -> None:
        """What the artist made and the customer approved. Raises `OrderCannotMove`."""
        if self.artwork == artwork:
            return
        if not self.takes_artwork:
            raise OrderCannotMove(state=self.state, to="artwork")
        self._say(facts.ArtworkAttached, artwork=artwork)

    def start_production(self, print_digest: str) -> None:
        """It is being printed. Raises `ArtworkMissing`, `OrderHeld`, `OrderCannotMove`."""
        if self.state == "in_production":
            return
        if self.artwork is None:
            raise ArtworkMissing(order_id=self.id)
        self._must_move_to("in_production")
        self._say(facts.ProductionStarted, number=self.number, print_digest=print_digest)

    def deliver(self) -> None:
        """The customer has it. Raises `OrderCannotMove`."""
        if self.state == "delivered":
            return
        self._must_move_to("delivered")
        earned = earned_by(self.charged_lines, self.returned)
        self._say(facts.Delivered, number=self.number, earned=earned)

    def cancel(self, reason: CancelReason) -> None:
        """Stop it before production; what was paid goes back. Raises `OrderCannotMove`."""
        if self.state == "cancelled":
            return
        self._must_move_to("cancelled")
        self._say(
            facts.Cancelled,
            number=self.number,
            reason=reason,
            paid_attempt_id=self.paid_attempt,
        )

    def expire(self) -> None:
        """Nobody paid in time. While an attempt is open, or before the time, nothing happens."""
        waits = self.open_attempt is not None or self.now < self.pay_by
        if self.state == "awaiting_payment" and not waits:
            self._say(facts.Expired, number=self.number)

    def record_refunded(self, refund_id: UUID, line_id: UUID, *, amount: Money) -> None:
        """Money of the kept payment went back; each refund counts once, and of each line no more
        than was charged for it: what went back beyond that is not the order's.
        """
        if refund_id in self.refunds or self.paid_attempt is None:
            return
        [line] = [each for each in self.charged_lines if each.line_id == line_id]
        before = self.returned[line_id]
        counted = min(amount, line.gross - before)
        if counted.amount <= 0:
            return
        self._say(
            facts.MoneyReturned,
            refund_id=refund_id,
            line_id=line_id,
            amount=counted,
            refund_state=refund_state_of(self.paid, self.refunded + counted),
            part=part_of(line, counted, before=before, state=self.state),
        )

    def _must_move_to(self, state: OrderState) -> None:
        if self.is_held and state in HELD_BACK and self.has_edge_to(state):
            raise OrderHeld(kinds=", ".join(sorted(set(self.holds.values()))))
        if not self.may_move_to(state):
            raise OrderCannotMove(state=self.state, to=state)
