"""Mails that went out: one aggregate for each, so that none is sent for the same reason twice."""

from __future__ import annotations

from uuid import UUID, uuid5

from domain.shared.aggregate import Aggregate, Created, event

NOTICES = UUID("9c1d7f86-3f0a-4b5e-8d6c-2b7c4e1a9f53")


class SentMail(Aggregate):
    """Its id is the id of the job that sent it, and the mail's own message id."""

    TOPIC = "mail"

    class Sent(Created, frozen=True, kw_only=True):
        TOPIC = "mail.sent"
        person_id: UUID
        template: str

    @event(Sent)
    def __init__(self, person_id: UUID, template: str) -> None:
        self.person_id = person_id
        self.template = template


class Circular(Aggregate):
    """A mail to several persons, who are chosen once; its id is the id of the job that did."""

    TOPIC = "circular"

    class Written(Created, frozen=True, kw_only=True):
        TOPIC = "circular.written"
        person_ids: tuple[UUID, ...]
        template: str
        facts: dict[str, str]

    @event(Written)
    def __init__(self, person_ids: tuple[UUID, ...]) -> None:
        self.person_ids = person_ids


class Notice(Aggregate):
    """Something that a person is told once, however often it is reported."""

    TOPIC = "notice"

    class Given(Created, frozen=True, kw_only=True):
        TOPIC = "notice.given"
        person_id: UUID
        template: str
        facts: dict[str, str]

    @staticmethod
    def id_of(template: str, about: UUID) -> UUID:
        """The one notice of this kind about this thing."""
        return uuid5(NOTICES, f"{template}/{about}")

    @event(Given)
    def __init__(self, person_id: UUID, template: str) -> None:
        self.person_id = person_id
        self.template = template
