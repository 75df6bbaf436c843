"""How money goes back: called off on its own day, or line by line, later, or by our own bank."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given as anything
from hypothesis import settings
from hypothesis import strategies as st

from domain.payments import (
    MOST_WEBHOOKS,
    Due,
    PaymentAttempt,
    RefundNotRefused,
    RefundPart,
    RefundTooLarge,
    RefundTooLate,
    UnknownRefund,
)
from domain.shared.aggregate import Event
from domain.shared.errors import Refusal
from domain.shared.money import Money, total
from domain.upcasters import upcast
from tests.given import NOW, Given, given
from tests.orders.examples import (
    ATTEMPT,
    CUSTOMER,
    LINES,
    ORDER,
    TOTAL,
    a_capture,
    an_attempt,
    captured,
)

REQUEST, ANOTHER = UUID(int=31), UUID(int=32)
COVER, CARGO = (line.line_id for line in LINES)
WHOLE = tuple(RefundPart(line_id=line.line_id, amount=line.gross) for line in LINES)
SOME = (RefundPart(line_id=COVER, amount=Money.of("60.00")),)
DAY = timedelta(days=1)
Decide = Callable[[PaymentAttempt], None]


def refund_of(request_id: UUID, line_id: UUID = COVER) -> UUID:
    return PaymentAttempt.refund_id_of(request_id, line_id)


def wants(*parts: RefundPart, request_id: UUID = REQUEST) -> Decide:
    """Somebody wants these parts back, or all that is left."""
    return lambda attempt: attempt.refund(request_id, "damaged", parts=parts or None)


def after(span: timedelta) -> Decide:
    """It is so much later than the payment."""

    def wait(attempt: PaymentAttempt) -> None:
        attempt.at(NOW + span)

    return wait


def called_off(attempt: PaymentAttempt) -> None:
    attempt.confirm_cancel(REQUEST, "c-1")


def not_called_off(attempt: PaymentAttempt) -> None:
    attempt.refuse_cancel(REQUEST, "NONE", code="5093")


def done(request_id: UUID = REQUEST) -> Decide:
    return lambda attempt: attempt.confirm_refund(refund_of(request_id), "r-1")


def refused(request_id: UUID = REQUEST) -> Decide:
    return lambda attempt: attempt.fail_refund(refund_of(request_id), "NONE", code="5093")


def put_off(attempt: PaymentAttempt) -> None:
    attempt.defer_refund(refund_of(REQUEST), "r-1")


def outside(attempt: PaymentAttempt) -> None:
    attempt.refund_outside(refund_of(REQUEST), "EFT 17")


def asked(by: str, reference: str) -> Decide:
    return lambda attempt: attempt.ask_about_refund(
        refund_of(REQUEST),
        "webhook" if by == "webhook" else "sweeper",
        reference=reference,
    )


def paid(*then: Decide) -> Given[PaymentAttempt]:
    """Money was taken at noon in Istanbul; then this happened."""
    return given(an_attempt(), captured, *then)


def refunded(outcome: list[Event]) -> list[PaymentAttempt.LineRefunded]:
    return [each for each in outcome if isinstance(each, PaymentAttempt.LineRefunded)]


@pytest.mark.parametrize("parts", [(), WHOLE, WHOLE[::-1]])
def test_a_whole_payment_is_called_off_on_its_own_day(parts: tuple[RefundPart, ...]) -> None:
    paid().when(wants(*parts)).then(PaymentAttempt.CancelRequested)
    paid(wants(*parts)).when(wants(*parts)).ignored()


@pytest.mark.parametrize(
    ("hours", "minutes", "kind"),
    [
        (11, 15, PaymentAttempt.CancelRequested),
        (11, 16, PaymentAttempt.RefundRequested),
        (13, 0, PaymentAttempt.RefundRequested),
    ],
)
def test_the_day_ends_at_midnight_in_istanbul_and_for_us_a_little_before(
    hours: int, minutes: int, kind: type[Event]
) -> None:
    late = after(timedelta(hours=hours, minutes=minutes))
    outcome = paid(late).when(wants())
    assert {type(event) for event in outcome.events} == {kind}


def test_a_part_or_a_rest_goes_back_line_by_line() -> None:
    paid().when(wants(*SOME)).then(PaymentAttempt.RefundRequested)
    rest = paid(wants(*SOME, request_id=ANOTHER)).when(wants())
    rest.then(PaymentAttempt.RefundRequested, PaymentAttempt.RefundRequested)
    refused_before = paid(wants(*SOME, request_id=ANOTHER), refused(ANOTHER)).when(wants())
    assert PaymentAttempt.CancelRequested not in map(type, refused_before.events)


def test_a_bank_transfer_can_not_be_called_off() -> None:
    due = Due(order_id=ORDER, customer_id=CUSTOMER, amount=TOTAL, provider="bank_transfer")
    attempt = PaymentAttempt.open(ATTEMPT, due, now=NOW)
    given(attempt, captured).when(wants()).then(
        PaymentAttempt.RefundRequested, PaymentAttempt.RefundRequested
    )


def test_nothing_else_is_asked_back_while_a_payment_is_being_called_off() -> None:
    cancelling = paid(wants())
    cancelling.when(wants(*SOME, request_id=ANOTHER)).refused(RefundTooLarge, left=Money.of(0))
    cancelling.when(wants(request_id=ANOTHER)).ignored()
    assert not cancelling.aggregate.is_settled
    assert total(each.amount for each in cancelling.aggregate.going_back) == TOTAL


def test_what_was_called_off_went_back_line_by_line() -> None:
    outcome = paid(wants()).when(called_off)
    outcome.then(PaymentAttempt.Cancelled, PaymentAttempt.LineRefunded, PaymentAttempt.LineRefunded)
    assert total(each.amount for each in refunded(outcome.events)) == TOTAL
    assert {each.refund_id for each in refunded(outcome.events)} == {
        refund_of(REQUEST, COVER),
        refund_of(REQUEST, CARGO),
    }
    again = given(outcome.aggregate)
    again.when(called_off).ignored()
    again.when(not_called_off).ignored()
    assert outcome.aggregate.is_settled


def test_what_can_not_be_called_off_goes_back_line_by_line_by_itself() -> None:
    outcome = paid(wants()).when(not_called_off)
    outcome.then(
        PaymentAttempt.CancelRefused,
        PaymentAttempt.RefundRequested,
        PaymentAttempt.RefundRequested,
    )
    assert set(outcome.aggregate.refunds) == {refund_of(REQUEST, COVER), refund_of(REQUEST, CARGO)}
    given(outcome.aggregate).when(not_called_off).ignored()
    given(outcome.aggregate).when(wants()).ignored()


def test_a_cancel_that_was_done_after_all_counts_each_line_once() -> None:
    attempt = paid(wants(), not_called_off, done()).aggregate
    outcome = given(attempt).when(called_off)
    outcome.then(PaymentAttempt.Cancelled, PaymentAttempt.LineRefunded)
    [last] = refunded(outcome.events)
    assert (last.line_id, last.excess) == (CARGO, None)


def test_nobody_confirms_a_cancel_that_was_not_asked_for() -> None:
    paid().when(called_off).refused(UnknownRefund)
    paid().when(done()).refused(UnknownRefund, refund_id=refund_of(REQUEST))


def test_after_a_year_the_provider_is_not_even_asked() -> None:
    last = timedelta(days=365)
    paid(after(last)).when(wants(*SOME)).then(PaymentAttempt.RefundRequested)
    paid(after(last + timedelta(seconds=1))).when(wants(*SOME)).refused(
        RefundTooLate, until=NOW + last
    )
    paid(wants(), called_off, after(2 * last)).when(wants(request_id=ANOTHER)).ignored()


def test_one_line_is_not_asked_back_twice_in_one_request() -> None:
    paid().when(wants(WHOLE[0], SOME[0])).refused(RefundTooLarge, left=Money.of(0))


def test_what_the_provider_does_later_is_looked_after_every_day() -> None:
    outcome = paid(after(DAY), wants(*SOME)).when(put_off).then(PaymentAttempt.RefundPending)
    [event] = outcome.events
    assert isinstance(event, PaymentAttempt.RefundPending)
    assert event.next_look_at == NOW + 2 * DAY
    waiting = given(outcome.aggregate)
    waiting.when(put_off).ignored()
    [look] = waiting.at(NOW + 2 * DAY).when(asked("sweeper", "1")).events
    assert isinstance(look, PaymentAttempt.RefundAsked)
    assert look.next_look_at == NOW + 3 * DAY
    waiting.when(asked("sweeper", "1")).ignored()
    assert not outcome.aggregate.is_settled
    waiting.when(done()).then(PaymentAttempt.LineRefunded)
    waiting.when(asked("webhook", "2")).ignored()


def test_what_was_put_off_may_be_refused_and_done_in_the_end() -> None:
    waiting = paid(after(DAY), wants(*SOME), put_off, refused())
    assert waiting.aggregate.refunds[refund_of(REQUEST)].state == "failed"
    waiting.when(asked("sweeper", "1")).ignored()
    waiting.when(asked("webhook", "1")).then(PaymentAttempt.RefundAsked)
    [event] = refunded(waiting.when(done()).events)
    assert (event.late, event.excess) == (True, None)


def test_a_webhook_makes_nobody_ask_again_for_what_was_refused_outright() -> None:
    paid(wants(*SOME), refused()).when(asked("webhook", "1")).ignored()


def test_webhooks_about_a_refund_are_followed_up_so_often_and_no_more() -> None:
    attempt = paid(wants(*SOME), put_off)
    for number in range(MOST_WEBHOOKS):
        attempt.when(asked("webhook", str(number))).then(PaymentAttempt.RefundAsked)
    attempt.when(asked("webhook", "one more")).ignored()


def test_what_our_own_account_hinders_is_tried_again() -> None:
    def hinder(attempt: PaymentAttempt) -> None:
        attempt.hinder_refund(refund_of(REQUEST), "1001")

    hindered = paid(wants(*SOME))
    hindered.when(hinder).then(PaymentAttempt.RefundHindered)
    hindered.when(hinder).ignored()
    hindered.when(asked("webhook", "1")).ignored()
    hindered.when(asked("sweeper", "1")).then(PaymentAttempt.RefundAsked)
    hindered.when(hinder).then(PaymentAttempt.RefundHindered)
    hindered.when(done()).then(PaymentAttempt.LineRefunded)
    hindered.when(hinder).ignored()


def test_our_bank_pays_only_what_the_provider_has_refused() -> None:
    wanted = paid(wants(*SOME))
    wanted.when(outside).refused(RefundNotRefused, state="requested")
    given(wanted.aggregate, refused()).when(outside).then(PaymentAttempt.RefundedOutside)
    wanted.when(outside).ignored()
    wanted.when(refused()).ignored()
    assert wanted.aggregate.is_settled
    assert {part.line_id: part.amount for part in wanted.aggregate.left()}[COVER] == Money.of(1200)


def test_our_bank_does_not_pay_what_has_gone_otherwise() -> None:
    both = paid(wants(WHOLE[0], request_id=REQUEST), refused(), wants(WHOLE[0], request_id=ANOTHER))
    both.when(outside).refused(RefundTooLarge, left=Money.of(0))


def test_a_refund_that_is_done_after_our_bank_paid_says_what_went_too_much() -> None:
    attempt = paid(wants(WHOLE[0]), refused(), outside)
    [event] = refunded(attempt.when(done()).events)
    assert (event.late, event.excess) == (True, WHOLE[0].amount)
    attempt.when(done()).ignored()
    assert {part.amount for part in attempt.aggregate.left()} == {Money.of(0), Money.of(30)}


def test_a_part_that_our_bank_and_the_provider_paid_is_all_too_much() -> None:
    """More of the line was paid than went back; all the same nobody asked for it twice."""
    part = RefundPart(line_id=COVER, amount=Money.of(30))
    attempt = paid(wants(part), refused(), outside)
    [event] = refunded(attempt.when(done()).events)
    assert (event.late, event.excess) == (True, part.amount)
    rest = {each.line_id: each.amount for each in attempt.aggregate.left()}[COVER]
    assert rest == Money.of(1230)
    again = given(
        attempt.aggregate, wants(RefundPart(line_id=COVER, amount=rest), request_id=ANOTHER)
    )
    [event] = refunded(again.when(done(ANOTHER)).events)
    assert (event.late, event.excess) == (False, None)


def test_of_money_that_went_twice_only_the_excess_is_too_much() -> None:
    """The line was refunded in part, refused, asked for anew, done, and then done once more."""
    first, rest = Money.of("1000.00"), Money.of("260.00")
    attempt = paid(
        wants(RefundPart(line_id=COVER, amount=first)),
        refused(),
        wants(RefundPart(line_id=COVER, amount=first), request_id=ANOTHER),
        done(ANOTHER),
    )
    [event] = refunded(attempt.when(done()).events)
    assert (event.late, event.excess) == (True, first - rest)


def test_a_refusal_that_was_made_up_for_holds_nothing_up() -> None:
    attempt = paid(wants(*SOME), refused())
    assert not attempt.aggregate.is_settled
    attempt = paid(wants(*WHOLE, request_id=ANOTHER), called_off_as(ANOTHER))
    assert attempt.aggregate.is_settled
    retried = paid(after(DAY), wants(WHOLE[0]), refused(), wants(WHOLE[0], request_id=ANOTHER))
    assert not retried.aggregate.is_settled
    assert given(retried.aggregate, done(ANOTHER)).aggregate.is_settled


def called_off_as(request_id: UUID) -> Decide:
    return lambda attempt: attempt.confirm_cancel(request_id, "c")


STEPS = ("wants", "done", "refused", "put_off", "outside", "cancel", "no_cancel")


@settings(max_examples=300, deadline=None)
@anything(
    steps=st.lists(
        st.tuples(
            st.sampled_from(STEPS),
            st.integers(0, 2),
            st.sampled_from(("all", "cover", "some", "cargo")),
        ),
        max_size=25,
    ),
    later=st.booleans(),
)
def test_never_more_goes_back_than_was_taken_without_a_word(
    steps: list[tuple[str, int, str]], later: bool
) -> None:
    """Whatever is asked and told in whatever order: what went is what was taken, or the excess is
    told to the kuruş; nothing counts twice, and nothing that went is forgotten.
    """
    attempt = an_attempt()
    captured(attempt)
    attempt.collect_events()
    if later:
        attempt.at(NOW + DAY)
    for step, number, what in steps:
        with_refusals(attempt, step, request_id=UUID(int=number + 1), what=what)
    events = [each for each in attempt.collect_events() if isinstance(each, Event)]
    back = refunded(events)
    paid_outside = [each for each in events if isinstance(each, PaymentAttempt.RefundedOutside)]
    assert len({each.refund_id for each in back}) == len(back)
    for line in a_capture().lines:
        gone = total(each.amount for each in (*back, *paid_outside) if each.line_id == line.line_id)
        too_much = total(
            each.excess for each in back if each.line_id == line.line_id and each.excess
        )
        twice = {each.refund_id for each in back} & {each.refund_id for each in paid_outside}
        assert gone - too_much <= line.paid
        assert gone <= line.paid or too_much.amount > 0
        assert too_much >= total(
            each.amount for each in back if each.refund_id in twice and each.line_id == line.line_id
        )
        assert gone == total(
            each.done for each in attempt.refunds.values() if each.line_id == line.line_id
        )


def with_refusals(attempt: PaymentAttempt, step: str, *, request_id: UUID, what: str) -> None:
    """Take one step, if it is one."""
    parts = {
        "all": None,
        "cover": WHOLE[:1],
        "some": SOME,
        "cargo": WHOLE[1:],
    }[what]
    refund_id = refund_of(request_id, CARGO if what == "cargo" else COVER)
    try:
        match step:
            case "wants":
                attempt.refund(request_id, "damaged", parts=parts)
            case "done":
                attempt.confirm_refund(refund_id, "r")
            case "refused":
                attempt.fail_refund(refund_id, "NONE", code="1")
            case "put_off":
                attempt.defer_refund(refund_id, "p")
            case "outside":
                attempt.refund_outside(refund_id, "EFT 1")
            case "cancel":
                attempt.confirm_cancel(request_id, "c")
            case _:
                attempt.refuse_cancel(request_id, "NONE", code="1")
    except Refusal:
        return


def test_payments_from_before_went_through_iyzico_at_their_price() -> None:
    money = {"amount": "1290.00", "currency": "TRY"}
    opened = upcast("payment.opened", {"amount": money}, stored=1, present=2)
    assert opened == {"amount": money, "provider": "iyzico"}
    succeeded = upcast("payment.succeeded", {"capture": {"paid": money}}, stored=1, present=2)
    assert succeeded["capture"] == {"paid": money, "price": money}
    told = upcast("order.paid", {"amount": money}, stored=1, present=3)
    assert (told["surcharge"]["amount"], told["installments"], told["charged"]) == ("0.00", 1, [])
