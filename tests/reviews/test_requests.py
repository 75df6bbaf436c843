"""What can be asked about reviews, who is refused, and what follows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

from msgspec.structs import replace

from application.notifications import SendMail
from application.processes.reviews import INVITED_AFTER
from application.reviews import AnswerReview, InviteReview
from application.store import Recorded, Store
from application.work import Later, reactions_to
from domain.orders import Order, Purchase
from domain.reviews import Invitation, Review
from domain.reviews.around import REPORTS_A_DAY
from domain.reviews.parts import (
    AnswerGiven,
    MoneyReturned,
    NotDelivered,
    NothingDesigned,
    ReviewExists,
    TooManyReports,
)
from domain.shared.errors import NotFound, StaleVersion
from domain.shared.money import Money
from tests.design.examples import ORDER, READER, STRANGER, Studio
from tests.designers.examples import ARTIST
from tests.reviews.examples import (
    ANSWER,
    AUTHOR,
    BAD,
    CHANGE,
    HIDE,
    REPORT,
    REVIEW,
    SHOW,
    WITHDRAW,
    WRITE,
    a_delivered_order,
    a_printed_order,
    a_review,
)


async def review_of(studio: Studio) -> Review:
    return await Store(studio.log, studio.clock.now()).get(Review, REVIEW)


async def returned(studio: Studio, share: int) -> None:
    """Of every line, one part in `share` went back."""
    order = await studio.order()
    for line in order.charged_lines:
        amount = Money.of(line.gross.amount / share)
        order.record_refunded(uuid4(), line.line_id, amount=amount)
    await studio.record(order)


async def test_the_customer_of_a_delivered_order_writes_under_their_short_name() -> None:
    studio = await a_delivered_order()
    answer = (await studio.do(WRITE)).answer
    assert answer["review_id"] == str(REVIEW)
    [written] = [each.event for each in studio.log.recorded if each.kind is Review.Written]
    assert isinstance(written, Review.Written)
    assert (written.shown_name, written.designer_person_id) == ("Birisi", ARTIST)
    assert written.changeable_until == studio.clock.now() + timedelta(days=30)


async def test_nobody_else_writes_changes_or_answers() -> None:
    studio = await a_delivered_order()
    await studio.refuses(NotFound, replace(WRITE, author_id=STRANGER))
    await studio.do(WRITE)
    await studio.refuses(NotFound, replace(CHANGE, author_id=STRANGER))
    await studio.refuses(NotFound, replace(WITHDRAW, author_id=ARTIST))
    await studio.refuses(NotFound, replace(ANSWER, person_id=READER))


async def test_nothing_is_reviewed_before_it_was_delivered() -> None:
    studio = await a_printed_order()
    refusal = await studio.refuses(NotDelivered, WRITE)
    assert refusal.facts["state"] == "in_production"


async def test_an_order_without_a_designer_has_no_review() -> None:
    studio = await a_delivered_order()
    bare = Order.id_of(UUID(int=555))
    order = await studio.order()
    other = Order.begin(
        Order.Placed,
        id=bare,
        now=studio.clock.now(),
        customer_id=READER,
        number="PK-OTHER",
        purchase=_purchase_of(studio),
        particulars=order.particulars,
    )
    await studio.record(other)
    await studio.refuses(NothingDesigned, replace(WRITE, order_id=bare))


async def test_who_had_all_money_back_writes_nothing_but_what_was_written_stays() -> None:
    studio = await a_delivered_order()
    await returned(studio, 2)
    await studio.do(WRITE)
    await returned(studio, 1)
    assert (await review_of(studio)).opinion == WRITE.opinion
    other = await a_delivered_order()
    await returned(other, 1)
    await other.refuses(MoneyReturned, WRITE)


async def test_of_two_reviews_at_once_one_is_kept() -> None:
    studio = await a_delivered_order()
    asked = [WRITE, replace(WRITE, opinion=BAD)]
    outcomes = await asyncio.gather(*map(studio.do, asked), return_exceptions=True)
    assert [type(each) for each in outcomes if isinstance(each, Exception)] == [ReviewExists]
    assert studio.happened().count(Review.Written) == 1


async def test_of_two_answers_at_once_one_is_kept() -> None:
    studio = await a_delivered_order()
    await studio.do(WRITE)
    asked = [ANSWER, replace(ANSWER, text="Bir yanıt daha")]
    outcomes = await asyncio.gather(*map(studio.do, asked), return_exceptions=True)
    assert [type(each) for each in outcomes if isinstance(each, Exception)] == [AnswerGiven]
    assert studio.happened().count(Review.Answered) == 1


async def test_of_two_admins_who_decide_at_once_on_what_they_see_one_wins() -> None:
    studio = await a_delivered_order()
    await studio.do(WRITE)
    await studio.do(HIDE)
    asked = [replace(SHOW, expected_version=2), replace(HIDE, part="review", expected_version=1)]
    outcomes = await asyncio.gather(*map(studio.do, asked), return_exceptions=True)
    assert [type(each) for each in outcomes if isinstance(each, Exception)] == [StaleVersion]
    assert not (await review_of(studio)).hidden


async def test_a_person_reports_ten_reviews_a_day() -> None:
    studio = await a_delivered_order()
    await studio.do(WRITE)
    numbers = range(REPORTS_A_DAY)
    for number in numbers:
        about = replace(a_review().about, order_id=UUID(int=7000 + number))
        other = Review.write(
            about,
            replace(AUTHOR, person_id=UUID(int=9)),
            opinion=BAD,
            changeable_until=studio.clock.now(),
            now=studio.clock.now(),
        )
        await studio.record(other)
        await studio.do(replace(REPORT, review_id=other.id))
        await studio.do(replace(REPORT, review_id=other.id))
    refusal = await studio.refuses(TooManyReports, REPORT)
    assert 0 < refusal.facts["retry_after_seconds"] <= timedelta(days=1).total_seconds()
    studio.clock.pass_(days=1)
    await studio.do(REPORT)
    assert (await review_of(studio)).reporters == {STRANGER}


async def test_a_customer_is_asked_for_a_review_once_and_a_week_later() -> None:
    studio = await a_delivered_order()
    wanted = await studio.react()
    [timer] = [
        each.intent
        for each in wanted
        if isinstance(each.intent, Later) and isinstance(each.intent.command, InviteReview)
    ]
    assert timer.due_at == studio.clock.now() + INVITED_AFTER
    await studio.do(timer.command)
    await studio.do(timer.command)
    assert studio.happened().count(Invitation.Made) == 1
    mails = [each.intent for each in await studio.react() if isinstance(each.intent, SendMail)]
    assert [(mail.template, mail.person_id) for mail in mails] == [("review_invitation", READER)]


async def test_who_has_reviewed_or_had_money_back_is_not_asked() -> None:
    reviewed, refunded = await a_delivered_order(), await a_delivered_order()
    await reviewed.do(WRITE)
    await returned(refunded, 4)
    for studio in (reviewed, refunded):
        await studio.do(InviteReview(order_id=ORDER))
        assert Invitation.Made not in studio.happened()


async def test_each_side_hears_of_the_other_and_why_something_is_hidden() -> None:
    studio = await a_delivered_order()
    await studio.react()
    hide_answer = replace(HIDE, part="answer", reason="advertising")
    for command in (WRITE, ANSWER, HIDE, SHOW, hide_answer, WITHDRAW):
        await studio.do(command)
    mails = [each.intent for each in await studio.react() if isinstance(each.intent, SendMail)]
    number = (await studio.order()).number
    assert [(each.template, each.person_id, each.facts["number"]) for each in mails] == [
        ("review_received", ARTIST, number),
        ("review_answered", READER, number),
        ("review_hidden", READER, number),
        ("review_answer_hidden", ARTIST, number),
    ]
    assert mails[0].facts["rating"] == "5"
    assert [each.worded["en"]["reason"] for each in mails[2:]] == [
        "it is insulting",
        "it advertises something",
    ]


async def test_what_a_review_says_is_in_no_mail() -> None:
    studio = await a_delivered_order()
    await studio.do(WRITE)
    await studio.do(AnswerReview(review_id=REVIEW, person_id=ARTIST, text="Gizli kalsın"))
    for recorded in studio.log.recorded:
        for wish in reactions_to(Recorded(recorded.position, recorded.event, recorded.metadata)):
            assert "Gizli" not in str(wish.intent)
            assert WRITE.opinion.text not in str(wish.intent)


def _purchase_of(studio: Studio) -> Purchase:
    [placed] = [each.event for each in studio.log.recorded if each.kind is Order.Placed]
    assert isinstance(placed, Order.Placed)
    return replace(placed.purchase, draft_id=UUID(int=555), method="upload", designer_id=None)
