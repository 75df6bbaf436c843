"""What an attempt to pay becomes, and how its money goes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from domain.payments import (
    GRACE,
    MOST_WEBHOOKS,
    SWEEPS,
    FormNotWanted,
    NothingCaptured,
    PaymentAttempt,
    RefundPart,
    RefundTooLarge,
    UnknownLine,
)
from domain.shared.money import Money
from tests.given import NOW, given
from tests.orders.examples import LINES, a_capture, an_attempt, captured, with_form

REQUEST, ANOTHER_REQUEST = UUID(int=31), UUID(int=32)
COVER, CARGO = (line.line_id for line in LINES)
FORM_ENDED = NOW + timedelta(minutes=30) + GRACE


def fail(attempt: PaymentAttempt) -> None:
    attempt.fail("timeout")


def decline(attempt: PaymentAttempt) -> None:
    attempt.decline("NOT_SUFFICIENT_FUNDS", "10051")


def review(attempt: PaymentAttempt) -> None:
    attempt.review("1")


def lose_sight(attempt: PaymentAttempt) -> None:
    attempt.be_unknown("timeout", alarm=False)


def alarm(attempt: PaymentAttempt) -> None:
    attempt.be_unknown("wrong_signature", alarm=True)


def expire(attempt: PaymentAttempt) -> None:
    attempt.expire(FORM_ENDED)


def sweep(attempt: PaymentAttempt) -> None:
    attempt.ask("sweeper", "1")


def refund_all(attempt: PaymentAttempt) -> None:
    attempt.refund(REQUEST, "cancelled")


def later(attempt: PaymentAttempt) -> None:
    """The payment's own day is over, so that it goes back line by line."""
    attempt.at(NOW + timedelta(days=1))


def refund_id(line_id: UUID) -> UUID:
    return PaymentAttempt.refund_id_of(REQUEST, line_id)


def give_back_cargo(attempt: PaymentAttempt) -> None:
    attempt.confirm_refund(refund_id(CARGO), "reference")


def refuse_cargo(attempt: PaymentAttempt) -> None:
    attempt.fail_refund(refund_id(CARGO), "NONE", code="5093")


def part(line_id: UUID, amount: str) -> tuple[RefundPart, ...]:
    return (RefundPart(line_id=line_id, amount=Money.of(amount)),)


def test_the_first_form_counts() -> None:
    given(an_attempt()).when(with_form).then(PaymentAttempt.FormOpened)
    given(an_attempt(), with_form).when(with_form).ignored()
    given(an_attempt(), fail).when(with_form).refused(FormNotWanted, state="failed")


def test_an_attempt_without_a_form_fails_and_with_one_never() -> None:
    given(an_attempt()).when(fail).then(PaymentAttempt.Failed)
    given(an_attempt(), with_form).when(fail).ignored()


def test_a_declined_card_leaves_the_attempt_open() -> None:
    outcome = given(an_attempt(), with_form).when(decline).then(PaymentAttempt.Declined)
    assert outcome.aggregate.is_open
    given(an_attempt(), with_form, decline).when(decline).ignored()
    given(an_attempt(), with_form, decline).when(
        lambda attempt: attempt.decline("EXPIRED_CARD", "10054")
    ).then(PaymentAttempt.Declined)
    given(an_attempt(), with_form, decline).when(captured).then(PaymentAttempt.Succeeded)


@pytest.mark.parametrize(
    "before", [fail, with_form, decline, review, lose_sight, alarm, expire, captured]
)
def test_money_taken_is_a_fact_whatever_was_said_before(
    before: Callable[[PaymentAttempt], None],
) -> None:
    attempt = given(an_attempt(), with_form, before).when(captured).aggregate
    assert (attempt.state, attempt.capture) == ("succeeded", a_capture())


@pytest.mark.parametrize("after", [fail, decline, review, lose_sight, alarm, expire, captured])
def test_nothing_undoes_money_that_was_taken(after: Callable[[PaymentAttempt], None]) -> None:
    given(an_attempt(), with_form, captured).when(after).ignored()


def test_the_fraud_desk_may_say_yes_or_no_later() -> None:
    given(an_attempt(), with_form).when(review).then(PaymentAttempt.WentIntoReview)
    in_review = given(an_attempt(), with_form, review)
    in_review.when(review).ignored()
    in_review.when(lose_sight).ignored()
    in_review.when(expire).ignored()
    in_review.when(decline).then(PaymentAttempt.Declined, PaymentAttempt.Expired)
    in_review.when(captured).then(PaymentAttempt.Succeeded)


def test_unknown_is_a_state_of_its_own_and_not_an_end() -> None:
    outcome = given(an_attempt(), with_form).when(lose_sight)
    assert outcome.then(PaymentAttempt.OutcomeUnknown).aggregate.state == "unknown"
    given(an_attempt(), with_form, lose_sight).when(lose_sight).ignored()
    given(an_attempt(), with_form, decline, lose_sight).when(decline).then(PaymentAttempt.Declined)


def test_an_alarm_is_told_once_and_changes_no_end() -> None:
    given(an_attempt(), with_form).when(alarm).then(PaymentAttempt.OutcomeUnknown)
    given(an_attempt(), with_form, alarm).when(alarm).ignored()
    outcome = given(an_attempt(), with_form, expire).when(alarm)
    assert outcome.then(PaymentAttempt.OutcomeUnknown).aggregate.state == "expired"
    assert given(an_attempt(), with_form, review).when(alarm).aggregate.state == "in_review"


