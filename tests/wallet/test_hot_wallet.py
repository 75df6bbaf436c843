"""Many spenders at once on one wallet, on the real log."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import pytest

from adapters.postgres.log import PostgresLog
from adapters.system import jittered_pause
from application import bus as bus_module
from application.bus import Bus, Command, handles
from application.store import Store
from application.terms import Terms
from application.wallet import OpenWallet
from domain.wallet import InsufficientCredits, Wallet
from tests.given import CountingIds, TestClock

CUSTOMER = UUID(int=1)


class SpendForTest(Command, frozen=True, kw_only=True):
    hold_id: UUID


async def spend_for_test(command: SpendForTest, store: Store) -> None:
    wallet = await store.get(Wallet, Wallet.id_of(CUSTOMER))
    wallet.hold(command.hold_id, credits=100, purpose="test", deadline=store.now)
    wallet.capture(command.hold_id)
    store.save(wallet)


@pytest.fixture
def buses(event_log: PostgresLog, monkeypatch: pytest.MonkeyPatch) -> list[Bus]:
    monkeypatch.setattr(bus_module, "HANDLERS", dict(bus_module.HANDLERS))
    handles(spend_for_test)
    return [
        Bus(event_log, {Terms: Terms()}, clock=TestClock(), ids=CountingIds(), pause=jittered_pause)
        for _ in range(4)
    ]


async def test_64_spenders_never_overdraw_and_never_fail(
    buses: list[Bus], event_log: PostgresLog
) -> None:
    await buses[0].execute(OpenWallet(customer_id=CUSTOMER))

    async def spend(number: int) -> bool:
        try:
            await buses[number % 4].execute(SpendForTest(hold_id=uuid4()))
        except InsufficientCredits:
            return False
        return True

    won = await asyncio.gather(*map(spend, range(64)))
    assert sum(won) == 5
    assert len(await event_log.load(Wallet.id_of(CUSTOMER))) == 2 + 2 * 5


async def test_opening_a_wallet_at_once_from_everywhere_gives_one_bonus(
    buses: list[Bus], event_log: PostgresLog
) -> None:
    await asyncio.gather(*(bus.execute(OpenWallet(customer_id=CUSTOMER)) for bus in buses * 8))
    kinds = [type(each.event) for each in await event_log.load(Wallet.id_of(CUSTOMER))]
    assert kinds == [Wallet.Opened, Wallet.CreditsGranted]
