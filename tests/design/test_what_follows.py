"""What follows from the artist's steps: mails in both languages, timers, live updates."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from string import Formatter

import pytest

from api.wording import all_words
from application.design import ApproveUnanswered, LapseOffer, OfferDesignJob, RemindOfPreview
from application.notifications import SendMail
from application.store import Recorded
from application.work import Intent, Later, reactions_to
from domain.design import DesignJob, parts
from domain.orders import Order
from domain.shared.aggregate import Metadata
from domain.shared.errors import Refusal
from tests.design.examples import (
    ACCEPT,
    APPROVE,
    ATTEMPT,
    DECLINE,
    DRAFT,
    JOB,
    ORDER,
    READER,
    REVISE,
    Studio,
    preview,
)
from tests.designers.examples import ARTIST, PRICE
from tests.given import NOW

MAILS = Path(__file__).parents[2] / "deploy" / "data" / "mails"
TEMPLATES = {
    "design_offered": {"number", "until"},
    "design_accepted": {"number"},
    "design_declined": {"number"},
    "design_preview": {"number", "until"},
    "design_reminder": {"number", "until"},
    "design_revision": {"number", "revision"},
}


@pytest.fixture
async def studio() -> Studio:
    """A paid order whose job was offered."""
    opened = Studio()
    await opened.paid()
    return opened


async def wanted(studio: Studio) -> list[Intent]:
    """The mails and timers of this story that are new."""
    kinds = (ApproveUnanswered, LapseOffer, RemindOfPreview)
    return [
        wish.intent
        for wish in await studio.react()
        if (isinstance(wish.intent, SendMail) and wish.intent.template in TEMPLATES)
        or (isinstance(wish.intent, Later) and isinstance(wish.intent.command, kinds))
    ]


async def mails(studio: Studio) -> list[tuple[str, object]]:
    """The new mails: which, and to whom."""
    return [
        (wish.template, wish.person_id)
        for wish in await wanted(studio)
        if isinstance(wish, SendMail)
    ]


async def test_an_offer_is_mailed_and_lapses(studio: Studio) -> None:
    offered = [wish.intent for wish in studio.wanted if "offer" in str(wish.intent).lower()]
    number = (await studio.job()).commission.number
    assert (
        SendMail(
            person_id=ARTIST,
            template="design_offered",
            facts={"number": number, "until": "04.03.2026"},
        )
        in offered
    )
    assert Later(LapseOffer(job_id=JOB, offer=1), NOW + timedelta(days=3)) in offered


async def test_each_step_is_told_to_who_waits_for_it(studio: Studio) -> None:
    told = []
    for command in (ACCEPT, preview(), REVISE, preview(2), APPROVE):
        await studio.do(command)
        told += await mails(studio)
    assert told == [
        ("design_accepted", READER),
        ("design_preview", READER),
        ("design_revision", ARTIST),
        ("design_preview", READER),
    ]


async def test_a_refusal_goes_back_to_the_customer(studio: Studio) -> None:
    await studio.do(DECLINE)
    assert await mails(studio) == [("design_declined", READER)]


async def test_an_unanswered_offer_goes_back_to_the_customer(studio: Studio) -> None:
    await studio.do(LapseOffer(job_id=JOB, offer=1))
    assert await mails(studio) == [("design_declined", READER)]


async def test_a_preview_waits_with_reminders(studio: Studio) -> None:
    await studio.do(ACCEPT)
    await studio.react()
    await studio.do(preview())
    timers = [wish for wish in await wanted(studio) if isinstance(wish, Later)]
    assert timers == [
        Later(ApproveUnanswered(job_id=JOB, preview=1), NOW + timedelta(days=5)),
        Later(RemindOfPreview(job_id=JOB, preview=1, reminder=1), NOW + timedelta(days=3)),
        Later(RemindOfPreview(job_id=JOB, preview=1, reminder=2), NOW + timedelta(days=4)),
    ]
    await studio.do(RemindOfPreview(job_id=JOB, preview=1, reminder=1))
    assert await mails(studio) == [("design_reminder", READER)]


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_each_mail_is_written_in_both_languages(template: str, language: str) -> None:
    text = (MAILS / f"{template}.{language}.txt").read_text(encoding="utf-8")
    places = {name for _, name, _, _ in Formatter().parse(text) if name}
    assert places <= TEMPLATES[template] | {"name"}
    assert text.split("\n\n")[0].count("\n") == 0


def test_every_refusal_has_words() -> None:
    own = [
        kind.code
        for kind in vars(parts).values()
        if isinstance(kind, type)
        and issubclass(kind, Refusal)
        and kind.__module__ == parts.__name__
    ]
    assert own
    assert set(own) <= all_words().keys()


async def test_both_sides_hear_of_each_step_without_private_words(studio: Studio) -> None:
    await studio.do(ACCEPT)
    (event,) = [
        each.event for each in studio.log.recorded if isinstance(each.event, DesignJob.Accepted)
    ]
    told = {getattr(event, field) for field in event.CONCERNS}
    assert told == {READER, ARTIST}
    assert "said" not in event.SHOWS


def test_only_an_artists_order_is_offered() -> None:
    """Covers that were uploaded or painted need no designer."""
    paid = Order.Paid(
        originator_id=ORDER,
        originator_version=3,
        timestamp=NOW,
        customer_id=READER,
        number="PK-7Q2M",
        draft_id=DRAFT,
        method="upload",
        designer_id=None,
        attempt_id=ATTEMPT,
        amount=PRICE,
        surcharge=PRICE * 0,
        installments=1,
        charged=(),
    )
    metadata = Metadata(command_id=ORDER, command="Test", correlation_id=ORDER)
    intents = [wish.intent for wish in reactions_to(Recorded(1, paid, metadata))]
    assert not any(isinstance(intent, OfferDesignJob) for intent in intents)
