"""What the artist's work on an order allows and refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.design import (
    DesignCannotMove,
    DesignerDeclined,
    DesignerTooDear,
    DesignJob,
    Party,
    RevisionsUsedUp,
)
from domain.shared.errors import NotFound
from domain.shared.money import Money
from tests.design.examples import (
    ANSWER_BY,
    ARTISTS,
    BRIEF,
    COMMISSION,
    ORDER,
    READER,
    STRANGER,
    a_job,
    accepted,
    called_off,
    content,
    declined,
    picture,
    revised,
    show,
    shown,
)
from tests.designers.examples import ARTIST, OTHER_ARTIST, PRICE
from tests.given import NOW, given

Steps = tuple[Callable[[DesignJob], None], ...]

IN_REVISION = (accepted, shown, revised)
APPROVED = (accepted, shown, content)


def ask_the_other(job: DesignJob) -> None:
    job.offer(ARTISTS[1], ANSWER_BY)


def test_a_job_is_offered_once_to_the_same_designer() -> None:
    job = DesignJob.open(READER, COMMISSION, brief=BRIEF, now=NOW)
    outcome = given(job).when(lambda j: j.offer(ARTISTS[0], ANSWER_BY)).then(DesignJob.Offered)
    given(outcome.aggregate).when(lambda j: j.offer(ARTISTS[0], ANSWER_BY)).ignored()


def test_a_job_is_not_offered_to_two_at_once() -> None:
    given(a_job()).when(ask_the_other).refused(DesignCannotMove, state="awaiting_designer")


def test_a_designer_takes_a_job_on_once() -> None:
    outcome = given(a_job()).when(accepted).then(DesignJob.Accepted)
    given(outcome.aggregate).when(accepted).ignored()


def test_each_step_tells_who_and_what_was_said() -> None:
    (event,) = given(a_job()).when(declined).then(DesignJob.Declined).events
    assert isinstance(event, DesignJob.Declined)
    assert (event.by, event.said, event.speaker_id) == ("designer", "Bu ay doluyum", ARTIST)
    assert (event.order_id, event.customer_id) == (ORDER, READER)


def test_a_declined_job_goes_to_somebody_else() -> None:
    outcome = given(a_job(), declined).when(ask_the_other).then(DesignJob.Offered)
    outcome.aggregate.must_be_made_by(OTHER_ARTIST)
    given(outcome.aggregate).when(lambda j: j.must_be_made_by(ARTIST)).refused(NotFound)


def test_who_declined_is_not_asked_again() -> None:
    given(a_job(), declined).when(lambda j: j.offer(ARTISTS[0], ANSWER_BY)).refused(
        DesignerDeclined
    )
    given(a_job(), declined).when(declined).ignored()


def test_silence_declines_an_offer() -> None:
    (event,) = given(a_job()).when(lambda j: j.lapse(1)).then(DesignJob.Declined).events
    assert isinstance(event, DesignJob.Declined)
    assert event.by == "time"


@pytest.mark.parametrize(
    "done", [(accepted,), (declined,), (called_off,), (declined, ask_the_other)]
)
def test_an_offer_that_was_answered_does_not_lapse(done: Steps) -> None:
    given(a_job(), *done).when(lambda j: j.lapse(1)).ignored()


def test_only_who_asks_within_the_fee_is_chosen_later() -> None:
    a_job().must_afford(PRICE)
    given(a_job()).when(lambda j: j.must_afford(PRICE + Money.of("0.01"))).refused(
        DesignerTooDear, fee=PRICE
    )


def test_the_same_preview_is_sent_once() -> None:
    outcome = given(a_job(), accepted).when(shown).then(DesignJob.PreviewSent)
    given(outcome.aggregate).when(lambda j: show(j, 1)).ignored()
    given(outcome.aggregate).when(lambda j: show(j, 2)).refused(DesignCannotMove)
    given(outcome.aggregate).when(DesignJob.must_take_preview).refused(DesignCannotMove)


def test_nothing_is_shown_before_the_job_is_taken_on() -> None:
    given(a_job()).when(shown).refused(DesignCannotMove, state="awaiting_designer")
    given(a_job(), accepted).when(DesignJob.must_take_preview).ignored()


def test_a_revision_is_asked_for_once() -> None:
    outcome = given(a_job(), accepted, shown).when(revised).then(DesignJob.RevisionRequested)
    given(outcome.aggregate).when(lambda j: j.request_revision("Değişiklik 1")).ignored()
    given(outcome.aggregate).when(lambda j: j.request_revision("Yine")).refused(DesignCannotMove)


def test_revisions_never_exceed_what_the_fee_covers() -> None:
    three = (accepted, shown, revised, shown, revised, shown, revised, shown)
    given(a_job(), *three).when(revised).refused(RevisionsUsedUp, allowed=3)


def test_approval_earns_the_fee() -> None:
    outcome = given(a_job(), accepted, shown).when(content)
    _, earned = outcome.then(DesignJob.Approved, DesignJob.FeeEarned).events
    assert isinstance(earned, DesignJob.FeeEarned)
    assert (earned.fee, earned.designer_person_id) == (PRICE, ARTIST)
    given(outcome.aggregate).when(content).ignored()
    assert outcome.aggregate.artwork == picture(1)


def test_a_preview_that_is_being_revised_is_not_approved() -> None:
    given(a_job(), *IN_REVISION).when(content).refused(DesignCannotMove)


def test_silence_approves_the_preview_that_waits() -> None:
    waiting = given(a_job(), accepted, shown)
    approved, _ = waiting.when(lambda j: j.approve_unanswered(1)).events
    assert isinstance(approved, DesignJob.Approved)
    assert (approved.by, approved.speaker_id) == ("time", READER)


@pytest.mark.parametrize("done", [IN_REVISION, (*IN_REVISION, shown), APPROVED])
def test_silence_does_not_approve_another_preview(done: Steps) -> None:
    given(a_job(), *done).when(lambda j: j.approve_unanswered(1)).ignored()


def test_each_reminder_is_sent_once() -> None:
    waiting = given(a_job(), accepted, shown)
    waiting.when(lambda j: j.remind(1, 1)).then(DesignJob.CustomerReminded)
    waiting.when(lambda j: j.remind(1, 1)).ignored()
    waiting.when(lambda j: j.remind(1, 2)).then(DesignJob.CustomerReminded)
    given(a_job(), *IN_REVISION).when(lambda j: j.remind(1, 1)).ignored()


@pytest.mark.parametrize(
    ("done", "by"),
    [
        ((), "customer"),
        ((declined,), "customer"),
        ((accepted,), "designer"),
        ((accepted, shown), "customer"),
        (IN_REVISION, "designer"),
    ],
)
def test_an_open_job_is_called_off_once(done: Steps, by: Party) -> None:
    outcome = given(a_job(), *done).when(lambda j: j.cancel(by))
    given(outcome.then(DesignJob.Cancelled).aggregate).when(called_off).ignored()


@pytest.mark.parametrize("done", [(), (declined,)])
def test_a_designer_calls_off_only_what_they_took_on(done: Steps) -> None:
    given(a_job(), *done).when(lambda j: j.cancel("designer")).refused(DesignCannotMove)


def test_approve_and_cancel_never_both_win() -> None:
    given(a_job(), *APPROVED).when(called_off).refused(DesignCannotMove, state="approved")
    given(a_job(), accepted, shown, called_off).when(content).refused(
        DesignCannotMove, state="cancelled"
    )


def test_a_cancelled_order_ends_open_work() -> None:
    outcome = given(a_job(), accepted).when(DesignJob.close).then(DesignJob.Cancelled)
    given(outcome.aggregate).when(DesignJob.close).ignored()


def test_a_cancelled_order_takes_an_earned_fee_back_once() -> None:
    outcome = given(a_job(), *APPROVED).when(DesignJob.close).then(DesignJob.FeeReversed)
    given(outcome.aggregate).when(DesignJob.close).ignored()
    assert outcome.aggregate.state == "approved"


def test_strangers_do_not_find_it() -> None:
    job = given(a_job())
    job.when(lambda j: j.must_be_made_by(STRANGER)).refused(NotFound)
    job.when(lambda j: j.must_be_made_for(ARTIST)).refused(NotFound)
    job.aggregate.must_be_made_for(READER)
