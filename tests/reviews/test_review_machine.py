"""Any sequence of steps on a review, against a model that knows the rules by other means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from application.store import Recorded
from domain.reviews import Opinion, Part
from domain.shared.aggregate import Event
from domain.shared.errors import Refusal
from projections.reviews import ReviewRow, reviews
from tests.design.examples import READER, STRANGER
from tests.designers.examples import ADMIN, ARTIST
from tests.given import NOW
from tests.reviews.examples import GOOD, a_review

opinions = st.builds(Opinion, rating=st.integers(1, 5), text=st.sampled_from(["", "İyi", "Kötü"]))
parts = st.sampled_from(["review", "answer"])
persons = st.sampled_from([READER, ARTIST, ADMIN, STRANGER])


class Reviews(RuleBasedStateMachine):
    """Whatever is tried, in whatever order and at whatever time, a clerk's card says the same."""

    def __init__(self) -> None:
        super().__init__()
        self.review = a_review()
        self.history: list[Event] = self._events()
        self.day = 0
        self.says, self.answer, self.gone = GOOD, "", False
        self.covered: set[Part] = set()
        self.reporters: set[UUID] = set()

    @rule(days=st.integers(0, 40))
    def time_passes(self, days: int) -> None:
        self.day += days
        self.review.at(NOW + timedelta(days=self.day))

    @rule(opinion=opinions)
    def change(self, opinion: Opinion) -> None:
        same = opinion == self.says
        allowed = not self.gone and (same or (not self.answer and self.day < 30))
        if self._try(lambda: self.review.change(opinion), allowed=allowed):
            self.says = opinion

    @rule(opinion=opinions)
    def write_again(self, opinion: Opinion) -> None:
        allowed = not self.gone and opinion == self.says
        self._try(lambda: self.review.write_again(opinion), allowed=allowed)

    @rule()
    def withdraw(self) -> None:
        self._try(self.review.withdraw, allowed=True)
        self.gone = True

    @rule(text=st.sampled_from(["Sağ olun", "Yanlış"]))
    def give_answer(self, text: str) -> None:
        first = not self.answer and "review" not in self.covered
        allowed = not self.gone and (first or text == self.answer)
        if self._try(lambda: self.review.give_answer(text), allowed=allowed):
            self.answer = text

    @rule(part=parts, by=persons)
    def hide(self, part: Part, by: UUID) -> None:
        if self._try(
            lambda: self.review.hide(part, "other", by=by), allowed=self._moderates(part, by)
        ):
            self.covered.add(part)

    @rule(part=parts, by=persons)
    def show(self, part: Part, by: UUID) -> None:
        if self._try(
            lambda: self.review.show_again(part, by=by), allowed=self._moderates(part, by)
        ):
            self.covered.discard(part)

    @rule(by=persons)
    def report(self, by: UUID) -> None:
        if self._try(lambda: self.review.report(by, "untrue"), allowed=by != READER):
            counts = not self.gone and "review" not in self.covered
            self.reporters |= {by} if counts else set()

    @invariant()
    def the_row_says_what_the_card_says(self) -> None:
        history = [Recorded(number, event) for number, event in enumerate(self.history, start=1)]
        row: ReviewRow | None = reviews.after(None, history)
        assert row is not None
        shown = not self.gone and "review" not in self.covered
        assert (row.rating, row.text) == (self.says.rating, self.says.text)
        assert row.stars == (self.says.rating if shown else None)
        assert (row.answer, row.withdrawn, row.reports) == (
            self.answer,
            self.gone,
            len(self.reporters),
        )
        assert (set(row.hidden), row.version) == (self.covered, self.review.version)

    def _moderates(self, part: Part, by: UUID) -> bool:
        return by not in {READER, ARTIST} and (part == "review" or bool(self.answer))

    def _try(self, decide: Callable[[], None], *, allowed: bool) -> bool:
        try:
            decide()
        except Refusal:
            assert not allowed
            assert not self.review.pending_events
            return False
        assert allowed
        self.history += self._events()
        return True

    def _events(self) -> list[Event]:
        return [each for each in self.review.collect_events() if isinstance(each, Event)]


TestReviews = Reviews.TestCase
TestReviews.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
