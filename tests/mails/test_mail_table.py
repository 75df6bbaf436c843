"""Every mail has its words in both languages and all they need, and every event its mail or why."""

from __future__ import annotations

import re
from uuid import UUID

import pytest

from adapters.mail_templates import FolderTemplates
from adapters.memory import MemoryFileStore
from application.notifications import MailWriter
from application.ports import Language
from domain.identity import User
from domain.shared.aggregate import personal_names
from tests.given import NOW
from tests.identity.examples import LINKS
from tests.mails.silent import SILENT
from tests.mails.table import FOLDER, PAGE, Written, all_written, as_mail, page, told_at_once

PLACE = re.compile(r"\{(\w+)\}")
WRITTEN = list(all_written())
NAMES = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.txt")})
IN_WORDS_OF_STAFF = {"return_approved_send"}
"""Mails that repeat what staff wrote for the customer: how and where to send a return."""

each_written = pytest.mark.parametrize(
    "written", WRITTEN, ids=[f"{each.topic}-{each.intent.template}" for each in WRITTEN]
)


def user(language: Language) -> User:
    """Somebody who reads this language."""
    return User.begin(
        User.Registered,
        id=UUID(int=1),
        now=NOW,
        email="ayse@example.com",
        name="Ayşe Yılmaz",
        password_hash="plain",
        language=language,
        terms_version="1",
        privacy_version="1",
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_there_in_both_languages_with_the_same_places(name: str) -> None:
    texts = [(FOLDER / f"{name}.{each}.txt").read_text(encoding="utf-8") for each in ("tr", "en")]
    turkish, english = (set(PLACE.findall(text)) for text in texts)
    assert turkish == english
    for text in texts:
        subject, blank, body = text.split("\n", 2)
        assert subject.strip()
        assert blank == ""
        assert body.strip()


def test_every_template_is_used() -> None:
    assert sorted({each.intent.template for each in WRITTEN}) == NAMES


@each_written
@pytest.mark.parametrize("language", ["tr", "en"])
async def test_a_mail_is_given_all_that_its_words_need(
    written: Written, language: Language
) -> None:
    files, job = MemoryFileStore(), as_mail(written.intent)
    for attached in job.attachments:
        files.contents[attached.digest] = b"%PDF"
    writer = MailWriter(FolderTemplates(FOLDER), LINKS, files)
    mail = await writer.write(job, UUID(int=2), user=user(language))
    assert not PLACE.search(mail.subject + mail.text)
    assert "None" not in mail.text
    assert len(mail.attachments) == len(job.attachments)


@each_written
def test_what_somebody_wrote_is_in_no_mail(written: Written) -> None:
    if written.intent.template in IN_WORDS_OF_STAFF:
        return
    said = {str(getattr(written.event, name)) for name in personal_names(type(written.event))}
    job = as_mail(written.intent)
    told = {
        *job.facts.values(),
        *(each for facts in job.worded.values() for each in facts.values()),
    }
    assert not said & told - {""}


def test_everything_that_persons_are_told_is_mailed_or_has_a_reason() -> None:
    mailed = {each.topic for each in WRITTEN}
    assert told_at_once() - mailed == SILENT.keys()


def test_the_page_on_mails_is_the_one_that_the_code_makes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.mails.table"
