"""A wallet against an independent model: a plain list of transactions, added up from nothing."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
)

from domain.shared.aggregate import Event
from domain.wallet import Grant, HoldAlreadyClosed, InsufficientCredits, UnknownHold, Wallet
from tests.given import NOW

CUSTOMER = UUID(int=1)
CREDITS = st.integers(min_value=1, max_value=30)
DAYS = st.one_of(st.none(), st.integers(min_value=1, max_value=6))


class Entry:
    """One movement of a lot's credits: granted, taken by a hold, spent, or expired."""

    def __init__(self, lot: UUID, kind: str, credits: int, hold: UUID | None = None) -> None:
        self.lot, self.kind, self.credits, self.hold = lot, kind, credits, hold


class WalletMachine(RuleBasedStateMachine):
    """Does to a wallet and to the book whatever comes, in any order, and compares."""

    lots = Bundle("lots")
    holds = Bundle("holds")

    @initialize()
    def open(self) -> None:
        self.now: datetime = NOW
        self.wallet = Wallet.open(CUSTOMER, self.now)
        self.book: list[Entry] = []
        self.ends: dict[UUID, tuple[bool, datetime | None]] = {}
        self.open_holds: set[UUID] = set()
        self.history: list[Event] = self._news()
        self.counter = 100

    @rule(target=lots, credits=CREDITS, days=DAYS, promotional=st.booleans())
    def grant(self, credits: int, days: int | None, promotional: bool) -> UUID:
        lot_id = self._id()
        end = None if days is None else self.now + timedelta(days=days)
        for _ in range(2):
            self.wallet.grant(
                lot_id,
                Grant(
                    credits=credits,
                    credit_class="promotional" if promotional else "purchased",
                    origin="manual",
                    expires_at=end,
                ),
            )
        self.book.append(Entry(lot_id, "granted", credits))
        self.ends[lot_id] = (promotional, end)
        return lot_id

    @rule(target=holds, credits=CREDITS)
    def hold(self, credits: int) -> UUID:
        hold_id = self._id()
        enough = credits <= self._available()
        for _ in range(2):
            with nullcontext() if enough else pytest.raises(InsufficientCredits):
                self.wallet.hold(hold_id, credits=credits, purpose="test", deadline=self.now)
        if enough:
            self._take(hold_id, credits)
        return hold_id

    @rule(hold_id=holds)
    def capture(self, hold_id: UUID) -> None:
        if hold_id in self.open_holds:
            self.wallet.capture(hold_id)
            for entry in self.book:
                if entry.hold == hold_id:
                    entry.kind = "spent"
            self.open_holds.remove(hold_id)
        else:
            self._changes_nothing(lambda: self.wallet.capture(hold_id))

    @rule(hold_id=consumes(holds))
    def release(self, hold_id: UUID) -> None:
        if hold_id in self.open_holds:
            self.wallet.release(hold_id, reason="test")
            self.book = [entry for entry in self.book if entry.hold != hold_id]
            self.open_holds.remove(hold_id)
        else:
            self._changes_nothing(lambda: self.wallet.release(hold_id, reason="test"))

    @rule(days=st.integers(min_value=1, max_value=4))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.wallet.at(self.now)

    @rule()
    def expire(self) -> None:
        self.wallet.expire()
        for lot, (_, end) in self.ends.items():
            if end is not None and end <= self.now and self._free(lot):
                self.book.append(Entry(lot, "expired", self._free(lot)))

    @invariant()
    def balances_agree(self) -> None:
        taken = ("taken",)
        balance = sum(self._remaining(lot) for lot in self.ends)
        assert self.wallet.balance == balance
        assert self.wallet.held == sum(e.credits for e in self.book if e.kind in taken)
        assert self.wallet.available == self._available() >= 0
        assert {lot.lot_id: lot.remaining for lot in self.wallet.lots.values()} == {
            lot: self._remaining(lot) for lot in self.ends
        }

    @invariant()
    def history_replays_to_the_same_wallet(self) -> None:
        self.history += self._news()
        copy: Wallet = self.history[0].mutate(None)
        for event in self.history[1:]:
            event.mutate(copy)
        assert copy.at(self.now) == self.wallet

    def _take(self, hold_id: UUID, credits: int) -> None:
        order = sorted(
            (lot for lot in self.ends if self._good(lot) and self._free(lot)),
            key=lambda lot: (
                not self.ends[lot][0],
                self.ends[lot][1] or datetime.max.replace(tzinfo=self.now.tzinfo),
            ),
        )
        for lot in order:
            share = min(credits, self._free(lot))
            if share:
                self.book.append(Entry(lot, "taken", share, hold_id))
            credits -= share
        self.open_holds.add(hold_id)

    def _changes_nothing(self, decide: object) -> None:
        assert callable(decide)
        with suppress(HoldAlreadyClosed, UnknownHold):
            decide()
        assert not self.wallet.pending_events

    def _good(self, lot: UUID) -> bool:
        end = self.ends[lot][1]
        return end is None or self.now < end

    def _remaining(self, lot: UUID) -> int:
        signs = {"granted": 1, "taken": 0, "spent": -1, "expired": -1}
        return sum(signs[e.kind] * e.credits for e in self.book if e.lot == lot)

    def _free(self, lot: UUID) -> int:
        taken = sum(e.credits for e in self.book if e.lot == lot and e.kind == "taken")
        return self._remaining(lot) - taken

    def _available(self) -> int:
        return sum(self._free(lot) for lot in self.ends if self._good(lot))

    def _news(self) -> list[Event]:
        return [each for each in self.wallet.collect_events() if isinstance(each, Event)]

    def _id(self) -> UUID:
        self.counter += 1
        return UUID(int=self.counter)


TestWalletMachine = WalletMachine.TestCase
TestWalletMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
