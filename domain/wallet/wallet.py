"""The wallet itself: what happens to credits, what may be decided, and what that adds up to."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.money import Money
from domain.wallet import facts
from domain.wallet.facts import ClawbackReason
from domain.wallet.holds import STILL_OPEN, EndedHold, Hold
from domain.wallet.lots import (
    NOTHING,
    CreditClass,
    Grant,
    Lot,
    LotShare,
    Origin,
    free_shares,
    held_shares,
    split,
    sum_of,
    without,
)
from domain.wallet.refusals import (
    HoldAlreadyClosed,
    InsufficientCredits,
    UnknownHold,
    ValueNotFit,
    must_be_positive,
)

WALLETS = UUID("0d6bd6a3-3f0e-4a59-9d0e-0f7a3c1f6f01")


class Wallet(Aggregate):
    """Balance = sum of the lots' remainders; available = balance − open holds, never below 0.

    There is no way from one wallet into another: credits are not transferred.
    """

    TOPIC = "wallet"
    SNAPSHOTS = True
    customer_id: UUID
    lots: dict[UUID, Lot]
    holds: dict[UUID, Hold]
    ended: dict[UUID, EndedHold]
    refunds: dict[UUID, int]
    clawbacks: dict[UUID, tuple[LotShare, ...]]

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "wallet.opened"
        CONCERNS = ("customer_id",)
        customer_id: UUID

    class CreditsGranted(facts.Granted, frozen=True, kw_only=True):
        TOPIC = "wallet.credits_granted"
        class_version = 2

    class CreditsHeld(facts.Held, frozen=True, kw_only=True):
        TOPIC = "wallet.credits_held"
        class_version = 2

    class HoldCaptured(facts.Captured, frozen=True, kw_only=True):
        TOPIC = "wallet.hold_captured"
        class_version = 2

    class HoldReleased(facts.Released, frozen=True, kw_only=True):
        TOPIC = "wallet.hold_released"
        class_version = 2

    class HoldExpired(facts.HoldLapsed, frozen=True, kw_only=True):
        TOPIC = "wallet.hold_expired"

    class CaptureRefunded(facts.Refunded, frozen=True, kw_only=True):
        TOPIC = "wallet.capture_refunded"

    class CreditsExpired(facts.Lapsed, frozen=True, kw_only=True):
        TOPIC = "wallet.credits_expired"
        class_version = 2

    class CreditsClawedBack(facts.ClawedBack, frozen=True, kw_only=True):
        TOPIC = "wallet.credits_clawed_back"

    @staticmethod
    def id_of(customer_id: UUID) -> UUID:
        """The one wallet of a customer."""
        return uuid5(WALLETS, str(customer_id))

    @classmethod
    def open(cls, customer_id: UUID, now: datetime) -> Wallet:
        """A new, empty wallet."""
        return cls.begin(cls.Opened, id=cls.id_of(customer_id), now=now, customer_id=customer_id)

    @property
    def balance(self) -> int:
        """Credits in all lots, good or expired, held or not."""
        return sum(lot.remaining for lot in self.lots.values())

    @property
    def held(self) -> int:
        """Credits in open holds."""
        return sum(lot.held for lot in self.lots.values())

    @property
    def available(self) -> int:
        """What may be held now: lots that are good, less what open holds took from them."""
        return sum(lot.free for lot in self._good())

    def unspent(self, order_id: UUID) -> tuple[LotShare, ...]:
        """What can be taken back of what was bought by an order, with the money it carries."""
        return tuple(free_shares(lot for lot in self._good() if lot.order_id == order_id))

    def grant(self, lot_id: UUID, grant: Grant) -> None:
        """Add a lot. The same `lot_id` twice is one lot."""
        if lot_id in self.lots:
            return
        must_be_positive(grant.credits)
        promotional = grant.credit_class == "promotional"
        if grant.value < NOTHING or (promotional and grant.value != NOTHING):
            raise ValueNotFit("/value", value=grant.value)
        self._happens(
            Wallet.CreditsGranted,
            lot_id=lot_id,
            credits=grant.credits,
            credit_class=grant.credit_class,
            origin=grant.origin,
            expires_at=grant.expires_at,
            value=grant.value,
            paid=grant.paid,
            kdv_rate=grant.kdv_rate,
            order_id=grant.order_id,
            entry_id=grant.entry_id,
        )

    def hold(
        self,
        hold_id: UUID,
        *,
        credits: int,
        purpose: str,
        deadline: datetime,
        reference: UUID | None = None,
    ) -> None:
        """Set credits aside until `deadline`. The same `hold_id` twice is one hold.

        Raises `InsufficientCredits`.
        """
        if hold_id in self.holds or hold_id in self.ended:
            return
        _must_be_there(credits, self.available)
        shares, _ = split(held_shares(self._good()), credits)
        self._happens(
            Wallet.CreditsHeld,
            hold_id=hold_id,
            shares=shares,
            purpose=purpose,
            reference=reference,
            deadline=deadline,
        )

    def capture(self, hold_id: UUID, credits: int | None = None) -> None:
        """Spend what was held, or so much of it, and give back the rest; a second time changes
        nothing. Raises `HoldAlreadyClosed` and `MoreThanHeld`.
        """
        if hold_id in self.ended and self.ended[hold_id].state == "captured":
            return
        hold = self._open_hold(hold_id)
        spent, rest = split(hold.shares, hold.part_of(credits))
        valued = tuple(self.lots[share.lot_id].part(share.credits) for share in spent)
        self._happens(Wallet.HoldCaptured, hold_id=hold_id, shares=valued, released=rest)

    def release(self, hold_id: UUID, *, reason: str) -> None:
        """Give back what was held; nothing changes when that has happened already, also by its
        deadline. Raises `HoldAlreadyClosed`.
        """
        if hold_id in self.ended and self.ended[hold_id].state != "captured":
            return
        hold = self._open_hold(hold_id)
        self._happens(
            Wallet.HoldReleased,
            hold_id=hold_id,
            shares=hold.shares,
            reason=reason,
        )

    def expire_hold(self, hold_id: UUID) -> None:
        """Give back what is held past its deadline; ignored before it, and when the hold ended."""
        hold = self.holds.get(hold_id)
        if hold is not None and self.now >= hold.deadline:
            self._happens(Wallet.HoldExpired, hold_id=hold_id, shares=hold.shares)

    def refund_capture(
        self, refund_id: UUID, *, hold_id: UUID, credits: int | None = None, reason: str
    ) -> None:
        """Give back what a capture spent, or so much of it, to the lots that paid: what was bought
        comes back first. The same `refund_id` twice is one refund.

        Raises `UnknownHold`, `NotCaptured` and `MoreThanSpent`.
        """
        if refund_id in self.refunds:
            return
        if hold_id not in self.ended and hold_id not in self.holds:
            raise UnknownHold(hold_id=hold_id)
        shares = self.ended.get(hold_id, STILL_OPEN).refundable(credits)
        self._happens(
            Wallet.CaptureRefunded,
            refund_id=refund_id,
            hold_id=hold_id,
            shares=shares,
            reason=reason,
        )

    def expire(self) -> None:
        """Book the free credits of lots that are past their time as expired."""
        for lot in list(self.lots.values()):
            if not lot.good_at(self.now):
                self._lapse(lot)

    def forfeit(self) -> None:
        """Give up all free credits with the account; they are booked like expired ones."""
        for lot in list(self.lots.values()):
            self._lapse(lot)

    def claw_back(self, clawback_id: UUID, *, order_id: UUID, credits: int | None = None) -> None:
        """Take back what an order bought, or at most so much of it, as far as it is neither spent
        nor held; `clawbacks` tells what that was. The same `clawback_id` twice is one clawback;
        where nothing is left, nothing happens.
        """
        left = self.unspent(order_id)
        shares, _ = split(left, sum_of(left) if credits is None else credits)
        self._claw_back(clawback_id, shares, reason="purchase_refunded", order_id=order_id)

    def adjust_down(
        self,
        clawback_id: UUID,
        *,
        credits: int,
        entry_id: UUID,
        credit_class: CreditClass | None = None,
    ) -> None:
        """Take back so many available credits, of one class or in spending order, for a manual
        entry. The same `clawback_id` twice is one clawback. Raises `InsufficientCredits`.
        """
        if clawback_id in self.clawbacks:
            return
        free = free_shares(lot for lot in self._good() if credit_class in {None, lot.credit_class})
        _must_be_there(credits, sum_of(free))
        shares, _ = split(free, credits)
        self._claw_back(clawback_id, shares, reason="manual", entry_id=entry_id)

    def _claw_back(
        self,
        clawback_id: UUID,
        shares: tuple[LotShare, ...],
        *,
        reason: ClawbackReason,
        order_id: UUID | None = None,
        entry_id: UUID | None = None,
    ) -> None:
        if clawback_id in self.clawbacks or not shares:
            return
        self._happens(
            Wallet.CreditsClawedBack,
            clawback_id=clawback_id,
            shares=shares,
            reason=reason,
            order_id=order_id,
            entry_id=entry_id,
        )

    def _happens(self, kind: type[Event], **facts: Any) -> None:
        self.emit(kind, customer_id=self.customer_id, **facts)

    def _open_hold(self, hold_id: UUID) -> Hold:
        if hold_id in self.ended:
            raise HoldAlreadyClosed(state=self.ended[hold_id].state)
        if hold_id not in self.holds:
            raise UnknownHold(hold_id=hold_id)
        return self.holds[hold_id]

    def _good(self) -> list[Lot]:
        return [lot for lot in self.lots.values() if lot.good_at(self.now)]

    @event(Opened)
    def __init__(self, customer_id: UUID) -> None:
        self.customer_id = customer_id
        self.lots = {}
        self.holds = {}
        self.ended = {}
        self.refunds = {}
        self.clawbacks = {}

    @event(CreditsGranted)
    def _credits_granted(
        self,
        lot_id: UUID,
        credits: int,
        credit_class: CreditClass,
        origin: Origin,
        expires_at: datetime | None,
        value: Money,
        order_id: UUID | None,
    ) -> None:
        self.lots[lot_id] = Lot(
            lot_id=lot_id,
            credit_class=credit_class,
            origin=origin,
            granted=credits,
            remaining=credits,
            held=0,
            value=value,
            order_id=order_id,
            expires_at=expires_at,
        )

    @event(CreditsHeld)
    def _credits_held(
        self,
        hold_id: UUID,
        shares: tuple[LotShare, ...],
        deadline: datetime,
    ) -> None:
        self.holds[hold_id] = Hold(hold_id=hold_id, shares=shares, deadline=deadline)
        for share in shares:
            self.lots[share.lot_id] = self.lots[share.lot_id].holding(share.credits)

    @event(HoldCaptured)
    def _hold_captured(self, hold_id: UUID, shares: tuple[LotShare, ...]) -> None:
        self._end(hold_id, EndedHold("captured", shares))
        self._take(shares)

    @event(HoldReleased)
    def _hold_released(self, hold_id: UUID) -> None:
        self._end(hold_id, EndedHold("released"))

    @event(HoldExpired)
    def _hold_expired(self, hold_id: UUID) -> None:
        self._end(hold_id, EndedHold("expired"))

    @event(CaptureRefunded)
    def _capture_refunded(
        self, refund_id: UUID, hold_id: UUID, shares: tuple[LotShare, ...]
    ) -> None:
        self.refunds[refund_id] = sum_of(shares)
        ended = self.ended[hold_id]
        self.ended[hold_id] = EndedHold("captured", without(ended.spent, shares))
        for share in shares:
            self.lots[share.lot_id] = self.lots[share.lot_id].with_back(share)

    @event(CreditsExpired)
    def _credits_expired(
        self, lot_id: UUID, credits: int, credit_class: CreditClass, value: Money
    ) -> None:
        self._take((LotShare(lot_id, credits, credit_class, value),))

    @event(CreditsClawedBack)
    def _credits_clawed_back(self, clawback_id: UUID, shares: tuple[LotShare, ...]) -> None:
        self.clawbacks[clawback_id] = shares
        self._take(shares)

    def _lapse(self, lot: Lot) -> None:
        if lot.free:
            gone = lot.part(lot.free)
            self._happens(
                Wallet.CreditsExpired,
                lot_id=lot.lot_id,
                credits=gone.credits,
                credit_class=gone.credit_class,
                value=gone.value,
            )

    def _end(self, hold_id: UUID, end: EndedHold) -> None:
        for share in self.holds.pop(hold_id).shares:
            self.lots[share.lot_id] = self.lots[share.lot_id].holding(-share.credits)
        self.ended[hold_id] = end

    def _take(self, shares: tuple[LotShare, ...]) -> None:
        for share in shares:
            self.lots[share.lot_id] = self.lots[share.lot_id].without(share)


def _must_be_there(credits: int, available: int) -> None:
    must_be_positive(credits)
    if credits > available:
        raise InsufficientCredits(available=available, needed=credits)