def test_an_attempt_expires_when_nothing_was_paid_after_its_form_ended() -> None:
    given(an_attempt(), with_form).when(expire).then(PaymentAttempt.Expired)
    given(an_attempt(), with_form, decline, expire).when(expire).ignored()
    given(an_attempt(), with_form, expire).when(decline).ignored()
    given(an_attempt(), with_form).when(
        lambda attempt: attempt.expire(FORM_ENDED - timedelta(seconds=1))
    ).ignored()
    given(an_attempt()).when(expire).ignored()


def test_each_sweep_arranges_the_next_until_there_is_no_hope() -> None:
    attempt = given(an_attempt(), with_form).at(NOW + SWEEPS[0])
    event = attempt.when(sweep).then(PaymentAttempt.OutcomeAsked).events[0]
    assert isinstance(event, PaymentAttempt.OutcomeAsked)
    assert event.next_sweep_at == NOW + SWEEPS[1]
    attempt.when(sweep).ignored()
    last = attempt.at(NOW + SWEEPS[-1]).when(lambda each: each.ask("sweeper", "last")).events[0]
    assert isinstance(last, PaymentAttempt.OutcomeAsked)
    assert last.next_sweep_at is None


def test_nobody_asks_when_the_end_is_known_but_a_webhook_may_tell_of_late_money() -> None:
    given(an_attempt()).when(sweep).ignored()
    given(an_attempt(), with_form, captured).when(sweep).ignored()
    expired = given(an_attempt(), with_form, expire)
    expired.when(sweep).ignored()
    expired.when(lambda attempt: attempt.ask("webhook", "w")).then(PaymentAttempt.OutcomeAsked)


def test_only_so_many_webhooks_are_listened_to() -> None:
    attempt = an_attempt()
    with_form(attempt)
    for number in range(MOST_WEBHOOKS):
        attempt.ask("webhook", str(number))
    given(attempt).when(lambda each: each.ask("webhook", "one more")).ignored()
    given(attempt).when(sweep).then(PaymentAttempt.OutcomeAsked)


def test_surplus_is_found_once_and_only_where_money_is() -> None:
    def find(attempt: PaymentAttempt) -> None:
        attempt.find_surplus("double_payment")

    given(an_attempt(), with_form).when(find).refused(NothingCaptured, state="form_opened")
    given(an_attempt(), with_form, captured).when(find).then(PaymentAttempt.FoundSurplus)
    given(an_attempt(), with_form, captured, find).when(find).ignored()


def test_all_lines_go_back_once_for_each_request() -> None:
    paid = given(an_attempt(), with_form, captured, later)
    paid.when(refund_all).then(PaymentAttempt.RefundRequested, PaymentAttempt.RefundRequested)
    paid.when(refund_all).ignored()
    paid.when(lambda attempt: attempt.refund(ANOTHER_REQUEST, "again")).ignored()


def test_nothing_goes_back_that_was_not_taken() -> None:
    given(an_attempt(), with_form).when(refund_all).refused(NothingCaptured)
    paid = given(an_attempt(), with_form, captured)
    paid.when(lambda a: a.refund(REQUEST, "", parts=part(REQUEST, "1.00"))).refused(UnknownLine)


@pytest.mark.parametrize("asked", ["0.00", "-1.00", "30.01"])
def test_no_more_goes_back_than_is_left_of_a_line(asked: str) -> None:
    given(an_attempt(), with_form, captured).when(
        lambda attempt: attempt.refund(REQUEST, "", parts=part(CARGO, asked))
    ).refused(RefundTooLarge)


def test_a_part_and_then_the_rest_go_back() -> None:
    paid = given(an_attempt(), with_form, captured)
    paid.when(lambda a: a.refund(ANOTHER_REQUEST, "", parts=part(CARGO, "10.00"))).then(
        PaymentAttempt.RefundRequested
    )
    rest = paid.when(refund_all).then(
        PaymentAttempt.RefundRequested, PaymentAttempt.RefundRequested
    )
    amounts = [each.amount for each in rest.aggregate.refunds.values()]
    assert sum(amount.amount for amount in amounts) == a_capture().paid.amount


def test_a_refund_is_confirmed_once() -> None:
    given(an_attempt(), with_form, captured, later, refund_all).when(give_back_cargo).then(
        PaymentAttempt.LineRefunded
    )
    done = given(an_attempt(), with_form, captured, later, refund_all, give_back_cargo)
    done.when(give_back_cargo).ignored()
    done.when(refuse_cargo).ignored()


def test_a_refund_that_failed_may_be_asked_for_again() -> None:
    failed = given(an_attempt(), with_form, captured, later, refund_all)
    failed.when(refuse_cargo).then(PaymentAttempt.RefundFailed)
    failed.when(refund_all).ignored()
    failed.when(lambda a: a.refund(ANOTHER_REQUEST, "")).then(PaymentAttempt.RefundRequested)


def test_a_refund_that_was_only_thought_to_have_failed_still_counts() -> None:
    given(an_attempt(), with_form, captured, later, refund_all, refuse_cargo).when(
        give_back_cargo
    ).then(PaymentAttempt.LineRefunded)
