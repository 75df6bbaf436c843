"""Wallets with a long history, in a log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

from application.store import Append, EventLog
from domain.shared.aggregate import Aggregate, Event, Metadata
from domain.wallet import Grant, Wallet
from tests.given import NOW

HOLDS_OF_A_GRANT = 24


def appending(aggregate: Aggregate) -> Append:
    """One command with all that happened to an aggregate."""
    command_id = uuid4()
    return Append(
        events=[each for each in aggregate.collect_events() if isinstance(each, Event)],
        metadata=Metadata(command_id=command_id, command="Test", correlation_id=command_id),
    )


def live(wallet: Wallet, events: int) -> Wallet:
    """Let so many things happen: credits are bought, held and, mostly, captured."""
    steps = _life(wallet)
    for _ in range(events):
        next(steps)
    return wallet


async def lived(log: EventLog, events: int) -> UUID:
    """A wallet with so many events in the log."""
    wallet = live(Wallet.open(uuid4(), NOW), events - 1)
    await log.append(appending(wallet))
    return wallet.id


async def live_on(log: EventLog, wallet_id: UUID, events: int) -> None:
    """Let so many more things happen."""
    loaded = await log.aggregate(wallet_id)
    assert loaded is not None
    assert isinstance(loaded.aggregate, Wallet)
    await log.append(appending(live(loaded.aggregate.at(NOW), events)))


def _life(wallet: Wallet) -> Iterator[None]:
    while True:
        wallet.grant(uuid4(), Grant(credits=96, credit_class="purchased", origin="purchase"))
        yield
        for number in range(HOLDS_OF_A_GRANT):
            wallet.at(wallet.now + timedelta(minutes=1))
            hold_id = uuid4()
            deadline = wallet.now + timedelta(hours=1)
            wallet.hold(hold_id, credits=4, purpose="generation", deadline=deadline)
            yield
            if number % 8:
                wallet.capture(hold_id)
            else:
                wallet.release(hold_id, reason="failed")
            yield
