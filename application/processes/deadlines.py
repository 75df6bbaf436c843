"""What is due later because of what happened now."""

from __future__ import annotations

from collections.abc import Iterator

from application.wallet import ExpireCredits
from application.work import Intent, Later, when
from domain.wallet import Wallet


@when(Wallet.CreditsGranted)
def expire_credits(event: Wallet.CreditsGranted) -> Iterator[Intent]:
    """Credits with an end are booked as expired when it comes."""
    if event.expires_at:
        yield Later(ExpireCredits(customer_id=event.customer_id), event.expires_at)


@when(Wallet.HoldReleased)
def expire_released_credits(event: Wallet.HoldReleased) -> Iterator[Intent]:
    """What comes back from a hold may have expired meanwhile."""
    yield ExpireCredits(customer_id=event.customer_id)
