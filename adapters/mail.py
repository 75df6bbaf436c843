"""Mail over SMTP."""

from __future__ import annotations

from collections.abc import Collection
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

import aiosmtplib
from msgspec import Struct

from application.ports import Clock, Mail, Unavailable
from application.tracing import SpanKind, span
from domain.shared.card_numbers import scrub


class SmtpServer(Struct, frozen=True, kw_only=True):
    """The next mail server. `start_tls` None means: when the server offers it."""

    host: str
    port: int
    sender: str
    username: str | None = None
    password: str | None = None
    start_tls: bool | None = None
    timeout_seconds: float = 20.0


class Undeliverable(Exception):
    """The server refuses this mail for good; sending it again does not help."""


class SmtpMailer:
    """Hands each mail to one server, over a connection of its own.

    `sender` may carry a name: `Polikrami Cover <kapak@example.com>`.
    """

    def __init__(self, server: SmtpServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    async def send(self, mail: Mail) -> None:
        """Raises `Unavailable` when it should be tried again, `Undeliverable` when not."""
        server = self._server
        try:
            message = self._message(mail)
            with span("mail server", kind=SpanKind.CLIENT):
                await aiosmtplib.send(
                    message,
                    hostname=server.host,
                    port=server.port,
                    username=server.username,
                    password=server.password,
                    start_tls=server.start_tls,
                    timeout=server.timeout_seconds,
                )
        except aiosmtplib.SMTPAuthenticationError as error:
            # Our settings are wrong, not the mail: it goes out once they are right
            raise Unavailable("the mail server does not accept our account") from error
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _refusal(min(refused.code for refused in error.recipients)) from error
        except aiosmtplib.SMTPResponseException as error:
            raise _refusal(error.code) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable(f"mail server: {type(error).__name__}") from error
        except ValueError as error:
            raise Undeliverable("the mail has a header that is not allowed") from error

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = mail.to
        message["Subject"] = scrub(mail.subject)
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = f"<{mail.message_id}@{self._domain()}>"
        # Nobody's holiday notice should answer an order confirmation
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(scrub(mail.text))
        if mail.html is not None:
            message.add_alternative(scrub(mail.html), subtype="html")
        for attachment in mail.attachments:
            maintype, _, subtype = attachment.media_type.partition("/")
            message.add_attachment(
                attachment.content,
                maintype=maintype,
                subtype=subtype or "octet-stream",
                filename=attachment.name,
            )
        return message

    def _domain(self) -> str:
        return self._server.sender.rpartition("@")[2].rstrip("> ") or "localhost"


class NoLetterbox:
    """For mails that a server took away: we keep none."""

    async def forget(self, message_ids: Collection[UUID]) -> int:  # noqa: ARG002  # there are none
        return 0


def _refusal(code: int) -> Exception:
    if 400 <= code < 500:
        return Unavailable(f"mail server: try later ({code})")
    return Undeliverable(f"mail server: refused ({code})")
