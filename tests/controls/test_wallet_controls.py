"""Controls of wallets: each is broken by hand in every way, and names whose it is."""

from __future__ import annotations

from datetime import timedelta
from typing import LiteralString
from uuid import UUID

import pytest

from adapters.postgres.log import PostgresLog
from application.store import Store
from application.wallet import ExpireHold, OpenWallet
from domain.wallet import Wallet
from tests.controls.books import Books, subjects
from tests.core.writing import commanding

PERSON, OTHER = UUID(int=1), UUID(int=2)
HOLD = UUID(int=77)


@pytest.fixture
async def held(books: Books, event_log: PostgresLog) -> Books:
    """Two wallets; the first one holds 100 credits for an hour."""
    for person in (PERSON, OTHER):
        await books.do(OpenWallet(customer_id=person))
    wallet = await Store(event_log, books.clock.now()).get(Wallet, Wallet.id_of(PERSON))
    deadline = books.clock.now() + timedelta(hours=1)
    wallet.hold(HOLD, credits=100, purpose="generation", deadline=deadline)
    await event_log.append(commanding(wallet.collect_events()))  # type: ignore[arg-type]  # ours
    return books


async def test_wallets_that_nobody_touched_pass(held: Books) -> None:
    for name, checked in (("wallets-add-up", 2), ("holds-on-time", 1), ("lots-expired", 2)):
        found = await held.run(name)
        assert (found.findings, found.checked) == ([], checked)


@pytest.mark.parametrize(
    "tampered",
    [
        "UPDATE read.wallet_balances SET balance = balance + 1 WHERE held > 0",
        "UPDATE read.wallet_balances SET held = held - 1 WHERE held > 0",
        "DELETE FROM read.wallet_balances WHERE held > 0",
        "UPDATE read.wallet_entries SET credits = 499 WHERE kind = 'granted' AND position = 2",
        "DELETE FROM read.wallet_entries WHERE kind = 'held'",
        "UPDATE read.ledger_customers SET credits = 99 WHERE account = 'held_promotional'",
    ],
)
async def test_a_wallet_that_does_not_add_up_is_named(held: Books, tampered: LiteralString) -> None:
    await held.follow()
    held.tamper(tampered)
    assert subjects(await held.run("wallets-add-up")) == [f"wallet of {PERSON}"]


async def test_nobody_may_hold_more_than_they_have(held: Books) -> None:
    await held.follow()
    held.tamper(
        "UPDATE read.wallet_balances SET held = 501 WHERE held > 0",
        "UPDATE read.wallet_entries SET held = 501 WHERE kind = 'held'",
    )
    assert subjects(await held.run("wallets-add-up")) == [f"wallet of {PERSON}"]


async def test_a_hold_past_its_deadline_is_named_until_it_ends(held: Books) -> None:
    held.clock.pass_(minutes=65)
    assert (await held.run("holds-on-time")).findings == []
    held.clock.pass_(minutes=10)
    assert subjects(await held.run("holds-on-time")) == [f"hold {HOLD}"]
    await held.do(ExpireHold(customer_id=PERSON, hold_id=HOLD))
    assert (await held.run("holds-on-time")).findings == []


async def test_a_lot_that_nobody_swept_is_named(held: Books) -> None:
    held.clock.pass_(days=held.terms.welcome_days, minutes=30)
    assert (await held.run("lots-expired")).findings == []
    held.clock.pass_(hours=1)
    assert len((await held.run("lots-expired")).findings) == 2
