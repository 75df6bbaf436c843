"""What the identity story needs from outside, and its figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from msgspec import Struct

from domain.identity import Pace, Purpose


class Claims(Protocol):
    """Turns what must be unique into ids that do not reveal it."""

    def digest(self, kind: str, value: str) -> bytes:
        """A keyed digest of 32 bytes; the same for the same two things, for ever."""
        ...


class KnownPasswords(Protocol):
    """The passwords that everybody tries first."""

    def known(self, password: str) -> bool:
        """Whether the password, whatever its case, is one of them."""
        ...


class IdentityTerms(Struct, frozen=True, kw_only=True):
    """Figures of the identity story that are settings; durations carry their unit.

    `answer_seconds` is how long at least an answer takes whose time could tell of an account.
    """

    refresh_days: int = 30
    confirm_hours: int = 72
    reset_hours: int = 1
    answer_seconds: float = 0.25
    account_pace: Pace = Pace(free=5, step=1, first_seconds=1, longest_seconds=30)
    address_pace: Pace = Pace(free=20, step=5, first_seconds=1, longest_seconds=900)

    def link_lifetime(self, purpose: Purpose) -> timedelta:
        """How long a link of this purpose is good."""
        hours = self.confirm_hours if purpose == "confirm_email" else self.reset_hours
        return timedelta(hours=hours)

    @property
    def refresh_lifetime(self) -> timedelta:
        """How long a session lives without being used."""
        return timedelta(days=self.refresh_days)
