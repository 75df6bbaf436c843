"""A wallet against an independent model: a plain list of transactions, added up from nothing."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)

from domain.shared.aggregate import Event
from domain.shared.errors import Refusal
from domain.shared.money import Money
from domain.wallet import Grant, InsufficientCredits, LotShare, Wallet
from tests.given import NOW

CUSTOMER = UUID(int=1)
CREDITS = st.integers(min_value=1, max_value=30)
DAYS = st.one_of(st.none(), st.integers(min_value=1, max_value=6))
HOURS = st.integers(min_value=0, max_value=60)
KURUS = st.integers(min_value=0, max_value=5_000)
ORDERS = st.sampled_from([UUID(int=11), UUID(int=12)])
FOREVER = datetime.max.replace(tzinfo=NOW.tzinfo)


class Coin:
    """One credit. It is free, held by somebody, spent by somebody, expired, or taken back."""

    def __init__(self, lot: UUID) -> None:
        self.lot = lot
        self.state = "free"
        self.by: UUID | None = None


class Deal:
    """What is known of a lot."""

    def __init__(self, grant: Grant) -> None:
        self.promotional = grant.credit_class == "promotional"
        self.end = grant.expires_at or FOREVER
        self.order = grant.order_id
        self.value = grant.value.amount


class WalletMachine(RuleBasedStateMachine):
    """Does to a wallet and to a heap of coins whatever comes, in any order, and compares.

    The coins know nothing of shares, remainders or sums: each is moved alone, and every figure is
    counted anew each time.
    """

    holds = Bundle("holds")

    @initialize()
    def open(self) -> None:
        self.now: datetime = NOW
        self.wallet = Wallet.open(CUSTOMER, self.now)
        self.coins: list[Coin] = []
        self.deals: dict[UUID, Deal] = {}
        self.deadlines: dict[UUID, datetime] = {}
        self.gone: dict[UUID, Decimal] = {}
        self.history: list[Event] = self._news()
        self.counter = 100

    @rule(credits=CREDITS, days=DAYS, kurus=KURUS, order=ORDERS, promotional=st.booleans())
    def grant(
        self, credits: int, days: int | None, kurus: int, order: UUID, promotional: bool
    ) -> None:
        lot_id = self._id()
        grant = Grant(
            credits=credits,
            credit_class="promotional" if promotional else "purchased",
            origin="manual" if promotional else "purchase",
            expires_at=None if days is None else self.now + timedelta(days=days),
            value=Money.of(0 if promotional else Decimal(kurus) / 100),
            order_id=None if promotional else order,
        )
        for _ in range(2):
            self.wallet.grant(lot_id, grant)
        self.deals[lot_id] = Deal(grant)
        self.gone[lot_id] = Decimal(0)
        self.coins += [Coin(lot_id) for _ in range(credits)]

    @rule(target=holds, credits=CREDITS, hours=HOURS)
    def hold(self, credits: int, hours: int) -> UUID:
        hold_id, deadline = self._id(), self.now + timedelta(hours=hours)
        free = self._payers()
        enough = credits <= len(free)
        for _ in range(2):
            with nullcontext() if enough else pytest.raises(InsufficientCredits):
                self.wallet.hold(hold_id, credits=credits, purpose="test", deadline=deadline)
        if enough:
            self._move(free[:credits], "held", hold_id)
            self.deadlines[hold_id] = deadline
        return hold_id

    @rule(hold_id=holds, part=st.one_of(st.none(), st.integers(1, 30)))
    def capture(self, hold_id: UUID, part: int | None) -> None:
        held = self._ordered("held", hold_id)
        if not held or (part or 0) > len(held):
            self._changes_nothing(lambda: self.wallet.capture(hold_id, part))
            return
        for _ in range(2):
            self.wallet.capture(hold_id, part)
        count = part or len(held)
        self._move(held[:count], "spent", hold_id)
        self._move(held[count:], "free", None)

    @rule(hold_id=holds)
    def release(self, hold_id: UUID) -> None:
        held = self._ordered("held", hold_id)
        if held:
            self.wallet.release(hold_id, reason="test")
            self._move(held, "free", None)
        else:
            self._changes_nothing(lambda: self.wallet.release(hold_id, reason="test"))

    @rule(hold_id=holds)
    def hold_expires(self, hold_id: UUID) -> None:
        held = self._ordered("held", hold_id)
        if held and self.deadlines[hold_id] <= self.now:
            self.wallet.expire_hold(hold_id)
            self._move(held, "free", None)
        else:
            self._changes_nothing(lambda: self.wallet.expire_hold(hold_id))

    @rule(hold_id=holds, part=st.one_of(st.none(), st.integers(1, 30)))
    def refund(self, hold_id: UUID, part: int | None) -> None:
        refund_id = self._id()
        spent = self._ordered("spent", hold_id)[::-1]
        count = part or len(spent)

        def asked() -> None:
            self.wallet.refund_capture(refund_id, hold_id=hold_id, credits=part, reason="test")

        if not spent or count > len(spent):
            self._changes_nothing(asked)
            return
        for _ in range(2):
            asked()
        self._move(spent[:count], "free", None)

    @rule(order=ORDERS, most=st.one_of(st.none(), CREDITS))
    def claw_back(self, order: UUID, most: int | None) -> None:
        clawback_id = self._id()
        left = [coin for coin in self._payers() if self.deals[coin.lot].order == order]
        taken = left if most is None else left[:most]
        for _ in range(2):
            self.wallet.claw_back(clawback_id, order_id=order, credits=most)
        self._move(taken, "taken", None)

    @rule(credits=CREDITS)
    def adjust_down(self, credits: int) -> None:
        clawback_id, free = self._id(), self._payers()
        enough = credits <= len(free)
        for _ in range(2):
            with nullcontext() if enough else pytest.raises(InsufficientCredits):
                self.wallet.adjust_down(clawback_id, credits=credits, entry_id=clawback_id)
        if enough:
            self._move(free[:credits], "taken", None)

    @rule(hours=st.integers(min_value=1, max_value=72))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)
        self.wallet.at(self.now)

    @rule()
    def expire(self) -> None:
        self.wallet.expire()
        late = [coin for coin in self.coins if self.deals[coin.lot].end <= self.now]
        self._move([coin for coin in late if coin.state == "free"], "expired", None)

    @invariant()
    def balances_agree(self) -> None:
        alive = [coin for coin in self.coins if coin.state in {"free", "held"}]
        assert self.wallet.balance == len(alive)
        assert self.wallet.held == sum(coin.state == "held" for coin in alive)
        assert self.wallet.available == len(self._payers())
        for lot_id, lot in self.wallet.lots.items():
            assert lot.remaining == sum(coin.lot == lot_id for coin in alive)
            assert lot.held == sum(coin.lot == lot_id and coin.state == "held" for coin in alive)
            assert 0 <= lot.held <= lot.remaining <= lot.granted

    @invariant()
    def holds_agree(self) -> None:
        held = {coin.by for coin in self.coins if coin.state == "held"}
        assert self.wallet.holds.keys() == held

    @invariant()
    def money_is_neither_made_nor_lost(self) -> None:
        self.history += self._news()
        for lot_id, lot in self.wallet.lots.items():
            moved = sum(
                (sign * share.value.amount)
                for event in self.history
                for sign, share in _valued(event)
                if share.lot_id == lot_id
            )
            assert lot.value.amount + moved == self.deals[lot_id].value
            assert lot.value.amount >= 0
            if not lot.remaining:
                assert lot.value.amount == 0

    @invariant()
    def history_replays_to_the_same_wallet(self) -> None:
        self.history += self._news()
        copy: Wallet = self.history[0].mutate(None)
        for event in self.history[1:]:
            event.mutate(copy)
        assert copy.at(self.now) == self.wallet

    def _payers(self) -> list[Coin]:
        good = [
            coin
            for coin in self.coins
            if coin.state == "free" and self.now < self.deals[coin.lot].end
        ]
        return sorted(good, key=self._turn)

    def _ordered(self, state: str, by: UUID) -> list[Coin]:
        found = [coin for coin in self.coins if coin.state == state and coin.by == by]
        return sorted(found, key=self._turn)

    def _turn(self, coin: Coin) -> tuple[bool, datetime]:
        deal = self.deals[coin.lot]
        return not deal.promotional, deal.end

    def _move(self, coins: list[Coin], state: str, by: UUID | None) -> None:
        for coin in coins:
            coin.state, coin.by = state, by

    def _changes_nothing(self, decide: object) -> None:
        assert callable(decide)
        with suppress(Refusal):
            decide()
        assert not self.wallet.pending_events

    def _news(self) -> list[Event]:
        return [each for each in self.wallet.collect_events() if isinstance(each, Event)]

    def _id(self) -> UUID:
        self.counter += 1
        return UUID(int=self.counter)


def _valued(event: Event) -> list[tuple[int, LotShare]]:
    """The money that left lots by an event, or came back (−)."""
    match event:
        case Wallet.HoldCaptured() | Wallet.CreditsClawedBack():
            return [(1, share) for share in event.shares]
        case Wallet.CaptureRefunded():
            return [(-1, share) for share in event.shares]
        case Wallet.CreditsExpired():
            return [(1, LotShare(event.lot_id, event.credits, event.credit_class, event.value))]
    return []


TestWalletMachine = WalletMachine.TestCase
TestWalletMachine.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
