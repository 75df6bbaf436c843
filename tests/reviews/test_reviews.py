"""The rules of one review, and what reviews say about designers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from domain.recommendation import Standing, recommend, wilson_bound
from domain.reviews import Opinion, Review, shown_name_of
from domain.reviews.parts import (
    AnswerGiven,
    AnswerMissing,
    EmailInReview,
    NothingToModerate,
    NotYourReview,
    RatingOutOfRange,
    ReviewAnswered,
    ReviewExists,
    ReviewNotShown,
    ReviewSettled,
    ReviewTooLong,
    ReviewWithdrawn,
)
from domain.reviews.review import MOST_REPORTS
from tests.design.examples import READER, STRANGER
from tests.designers.examples import ADMIN, ARTIST
from tests.designers.test_recommendation import TODAY, standing
from tests.given import NOW, given
from tests.reviews.examples import (
    BAD,
    GOOD,
    UNTIL,
    a_review,
    answered,
    hidden,
    withdrawn,
)


@pytest.mark.parametrize(
    ("opinion", "refusal"),
    [
        (Opinion(rating=0, text=""), RatingOutOfRange),
        (Opinion(rating=6, text=""), RatingOutOfRange),
        (Opinion(rating=3, text="a" * 2001), ReviewTooLong),
        (Opinion(rating=3, text="Bana yazın: ayse@example.com"), EmailInReview),
    ],
)
def test_a_review_has_one_to_five_stars_and_no_address(
    opinion: Opinion, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        a_review(opinion)
    with pytest.raises(refusal):
        a_review().change(opinion)


def test_an_author_changes_their_mind_for_a_while() -> None:
    given(a_review()).when(lambda review: review.change(BAD)).then(Review.Changed)
    given(a_review()).when(lambda review: review.change(GOOD)).ignored()
    late = given(a_review()).at(UNTIL)
    late.when(lambda review: review.change(BAD)).refused(ReviewSettled, until=UNTIL)
    in_time = given(a_review()).at(UNTIL - timedelta(seconds=1))
    in_time.when(lambda review: review.change(BAD)).then(Review.Changed)


def test_what_was_answered_stays_as_it_was_read_but_can_be_taken_back() -> None:
    read = given(a_review(), answered)
    read.when(lambda review: review.change(BAD)).refused(ReviewAnswered)
    read.when(lambda review: review.withdraw()).then(Review.Withdrawn)


def test_a_withdrawn_review_is_gone_for_good() -> None:
    given(a_review(), withdrawn).when(lambda review: review.withdraw()).ignored()
    for decide in (
        lambda review: review.write_again(GOOD),
        lambda review: review.change(BAD),
        lambda review: review.give_answer("Neden?"),
    ):
        given(a_review(), withdrawn).when(decide).refused(ReviewWithdrawn)


def test_there_is_one_review_per_order() -> None:
    given(a_review()).when(lambda review: review.write_again(GOOD)).ignored()
    given(a_review()).when(lambda review: review.write_again(BAD)).refused(ReviewExists)


def test_a_designer_answers_once_what_is_shown() -> None:
    given(a_review()).when(answered).then(Review.Answered)
    given(a_review(), answered).when(answered).ignored()
    again = given(a_review(), answered)
    again.when(lambda review: review.give_answer("Bir de şu var")).refused(AnswerGiven)
    given(a_review(), hidden).when(answered).refused(ReviewNotShown)
    empty = given(a_review())
    empty.when(lambda review: review.give_answer("\u200b \n")).refused(AnswerMissing)
    empty.when(lambda review: review.give_answer("bana@yaz.example")).refused(EmailInReview)


def test_admins_hide_and_show_the_review_or_the_answer() -> None:
    given(a_review()).when(hidden).then(Review.Hidden)
    given(a_review(), hidden).when(hidden).ignored()
    shown = given(a_review(), hidden)
    shown.when(lambda review: review.show_again("review", by=ADMIN)).then(Review.ShownAgain)
    given(a_review()).when(lambda review: review.show_again("review", by=ADMIN)).ignored()
    silent = given(a_review())
    silent.when(lambda review: review.hide("answer", "other", by=ADMIN)).refused(NothingToModerate)
    said = given(a_review(), answered)
    said.when(lambda review: review.hide("answer", "other", by=ADMIN)).then(Review.Hidden)


@pytest.mark.parametrize("involved", [READER, ARTIST])
def test_nobody_moderates_what_they_wrote_or_what_is_about_them(involved: UUID) -> None:
    own = given(a_review())
    own.when(lambda review: review.hide("review", "untrue", by=involved)).refused(NotYourReview)
    own.when(lambda review: review.show_again("review", by=involved)).refused(NotYourReview)


def test_everybody_reports_once_and_some_day_it_is_enough() -> None:
    review = a_review()
    given(review).when(lambda each: each.report(READER, "insult")).refused(NotYourReview)
    given(review).when(lambda each: each.report(STRANGER, "insult")).then(Review.Reported)
    given(review).when(lambda each: each.report(STRANGER, "untrue")).ignored()
    for number in range(MOST_REPORTS - 1):
        review.report(UUID(int=9000 + number), "other")
    given(review).when(lambda each: each.report(UUID(int=1), "insult")).ignored()
    given(a_review(), hidden).when(lambda each: each.report(STRANGER, "insult")).ignored()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ayşe Yılmaz", "Ayşe Y."),
        (" Ali  Rıza  İpek ", "Ali İ."),
        ("Çağla", "Çağla"),
    ],
)
def test_authors_are_shown_by_first_name_and_initial(name: str, shown: str) -> None:
    assert shown_name_of(name) == shown


def test_few_reviews_prove_little_however_good_they_are() -> None:
    assert wilson_bound(0, 0) == 0
    assert wilson_bound(5, 1) < wilson_bound(46, 10) < wilson_bound(460, 100)
    proven = Standing(
        designer_id=UUID(int=1), listed=1, open_jobs=9, finished_jobs=40, reviews=40, stars=180
    )
    lucky = Standing(
        designer_id=UUID(int=2), listed=2, open_jobs=9, finished_jobs=90, reviews=1, stars=5
    )
    unrated = standing(3, open_jobs=9, finished=200)
    picks = recommend([unrated, lucky, proven], question="q", day=TODAY)
    assert (picks[0].merit, picks[0].designer_id) == ("best", proven.designer_id)


@given_any(st.lists(st.integers(1, 5), min_size=1, max_size=60), st.integers(1, 5))
def test_a_bound_is_a_share_below_the_mean_and_a_better_review_never_lowers_it(
    ratings: list[int], more: int
) -> None:
    bound = wilson_bound(sum(ratings), len(ratings))
    mean = (sum(ratings) / len(ratings) - 1) / 4
    assert 0 <= bound <= 1
    assert float(bound) <= mean + 1e-6
    assert wilson_bound(sum(ratings) + 5, len(ratings) + 1) >= bound
    better = [max(each, more) for each in ratings]
    assert wilson_bound(sum(better), len(better)) >= bound


def test_a_review_begins_with_what_it_is_about() -> None:
    review = a_review()
    assert (review.about.order_number, review.opinion, review.created_on) == ("PK-7Q2M", GOOD, NOW)
