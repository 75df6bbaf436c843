"""Mails to persons: what is asked for, how it is written, and that it was sent."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct, field

from application.bus import Command, handles
from application.links import Links, token_text
from application.ports import Attachment, FileStore, Language, Mail
from application.store import Store
from application.work import Job
from domain.identity import User
from domain.notifications import Circular, Notice, SentMail
from domain.shared.money import Money


class MailedFile(Struct, frozen=True, kw_only=True):
    """A stored file that travels with a mail."""

    name: str
    media_type: str
    digest: str


class MailedLink(Struct, frozen=True, kw_only=True):
    """A link with a secret, which is made when the mail is written and kept nowhere.

    It leads to `path` of our public address, with the token behind `#token=`, where neither logs
    nor referrers carry it on.
    """

    path: str
    purpose: str
    subject_id: UUID


class SendMail(Job, frozen=True, kw_only=True):
    """Write to a person in their language.

    The texts are `deploy/data/mails/<template>.<tr|en>.txt`; their `{places}` are filled from
    `facts`, from `worded`, whose facts read differently in each language, `{name}` from the
    account, `{amount}` from the amount, and `{link}` from the link.
    """

    QUEUE = "mail"

    person_id: UUID
    template: str
    facts: dict[str, str] = field(default_factory=dict)
    worded: dict[Language, dict[str, str]] = field(default_factory=dict)
    amount: Money | None = None
    attachments: tuple[MailedFile, ...] = ()
    link: MailedLink | None = None


class WriteToRole(Job, frozen=True, kw_only=True):
    """Write to all who hold a role now, but one of them; templates as in `SendMail`."""

    QUEUE = "mail"

    role: str
    template: str
    facts: dict[str, str] = field(default_factory=dict)
    but: UUID


class RecordCircular(Command, frozen=True, kw_only=True):
    """A mail goes to several persons."""

    circular_id: UUID
    person_ids: tuple[UUID, ...]
    template: str
    facts: dict[str, str]


class GiveNotice(Command, frozen=True, kw_only=True):
    """Tell a person of something that may be reported several times; ignored from the second time
    on. Nothing in `facts` is about a person.
    """

    person_id: UUID
    template: str
    about: UUID
    facts: dict[str, str]


class RoleHolders(Protocol):
    """Who holds which role."""

    async def holding(self, role: str) -> Sequence[UUID]:
        """The persons who hold a role now, in the order of their ids."""
        ...


class RecordMailSent(Command, frozen=True, kw_only=True):
    """A mail was handed to the mail server."""

    mail_id: UUID
    person_id: UUID
    template: str


class MailTemplates(Protocol):
    """The texts of mails."""

    def text(self, template: str, language: Language) -> str:
        """The first line is the subject, the rest, after an empty line, the text.

        Raises `LookupError` for a template that does not exist.
        """
        ...

    def page(self) -> str:
        """The HTML around a text, with the places `{language}`, `{subject}` and `{body}`."""
        ...


@handles
async def record_mail_sent(command: RecordMailSent, store: Store) -> None:
    sent = await store.find(SentMail, command.mail_id)
    store.save(
        sent
        or SentMail.begin(
            SentMail.Sent,
            id=command.mail_id,
            now=store.now,
            person_id=command.person_id,
            template=command.template,
        )
    )


@handles
async def give_notice(command: GiveNotice, store: Store) -> None:
    notice_id = Notice.id_of(command.template, command.about)
    notice = await store.find(Notice, notice_id)
    store.save(
        notice
        or Notice.begin(
            Notice.Given,
            id=notice_id,
            now=store.now,
            person_id=command.person_id,
            template=command.template,
            facts=command.facts,
        )
    )


@handles
async def record_circular(command: RecordCircular, store: Store) -> None:
    circular = await store.find(Circular, command.circular_id)
    store.save(
        circular
        or Circular.begin(
            Circular.Written,
            id=command.circular_id,
            now=store.now,
            person_ids=command.person_ids,
            template=command.template,
            facts=command.facts,
        )
    )


class MailWriter:
    """Writes mails from templates."""

    def __init__(self, templates: MailTemplates, links: Links, files: FileStore) -> None:
        self._templates = templates
        self._links = links
        self._files = files

    async def write(self, job: SendMail, mail_id: UUID, *, user: User) -> Mail:
        """The mail of a job. Raises `LookupError` for a missing template or fact."""
        facts = {"name": user.name, **job.facts, **job.worded.get(user.language, {})}
        if job.amount:
            facts["amount"] = job.amount.written(user.language)
        if job.link:
            facts["link"] = self._address(job.link)
        template = self._templates.text(job.template, user.language)
        subject, _, text = template.strip().partition("\n")
        # Only the template's own places are filled: a fact with braces stays as it is
        subject, text = subject.strip().format_map(facts), text.strip().format_map(facts)
        return Mail(
            message_id=mail_id,
            to=user.email,
            subject=" ".join(subject.split()),
            text=text + "\n",
            html=self._html(subject, text, language=user.language),
            attachments=tuple(
                [
                    Attachment(file.name, file.media_type, await self._files.get(file.digest))
                    for file in job.attachments
                ]
            ),
        )

    def _address(self, link: MailedLink) -> str:
        token = token_text(self._links, link.purpose, subject_id=link.subject_id)
        return f"{self._links.url(link.path)}#token={token}"

    def _html(self, subject: str, text: str, *, language: Language) -> str:
        return self._templates.page().format_map(
            {
                "language": language,
                "subject": html.escape(subject),
                "body": "\n".join(_paragraph(part) for part in text.split("\n\n")),
            }
        )


def _paragraph(text: str) -> str:
    lines = "<br>\n".join(html.escape(line) for line in text.strip().splitlines())
    linked = re.sub(r"https?://[^\s<]+", r'<a href="\g<0>">\g<0></a>', lines)
    return f"<p>{linked}</p>"
