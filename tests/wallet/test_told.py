"""What a customer hears of their wallet at once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from application.store import Recorded
from domain.shared.aggregate import Event, Metadata
from domain.wallet import Wallet
from projections.activity import activities, listen_to_all_events
from tests.given import given
from tests.wallet.test_wallet import (
    BOUGHT,
    CUSTOMER,
    HOLD,
    TOMORROW,
    a_wallet,
    hold_six,
    with_five_bought,
    with_five_promotional,
)


def told(event: Event) -> dict[str, Any]:
    """The facts of the one line that the event makes for the customer."""
    listen_to_all_events()
    metadata = Metadata(command_id=uuid4(), command="Test", correlation_id=uuid4())
    (line,) = activities.lines(Recorded(1, event, metadata))
    assert (line.person_id, line.subject_id) == (CUSTOMER, Wallet.id_of(CUSTOMER))
    assert line.kind == event.TOPIC
    return line.facts


def test_an_opened_wallet_is_told() -> None:
    (event,) = [each for each in a_wallet().collect_events() if isinstance(each, Event)]
    assert told(event) == {}


def test_a_grant_is_told_with_where_it_came_from_and_how_long_it_lasts() -> None:
    (event,) = given(a_wallet()).when(with_five_promotional).events
    assert told(event) == {
        "credits": 5,
        "credit_class": "promotional",
        "origin": "welcome",
        "expires_at": TOMORROW.isoformat().replace("+00:00", "Z"),
    }


def test_a_hold_and_its_end_are_told_with_their_figures() -> None:
    wallet = given(a_wallet(), with_five_promotional, with_five_bought)
    (held,) = wallet.when(hold_six).events
    assert told(held) == {
        "hold_id": str(HOLD),
        "credits": 6,
        "purpose": "generation",
        "reference": None,
        "deadline": TOMORROW.isoformat().replace("+00:00", "Z"),
    }
    (captured,) = wallet.when(lambda wallet: wallet.capture(HOLD)).events
    assert told(captured) == {"hold_id": str(HOLD), "credits": 6}


def test_a_released_hold_is_told_with_its_reason() -> None:
    wallet = given(a_wallet(), with_five_promotional, with_five_bought, hold_six)
    (released,) = wallet.when(lambda wallet: wallet.release(HOLD, reason="cancelled")).events
    assert told(released) == {"hold_id": str(HOLD), "credits": 6, "reason": "cancelled"}


def test_expired_credits_are_told() -> None:
    wallet = given(a_wallet(), with_five_promotional).at(TOMORROW)
    (expired,) = wallet.when(Wallet.expire).events
    assert told(expired) == {"credits": 5, "credit_class": "promotional"}


def test_nobody_is_told_which_lots_paid() -> None:
    wallet = given(a_wallet(), with_five_bought, with_five_promotional)
    (held,) = wallet.when(hold_six).events
    assert str(BOUGHT) not in str(told(held))
