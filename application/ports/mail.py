"""Mail to persons."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from msgspec import Struct


class Attachment(Struct, frozen=True):
    """A file that travels with a mail."""

    name: str
    media_type: str
    content: bytes


class Mail(Struct, frozen=True, kw_only=True):
    """One message to one person. `message_id` is ours and stable: sending twice is recognisable."""

    message_id: UUID
    to: str
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Mailer(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail) -> None:
        """Hand the mail to the next server. Raises `Unavailable` when it should be tried again."""
        ...
