"""Links to stored files, as the API hands them out."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from msgspec import Struct


class FileLink(Struct, frozen=True, array_like=True):
    """Which file a link opens, as what, and the name it is saved under."""

    digest: str
    media_type: str
    name: str


class FileLinks(Protocol):
    """Signs links that open one file for a while, without a session."""

    def sign(self, link: FileLink, lifetime: timedelta) -> str:
        """A URL-safe token that opens the file for `lifetime` from now."""
        ...

    def read(self, token: str) -> FileLink | None:
        """What the token opens; None when it is forged, damaged or too old."""
        ...
