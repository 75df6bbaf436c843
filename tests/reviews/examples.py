"""States of the world that tests about reviews begin with."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from application.design import OfferDesignJob
from application.orders import RecordDelivered, RecordShipped, StartProduction
from application.processes import reviews as _reviews  # noqa: F401  # registers its reactions
from application.reviews import (
    AnswerReview,
    ChangeReview,
    HideReview,
    ReportReview,
    ShowReview,
    WithdrawReview,
    WriteReview,
)
from domain.reviews import Author, Opinion, Review, Reviewed
from tests.design.examples import (
    ACCEPT,
    APPROVE,
    ATTEMPT,
    DESIGNER,
    ORDER,
    READER,
    STRANGER,
    Studio,
    preview,
)
from tests.designers.examples import ADMIN, ARTIST
from tests.given import NOW

REVIEW = Review.id_of(ORDER)
UNTIL = NOW + timedelta(days=30)
GOOD = Opinion(rating=5, text="Tam istediğim gibi oldu")
BAD = Opinion(rating=2, text="Renkler soluk")
ABOUT = Reviewed(
    order_id=ORDER, order_number="PK-7Q2M", designer_id=DESIGNER, designer_person_id=ARTIST
)
AUTHOR = Author(person_id=READER, shown_name="Ayşe Y.")

WRITE = WriteReview(order_id=ORDER, author_id=READER, opinion=GOOD)
CHANGE = ChangeReview(order_id=ORDER, author_id=READER, opinion=BAD)
WITHDRAW = WithdrawReview(order_id=ORDER, author_id=READER)
ANSWER = AnswerReview(review_id=REVIEW, person_id=ARTIST, text="Teşekkür ederim")
REPORT = ReportReview(review_id=REVIEW, reporter_id=STRANGER, reason="insult")
HIDE = HideReview(review_id=REVIEW, admin_id=ADMIN, part="review", reason="insult")
SHOW = ShowReview(review_id=REVIEW, admin_id=ADMIN, part="review")


def a_review(opinion: Opinion = GOOD) -> Review:
    """A review as it was written."""
    return Review.write(ABOUT, AUTHOR, opinion=opinion, changeable_until=UNTIL, now=NOW)


def answered(review: Review) -> None:
    """The designer answered."""
    review.give_answer("Teşekkür ederim")


def hidden(review: Review) -> None:
    """An admin hid it."""
    review.hide("review", "insult", by=ADMIN)


def withdrawn(review: Review) -> None:
    """Its author took it back."""
    review.withdraw()


async def a_printed_order() -> Studio:
    """The designer's cover was approved and is being printed."""
    studio = Studio()
    await studio.open()
    await studio.ordered()
    order = await studio.order()
    order.start_payment(ATTEMPT)
    order.mark_paid(ATTEMPT, order.total)
    await studio.record(order)
    for command in (OfferDesignJob(order_id=ORDER), ACCEPT, preview(), APPROVE):
        await studio.do(command)
    await studio.do(StartProduction(order_id=ORDER, print_digest="ab" * 32))
    return studio


async def a_delivered_order() -> Studio:
    """The customer has the cover."""
    studio = await a_printed_order()
    await studio.do(RecordShipped(order_id=ORDER, shipment_id=UUID(int=77)))
    await studio.do(RecordDelivered(order_id=ORDER))
    return studio


OTHER_REVIEW = Review.id_of(UUID(int=7000))


async def a_delivered_order_beside_another() -> Studio:
    """The customer has the cover; somebody else has reviewed another one."""
    studio = await a_delivered_order()
    about = replace(ABOUT, order_id=UUID(int=7000))
    author = Author(person_id=UUID(int=7001), shown_name="Can D.")
    await studio.record(
        Review.write(about, author, opinion=BAD, changeable_until=UNTIL, now=studio.clock.now())
    )
    return studio
