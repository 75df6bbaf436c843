"""The clock, the ids and the randomness of the machine."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils


class SystemClock:
    """The time of day."""

    def now(self) -> datetime:
        """Now, in UTC, with microseconds."""
        return datetime.now(UTC)


class UuidIds:
    """Time-ordered UUIDs and secrets from the operating system's randomness."""

    def new(self) -> UUID:
        """A new UUID version 7."""
        return UUID(int=uuid_utils.uuid7().int)

    def secret(self) -> str:
        """256 bits, URL-safe."""
        return secrets.token_urlsafe(32)
