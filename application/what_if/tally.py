"""What the events of a wallet add to a person's figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from application.what_if.figures import Figures
from domain.shared.money import total
from domain.wallet import Wallet


def count(figures: Figures, events: Iterable[object]) -> None:
    """Add these events to the figures; others of a wallet change none."""
    for event in events:
        add = TALLIES.get(type(event))
        if add is not None:
            add(figures, event)


def _granted(figures: Figures, event: Any) -> None:
    figures.granted += event.credits


def _captured(figures: Figures, event: Any) -> None:
    figures.spent += event.credits
    figures.carried += total(share.value for share in event.shares).amount


def _given_back(figures: Figures, event: Any) -> None:
    figures.given_back += event.credits
    figures.carried -= total(share.value for share in event.shares).amount


def _expired(figures: Figures, event: Any) -> None:
    figures.expired += event.credits
    figures.carried += event.value.amount


def _taken_back(figures: Figures, event: Any) -> None:
    figures.taken_back += event.credits


TALLIES: Mapping[type[object], Callable[[Figures, Any], None]] = {
    Wallet.CreditsGranted: _granted,
    Wallet.HoldCaptured: _captured,
    Wallet.CaptureRefunded: _given_back,
    Wallet.CreditsExpired: _expired,
    Wallet.CreditsClawedBack: _taken_back,
}
