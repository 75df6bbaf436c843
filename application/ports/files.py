"""Where bytes are kept, and where notes are published."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol


class FileStore(Protocol):
    """Keeps bytes by the SHA-256 of their content; identical bytes are stored once."""

    async def put(self, content: bytes) -> str:
        """Store, durably, and return the hex digest."""
        ...

    async def get(self, digest: str) -> bytes:
        """The bytes again. Raises `FileNotFoundError`."""
        ...

    def stream(self, digest: str) -> AsyncIterator[bytes]:
        """The bytes in chunks of at most 64 KiB. Raises `FileNotFoundError`."""
        ...

    async def remove(self, digest: str) -> bool:
        """Delete the bytes for good; False, and nothing is done, if they were stored just now."""
        ...


class Noticeboard(Protocol):
    """A place outside the database where checkpoints of the audit chain are published."""

    async def post(self, note: str) -> None:
        """Publish a signed note durably, behind those that are there. Raises `OSError`."""
        ...
