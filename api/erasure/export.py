"""Everything that is held about a person, as one JSON document that is written while it is read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.response import Stream
from msgspec import Struct

from api.ask import Ask, Rate
from application.history import HIDDEN, SECRET
from application.past import WholeLog
from application.store import Recorded
from domain.shared.aggregate import personal_names
from domain.shared.card_numbers import scrub_json

SELDOM = Rate("exports", 3)
"""The whole log is read for it."""
HEADERS = {"Content-Disposition": 'attachment; filename="polikrami.json"'}


class ExportedEvent(Struct, frozen=True, kw_only=True):
    """Something that happened to the person or because of them. What others said is left out."""

    position: int
    at: datetime
    kind: str
    subject_id: UUID
    facts: dict[str, Any]


class ExportController(Controller):
    """One's own account."""

    path = "/profile"
    tags = ("accounts",)

    @get(
        "/export",
        operation_id="ExportMe",
        summary="Everything that is held about the caller",
        opt={"rate": SELDOM},
        media_type="application/json",
    )
    async def export(self, ask: Ask) -> Stream:
        """All events of the log about the caller up to now, in order, with all that they say: this
        is what everything else that is shown of them is made from. Password hashes and secrets of
        links are left out, as is what other persons said.
        """
        person_id, head = ask.person, await ask.log.head()
        return Stream(
            _exported(ask.log, person_id, until=head),
            media_type="application/json",
            headers=HEADERS,
        )


async def _exported(log: WholeLog, person_id: UUID, *, until: int) -> AsyncIterator[bytes]:
    yield b'{"person_id":"%b","position":%d,"events":[' % (str(person_id).encode(), until)
    comma = b""
    async for page in log.pages(0, until):
        for recorded in page.events:
            if recorded.kind and recorded.says(str(person_id).encode()):
                yield comma + scrub_json(msgspec.json.encode(_told(recorded, person_id)))
                comma = b","
    yield b"]}"


def _told(recorded: Recorded, person_id: UUID) -> ExportedEvent:
    event = recorded.event
    facts: dict[str, Any] = msgspec.to_builtins(event)
    kept = event.retention() is not None and getattr(event, "customer_id", None) == person_id
    own = kept or recorded.subject_id == person_id
    for name in personal_names(type(event)):
        if not own or name == "password_hash":
            facts[name] = HIDDEN
    for name in list(facts):
        if SECRET.search(name) or name.startswith("originator_"):
            del facts[name]
    return ExportedEvent(
        position=recorded.position,
        at=event.timestamp,
        kind=event.TOPIC,
        subject_id=event.originator_id,
        facts=facts,
    )
