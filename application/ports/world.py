"""What the world gives: the time, new identities, kept passwords, and what may be away."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

Language = Literal["tr", "en"]


class Clock(Protocol):
    """The time of day."""

    def now(self) -> datetime:
        """Now, in UTC, with microseconds."""
        ...


class Ids(Protocol):
    """Where new identities come from."""

    def new(self) -> UUID:
        """A new time-ordered UUID (version 7)."""
        ...

    def secret(self) -> str:
        """A URL-safe random secret of at least 128 bits."""
        ...


class PasswordHasher(Protocol):
    """Keeps passwords so that nobody can read them; both verbs run off the event loop."""

    async def hash(self, password: str) -> str:
        """The argon2id hash, with its parameters and salt inside."""
        ...

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether they match; with None it takes as long and is False (no account is revealed)."""
        ...


class Unavailable(Exception):
    """An outside part did not answer in time or said to come back later: try again."""
