"""The command that is measured: one event of usual size on a stream of its own."""

from __future__ import annotations

from uuid import uuid4

from adapters.system import UuidIds
from application.store import Append
from domain.shared.aggregate import Event, Metadata
from domain.wallet import LotShare, Wallet
from tests.given import NOW

new_id = UuidIds().new


def a_hold() -> Event:
    """An event of usual size on a stream of its own."""
    return Wallet.CreditsHeld(
        originator_id=new_id(),
        originator_version=1,
        timestamp=NOW,
        customer_id=uuid4(),
        hold_id=uuid4(),
        shares=(LotShare(uuid4(), 100, "promotional"),),
        purpose="generation",
        reference=None,
        deadline=NOW,
    )


def appending(*events: Event) -> Append:
    """One command with these events."""
    command_id = uuid4()
    facts = Metadata(
        command_id=command_id,
        command="HoldCredits",
        correlation_id=command_id,
        actor_id=uuid4(),
        session_id=uuid4(),
    )
    return Append(events=events, metadata=facts)
