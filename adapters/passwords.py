"""Passwords as argon2id hashes, made on threads of their own."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from secrets import token_urlsafe

from argon2 import PasswordHasher as Argon2
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """Hashes with argon2id: 19 MiB and two passes unless told otherwise, a few at a time.

    The threads bound how much memory and how many cores a storm of sign-ins can take.
    """

    def __init__(
        self, *, memory_kib: int = 19 * 1024, passes: int = 2, lanes: int = 1, threads: int = 2
    ) -> None:
        self._argon2 = Argon2(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="passwords")
        # Checked when there is no account, so that its absence takes as long as a wrong password
        self._nobodys = self._argon2.hash(token_urlsafe(16))

    async def hash(self, password: str) -> str:
        """The argon2id hash, with its parameters and salt inside."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._argon2.hash, password)

    async def verify(self, password: str, hashed: str | None) -> bool:
        """Whether they match; with None it takes as long and is False."""
        loop = asyncio.get_running_loop()
        matches = await loop.run_in_executor(
            self._threads, self._matches, password, hashed or self._nobodys
        )
        return matches and hashed is not None

    def needs_rehash(self, hashed: str) -> bool:
        """Whether the hash was made with other parameters than the present ones."""
        return self._argon2.check_needs_rehash(hashed)

    def close(self) -> None:
        """Let running hashes finish and end the threads."""
        self._threads.shutdown()

    def _matches(self, password: str, hashed: str) -> bool:
        try:
            return self._argon2.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False
