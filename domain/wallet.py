"""A customer's wallet: credits in lots, held for work and captured when the work is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import Conflict, Invalid, NotFound

WALLETS = UUID("0d6bd6a3-3f0e-4a59-9d0e-0f7a3c1f6f01")

CreditClass = Literal["promotional", "purchased"]
HoldEnd = Literal["captured", "released"]


class InsufficientCredits(Conflict):
    """Facts: `available` and `needed`."""


class UnknownHold(NotFound):
    """There is no such hold in this wallet."""


class HoldAlreadyClosed(Conflict):
    """The hold was captured, released or has expired before. Fact: `state`."""


class CreditsNotPositive(Invalid):
    """Credits are whole and at least 1."""


class Lot(Struct, frozen=True, kw_only=True):
    """Credits that came together. Promotional lots pay before purchased ones, the soonest to expire
    first; `remaining` counts what was neither captured nor expired.
    """

    lot_id: UUID
    credit_class: CreditClass
    origin: str
    remaining: int
    expires_at: datetime | None

    def good_at(self, moment: datetime) -> bool:
        """Whether the lot may pay at this moment."""
        return self.expires_at is None or moment < self.expires_at


class LotShare(Struct, frozen=True):
    """How much of a capture one lot paid."""

    lot_id: UUID
    credits: int


class Hold(Struct, frozen=True, kw_only=True):
    """Credits set aside for work that is under way."""

    hold_id: UUID
    shares: tuple[LotShare, ...]
    deadline: datetime

    @property
    def credits(self) -> int:
        return _sum_of(self.shares)


def _sum_of(shares: Sequence[LotShare]) -> int:
    return sum(share.credits for share in shares)


class Wallet(Aggregate):
    """Balance = sum of the lots' remainders; available = balance − open holds, never below 0."""

    TOPIC = "wallet"
    SNAPSHOTS = True
    customer_id: UUID
    lots: dict[UUID, Lot]
    holds: dict[UUID, Hold]
    ended: dict[UUID, HoldEnd]

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "wallet.opened"
        CONCERNS = ("customer_id",)
        customer_id: UUID

    class CreditsGranted(Event, frozen=True, kw_only=True):
        TOPIC = "wallet.credits_granted"
        CONCERNS = ("customer_id",)
        SHOWS = ("credits", "credit_class", "origin", "expires_at")
        customer_id: UUID
        lot_id: UUID
        credits: int
        credit_class: CreditClass
        origin: str
        expires_at: datetime | None

    class CreditsHeld(Event, frozen=True, kw_only=True):
        TOPIC = "wallet.credits_held"
        CONCERNS = ("customer_id",)
        SHOWS = ("hold_id", "credits", "purpose", "deadline")
        customer_id: UUID
        hold_id: UUID
        shares: tuple[LotShare, ...]
        purpose: str
        deadline: datetime

        @property
        def credits(self) -> int:
            return _sum_of(self.shares)

    class HoldCaptured(Event, frozen=True, kw_only=True):
        TOPIC = "wallet.hold_captured"
        CONCERNS = ("customer_id",)
        SHOWS = ("hold_id", "credits")
        customer_id: UUID
        hold_id: UUID
        shares: tuple[LotShare, ...]

        @property
        def credits(self) -> int:
            return _sum_of(self.shares)

    class HoldReleased(Event, frozen=True, kw_only=True):
        TOPIC = "wallet.hold_released"
        CONCERNS = ("customer_id",)
        SHOWS = ("hold_id", "credits", "reason")
        customer_id: UUID
        hold_id: UUID
        credits: int
        reason: str

    class CreditsExpired(Event, frozen=True, kw_only=True):
        TOPIC = "wallet.credits_expired"
        CONCERNS = ("customer_id",)
        SHOWS = ("credits",)
        customer_id: UUID
        lot_id: UUID
        credits: int

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
        return sum(hold.credits for hold in self.holds.values())

    @property
    def available(self) -> int:
        """What may be held now: lots that are good, less what open holds took from them."""
        return sum(self._free(lot) for lot in self.lots.values() if lot.good_at(self.now))

    def grant(
        self,
        lot_id: UUID,
        *,
        credits: int,
        credit_class: CreditClass,
        origin: str,
        expires_at: datetime | None = None,
    ) -> None:
        """Add a lot. The same `lot_id` twice is one lot."""
        if lot_id in self.lots:
            return
        if credits < 1:
            raise CreditsNotPositive("/credits", credits=credits)
        self.emit(
            Wallet.CreditsGranted,
            customer_id=self.customer_id,
            lot_id=lot_id,
            credits=credits,
            credit_class=credit_class,
            origin=origin,
            expires_at=expires_at,
        )

    def hold(self, hold_id: UUID, *, credits: int, purpose: str, deadline: datetime) -> None:
        """Set credits aside until `deadline`. The same `hold_id` twice is one hold.

        Raises `InsufficientCredits`.
        """
        if hold_id in self.holds or hold_id in self.ended:
            return
        if credits < 1:
            raise CreditsNotPositive("/credits", credits=credits)
        if credits > self.available:
            raise InsufficientCredits(available=self.available, needed=credits)
        self.emit(
            Wallet.CreditsHeld,
            customer_id=self.customer_id,
            hold_id=hold_id,
            shares=self._shares(credits),
            purpose=purpose,
            deadline=deadline,
        )

    def capture(self, hold_id: UUID) -> None:
        """Spend what was held; a second time changes nothing. Raises `HoldAlreadyClosed`."""
        if self.ended.get(hold_id) == "captured":
            return
        hold = self._open_hold(hold_id)
        self.emit(
            Wallet.HoldCaptured, customer_id=self.customer_id, hold_id=hold_id, shares=hold.shares
        )

    def release(self, hold_id: UUID, *, reason: str) -> None:
        """Give back what was held; a second time changes nothing. Raises `HoldAlreadyClosed`."""
        if self.ended.get(hold_id) == "released":
            return
        hold = self._open_hold(hold_id)
        self.emit(
            Wallet.HoldReleased,
            customer_id=self.customer_id,
            hold_id=hold_id,
            credits=hold.credits,
            reason=reason,
        )

    def expire(self) -> None:
        """Book the free credits of lots that are past their time as expired."""
        for lot in list(self.lots.values()):
            if not lot.good_at(self.now) and self._free(lot):
                self.emit(
                    Wallet.CreditsExpired,
                    customer_id=self.customer_id,
                    lot_id=lot.lot_id,
                    credits=self._free(lot),
                )

    def _open_hold(self, hold_id: UUID) -> Hold:
        if hold_id in self.ended:
            raise HoldAlreadyClosed(state=self.ended[hold_id])
        if hold_id not in self.holds:
            raise UnknownHold(hold_id=hold_id)
        return self.holds[hold_id]

    def _free(self, lot: Lot) -> int:
        taken = sum(
            share.credits
            for hold in self.holds.values()
            for share in hold.shares
            if share.lot_id == lot.lot_id
        )
        return lot.remaining - taken

    def _shares(self, credits: int) -> tuple[LotShare, ...]:
        good = [lot for lot in self.lots.values() if lot.good_at(self.now) and self._free(lot)]
        good.sort(
            key=lambda lot: (
                lot.credit_class != "promotional",
                lot.expires_at is None,
                lot.expires_at or self.now,
            )
        )
        shares, missing = [], credits
        for lot in good:
            share = min(missing, self._free(lot))
            if share:
                shares.append(LotShare(lot.lot_id, share))
            missing -= share
        return tuple(shares)

    @event(Opened)
    def __init__(self, customer_id: UUID) -> None:
        self.customer_id = customer_id
        self.lots = {}
        self.holds = {}
        self.ended = {}

    @event(CreditsGranted)
    def _credits_granted(
        self,
        lot_id: UUID,
        credits: int,
        credit_class: CreditClass,
        origin: str,
        expires_at: datetime | None,
    ) -> None:
        self.lots[lot_id] = Lot(
            lot_id=lot_id,
            credit_class=credit_class,
            origin=origin,
            remaining=credits,
            expires_at=expires_at,
        )

    @event(CreditsHeld)
    def _credits_held(
        self, hold_id: UUID, shares: tuple[LotShare, ...], deadline: datetime
    ) -> None:
        self.holds[hold_id] = Hold(hold_id=hold_id, shares=shares, deadline=deadline)

    @event(HoldCaptured)
    def _hold_captured(self, hold_id: UUID, shares: tuple[LotShare, ...]) -> None:
        self._end(hold_id, "captured")
        for share in shares:
            lot = self.lots[share.lot_id]
            self.lots[share.lot_id] = replace(lot, remaining=lot.remaining - share.credits)

    @event(HoldReleased)
    def _hold_released(self, hold_id: UUID) -> None:
        self._end(hold_id, "released")

    @event(CreditsExpired)
    def _credits_expired(self, lot_id: UUID, credits: int) -> None:
        lot = self.lots[lot_id]
        self.lots[lot_id] = replace(lot, remaining=lot.remaining - credits)

    def _end(self, hold_id: UUID, end: HoldEnd) -> None:
        del self.holds[hold_id]
        self.ended[hold_id] = end
