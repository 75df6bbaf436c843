"""What is due later because of what happened now."""

from __future__ import annotations

from collections.abc import Iterator

from application.wallet import ExpireCredits, ExpireHold
from application.work import Intent, Later, when
from domain.wallet import Wallet

Returned = Wallet.HoldReleased | Wallet.HoldExpired | Wallet.CaptureRefunded


@when(Wallet.CreditsGranted)
def expire_credits(event: Wallet.CreditsGranted) -> Iterator[Intent]:
    """Credits with an end are booked as expired when it comes."""
    if event.expires_at:
        yield Later(ExpireCredits(customer_id=event.customer_id), event.expires_at)


@when(Wallet.CreditsHeld)
def expire_hold(event: Wallet.CreditsHeld) -> Iterator[Intent]:
    """A hold that nobody has ended by its deadline is ended by it."""
    yield Later(ExpireHold(customer_id=event.customer_id, hold_id=event.hold_id), event.deadline)


@when(Wallet.HoldCaptured)
def expire_what_was_not_needed(event: Wallet.HoldCaptured) -> Iterator[Intent]:
    """What a capture left of its hold may have expired meanwhile."""
    if event.released:
        yield ExpireCredits(customer_id=event.customer_id)


@when(Wallet.HoldReleased, Wallet.HoldExpired, Wallet.CaptureRefunded)
def expire_released_credits(event: Returned) -> Iterator[Intent]:
    """What comes back may have expired meanwhile."""
    yield ExpireCredits(customer_id=event.customer_id)
