"""A return: one thing of an order that a customer asks back, until it is fairly over."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from domain.returns import facts
from domain.returns.parts import (
    EDGES,
    ENDS,
    Claim,
    Condition,
    Granted,
    NothingToSend,
    PicturesMissing,
    ReasonUnsaid,
    ReturnCannotMove,
    ReturnState,
    TooManyPictures,
)
from domain.returns.policy import (
    MOST_PICTURES,
    REASONS,
    Remedy,
    RemedyNotOffered,
    must_be_returnable,
    remedies_for,
)
from domain.returns.settling import Settling
from domain.shared.aggregate import Aggregate, Event, event
from domain.shared.artwork import Artwork
from domain.shared.errors import NotFound
from domain.shared.money import Money
from domain.shared.text import is_blank

RETURNS = UUID("d3a1c5f7-5f43-4a0b-8b60-1a5b7c9e2f04")


class Return(Settling, Aggregate):
    """One claim about one line of an order. The state takes the steps of `EDGES`. The returns of a
    line follow one another: the next one begins when the one before has ended.
    """

    TOPIC = "return"

    class Requested(facts.Requested, frozen=True, kw_only=True):
        TOPIC = "return.requested"

    class PictureAdded(facts.PictureAdded, frozen=True, kw_only=True):
        TOPIC = "return.picture_added"

    class Approved(facts.Approved, frozen=True, kw_only=True):
        TOPIC = "return.approved"

    class Rejected(facts.Rejected, frozen=True, kw_only=True):
        TOPIC = "return.rejected"

    class Cancelled(facts.Cancelled, frozen=True, kw_only=True):
        TOPIC = "return.cancelled"

    class Reminded(facts.Reminded, frozen=True, kw_only=True):
        TOPIC = "return.reminded"

    class Lapsed(facts.Lapsed, frozen=True, kw_only=True):
        TOPIC = "return.lapsed"

    class Received(facts.Received, frozen=True, kw_only=True):
        TOPIC = "return.received"

    class RefundAsked(facts.RefundAsked, frozen=True, kw_only=True):
        TOPIC = "return.refund_asked"

    class RefundRefused(facts.RefundRefused, frozen=True, kw_only=True):
        TOPIC = "return.refund_refused"

    class Refunded(facts.Refunded, frozen=True, kw_only=True):
        TOPIC = "return.refunded"

    class ReprintAsked(facts.ReprintAsked, frozen=True, kw_only=True):
        TOPIC = "return.reprint_asked"

    class ReprintCalledOff(facts.ReprintCalledOff, frozen=True, kw_only=True):
        TOPIC = "return.reprint_called_off"

    class Reprinted(facts.Reprinted, frozen=True, kw_only=True):
        TOPIC = "return.reprinted"

    @staticmethod
    def id_of(line_id: UUID, turn: int) -> UUID:
        """The return of an order's line that comes after `turn` earlier ones. Two who ask at the
        same moment ask for the same one.
        """
        return uuid5(RETURNS, f"{line_id}/{turn}")

    @classmethod
    def request(
        cls,
        customer_id: UUID,
        claim: Claim,
        *,
        turn: int,
        said: str,
        at: tuple[datetime, datetime],
    ) -> Return:
        """A new return; `at` is now, and when staff are to have answered.

        Raises `PersonalisedGoods`, `ReasonNotForGoods`, `RemedyNotOffered`.
        """
        must_be_returnable(claim.goods, claim.reason)
        _must_offer(claim, claim.wanted)
        now, answer_by = at
        return cls.begin(
            cls.Requested,
            id=cls.id_of(claim.line_id, turn),
            now=now,
            customer_id=customer_id,
            order_id=claim.order_id,
            number=claim.number,
            line_id=claim.line_id,
            item=claim.item,
            reason=claim.reason,
            claim=claim,
            said=said,
            answer_by=answer_by,
        )

    @property
    def is_over(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.state in ENDS

    @property
    def uses_reprint(self) -> bool:
        """Whether one of the line's reprints was taken for it."""
        return self.copy is not None

    def must_be_of(self, customer_id: UUID) -> None:
        """Raises `NotFound` for everybody but its customer."""
        if self.customer_id != customer_id:
            raise NotFound(kind="return", id=self.id)

    def must_take_pictures(self) -> None:
        """Raises `ReturnCannotMove`, `TooManyPictures`."""
        if self.state != "requested":
            raise ReturnCannotMove(state=self.state, to="pictures")
        if len(self.pictures) >= MOST_PICTURES:
            raise TooManyPictures(most=MOST_PICTURES)

    def add_picture(self, picture: Artwork) -> None:
        """Show what is wrong; the same picture again changes nothing. Raises `ReturnCannotMove`,
        `TooManyPictures`.
        """
        if picture in self.pictures:
            return
        self.must_take_pictures()
        self._step(facts.PictureAdded, picture=picture)

    def approve(self, by: UUID, granted: Granted, *, instructions: str) -> None:
        """Agree. Raises `ReturnCannotMove`, `PicturesMissing`, `RemedyNotOffered`,
        `NothingToSend`.
        """
        if self.state == "approved" and self.decided_by == by and self.answer == instructions:
            before = self.granted
            if (before.remedy, before.send_back) == (granted.remedy, granted.send_back):
                return
        self._must_move_to("approved", also=("requested",))
        rule = REASONS[self.claim.reason]
        if len(self.pictures) < rule.pictures:
            raise PicturesMissing(pictures=len(self.pictures), needed=rule.pictures)
        _must_offer(self.claim, granted.remedy)
        if granted.send_back and not rule.there_is_something:
            raise NothingToSend("/send_back", reason=rule.reason)
        self._step(
            Return.Approved,
            by=by,
            remedy=granted.remedy,
            granted=granted,
            instructions=instructions,
        )

    def reject(self, by: UUID, said: str) -> None:
        """Disagree, with the claim or with what came back. Raises `ReturnCannotMove`,
        `ReasonUnsaid`.
        """
        if self.state == "rejected" and (self.decided_by, self.answer) == (by, said.strip()):
            return
        if is_blank(said):
            raise ReasonUnsaid("/said")
        self._must_move_to("rejected", also=("requested", "received"))
        because: facts.RejectedFor = "claim" if self.state == "requested" else "condition"
        self._step(facts.Rejected, by=by, because=because, said=said.strip())

    def cancel(self) -> None:
        """The customer keeps it. Raises `ReturnCannotMove`."""
        if self.state == "cancelled":
            return
        self._must_move_to("cancelled")
        self._step(facts.Cancelled)

    def remind(self) -> None:
        """Tell the customer once that it is waited for; ignored when it is not."""
        waits = self.state == "approved" and self.granted.send_by is not None
        if waits and not self.reminded:
            self._step(facts.Reminded, send_by=self.granted.send_by)

    def lapse(self) -> None:
        """It did not come back in time; ignored when it did, or need not, or before the time."""
        send_by = self.granted.send_by if self.state == "approved" else None
        if send_by is not None and self.now >= send_by:
            self._step(facts.Lapsed)

    def receive(self, by: UUID, condition: Condition, *, said: str) -> None:
        """It is back. Raises `ReturnCannotMove`."""
        if self.state == "received" and (self.condition, self.answer) == (condition, said.strip()):
            return
        self._must_move_to("received", also=("approved",))
        self._step(facts.Received, by=by, condition=condition, said=said.strip())

    def _must_move_to(self, state: ReturnState, *, also: tuple[ReturnState, ...] = ()) -> None:
        if state not in EDGES[self.state] or (also and self.state not in also):
            raise ReturnCannotMove(state=self.state, to=state)

    def _step(self, kind: type[Event], **told: Any) -> None:
        self.emit(
            getattr(Return, kind.__name__),
            customer_id=self.customer_id,
            order_id=self.claim.order_id,
            number=self.claim.number,
            line_id=self.claim.line_id,
            item=self.claim.item,
            **told,
        )

    @event(Requested)
    def __init__(self, customer_id: UUID, claim: Claim, said: str, answer_by: datetime) -> None:
        self.customer_id = customer_id
        self.claim = claim
        self.said = said
        self.answer_by = answer_by
        self.state: ReturnState = "requested"
        self.pictures: tuple[Artwork, ...] = ()
        self.granted: Granted
        self.remedy: Remedy | None = None
        self.decided_by: UUID | None = None
        self.answer = ""
        self.condition: Condition | None = None
        self.reminded = False
        self.was_received = False
        self.refund_ids: tuple[UUID, ...] = ()
        self.amount = claim.charged * 0
        self.refused = False
        self.copy: int | None = None
        self.called_off = 0

    @event(PictureAdded)
    def _picture_added(self, picture: Artwork) -> None:
        self.pictures = (*self.pictures, picture)

    @event(Approved)
    def _approved(self, by: UUID, granted: Granted, instructions: str) -> None:
        self.state = "approved"
        self.granted = granted
        self.remedy = granted.remedy
        self.decided_by = by
        self.answer = instructions

    @event(Rejected)
    def _rejected(self, by: UUID | None, said: str) -> None:
        self.state = "rejected"
        self.decided_by = by
        self.answer = said

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.state = "cancelled"

    @event(Reminded)
    def _reminded(self) -> None:
        self.reminded = True

    @event(Lapsed)
    def _lapsed(self) -> None:
        self.state = "lapsed"

    @event(Received)
    def _received(self, condition: Condition, said: str) -> None:
        self.state = "received"
        self.was_received = True
        self.condition = condition
        self.answer = said

    @event(RefundAsked)
    def _refund_asked(self, refund_id: UUID, amount: Money) -> None:
        self.state = "refunding"
        self.refund_ids = (*self.refund_ids, refund_id)
        self.amount = amount
        self.refused = False

    @event(RefundRefused)
    def _refund_refused(self) -> None:
        self.refused = True

    @event(Refunded)
    def _refunded(self, amount: Money) -> None:
        self.state = "refunded"
        self.amount = amount
        self.refused = False

    @event(ReprintAsked)
    def _reprint_asked(self, copy: int) -> None:
        self.state = "reprinting"
        self.copy = copy

    @event(ReprintCalledOff)
    def _reprint_called_off(self) -> None:
        self.state = "received" if self.was_received else "approved"
        self.copy = None
        self.called_off += 1

    @event(Reprinted)
    def _reprinted(self) -> None:
        self.state = "reprinted"


def _must_offer(claim: Claim, remedy: Remedy) -> None:
    allowed = remedies_for(claim.goods, claim.reason, charged=claim.charged)
    if remedy not in allowed:
        raise RemedyNotOffered("/remedy", remedy=remedy, allowed=", ".join(allowed))
