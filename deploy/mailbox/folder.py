"""Mails as `.eml` files in a folder, each kept once."""

from __future__ import annotations

import asyncio
import email
import os
import re
import tempfile
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from email.message import MIMEPart
from email.policy import SMTP, default
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from msgspec import Struct

_KEY = re.compile(r"[0-9a-f]{32}")
_RECIPIENTS = "X-Delivered-To"
HEADER_BYTES = 16 * 1024


class MailPart(Struct, frozen=True):
    """An attachment."""

    name: str
    media_type: str
    content: bytes


class KeptMail(Struct, frozen=True, kw_only=True):
    """One mail, as a reader sees it. `key` names it in links."""

    key: str
    message_id: str
    received_at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str | None
    attachments: tuple[MailPart, ...]


class FolderLetterbox:
    """`Letterbox` over the folder of a mailbox on this machine."""

    def __init__(self, folder: Path) -> None:
        self._mails = MailFolder(folder)

    async def forget(self, message_ids: Collection[UUID]) -> int:
        return await asyncio.to_thread(self._mails.forget, message_ids)


class MailFolder:
    """Keeps mails through restarts; a second delivery of one Message-ID changes nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def deliver(self, content: bytes, recipients: Sequence[str]) -> str:
        """Store one mail as it came over the wire and return its key."""
        message_id = email.message_from_bytes(content, policy=default).get("Message-ID", "")
        # Without an id only the very same bytes are the same mail
        named = str(message_id).encode() or content
        key = sha256(named + b"\0" + ",".join(sorted(recipients)).encode()).hexdigest()[:32]
        path = self._folder / f"{key}.eml"
        if not path.exists():
            header = f"{_RECIPIENTS}: {', '.join(recipients)}\r\n".encode()
            self._write(path, header + content)
        return key

    def newest_first(self, to: str | None = None) -> list[KeptMail]:
        """All mails, or those for one address (compared without case)."""
        paths = sorted(self._folder.glob("*.eml"), key=_received, reverse=True)
        mails = [_read(path) for path in paths]
        if to is None:
            return mails
        wanted = to.casefold()
        return [mail for mail in mails if wanted in {each.casefold() for each in mail.to}]

    def forget(self, message_ids: Collection[UUID]) -> int:
        """Delete the mails whose Message-ID begins with one of these; how many there were."""
        wanted = {str(each) for each in message_ids}
        doomed = [path for path in self._folder.glob("*.eml") if _sent_as(path) in wanted]
        for path in doomed:
            path.unlink(missing_ok=True)
        return len(doomed)

    def mail(self, key: str) -> KeptMail | None:
        """One mail; None when there is none of that key."""
        path = self._folder / f"{key}.eml"
        return _read(path) if _KEY.fullmatch(key) and path.exists() else None

    def _write(self, path: Path, content: bytes) -> None:
        handle, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)


def _sent_as(path: Path) -> str:
    with path.open("rb") as file:
        headers = email.message_from_bytes(file.read(HEADER_BYTES), policy=default)
    return str(headers.get("Message-ID", "")).strip("<> ").partition("@")[0]


def _received(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name


def _read(path: Path) -> KeptMail:
    message = email.message_from_bytes(path.read_bytes(), policy=SMTP)
    text = message.get_body(("plain",))
    html = message.get_body(("html",))
    return KeptMail(
        key=path.stem,
        message_id=str(message.get("Message-ID", "")),
        received_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        sender=str(message.get("From", "")),
        to=tuple(each.strip() for each in str(message.get(_RECIPIENTS, "")).split(",")),
        subject=str(message.get("Subject", "")),
        text=_content(text) or "",
        html=_content(html),
        attachments=tuple(_part(part) for part in message.iter_attachments()),
    )


def _content(part: MIMEPart | None) -> str | None:
    return None if part is None else str(part.get_content())


def _part(part: MIMEPart) -> MailPart:
    content = part.get_payload(decode=True)
    return MailPart(
        part.get_filename() or "attachment",
        part.get_content_type(),
        content if isinstance(content, bytes) else b"",
    )
