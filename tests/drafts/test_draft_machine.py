"""Any order of requests, paintings, failures, cancels and waiting, against a model of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec import Struct

from application.bus import Command
from application.drafts import SelectCandidate
from application.generation import (
    CancelGeneration,
    ExpireGeneration,
    RecordGenerationFailed,
    RecordPainted,
    RecordPreview,
    RequestGeneration,
)
from application.store import Append, Store
from application.terms import Terms
from application.wallet import OpenWallet
from domain.drafts import Draft, DraftFrozen, DraftIncomplete, GenerationUnderWay
from domain.generation import Generation, GenerationEnded
from domain.shared.aggregate import Metadata
from domain.shared.errors import Refusal
from domain.wallet import InsufficientCredits, Wallet
from tests.drafts.examples import ADDRESS, CUSTOMER, DESCRIBE, DRAFT, ORDER, START, candidates
from tests.given import House

CREDITS = 1250
LADDER = (100, 200, 300)
OFTEN = st.sampled_from([True, True, True, False])
NUMBERS = st.integers(1, 6)
EVERY_END = (Generation.Completed, Generation.Failed, Generation.Expired, Generation.Cancelled)


class Painted(Struct):
    """What the model knows of a generation."""

    price: int
    deadline: datetime
    state: str = "requested"


class DraftMachine(RuleBasedStateMachine):
    """The handlers do the work; the model beside them is a few plain variables."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.house = House({Terms: Terms(welcome_credits=CREDITS)})
        self.generations: dict[UUID, Painted] = {}
        self.described = self.addressed = self.committed = False
        self.selected: tuple[UUID, int] | None = None

    def teardown(self) -> None:
        """Close the event loop of this run."""
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    def do(self, command: Command) -> type[Refusal] | None:
        """Carry it out, twice if it succeeds: the second time must change nothing."""
        try:
            self.run(self.house.do(command))
        except Refusal as refusal:
            return type(refusal)
        head = self.run(self.house.log.head())
        self.run(self.house.do(command))
        assert self.run(self.house.log.head()) == head
        return None

    def seen(self, kind: type[Any], aggregate_id: UUID) -> Any:
        return self.run(Store(self.house.log, self.house.clock.now()).get(kind, aggregate_id))

    @property
    def open(self) -> UUID | None:
        """The generation under way, noticed or not that its time is over."""
        under_way = [key for key, one in self.generations.items() if one.state == "requested"]
        assert len(under_way) <= 1
        return under_way[0] if under_way else None

    @property
    def spent(self) -> int:
        return sum(one.price for one in self.generations.values() if one.state == "completed")

    def is_late(self, key: UUID) -> bool:
        return self.house.clock.now() >= self.generations[key].deadline

    def knows(self, number: int) -> UUID | None:
        key = UUID(int=1000 + number)
        return key if key in self.generations else None

    @initialize(described=OFTEN, addressed=OFTEN)
    def begin(self, described: bool, addressed: bool) -> None:
        for command in (OpenWallet(customer_id=CUSTOMER), START):
            self.run(self.house.do(command))
        if described:
            self.describe()
        if addressed:
            self.give_addresses()

    @rule()
    def describe(self) -> None:
        refused = self.do(DESCRIBE)
        assert refused is (DraftFrozen if self.committed else None)
        self.described = True

    @rule()
    def give_addresses(self) -> None:
        refused = self.do(ADDRESS)
        assert refused is (DraftFrozen if self.committed else None)
        self.addressed = True

    @rule()
    def ask(self) -> None:
        key = UUID(int=1001 + len(self.generations))
        completed = [one for one in self.generations.values() if one.state == "completed"]
        price = LADDER[min(len(completed), 2)]
        refused = self.do(
            RequestGeneration(
                draft_id=DRAFT, customer_id=CUSTOMER, generation_id=key, prompt="bir dağ"
            )
        )
        if self.committed:
            assert refused is DraftFrozen
        elif not self.described:
            assert refused is DraftIncomplete
        elif self.open:
            assert refused is GenerationUnderWay
        elif price > CREDITS - self.spent:
            assert refused is InsufficientCredits
        else:
            assert refused is None
            deadline = self.house.clock.now() + timedelta(seconds=240)
            self.generations[key] = Painted(price, deadline)

    @rule(number=NUMBERS, variant=st.integers(0, 2))
    def preview(self, number: int, variant: int) -> None:
        if key := self.knows(number):
            command = RecordPreview(generation_id=key, variant=variant, preview_digest="c" * 64)
            assert self.do(command) is None

    @rule(number=NUMBERS)
    def paint_any(self, number: int) -> None:
        self.paint(number)

    def paint(self, number: int) -> None:
        if key := self.knows(number):
            assert self.do(RecordPainted(generation_id=key, candidates=candidates())) is None
            self._end(key, "expired" if self.is_late(key) else "completed")

    @rule()
    def ask_and_paint_in_time(self) -> None:
        self.ask()
        if self.open:
            self.paint(self.open.int - 1000)

    @precondition(lambda self: self.open)
    @rule(late=st.booleans())
    def paint_what_is_open(self, late: bool) -> None:
        key = self.open
        assert key is not None
        if late:
            self.house.clock.pass_(seconds=240)
        self.paint(key.int - 1000)

    @precondition(lambda self: any(each.state == "completed" for each in self.generations.values()))
    @rule(variant=st.integers(0, 2))
    def select_what_was_painted(self, variant: int) -> None:
        done = [key for key, one in self.generations.items() if one.state == "completed"]
        self.select(done[-1].int - 1000, variant)

    @rule(number=NUMBERS)
    def fail(self, number: int) -> None:
        if key := self.knows(number):
            assert self.do(RecordGenerationFailed(generation_id=key, reason="x")) is None
            self._end(key, "failed")

    @rule(number=NUMBERS)
    def ring(self, number: int) -> None:
        if key := self.knows(number):
            assert self.do(ExpireGeneration(generation_id=key)) is None
            if self.is_late(key):
                self._end(key, "expired")

    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        if key := self.knows(number):
            state = self.generations[key].state
            refused = self.do(
                CancelGeneration(draft_id=DRAFT, customer_id=CUSTOMER, generation_id=key)
            )
            assert refused is (None if state in {"requested", "cancelled"} else GenerationEnded)
            self._end(key, "cancelled")

    @rule(number=NUMBERS, variant=st.integers(0, 2))
    def select_any(self, number: int, variant: int) -> None:
        self.select(number, variant)

    def select(self, number: int, variant: int) -> None:
        key = UUID(int=1000 + number)
        refused = self.do(
            SelectCandidate(
                draft_id=DRAFT, customer_id=CUSTOMER, generation_id=key, variant=variant
            )
        )
        known = self.knows(number)
        if known and self.generations[known].state == "completed" and not self.committed:
            assert refused is None
            self.selected = (key, variant)
        else:
            assert refused is not None

    @rule(seconds=st.sampled_from([1, 60, 239, 240, 1000]))
    def wait(self, seconds: int) -> None:
        self.house.clock.pass_(seconds=seconds)

    @rule()
    def commit(self) -> None:
        refused = self.run(self._commit())
        complete = self.described and self.addressed and self.selected
        if self.committed:
            assert refused is None
        elif not complete:
            assert refused is DraftIncomplete
        elif self.open:
            assert refused is GenerationUnderWay
        else:
            assert refused is None
            self.committed = True

    @invariant()
    def the_draft_is_what_the_model_says(self) -> None:
        if not self.house.log.recorded:
            return
        draft: Draft = self.seen(Draft, DRAFT)
        assert draft.open_generation == self.open
        assert draft.selected == self.selected
        assert (draft.order_id is not None) == self.committed

    @invariant()
    def every_credit_is_accounted_for(self) -> None:
        if not self.house.log.recorded:
            return
        wallet: Wallet = self.seen(Wallet, Wallet.id_of(CUSTOMER))
        held = self.generations[self.open].price if self.open else 0
        assert (wallet.balance, wallet.held) == (CREDITS - self.spent, held)
        assert wallet.available >= 0

    @invariant()
    def every_generation_and_hold_ends_at_most_once(self) -> None:
        happened = self.house.happened()
        ended = sum(happened.count(kind) for kind in EVERY_END)
        closed = happened.count(Wallet.HoldCaptured) + happened.count(Wallet.HoldReleased)
        over = [one for one in self.generations.values() if one.state != "requested"]
        assert ended == closed == len(over)

    def _end(self, key: UUID, state: str) -> None:
        if self.generations[key].state == "requested":
            self.generations[key].state = state

    async def _commit(self) -> type[Refusal] | None:
        """What committing an order does to the draft; the rest of it is the orders' story."""
        store = Store(self.house.log, self.house.clock.now())
        draft = await store.get(Draft, DRAFT)
        try:
            draft.commit(ORDER)
        except Refusal as refusal:
            return type(refusal)
        store.save(draft)
        facts = Metadata(command_id=ORDER, command="CommitDraft", correlation_id=ORDER)
        await self.house.log.append(Append(events=store.pending(), metadata=facts))
        return None


TestDraftMachine = DraftMachine.TestCase
TestDraftMachine.settings = settings(max_examples=80, stateful_step_count=80, deadline=None)
