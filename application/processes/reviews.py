"""What follows around reviews: a customer is asked for one, and both sides hear of the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from application.notifications import SendMail
from application.reviews import InviteReview
from application.work import Intent, Later, when
from domain.orders import Order
from domain.reviews import Invitation, Objection, Review

INVITED_AFTER = timedelta(days=7)
"""So long a customer gets to read the book before somebody asks how it looks."""

REASONS: dict[Objection, tuple[str, str]] = {
    "insult": ("kırıcı bir dil içeriyor", "it is insulting"),
    "personal_data": ("kişisel bilgi içeriyor", "it holds personal data"),
    "off_topic": ("siparişinizle ilgili değil", "it is not about the order"),
    "advertising": ("reklam içeriyor", "it advertises something"),
    "untrue": ("doğru olmayan bilgiler içeriyor", "it says what is not true"),
    "other": ("yayın kurallarımıza uymuyor", "it does not keep to our rules"),
}
"""Why something was hidden, in Turkish and English, as the end of a sentence."""


@when(Order.Delivered)
def ask_for_review(event: Order.Delivered) -> Iterator[Intent]:
    """Whether there is anything to review is seen when the time has come."""
    yield Later(InviteReview(order_id=event.originator_id), event.timestamp + INVITED_AFTER)


@when(Invitation.Made)
def invite_to_review(event: Invitation.Made) -> Iterator[Intent]:
    """The customer is asked once."""
    yield SendMail(
        person_id=event.customer_id,
        template="review_invitation",
        facts={"number": event.order_number},
    )


@when(Review.Written)
def tell_designer_of_review(event: Review.Written) -> Iterator[Intent]:
    """The designer hears of it, and reads it where it can be answered."""
    yield SendMail(
        person_id=event.designer_person_id,
        template="review_received",
        facts={"number": event.order_number, "rating": str(event.rating)},
    )


@when(Review.Answered)
def tell_author_of_answer(event: Review.Answered) -> Iterator[Intent]:
    """The customer hears that there is an answer."""
    yield SendMail(
        person_id=event.author_id,
        template="review_answered",
        facts={"number": event.order_number},
    )


@when(Review.Hidden)
def tell_writer_of_hiding(event: Review.Hidden) -> Iterator[Intent]:
    """Nobody's words disappear without a reason that they are told."""
    turkish, english = REASONS[event.reason]
    is_review = event.part == "review"
    yield SendMail(
        person_id=event.author_id if is_review else event.designer_person_id,
        template="review_hidden" if is_review else "review_answer_hidden",
        facts={"number": event.order_number},
        worded={"tr": {"reason": turkish}, "en": {"reason": english}},
    )
