"""Mails that went out: one aggregate for each, so that none is sent for the same reason twice."""

from __future__ import annotations

from uuid import UUID

from domain.shared.aggregate import Aggregate, Created, event


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
