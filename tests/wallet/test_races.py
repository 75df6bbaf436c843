"""Wallets in the hands of many processes at once, on the real log."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from adapters.postgres.log import PostgresLog
from application import bus as bus_module
from application.bus import Bus
from application.wallet import ExpireCredits, ExpireHold, OpenWallet
from domain.shared.aggregate import Event
from domain.shared.errors import Refusal
from domain.wallet import Grant, Wallet
from tests.core.writing import commanding
from tests.given import NOW, TestClock
from tests.wallet.crowd import (
    CaptureForCrowd,
    HoldForCrowd,
    Orders,
    SpendForCrowd,
    a_bus,
    crowd_of_its_own,
)

CUSTOMER = UUID(int=1)


@pytest.fixture
def clock() -> TestClock:
    """The time of day of all of them."""
    return TestClock()


@pytest.fixture
def buses(event_log: PostgresLog, clock: TestClock, monkeypatch: pytest.MonkeyPatch) -> list[Bus]:
    """Of several processes, as far as turns are concerned."""
    monkeypatch.setattr(bus_module, "HANDLERS", dict(bus_module.HANDLERS))
    return [a_bus(event_log, clock) for _ in range(3)]


async def wallet_in(log: PostgresLog) -> Wallet:
    loaded = await log.aggregate(Wallet.id_of(CUSTOMER))
    assert loaded is not None
    assert isinstance(loaded.aggregate, Wallet)
    return loaded.aggregate.at(NOW)


async def granted(log: PostgresLog, credits: int, *, lasts: timedelta) -> None:
    """A wallet with a lot that ends soon."""
    wallet = Wallet.open(CUSTOMER, NOW)
    end = wallet.now + lasts
    grant = Grant(credits=credits, credit_class="promotional", origin="manual", expires_at=end)
    wallet.grant(uuid4(), grant)
    events = [each for each in wallet.collect_events() if isinstance(each, Event)]
    await log.append(commanding(events))


async def outcome(bus: Bus, command: object) -> str:
    try:
        await bus.execute(command)  # type: ignore[arg-type]  # commands of tests
    except Refusal as refusal:
        return refusal.code
    return "done"


async def test_first_spends_of_several_processes_on_a_new_wallet_never_overdraw_it(
    database_url: str, event_log: PostgresLog
) -> None:
    orders = Orders(
        database_url=database_url, customer_id=CUSTOMER, spenders=8, times=3, credits=25
    )
    told = await asyncio.gather(*(crowd_of_its_own(orders) for _ in range(3)))
    assert sum(each.turned_away for each in told) == 0
    assert sum(each.spent for each in told) == 20
    assert sum(each.refused for each in told) == 3 * 8 * 3 - 20
    wallet = await wallet_in(event_log)
    assert (wallet.balance, wallet.held) == (0, 0)
    assert len(wallet.lots) == 1


async def test_hundreds_of_wallets_are_spent_at_once(buses: list[Bus]) -> None:
    customers = [uuid4() for _ in range(200)]
    await asyncio.gather(*(buses[0].execute(OpenWallet(customer_id=each)) for each in customers))
    told = await asyncio.gather(
        *(
            outcome(
                buses[number % 3],
                SpendForCrowd(customer_id=each, hold_id=uuid4(), credits=200),
            )
            for number, each in enumerate(customers * 3)
        )
    )
    assert told.count("done") == 2 * len(customers)
    assert told.count("insufficient_credits") == len(customers)


async def test_the_sweep_and_spenders_share_what_there_is(
    buses: list[Bus], clock: TestClock, event_log: PostgresLog
) -> None:
    """Whatever is spent before the end is spent, the rest is breakage, and nothing is both."""
    await granted(event_log, 40, lasts=timedelta(days=1))

    async def spend(number: int) -> str:
        command = SpendForCrowd(customer_id=CUSTOMER, hold_id=uuid4(), credits=1)
        return await outcome(buses[number % 3], command)

    spends = [asyncio.create_task(spend(number)) for number in range(60)]
    await asyncio.wait(spends, return_when=asyncio.FIRST_COMPLETED)
    clock.pass_(days=1)
    sweeps = [outcome(bus, ExpireCredits(customer_id=CUSTOMER)) for bus in buses * 5]
    told = await asyncio.gather(*spends, *sweeps)
    wallet = await wallet_in(event_log)
    events = [each.event for each in await event_log.load(Wallet.id_of(CUSTOMER))]
    spent = sum(each.credits for each in events if isinstance(each, Wallet.HoldCaptured))
    gone = [each.credits for each in events if isinstance(each, Wallet.CreditsExpired)]
    assert told[:60].count("done") == spent > 0
    assert gone == [40 - spent]
    assert wallet.balance == 0


async def test_a_hold_is_captured_or_expires_and_never_both(
    buses: list[Bus], event_log: PostgresLog
) -> None:
    await buses[0].execute(OpenWallet(customer_id=CUSTOMER))
    holds = [uuid4() for _ in range(30)]
    deadline = NOW
    for hold_id in holds:
        command = HoldForCrowd(customer_id=CUSTOMER, hold_id=hold_id, credits=10, deadline=deadline)
        await buses[0].execute(command)
    told = await asyncio.gather(
        *(outcome(buses[0], CaptureForCrowd(customer_id=CUSTOMER, hold_id=each)) for each in holds),
        *(outcome(buses[1], ExpireHold(customer_id=CUSTOMER, hold_id=each)) for each in holds),
        *(outcome(buses[2], ExpireHold(customer_id=CUSTOMER, hold_id=each)) for each in holds),
    )
    wallet = await wallet_in(event_log)
    captured = [each for each in wallet.ended.values() if each.state == "captured"]
    assert len(wallet.ended) == len(holds)
    assert not wallet.holds
    assert wallet.balance == 500 - 10 * len(captured)
    assert told[:30].count("done") == len(captured)
    assert set(told[:30]) <= {"done", "hold_already_closed"}
    assert set(told[30:]) == {"done"}
