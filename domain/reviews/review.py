"""One review of the designer of an order: written, changed, answered, reported, moderated."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid5

from domain.reviews.parts import (
    AnswerGiven,
    AnswerMissing,
    Author,
    NothingToModerate,
    NotYourReview,
    Objection,
    Opinion,
    Part,
    ReviewAnswered,
    Reviewed,
    ReviewExists,
    ReviewNotShown,
    ReviewSettled,
    ReviewWithdrawn,
    must_be_fit,
)
from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.text import is_blank

REVIEWS = UUID("0c9a5c1e-6d0b-4c55-8a0e-2f6f4f1f7a31")

MOST_REPORTS = 50
"""So many reports of one review are kept; more of them say nothing new."""


class _Step(Event, frozen=True, kw_only=True):
    """What all events after the first tell: both sides, and the order."""

    CONCERNS: ClassVar[tuple[str, ...]] = ("author_id", "designer_person_id")
    SHOWS: ClassVar[tuple[str, ...]] = ("order_id",)
    SUBJECT = "author_id"
    order_id: UUID
    order_number: str
    author_id: UUID
    designer_id: UUID
    designer_person_id: UUID


class Review(Aggregate):
    """Written → changed for a while → withdrawn; answered once, hidden and shown again."""

    TOPIC = "review"

    class Written(Created, frozen=True, kw_only=True):
        TOPIC = "review.written"
        SUBJECT = "author_id"
        CONCERNS = ("author_id", "designer_person_id")
        SHOWS = ("order_id", "rating")
        order_id: UUID
        order_number: str
        author_id: UUID
        designer_id: UUID
        designer_person_id: UUID
        shown_name: Personal
        rating: int
        text: Personal
        changeable_until: datetime

    class Changed(_Step, frozen=True, kw_only=True):
        TOPIC = "review.changed"
        SHOWS = ("order_id", "rating")
        rating: int
        text: Personal

    class Withdrawn(_Step, frozen=True, kw_only=True):
        TOPIC = "review.withdrawn"

    class Answered(_Step, frozen=True, kw_only=True):
        TOPIC = "review.answered"
        SUBJECT = "designer_person_id"
        text: Personal

    class Hidden(_Step, frozen=True, kw_only=True):
        TOPIC = "review.hidden"
        SHOWS = ("order_id", "part", "reason")
        part: Part
        reason: Objection
        hidden_by: UUID

    class ShownAgain(_Step, frozen=True, kw_only=True):
        TOPIC = "review.shown_again"
        SHOWS = ("order_id", "part")
        part: Part
        shown_by: UUID

    class Reported(_Step, frozen=True, kw_only=True):
        TOPIC = "review.reported"
        CONCERNS = ()
        SHOWS = ()
        reporter_id: UUID
        reason: Objection

    @staticmethod
    def id_of(order_id: UUID) -> UUID:
        """The one review of an order."""
        return uuid5(REVIEWS, str(order_id))

    @classmethod
    def write(
        cls,
        about: Reviewed,
        author: Author,
        *,
        opinion: Opinion,
        changeable_until: datetime,
        now: datetime,
    ) -> Review:
        """A new review. Raises what `Opinion.must_be_fit` does."""
        opinion.must_be_fit()
        return cls.begin(
            cls.Written,
            id=cls.id_of(about.order_id),
            now=now,
            order_id=about.order_id,
            order_number=about.order_number,
            author_id=author.person_id,
            designer_id=about.designer_id,
            designer_person_id=about.designer_person_id,
            shown_name=author.shown_name,
            rating=opinion.rating,
            text=opinion.text,
            changeable_until=changeable_until,
        )

    def write_again(self, opinion: Opinion) -> None:
        """The same again changes nothing. Raises `ReviewExists`, `ReviewWithdrawn`."""
        self._must_stand()
        if opinion != self.opinion:
            raise ReviewExists

    def change(self, opinion: Opinion) -> None:
        """Say something else while there is time and nobody has answered.

        Raises `ReviewWithdrawn`, `ReviewAnswered`, `ReviewSettled` and what an opinion does.
        """
        opinion.must_be_fit()
        self._must_stand()
        if opinion == self.opinion:
            return
        if self.answer:
            raise ReviewAnswered
        if self.now >= self.changeable_until:
            raise ReviewSettled(until=self.changeable_until)
        self._happens(Review.Changed, rating=opinion.rating, text=opinion.text)

    def withdraw(self) -> None:
        """Take it back, at any time and for good; a second time changes nothing."""
        if not self.withdrawn:
            self._happens(Review.Withdrawn)

    def give_answer(self, text: str) -> None:
        """The designer says what they have to say; the same again changes nothing.

        Raises `AnswerMissing`, `ReviewTooLong`, `EmailInReview`, `ReviewWithdrawn`,
        `ReviewNotShown`, `AnswerGiven`.
        """
        if is_blank(text):
            raise AnswerMissing("/text")
        must_be_fit(text)
        self._must_stand()
        if text == self.answer:
            return
        if self.answer:
            raise AnswerGiven
        if "review" in self.hidden:
            raise ReviewNotShown
        self._happens(Review.Answered, text=text)

    def hide(self, part: Part, reason: Objection, *, by: UUID) -> None:
        """Show it to nobody but its author and the designer; what is hidden stays so.

        Raises `NotYourReview`, `NothingToModerate`.
        """
        self._must_moderate(part, by)
        if part not in self.hidden:
            self._happens(Review.Hidden, part=part, reason=reason, hidden_by=by)

    def show_again(self, part: Part, *, by: UUID) -> None:
        """Show what was hidden. Raises `NotYourReview`, `NothingToModerate`."""
        self._must_moderate(part, by)
        if part in self.hidden:
            self._happens(Review.ShownAgain, part=part, shown_by=by)

    def takes_report_of(self, reporter_id: UUID) -> bool:
        """Whether a report says something new. Raises `NotYourReview` for the author."""
        if reporter_id == self.author_id:
            raise NotYourReview
        known = reporter_id in self.reporters or len(self.reporters) >= MOST_REPORTS
        return not (known or self.withdrawn or "review" in self.hidden)

    def report(self, reporter_id: UUID, reason: Objection) -> None:
        """Somebody finds that it should not be here; admins look at it."""
        if self.takes_report_of(reporter_id):
            self._happens(Review.Reported, reporter_id=reporter_id, reason=reason)

    def _must_stand(self) -> None:
        if self.withdrawn:
            raise ReviewWithdrawn

    def _must_moderate(self, part: Part, by: UUID) -> None:
        if by in {self.author_id, self.about.designer_person_id}:
            raise NotYourReview
        if part == "answer" and not self.answer:
            raise NothingToModerate

    def _happens(self, kind: type[Event], **facts: Any) -> None:
        self.emit(
            kind,
            order_id=self.about.order_id,
            order_number=self.about.order_number,
            author_id=self.author_id,
            designer_id=self.about.designer_id,
            designer_person_id=self.about.designer_person_id,
            **facts,
        )

    @event(Written)
    def __init__(
        self,
        order_id: UUID,
        order_number: str,
        author_id: UUID,
        designer_id: UUID,
        designer_person_id: UUID,
        rating: int,
        text: str,
        changeable_until: datetime,
    ) -> None:
        self.about = Reviewed(
            order_id=order_id,
            order_number=order_number,
            designer_id=designer_id,
            designer_person_id=designer_person_id,
        )
        self.author_id = author_id
        self.opinion = Opinion(rating=rating, text=text)
        self.changeable_until = changeable_until
        self.answer = ""
        self.withdrawn = False
        self.hidden: set[Part] = set()
        self.reporters: set[UUID] = set()

    @event(Changed)
    def _changed(self, rating: int, text: str) -> None:
        self.opinion = Opinion(rating=rating, text=text)

    @event(Withdrawn)
    def _withdrawn(self) -> None:
        self.withdrawn = True

    @event(Answered)
    def _answered(self, text: str) -> None:
        self.answer = text

    @event(Hidden)
    def _hidden(self, part: Part) -> None:
        self.hidden.add(part)

    @event(ShownAgain)
    def _shown_again(self, part: Part) -> None:
        self.hidden.discard(part)

    @event(Reported)
    def _reported(self, reporter_id: UUID) -> None:
        self.reporters.add(reporter_id)
