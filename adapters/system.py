"""The clock, the ids and the randomness of the machine."""

from __future__ import annotations

import asyncio
import random
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


async def jittered_pause(attempt: int) -> None:
    """Wait a moment before a conflicting command is decided again: up to 2 ms, doubling to 32."""
    longest = 0.002 * 2 ** min(attempt, 4)
    await asyncio.sleep(random.uniform(0, longest))  # noqa: S311  # chance, not a secret
