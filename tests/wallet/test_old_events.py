"""Events of wallets as they were stored before credits could be bought are still read."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import msgspec

from adapters.crypto import MemoryKeys
from adapters.mapper import EventMapper
from domain.shared.aggregate import Event
from domain.wallet import NOTHING, LotShare, Wallet
from tests.given import NOW

CUSTOMER = UUID(int=1)
WALLET = Wallet.id_of(CUSTOMER)
WELCOME = uuid5(WALLET, "welcome")
HOLDS = (UUID(int=4), UUID(int=5))
SHARE = {"lot_id": str(WELCOME), "credits": 100}


def old(topic: str, version: int, **facts: Any) -> Event:
    """An event out of its stored form of that time."""
    said = {
        "originator_id": str(WALLET),
        "originator_version": version,
        "timestamp": NOW.isoformat(),
        "customer_id": str(CUSTOMER),
    }
    payload = msgspec.json.encode(said | facts)
    return EventMapper(MemoryKeys()).decode(topic, payload, schema_version=1, subject=None)


def a_life() -> list[Event]:
    """A wallet that was opened, in which one hold was captured and another released, and whose rest
    expired.
    """
    (opened,) = [
        each for each in Wallet.open(CUSTOMER, NOW).collect_events() if isinstance(each, Event)
    ]
    held = {"shares": [SHARE], "purpose": "generation", "deadline": NOW.isoformat()}
    return [
        opened,
        old(
            "wallet.credits_granted",
            2,
            lot_id=str(WELCOME),
            credits=500,
            credit_class="promotional",
            origin="welcome",
            expires_at=NOW.isoformat(),
        ),
        old("wallet.credits_held", 3, hold_id=str(HOLDS[0]), **held),
        old("wallet.hold_captured", 4, hold_id=str(HOLDS[0]), shares=[SHARE]),
        old("wallet.credits_held", 5, hold_id=str(HOLDS[1]), **held),
        old("wallet.hold_released", 6, hold_id=str(HOLDS[1]), credits=100, reason="failed"),
        old("wallet.credits_expired", 7, lot_id=str(WELCOME), credits=400),
    ]


def test_an_old_wallet_adds_up_as_it_did() -> None:
    first, *rest = a_life()
    wallet: Wallet = first.mutate(None)
    for each in rest:
        each.mutate(wallet)
    assert (wallet.balance, wallet.held) == (0, 0)
    assert [end.state for end in wallet.ended.values()] == ["captured", "released"]


def test_what_an_old_wallet_spent_can_be_refunded() -> None:
    first, *rest = a_life()
    wallet: Wallet = first.mutate(None)
    for each in rest:
        each.mutate(wallet)
    wallet.refund_capture(UUID(int=9), hold_id=HOLDS[0], reason="test")
    assert wallet.lots[WELCOME].remaining == 100


def test_old_events_say_all_that_new_ones_do() -> None:
    _, granted, held, captured, _, released, expired = a_life()
    welcome = LotShare(WELCOME, 100, "promotional", NOTHING)
    assert isinstance(granted, Wallet.CreditsGranted)
    assert (granted.value, granted.paid, granted.order_id) == (NOTHING, None, None)
    assert isinstance(held, Wallet.CreditsHeld)
    assert (held.reference, held.shares) == (HOLDS[0], (welcome,))
    assert isinstance(captured, Wallet.HoldCaptured)
    assert (captured.shares, captured.released) == ((welcome,), ())
    assert isinstance(released, Wallet.HoldReleased)
    assert released.shares == (welcome,)
    assert isinstance(expired, Wallet.CreditsExpired)
    assert (expired.credit_class, expired.value) == ("promotional", NOTHING)
