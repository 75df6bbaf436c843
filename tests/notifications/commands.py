"""Every command about mails, each in a house where it does something."""

from __future__ import annotations

from uuid import UUID

from application.notifications import GiveNotice, RecordCircular, RecordMailSent
from tests.asked import State
from tests.given import House


async def an_empty_house() -> House:
    """No mail was sent."""
    return House({})


SENT = RecordMailSent(mail_id=UUID(int=1), person_id=UUID(int=2), template="order_paid")
WRITTEN = RecordCircular(
    circular_id=UUID(int=3),
    person_ids=(UUID(int=2), UUID(int=4)),
    template="entry_to_check",
    facts={"credits": "+5000", "until": "08.03.2026 12:00"},
)
TOLD = GiveNotice(
    person_id=UUID(int=2), template="parcel_near", about=UUID(int=5), facts={"number": "PC-1"}
)

EXAMPLES = State(an_empty_house).asked(SENT, WRITTEN, TOLD)
