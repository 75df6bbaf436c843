"""Makes the page on mails: what is written because of which event, to whom, with what attached."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

import workers.stories  # noqa: F401  # registers all reactions
from adapters.mail_templates import FolderTemplates
from application.notifications import GiveNotice, SendMail, WriteToRole
from application.work import REACTIONS
from domain.manual_entries import ManualEntry
from domain.notifications import Circular, Notice
from domain.returns import Return
from domain.shared.aggregate import EVENTS, Event
from domain.shipments import Shipment
from tests.mails.samples import person_named, samples
from tests.mails.silent import SILENT
from tests.sources import ROOT

PAGE = ROOT / "docs" / "mails.md"
FOLDER = ROOT / "deploy" / "data" / "mails"
TEMPLATES = FolderTemplates(FOLDER)
Writing = SendMail | WriteToRole | GiveNotice

READERS = {
    "customer_id": "the customer",
    "designer_person_id": "the designer",
    "author_id": "the author",
    "person_id": "the person",
    "originator_id": "the person",
}
PASSED_ON = (Circular.Written, Notice.Given)
"""They carry what another event has asked to be written."""

HEAD = """# Mails

Made from the code by `python -m tests.mails.table`. Each mail is a template in both languages in
`deploy/data/mails/`, is written in the language of its reader, and is sent once for each event: its
Message-ID is the id of the job, which is the same however often the event is read. What carriers
report again and again is told once for each parcel. Mails repeat nothing that somebody wrote:
instructions, addresses, bank accounts and reasons of staff stay where one has to be signed in.

| because of | template | subject | to | attached |
|---|---|---|---|---|
"""
MIDDLE = """
## Told, but not by mail

Persons hear of these at once where they are signed in (`GET /api/v1/events`). No mail is written,
for a reason:

| event | why there is no mail |
|---|---|
"""


class Written(Struct, frozen=True, kw_only=True):
    """One mail that an event causes, and the sample that showed it."""

    topic: str
    intent: Writing
    event: Event

    @property
    def reader(self) -> str:
        """To whom it goes."""
        if isinstance(self.intent, WriteToRole):
            return f"all with the role {self.intent.role}, but who asked"
        names = [each for each in READERS if person_named(each) == self.intent.person_id]
        return READERS[names[0]]

    @property
    def attached(self) -> str:
        """What travels with it."""
        if not isinstance(self.intent, SendMail):
            return ""
        kinds = [each.name.rsplit(".", 1)[1].upper() for each in self.intent.attachments]
        return ", ".join(kinds + ["secret link"] * bool(self.intent.link))


def all_written() -> Iterator[Written]:
    """Every mail that any event causes, once for each kind of event and template."""
    known: set[tuple[str, str]] = set()
    for kind in sorted(REACTIONS, key=lambda each: each.TOPIC):
        if kind in PASSED_ON:
            continue
        for event in (*samples(kind), *_more(kind)):
            for intent in _writings(_in_words(event)):
                if (kind.TOPIC, intent.template) not in known:
                    known.add((kind.TOPIC, intent.template))
                    yield Written(topic=kind.TOPIC, intent=intent, event=event)


def as_mail(intent: Writing) -> SendMail:
    """The mail that it comes to."""
    if isinstance(intent, SendMail):
        return intent
    person_id = intent.person_id if isinstance(intent, GiveNotice) else person_named("role")
    return SendMail(person_id=person_id, template=intent.template, facts=intent.facts)


def page() -> str:
    """The page."""
    rows = [
        f"| `{each.topic}` | `{each.intent.template}` | {_subject(each.intent.template)}"
        f" | {each.reader} | {each.attached} |"
        for each in all_written()
    ]
    silent = [f"| `{topic}` | {SILENT[topic]} |" for topic in sorted(SILENT)]
    return HEAD + "\n".join(rows) + "\n" + MIDDLE + "\n".join(silent) + "\n"


def told_at_once() -> set[str]:
    """The events that persons hear of where they are signed in."""
    return {topic for topic, kind in EVENTS.items() if kind.CONCERNS}


def _subject(template: str) -> str:
    return TEMPLATES.text(template, "en").split("\n", 1)[0]


def _writings(event: Event) -> Iterator[Writing]:
    for reaction in REACTIONS[type(event)]:
        for intent in reaction(event):
            if isinstance(intent, (SendMail, WriteToRole, GiveNotice)):
                yield intent


def _in_words(event: Event) -> Event:
    """Texts that only have some values get one of them."""
    if isinstance(event, ManualEntry.Booked):
        return replace(event, reason="goodwill")
    if type(event) in vars(Return).values() and hasattr(event, "item"):
        return _replaced(event, item="cover")
    return event


def _more(kind: type[Event]) -> Iterator[Event]:
    """Samples in which several things fit each other."""
    first = next(samples(kind))
    if isinstance(first, Shipment.Dispatched):
        yield replace(first, originator_id=Shipment.id_of(first.order_id))
    if isinstance(first, Shipment.StatusReported):
        near = replace(first.report, status="out_for_delivery")
        yield replace(first, report=near, stands_at="out_for_delivery")


def _replaced(event: Event, **facts: Any) -> Event:
    return replace(event, **facts)


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE).write_text(page(), encoding="utf-8")
