"""Commands that change the same streams take turns, and nobody else waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from adapters.memory_log import MemoryLog
from application import bus as bus_module
from application import turns as turns_module
from application.bus import Bus, Command, handles
from application.store import Append, Loaded, LogUnavailable, Store
from application.turns import HANDED_ON, Crowded, Turns
from domain.wallet import Grant, InsufficientCredits, Wallet
from tests.given import NOW, CountingIds, TestClock

AYSE, MEHMET = UUID(int=1), UUID(int=2)


class SlowLog(MemoryLog):
    """A log whose answers take a while, and that counts how often it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.stands_at: dict[int, asyncio.Event] = {}
        self.loads = 0
        self.appends = 0

    async def aggregate(self, stream_id: UUID) -> Loaded | None:
        self.loads += 1
        loaded = await super().aggregate(stream_id)
        await asyncio.sleep(0)
        return loaded

    async def append(self, append: Append) -> int:
        self.appends += 1
        await asyncio.sleep(0)
        position = await super().append(append)
        for reached in [each for each in self.stands_at if each <= position]:
            self.stands_at.pop(reached).set()
        return position

    async def reach(self, position: int) -> None:
        """Wait until so many events are there."""
        await self.stands_at.setdefault(position, asyncio.Event()).wait()


class TestSpend(Command, frozen=True, kw_only=True):
    __test__ = False
    customers: tuple[UUID, ...]
    hold_id: UUID
    credits: int = 1


async def spend(command: TestSpend, store: Store) -> None:
    for customer_id in command.customers:
        wallet = await store.get(Wallet, Wallet.id_of(customer_id))
        wallet.hold(command.hold_id, credits=command.credits, purpose="x", deadline=store.now)
        store.save(wallet)


class TestGrant(Command, frozen=True, kw_only=True):
    __test__ = False
    customer_id: UUID
    lot_id: UUID


async def grant(command: TestGrant, store: Store) -> None:
    wallet = await store.find(Wallet, Wallet.id_of(command.customer_id))
    wallet = wallet or Wallet.open(command.customer_id, NOW)
    wallet.grant(command.lot_id, Grant(credits=50, credit_class="purchased", origin="purchase"))
    store.save(wallet)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> SlowLog:
    monkeypatch.setattr(bus_module, "HANDLERS", dict(bus_module.HANDLERS))
    handles(spend)
    handles(grant)
    return SlowLog()


def a_bus(log: MemoryLog) -> Bus:
    return Bus(log, {}, clock=TestClock(), ids=CountingIds())


def spends(*customers: UUID, count: int, first: int = 1) -> list[TestSpend]:
    return [
        TestSpend(customers=customers, hold_id=UUID(int=first + number)) for number in range(count)
    ]


async def opened(bus: Bus, *customers: UUID) -> None:
    for customer_id in customers:
        await bus.execute(TestGrant(customer_id=customer_id, lot_id=UUID(int=99)))


async def outcomes(bus: Bus, commands: Sequence[Command]) -> list[BaseException | None]:
    told = await asyncio.gather(*map(bus.execute, commands), return_exceptions=True)
    return [each if isinstance(each, BaseException) else None for each in told]


async def test_who_meets_a_change_gets_in_line_and_is_not_overtaken(log: SlowLog) -> None:
    bus = a_bus(log)
    await opened(bus, AYSE)
    log.appends = 0
    assert await outcomes(bus, spends(AYSE, count=40)) == [None] * 40
    holds = [each.event for each in log.recorded if isinstance(each.event, Wallet.CreditsHeld)]
    assert [event.hold_id.int for event in holds] == list(range(1, 41))
    assert log.appends == 40 + 39  # each of the others met the first, and from then on nobody


async def test_what_one_has_made_is_handed_on_to_the_next(log: SlowLog) -> None:
    bus = a_bus(log)
    await opened(bus, AYSE)
    log.loads = 0
    await outcomes(bus, spends(AYSE, count=2 + HANDED_ON))
    assert log.loads == 2 + HANDED_ON + 1


async def test_now_and_then_it_is_loaded_again(log: SlowLog) -> None:
    bus = a_bus(log)
    await opened(bus, AYSE)
    log.loads = 0
    await outcomes(bus, spends(AYSE, count=2 + 3 * (HANDED_ON + 1)))
    assert log.loads == 2 + 3 * (HANDED_ON + 1) + 1 + 3


