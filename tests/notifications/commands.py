"""Every command about mails, each in a house where it does something."""

from __future__ import annotations

from uuid import UUID

from application.notifications import RecordMailSent
from tests.asked import State
from tests.given import House


async def an_empty_house() -> House:
    """No mail was sent."""
    return House({})


SENT = RecordMailSent(mail_id=UUID(int=1), person_id=UUID(int=2), template="order_paid")

EXAMPLES = State(an_empty_house).asked(SENT)
