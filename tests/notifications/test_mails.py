"""Mails to persons: in their language, with their link, and each once."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

import pytest

from adapters.mail_templates import FolderTemplates
from adapters.memory import MemoryFileStore, MemoryMailer
from adapters.postgres.jobs import LeasedJob
from application.identity import ConfirmEmail, RegisterDemoPerson
from application.notifications import (
    MailedFile,
    MailedLink,
    MailWriter,
    RecordMailSent,
    SendMail,
)
from application.ports import Unavailable
from domain.identity import User
from domain.notifications import SentMail
from domain.shared.money import Money
from tests.identity.examples import AYSE, BARIS, EMAIL, LINKS, People
from workers.notifications import send_mail

FOLDER = Path(__file__).parents[2] / "deploy" / "data" / "mails"
JOB, OTHER_JOB = UUID(int=801), UUID(int=802)
PLACE = re.compile(r"\{(\w+)\}")


class Office(People):
    """A house with a mail room."""

    def __init__(self) -> None:
        super().__init__()
        self.mailer = MemoryMailer()
        self.files = MemoryFileStore()
        self.writer = MailWriter(FolderTemplates(FOLDER), LINKS, self.files)

    async def run(self, job: SendMail, job_id: UUID = JOB) -> None:
        leased = LeasedJob(
            job_id=job_id,
            queue="mail",
            kind="SendMail",
            body=b"",
            attempts=1,
            causation_position=None,
            correlation_id=None,
        )
        outcome = await send_mail(job, leased, self.log, self.writer, self.mailer)
        if isinstance(outcome, RecordMailSent):
            await self.do(outcome)
            await self.do(outcome)


async def test_a_mailed_link_confirms_the_e_mail() -> None:
    house = Office()
    await house.register()
    [job] = await house.mails()
    await house.run(job)
    [mail] = house.mailer.to(EMAIL)
    assert mail.subject == "E-posta adresinizi onaylayın"
    assert "Merhaba Ayşe Yılmaz," in mail.text
    found = re.search(r"https://cover\.example/accounts/confirm#token=(\S+)", mail.text)
    assert found
    assert mail.html is not None
    assert f'<a href="{found[0]}">' in mail.html
    await house.do(ConfirmEmail(token=found[1]))
    assert (await house.user()).email_confirmed


async def test_a_mail_is_sent_once_for_each_job() -> None:
    house = Office()
    await house.customer()
    job = SendMail(person_id=AYSE, template="password_changed")
    for _ in range(2):
        await house.run(job)
    assert [mail.message_id for mail in house.mailer.sent] == [JOB]
    await house.run(job, OTHER_JOB)
    assert [mail.message_id for mail in house.mailer.sent] == [JOB, OTHER_JOB]
    assert house.happened().count(SentMail.Sent) == 2


async def test_what_could_not_be_sent_is_not_recorded_as_sent() -> None:
    house = Office()
    await house.customer()
    house.mailer.down = True
    job = SendMail(person_id=AYSE, template="password_changed")
    with pytest.raises(Unavailable):
        await house.run(job)
    house.mailer.down = False
    await house.run(job)
    assert len(house.mailer.sent) == 1


async def test_each_person_reads_their_own_language() -> None:
    house = Office()
    await house.do(
        RegisterDemoPerson(
            person_id=BARIS,
            email="baris@example.com",
            name="Barış",
            language="en",
            password_hash=await house.hash(),
        )
    )
    await house.run(SendMail(person_id=BARIS, template="password_changed"))
    assert house.mailer.sent[0].subject == "Your password was changed"
    assert house.mailer.sent[0].html is not None
    assert '<html lang="en">' in house.mailer.sent[0].html


async def test_amounts_are_written_as_in_the_readers_language() -> None:
    house = Office()
    await house.customer()
    barbara = RegisterDemoPerson(
        person_id=BARIS,
        email="barbara@example.com",
        name="Barbara",
        language="en",
        password_hash=await house.hash(),
    )
    await house.do(barbara)
    for person, job_id in ((AYSE, JOB), (BARIS, OTHER_JOB)):
        job = SendMail(
            person_id=person,
            template="order_paid",
            facts={"number": "PC-1"},
            amount=Money.of("1290.5"),
        )
        await house.run(job, job_id)
    turkish, english = (mail.text for mail in house.mailer.sent)
    assert "1.290,50 ₺ tutarındaki" in turkish
    assert "your payment of ₺1,290.50 has" in english


@pytest.mark.parametrize(
    ("amount", "turkish", "english"),
    [
        (Money.of("0.05"), "0,05 ₺", "₺0.05"),
        (Money.of(-1_234_567), "-1.234.567,00 ₺", "-₺1,234,567.00"),
        (Money.of(1000, "EUR"), "1.000,00 EUR", "EUR 1,000.00"),
    ],
)
def test_an_amount_has_a_form_in_each_language(amount: Money, turkish: str, english: str) -> None:
    assert (amount.written("tr"), amount.written("en")) == (turkish, english)


async def test_nobody_is_written_to_who_is_not_there_or_was_erased() -> None:
    house = Office()
    await house.run(SendMail(person_id=AYSE, template="password_changed"))
    await house.do(
        RegisterDemoPerson(
            person_id=BARIS,
            email="[erased]",
            name="[erased]",
            language="tr",
            password_hash="[erased]",
        )
    )
    await house.run(SendMail(person_id=BARIS, template="password_changed"), OTHER_JOB)
    assert house.mailer.sent == []
    assert SentMail.Sent not in house.happened()


async def test_files_travel_with_the_mail() -> None:
    house = Office()
    await house.customer()
    digest = await house.files.put(b"%PDF-1.7")
    job = SendMail(
        person_id=AYSE,
        template="password_changed",
        attachments=(MailedFile(name="fatura.pdf", media_type="application/pdf", digest=digest),),
    )
    await house.run(job)
    [attachment] = house.mailer.sent[0].attachments
    assert (attachment.name, attachment.content) == ("fatura.pdf", b"%PDF-1.7")


async def test_what_people_call_themselves_is_text_and_never_markup_or_a_place(
    tmp_path: Path,
) -> None:
    house = Office()
    await house.customer()
    (tmp_path / "page.html").write_text("<h1>{subject}</h1>{body}", "utf-8")
    (tmp_path / "order.tr.txt").write_text("{title} hazır\n\nKitap: {title}\n", "utf-8")
    writer = MailWriter(FolderTemplates(tmp_path), LINKS, house.files)
    job = SendMail(
        person_id=AYSE, template="order", facts={"title": "<b>{name}</b>\nBcc: x@example.com"}
    )
    mail = await writer.write(job, JOB, user=await house.user())
    assert mail.subject == "<b>{name}</b> Bcc: x@example.com hazır"
    assert mail.html is not None
    assert "<b>" not in mail.html
    assert "&lt;b&gt;{name}&lt;/b&gt;" in mail.html


async def test_a_template_or_fact_that_is_missing_is_an_error_and_not_an_empty_mail() -> None:
    house = Office()
    await house.customer()
    user = await house.user()
    for template in ("no_such_template", "../mails/confirm_email", "confirm_email"):
        with pytest.raises(LookupError):
            await house.writer.write(SendMail(person_id=AYSE, template=template), JOB, user=user)


def test_every_template_speaks_both_languages_with_the_same_places() -> None:
    names = {path.name.split(".")[0] for path in FOLDER.glob("*.txt")}
    templates = FolderTemplates(FOLDER)
    assert names
    for name in names:
        turkish, english = templates.text(name, "tr"), templates.text(name, "en")
        assert set(PLACE.findall(turkish)) == set(PLACE.findall(english)), name
        for text in (turkish, english):
            subject, blank, rest = text.split("\n", 2)
            assert subject.strip(), name
            assert not blank, name
            assert rest.strip(), name


async def test_a_link_is_made_of_what_the_job_says_and_stands_in_no_job() -> None:
    house = Office()
    await house.customer()
    link = MailedLink(path="/x", purpose="reset_password", subject_id=JOB)
    user: User = await house.user()
    mail = await house.writer.write(
        SendMail(person_id=AYSE, template="reset_password", link=link), JOB, user=user
    )
    secret = LINKS.secret("reset_password", JOB)
    assert f"https://cover.example/x#token={JOB.hex}.{secret}" in mail.text
    assert secret not in repr(link)
