"""Mail goes over SMTP into the mailbox and can be read there."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from aiosmtpd.smtp import SMTP
from msgspec.structs import replace

from adapters.mail import SmtpMailer, SmtpServer, Undeliverable
from adapters.memory import MemoryMailer
from application.ports import Attachment, Mail, Mailer, Unavailable
from deploy.mailbox import Mailbox, create_mailbox
from tests.given import TestClock

MAIL = Mail(
    message_id=UUID("018f4d2e-0000-7000-8000-000000000001"),
    to="ayse@example.com",
    subject="Siparişiniz alındı – Gülün Adı",
    text="Merhaba Ayşe,\n\nkapağınız hazırlanıyor. ğüşiöçİı ₺\n",
    html="<p>Merhaba <b>Ayşe</b></p><script>alert(1)</script>",
    attachments=(Attachment("fatura ğ.pdf", "application/pdf", b"%PDF-1.7 \x00\xff"),),
)


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[Mailbox]:
    mailbox = create_mailbox(tmp_path)
    await mailbox.start()
    yield mailbox
    await mailbox.stop()


@pytest.fixture
async def page(mailbox: Mailbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=mailbox.url, trust_env=False) as client:
        yield client


def mailer_to(port: int) -> SmtpMailer:
    server = SmtpServer(
        host="127.0.0.1",
        port=port,
        sender="Polikrami Cover <kapak@polikrami.example>",
        timeout_seconds=5,
    )
    return SmtpMailer(server, TestClock())


@pytest.fixture(params=["smtp", "memory"])
def any_mailer(request: pytest.FixtureRequest, mailbox: Mailbox) -> Mailer:
    return mailer_to(mailbox.smtp_port) if request.param == "smtp" else MemoryMailer()


async def test_a_mail_can_be_sent(any_mailer: Mailer, mailbox: Mailbox) -> None:
    await any_mailer.send(MAIL)
    if isinstance(any_mailer, MemoryMailer):
        assert any_mailer.to(MAIL.to.upper()) == [MAIL]
    else:
        assert [mail.subject for mail in mailbox.folder.newest_first()] == [MAIL.subject]


async def test_what_arrives_is_what_was_sent(mailbox: Mailbox) -> None:
    await mailer_to(mailbox.smtp_port).send(MAIL)
    (kept,) = mailbox.folder.newest_first(MAIL.to)
    assert kept.subject == MAIL.subject
    assert kept.text.splitlines() == MAIL.text.splitlines()
    assert kept.html is not None
    assert kept.html.strip() == MAIL.html
    assert kept.sender == "Polikrami Cover <kapak@polikrami.example>"
    assert kept.message_id == f"<{MAIL.message_id}@polikrami.example>"
    (attachment,) = kept.attachments
    assert (attachment.name, attachment.media_type) == ("fatura ğ.pdf", "application/pdf")
    assert attachment.content == b"%PDF-1.7 \x00\xff"


async def test_a_mail_sent_twice_is_kept_once(mailbox: Mailbox) -> None:
    mailer = mailer_to(mailbox.smtp_port)
    await mailer.send(MAIL)
    await mailer.send(MAIL)
    await mailer.send(replace(MAIL, message_id=UUID(int=2), subject="Kargoda"))
    subjects = [mail.subject for mail in mailbox.folder.newest_first()]
    assert subjects == ["Kargoda", MAIL.subject]


async def test_mails_outlive_a_restart(tmp_path: Path) -> None:
    for count in (1, 2):
        mailbox = create_mailbox(tmp_path)
        await mailbox.start()
        await mailer_to(mailbox.smtp_port).send(replace(MAIL, message_id=UUID(int=count)))
        await mailbox.stop()
        assert len(mailbox.folder.newest_first()) == count


async def test_programs_read_the_mailbox_as_json(mailbox: Mailbox, page: httpx.AsyncClient) -> None:
    mailer = mailer_to(mailbox.smtp_port)
    await mailer.send(MAIL)
    await mailer.send(replace(MAIL, message_id=UUID(int=2), to="baska@example.com"))
    (kept,) = (await page.get("/messages.json", params={"to": "AYSE@example.com"})).json()
    assert kept["subject"] == MAIL.subject
    assert kept["text"].startswith("Merhaba Ayşe")
    attachment = await page.get(kept["attachments"][0]["url"])
    assert attachment.content == b"%PDF-1.7 \x00\xff"
    assert attachment.headers["content-disposition"].startswith("attachment;")
    assert len((await page.get("/messages.json")).json()) == 2


async def test_a_mail_is_shown_where_its_scripts_cannot_run(
    mailbox: Mailbox, page: httpx.AsyncClient
) -> None:
    await mailer_to(mailbox.smtp_port).send(replace(MAIL, subject="<script>alert(2)</script>"))
    listed = await page.get("/")
    assert "&lt;script&gt;alert(2)" in listed.text
    assert "<script" not in listed.text
    (kept,) = mailbox.folder.newest_first()
    view = await page.get(f"/mails/{kept.key}")
    assert 'sandbox="allow-popups' in view.text
    assert "<script" not in view.text
    body = await page.get(f"/mails/{kept.key}/body")
    policy = body.headers["content-security-policy"]
    assert policy.startswith("sandbox ")
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize(
    "path", ["/mails/../../etc/passwd", f"/mails/{'0' * 32}", "/else", "/mails/x/files/9"]
)
async def test_what_is_not_in_the_mailbox_is_not_found(page: httpx.AsyncClient, path: str) -> None:
    assert (await page.get(path)).status_code == 404


async def test_another_site_cannot_read_the_mailbox_under_its_own_name(
    page: httpx.AsyncClient,
) -> None:
    answer = await page.get("/messages.json", headers={"host": "evil.example:80"})
    assert answer.status_code == 421
    assert (await page.post("/messages.json")).status_code == 405


async def test_a_server_that_is_not_there_means_try_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unavailable):
        await mailer_to(port).send(MAIL)


class Replying:
    """A server that answers each recipient with one line."""

    def __init__(self, line: str) -> None:
        self.line = line

    async def handle_RCPT(self, *_: object) -> str:  # noqa: N802 - the server looks for this name
        return self.line


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("451 try again later", Unavailable),
        ("421 too busy", Unavailable),
        ("550 no such person", Undeliverable),
    ],
)
async def test_only_refusals_for_the_time_being_are_tried_again(
    line: str, outcome: type[Exception]
) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Replying(line), loop=loop, hostname="replying.test"), "127.0.0.1", 0
    )
    async with server:
        with pytest.raises(outcome):
            await mailer_to(server.sockets[0].getsockname()[1]).send(MAIL)


async def test_a_line_break_cannot_smuggle_a_header(mailbox: Mailbox) -> None:
    with pytest.raises(Undeliverable):
        await mailer_to(mailbox.smtp_port).send(
            replace(MAIL, subject="Merhaba\r\nBcc: herkes@example.com")
        )
    assert mailbox.folder.newest_first() == []