async def test_a_refusal_never_rests_on_what_was_handed_on(log: SlowLog) -> None:
    here, elsewhere = a_bus(log), a_bus(log)
    await opened(here, AYSE)
    line = [asyncio.create_task(here.execute(each)) for each in spends(AYSE, count=20)]
    await log.reach(10)
    await elsewhere.execute(TestGrant(customer_id=AYSE, lot_id=UUID(int=98)))
    big = TestSpend(customers=(AYSE,), hold_id=UUID(int=500), credits=60)
    await asyncio.gather(*line, here.execute(big))
    with pytest.raises(InsufficientCredits):
        await here.execute(TestSpend(customers=(AYSE,), hold_id=UUID(int=501), credits=21))


async def test_a_repeated_command_that_changes_nothing_asks_the_log(log: SlowLog) -> None:
    bus = a_bus(log)
    await opened(bus, AYSE)
    commands = spends(AYSE, count=5)
    assert await outcomes(bus, [*commands, *commands]) == [None] * 10
    assert len(log.recorded) == 2 + 5


async def test_two_wallets_wanted_in_either_order_are_both_had(log: SlowLog) -> None:
    bus = a_bus(log)
    await opened(bus, AYSE, MEHMET)
    commands = [
        *spends(AYSE, MEHMET, count=12, first=100),
        *spends(MEHMET, AYSE, count=12, first=200),
        *spends(MEHMET, count=12, first=300),
    ]
    assert await outcomes(bus, commands) == [None] * 36
    assert len(log.recorded) == 4 + 2 * 24 + 12


async def test_nobody_waits_for_the_line_of_another_wallet(log: SlowLog) -> None:
    bus = a_bus(log)
    await opened(bus, AYSE, MEHMET)
    line = [asyncio.create_task(bus.execute(each)) for each in spends(AYSE, count=30)]
    await log.reach(8)
    (command,) = spends(MEHMET, count=1)
    await bus.execute(command)
    assert len(log.recorded) < 8 + 8
    await asyncio.gather(*line)


async def test_a_line_is_gone_when_all_had_their_turn(log: SlowLog) -> None:
    bus = a_bus(log)
    await opened(bus, AYSE)
    await outcomes(bus, spends(AYSE, count=10))
    log.appends = log.loads = 0
    (command,) = spends(AYSE, count=1, first=77)
    await bus.execute(command)
    assert (log.loads, log.appends) == (1, 1)


async def test_a_line_has_an_end(log: SlowLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "LINE", 5)
    bus = a_bus(log)
    await opened(bus, AYSE)
    told = await outcomes(bus, spends(AYSE, count=20))
    turned_away = [each for each in told if each is not None]
    assert len(turned_away) == 14
    assert {type(each) for each in turned_away} == {LogUnavailable}
    assert len(log.recorded) == 2 + 6


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "PATIENCE_SECONDS", 0)
    turns = Turns()
    async with turns.of([AYSE, MEHMET]):
        with pytest.raises(LogUnavailable):
            async with turns.of([MEHMET]):
                pytest.fail("nobody has the turn of somebody else")
        with pytest.raises(Crowded):
            turns.nobodys.known(MEHMET)
    assert turns.nobodys.known(MEHMET) is None


async def test_who_goes_away_leaves_the_line(log: SlowLog) -> None:
    bus = a_bus(log)
    await opened(bus, AYSE)
    line = [asyncio.create_task(bus.execute(each)) for each in spends(AYSE, count=20)]
    await log.reach(8)
    for task in line[-5:]:
        task.cancel()
    await asyncio.wait(line)
    assert sum(task.cancelled() for task in line) == 5
    assert len(log.recorded) == 2 + 15
    log.appends = 0
    await outcomes(bus, spends(AYSE, count=1, first=70))
    assert log.appends == 1


async def test_a_line_that_others_share_hands_nothing_on(log: SlowLog) -> None:
    here, there = a_bus(log), a_bus(log)
    await opened(here, AYSE)
    both = await asyncio.gather(
        outcomes(here, spends(AYSE, count=20, first=100)),
        outcomes(there, spends(AYSE, count=20, first=200)),
    )
    assert [*both[0], *both[1]] == [None] * 40
    assert len(log.recorded) == 2 + 40
