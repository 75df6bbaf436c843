"""A mail server for one machine: keeps what it is given in a folder and shows it on a page."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.mailbox.folder import MailFolder
from deploy.mailbox.page import MailboxPage

__all__ = ["MailFolder", "Mailbox", "MailboxPage", "create_mailbox"]

LOOPBACK = "127.0.0.1"
MAX_MAIL_BYTES = 30 * 1024 * 1024


class Mailbox:
    """The two servers of a mailbox, both in the event loop that starts them."""

    def __init__(self, folder: Path, *, smtp_port: int, http_port: int) -> None:
        self.folder = MailFolder(folder)
        self.smtp_port = smtp_port
        self.http_port = http_port
        self._smtp: asyncio.Server | None = None
        self._http: _Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where the page is, without a slash at the end."""
        return f"http://{LOOPBACK}:{self.http_port}"

    async def start(self) -> None:
        """Open both ports; a port given as 0 is replaced by the one that was free."""
        loop = asyncio.get_running_loop()
        self._smtp = await loop.create_server(self._conversation, LOOPBACK, self.smtp_port)
        self.smtp_port = self._smtp.sockets[0].getsockname()[1]
        listener = socket.create_server((LOOPBACK, self.http_port))
        self.http_port = listener.getsockname()[1]
        page = MailboxPage(self.folder)
        self._http = _Uvicorn(
            uvicorn.Config(page, lifespan="off", log_config=None, access_log=False)
        )
        self._serving = asyncio.create_task(self._http.serve(sockets=[listener]))

    async def stop(self) -> None:
        """Close both ports; what was delivered stays in the folder."""
        if self._smtp is not None:
            self._smtp.close()
        if self._http is not None and self._serving is not None:
            self._http.should_exit = True
            await self._serving

    def _conversation(self) -> SMTP:
        return SMTP(
            _Delivery(self.folder),
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            hostname="mailbox.localhost",
            loop=asyncio.get_running_loop(),
        )


def create_mailbox(folder: Path, *, smtp_port: int = 0, http_port: int = 0) -> Mailbox:
    """A mailbox on loopback that keeps its mail in `folder`; call `start` and `stop`."""
    return Mailbox(folder, smtp_port=smtp_port, http_port=http_port)


class _Delivery:
    """What the SMTP server does with a mail."""

    def __init__(self, folder: MailFolder) -> None:
        self._folder = folder

    async def handle_DATA(  # noqa: N802 - the server looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        await asyncio.to_thread(self._folder.deliver, content, envelope.rcpt_tos)
        return "250 kept"


class _Uvicorn(uvicorn.Server):
    """Lives inside a program that minds its own signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
