"""What reviews are made of: stars and words, what they are about, and why they are refused."""

from __future__ import annotations

import re
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.shared.errors import Conflict, Forbidden, Invalid, TooMany

RATINGS = range(1, 6)
TEXT_LENGTH = 2000

EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]{2,}")

Part = Literal["review", "answer"]
"""What can be hidden: the review with all that belongs to it, or the answer alone."""
Objection = Literal["insult", "personal_data", "off_topic", "advertising", "untrue", "other"]


class RatingOutOfRange(Invalid):
    """A rating is a whole number of stars. Facts: `least` and `most`."""


class ReviewTooLong(Invalid):
    """There is room for so much. Facts: `length` and `most`."""


class EmailInReview(Invalid):
    """What everybody reads tells nobody's e-mail address."""


class AnswerMissing(Invalid):
    """An answer says something."""


class NothingDesigned(Conflict):
    """Reviews are about designers, and none made this order's cover."""


class NotDelivered(Conflict):
    """Nobody reviews what they have not got yet. Fact: `state`."""


class MoneyReturned(Conflict):
    """All money of the order went back, so that it is not reviewed any more."""


class ReviewExists(Conflict):
    """There is one review per order, and this order has another one."""


class ReviewWithdrawn(Conflict):
    """Its author took it back, for good."""


class ReviewNotShown(Conflict):
    """It is hidden, so that there is nothing to answer."""


class ReviewAnswered(Conflict):
    """What was answered stays as it was read; it can only be taken back."""


class ReviewSettled(Conflict):
    """The time in which it could be changed is over. Fact: `until`."""


class AnswerGiven(Conflict):
    """A designer answers once."""


class NothingToModerate(Conflict):
    """There is no answer to be hidden."""


class NotYourReview(Forbidden):
    """Nobody moderates what they wrote, or what is about them; nor reports their own words."""


class TooManyReports(TooMany):
    """Enough for today. Facts: `most` and `retry_after_seconds`."""


class Opinion(Struct, frozen=True, kw_only=True):
    """Stars, and words that may be missing."""

    rating: int
    text: str

    def must_be_fit(self) -> None:
        """Raises `RatingOutOfRange`, `ReviewTooLong`, `EmailInReview`."""
        if self.rating not in RATINGS:
            raise RatingOutOfRange("/rating", least=RATINGS[0], most=RATINGS[-1])
        must_be_fit(self.text)


class Reviewed(Struct, frozen=True, kw_only=True):
    """What a review is about: the order, and the designer who made its cover."""

    order_id: UUID
    order_number: str
    designer_id: UUID
    designer_person_id: UUID


class Author(Struct, frozen=True, kw_only=True):
    """Who writes it, and under which name it is shown."""

    person_id: UUID
    shown_name: str


def shown_name_of(name: str) -> str:
    """A first name with the initial of the last one; a name of one word as it is."""
    words = name.split()
    return f"{words[0]} {words[-1][0]}." if len(words) > 1 else name.strip()


def must_be_fit(text: str) -> None:
    """Raises `ReviewTooLong`, `EmailInReview`."""
    if len(text) > TEXT_LENGTH:
        raise ReviewTooLong("/text", length=len(text), most=TEXT_LENGTH)
    if EMAIL.search(text):
        raise EmailInReview("/text")
