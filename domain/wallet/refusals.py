"""Why a wallet says no."""

from __future__ import annotations

from domain.shared.errors import Conflict, Invalid, NotFound


class InsufficientCredits(Conflict):
    """Facts: `available` and `needed`."""


class UnknownHold(NotFound):
    """There is no such hold in this wallet."""


class HoldAlreadyClosed(Conflict):
    """The hold was captured, released or has expired before. Fact: `state`."""


class NotCaptured(Conflict):
    """Only what was spent can be refunded. Fact: `state` of the hold."""


class MoreThanSpent(Conflict):
    """A refund is at most what was spent and not refunded. Facts: `spent` and `needed`."""


class MoreThanHeld(Conflict):
    """A capture is at most what was held. Facts: `held` and `needed`."""


class CreditsNotPositive(Invalid):
    """Credits are whole and at least 1."""


class ValueNotFit(Invalid):
    """Promotional credits carry no money, and no credits carry a negative value."""


def must_be_positive(credits: int) -> None:
    """Raises `CreditsNotPositive`."""
    if credits < 1:
        raise CreditsNotPositive("/credits", credits=credits)
