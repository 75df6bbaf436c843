"""Many spenders of a process of its own, all on one wallet; run by tests, several at once."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Struct

from adapters.logs import configure_logs
from adapters.postgres.log import PostgresLog
from adapters.system import SystemClock, UuidIds, jittered_pause
from application import bus as bus_module
from application.bus import Bus, Command, handles
from application.ports import Clock
from application.store import LogUnavailable, Store
from application.terms import Terms
from application.wallet import OpenWallet
from domain.wallet import InsufficientCredits, Wallet
from tests.core.writing import log_of
from tests.sources import ROOT

new_id = UuidIds().new


class SpendForCrowd(Command, frozen=True, kw_only=True):
    """Hold credits and capture them at once."""

    customer_id: UUID
    hold_id: UUID
    credits: int


class HoldForCrowd(Command, frozen=True, kw_only=True):
    """Hold credits until a deadline."""

    customer_id: UUID
    hold_id: UUID
    credits: int
    deadline: datetime


class CaptureForCrowd(Command, frozen=True, kw_only=True):
    """Capture what is held."""

    customer_id: UUID
    hold_id: UUID


async def spend_for_test(command: SpendForCrowd, store: Store) -> None:
    wallet = await store.get(Wallet, Wallet.id_of(command.customer_id))
    wallet.hold(command.hold_id, credits=command.credits, purpose="generation", deadline=store.now)
    wallet.capture(command.hold_id)
    store.save(wallet)


async def hold_for_test(command: HoldForCrowd, store: Store) -> None:
    wallet = await store.get(Wallet, Wallet.id_of(command.customer_id))
    wallet.hold(
        command.hold_id,
        credits=command.credits,
        purpose="generation",
        deadline=command.deadline,
    )
    store.save(wallet)


async def capture_for_test(command: CaptureForCrowd, store: Store) -> None:
    wallet = await store.get(Wallet, Wallet.id_of(command.customer_id))
    wallet.capture(command.hold_id)
    store.save(wallet)


def have_handlers() -> None:
    """Let the bus know the commands of tests."""
    if SpendForCrowd not in bus_module.HANDLERS:
        handles(spend_for_test)
        handles(hold_for_test)
        handles(capture_for_test)


class Orders(Struct, frozen=True, kw_only=True):
    """What a crowd does: so many spenders open the wallet, and spend so many times each."""

    database_url: str
    customer_id: UUID
    spenders: int
    times: int
    credits: int


class Told(Struct, kw_only=True):
    """What came of it."""

    spent: int = 0
    refused: int = 0
    turned_away: int = 0


def a_bus(log: PostgresLog, clock: Clock | None = None) -> Bus:
    """The application on a log."""
    have_handlers()
    return Bus(
        log, {Terms: Terms()}, clock=clock or SystemClock(), ids=UuidIds(), pause=jittered_pause
    )


async def _spend(bus: Bus, orders: Orders, told: Told) -> None:
    try:
        await bus.execute(OpenWallet(customer_id=orders.customer_id))
    except LogUnavailable:
        told.turned_away += 1
    for _ in range(orders.times):
        command = SpendForCrowd(
            customer_id=orders.customer_id, hold_id=new_id(), credits=orders.credits
        )
        try:
            await bus.execute(command)
        except InsufficientCredits:
            told.refused += 1
        except LogUnavailable:
            told.turned_away += 1
        else:
            told.spent += 1


async def crowd(orders: Orders) -> Told:
    """Let them all spend at once."""
    told = Told()
    async with log_of(orders.database_url, name="crowd") as log:
        bus = a_bus(log)
        await asyncio.gather(*(_spend(bus, orders, told) for _ in range(orders.spenders)))
    return told


async def crowd_of_its_own(orders: Orders) -> Told:
    """The same in another process; waits for its end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __name__, msgspec.json.encode(orders).decode()),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0, f"a crowd ended with {process.returncode}"
    return msgspec.json.decode(told, type=Told)


if __name__ == "__main__":
    configure_logs("console", "error")
    done = asyncio.run(crowd(msgspec.json.decode(sys.argv[1], type=Orders)))
    sys.stdout.write(msgspec.json.encode(done).decode())
