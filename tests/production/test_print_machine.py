"""What a print job adds up to, whatever a print house tells in whatever order."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given as forall
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.production import (
    MOST_ATTEMPTS,
    HouseReport,
    NotReprinted,
    PrintJob,
    PrintJobCannot,
    ReportStatus,
)
from domain.production.parts import RANKS
from tests.given import given
from tests.production.examples import ORDER
from tests.production.test_production import FACTS, a_print_job, make_file

ADMIN = UUID(int=77)
STATUSES: tuple[ReportStatus, ...] = ("accepted", "printing", "printed", "spoiled", "rejected")


def hand_over(job: PrintJob) -> None:
    job.hand_over(job.attempt, tells_back=True, reference="PH1")


def told(status: ReportStatus, attempt: int = 1) -> HouseReport:
    return HouseReport(attempt, status, "colour" if status in {"spoiled", "rejected"} else "")


def report(status: ReportStatus, attempt: int = 1) -> Callable[[PrintJob], None]:
    def decide(job: PrintJob) -> None:
        job.record_report(told(status, attempt))

    return decide


def at_house() -> PrintJob:
    job = a_print_job()
    make_file(job)
    hand_over(job)
    return job


def reprint(copy: int = 1) -> PrintJob:
    return a_print_job().print_anew(copy, "damaged", request_id=UUID(int=5), asked_by=ADMIN)


def after(*statuses: ReportStatus) -> tuple[str, int]:
    """Where it stands, and which attempt that is about."""
    job = at_house()
    for status in statuses:
        job.record_report(told(status))
    return job.state, job.printed_attempt or job.attempt


@forall(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=8))
def test_reports_in_any_order_and_number_lead_to_one_end(statuses: list[ReportStatus]) -> None:
    ends = {after(*order) for order in itertools.islice(itertools.permutations(statuses), 60)}
    ends |= {after(*statuses, *statuses), after(*reversed(statuses))}
    furthest = max(statuses, key=RANKS.__getitem__)
    expected = (furthest, 2 if furthest == "spoiled" else 1)
    assert ends == {expected}


def test_a_job_does_not_go_back() -> None:
    given(at_house(), report("printing")).when(report("accepted")).ignored()
    given(at_house(), report("printed")).when(report("spoiled")).ignored()


def test_what_is_told_before_the_hand_over_was_recorded_counts() -> None:
    outcome = given(a_print_job(), make_file).when(report("printing"))
    outcome.then(PrintJob.HandedOver, PrintJob.Progressed)
    given(outcome.aggregate).when(hand_over).ignored()


def test_nothing_is_told_of_what_was_never_made() -> None:
    given(a_print_job()).when(report("printed")).ignored()


def test_a_spoiled_copy_is_handed_over_again_under_another_ticket() -> None:
    job = at_house()
    job.record_report(told("spoiled"))
    assert (job.state, job.attempt, job.waits_for_house) == ("spoiled", 2, True)
    first, second = (PrintJob.ticket_id_of(job.id, attempt) for attempt in (1, 2))
    assert first != second
    hand_over(job)
    given(job).when(report("printed", 2)).then(PrintJob.Printed)


def test_an_attempt_that_was_printed_after_all_calls_the_next_one_back() -> None:
    job = at_house()
    job.record_report(told("spoiled"))
    hand_over(job)
    outcome = given(job).when(report("printed", 1)).then(PrintJob.Printed, PrintJob.Recalled)
    assert outcome.events[1].attempt == 2  # type: ignore[attr-defined]  # a Recalled
    given(outcome.aggregate).when(report("printed", 2)).ignored()


def test_an_attempt_that_is_handed_over_too_late_is_called_back() -> None:
    job = at_house()
    job.record_report(told("spoiled"))
    job.record_report(told("printed", 1))
    given(job).when(hand_over).then(PrintJob.Recalled)
    given(job).when(hand_over).ignored()


def test_a_house_that_spoils_again_and_again_is_looked_at_by_a_person() -> None:
    job = at_house()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        job.record_report(told("spoiled", attempt))
        if job.waits_for_house:
            hand_over(job)
    assert (job.state, job.attempt) == ("rejected", MOST_ATTEMPTS)


def test_a_rejected_copy_is_handed_over_again_when_an_admin_wants_it() -> None:
    job = at_house()
    job.record_report(told("rejected"))
    given(job).when(lambda it: it.retry(ADMIN)).then(PrintJob.Retried)
    assert (job.state, job.attempt) == ("file_made", 2)
    given(job).when(lambda it: it.retry(ADMIN)).ignored()


def test_a_refused_file_is_made_again_when_an_admin_wants_it() -> None:
    job = a_print_job()
    job.refuse_file("55 ppi")
    given(job).when(lambda it: it.retry(ADMIN)).then(PrintJob.Retried)
    assert (job.state, job.attempt) == ("requested", 1)


def test_only_what_was_refused_is_tried_again() -> None:
    given(at_house()).when(lambda it: it.retry(ADMIN)).refused(PrintJobCannot, step="retry")


def test_a_person_says_that_it_is_printed() -> None:
    given(at_house()).when(lambda it: it.mark_printed(ADMIN)).then(PrintJob.Printed)
    done = at_house()
    done.mark_printed(ADMIN)
    given(done).when(lambda it: it.mark_printed(ADMIN)).ignored()
    step = "mark_printed"
    given(a_print_job()).when(lambda it: it.mark_printed(ADMIN)).refused(PrintJobCannot, step=step)


def test_what_a_person_says_of_a_spoiled_copy_counts_more_than_the_house() -> None:
    job = at_house()
    job.record_report(told("printed"))
    given(job).when(lambda it: it.mark_spoiled(1, "cut", by=ADMIN)).then(PrintJob.Spoiled)
    given(job).when(lambda it: it.mark_spoiled(1, "cut", by=ADMIN)).ignored()
    given(job).when(report("printed", 1)).ignored()
    assert job.waits_for_house


def test_what_a_person_gives_up_at_the_house_is_called_back() -> None:
    spoil = given(at_house(), report("printing")).when(lambda it: it.mark_spoiled(1, "x", by=ADMIN))
    spoil.then(PrintJob.Spoiled, PrintJob.Recalled)


def test_only_what_the_house_has_can_be_spoiled() -> None:
    spoil = "mark_spoiled"
    given(a_print_job()).when(lambda it: it.mark_spoiled(1, "cut", by=ADMIN)).refused(
        PrintJobCannot, step=spoil
    )
    given(at_house()).when(lambda it: it.mark_spoiled(2, "cut", by=ADMIN)).refused(
        PrintJobCannot, step=spoil
    )


def test_a_house_that_tells_nothing_back_has_printed_what_it_has() -> None:
    job = a_print_job()
    make_file(job)
    given(job).when(lambda it: it.hand_over(1)).then(PrintJob.HandedOver)
    assert (job.state, job.printed_attempt) == ("printed", 1)


def test_an_order_that_is_cancelled_in_time_is_not_printed() -> None:
    job = a_print_job()
    make_file(job)
    given(job).when(PrintJob.cancel_with_order).then(PrintJob.Cancelled)
    given(job).when(report("printed")).ignored()
    given(at_house()).when(PrintJob.cancel_with_order).ignored()


def test_the_orders_own_cover_is_not_cancelled_by_itself() -> None:
    given(a_print_job()).when(lambda it: it.cancel_reprint(ADMIN)).refused(NotReprinted)


def test_a_reprint_at_the_house_is_called_back_when_it_is_given_up() -> None:
    job = reprint()
    make_file(job)
    hand_over(job)
    given(job).when(lambda it: it.cancel_reprint(ADMIN)).then(PrintJob.Cancelled, PrintJob.Recalled)
    given(job).when(lambda it: it.cancel_reprint(ADMIN)).ignored()
    given(job).when(hand_over).ignored()


def test_a_reprint_that_was_given_up_while_it_was_handed_over_is_called_back() -> None:
    job = reprint()
    make_file(job)
    given(job).when(lambda it: it.cancel_reprint(ADMIN)).then(PrintJob.Cancelled)
    given(job).when(hand_over).then(PrintJob.Recalled)


def test_a_printed_reprint_is_not_given_up() -> None:
    job = reprint()
    make_file(job)
    job.hand_over()
    given(job).when(lambda it: it.cancel_reprint(ADMIN)).refused(PrintJobCannot, step="cancel")


def test_each_copy_has_a_stream_of_its_own() -> None:
    assert len({PrintJob.id_of(ORDER, copy) for copy in range(20)}) == 20
    assert reprint(3).id == PrintJob.id_of(ORDER, 3)


def test_a_look_is_taken_once_and_only_while_the_house_owes_an_answer() -> None:
    job = at_house()
    given(job).when(lambda it: it.ask_after(1, 1)).then(PrintJob.AskedAfter)
    given(job).when(lambda it: it.ask_after(1, 1)).ignored()
    given(job).when(lambda it: it.ask_after(2, 2)).ignored()
    job.record_report(told("printed"))
    given(job).when(lambda it: it.ask_after(1, 2)).ignored()


class PrintMachine(RuleBasedStateMachine):
    """A job, a house that takes tickets and tells what it likes, and admins who step in."""

    def __init__(self) -> None:
        super().__init__()
        self.at_house: set[int] = set()
        self.printed: set[int] = set()

    @initialize(copy=st.sampled_from((0, 1)))
    def begin(self, copy: int) -> None:
        self.job = reprint() if copy else a_print_job()
        self.copy = copy

    @rule()
    def make(self) -> None:
        self.job.record_file(FACTS)

    @rule(tells_back=st.booleans())
    def hand_over(self, *, tells_back: bool) -> None:
        if self.job.waits_for_house:
            self.at_house.add(self.job.attempt)
            self.job.hand_over(self.job.attempt, tells_back=tells_back)

    @precondition(lambda self: self.at_house)
    @rule(data=st.data(), status=st.sampled_from(STATUSES))
    def tell(self, data: st.DataObject, status: ReportStatus) -> None:
        attempt = data.draw(st.sampled_from(sorted(self.at_house)))
        self.job.record_report(told(status, attempt))

    @precondition(lambda self: self.at_house)
    @rule(data=st.data())
    def record_again(self, data: st.DataObject) -> None:
        self.job.hand_over(data.draw(st.sampled_from(sorted(self.at_house))), tells_back=True)

    @rule()
    def retry(self) -> None:
        if self.job.state in {"refused", "rejected"}:
            self.job.retry(ADMIN)

    @rule()
    def spoil(self) -> None:
        if self.job.is_at_house or self.job.state == "printed":
            self.job.mark_spoiled(self.job.attempt, "cut", by=ADMIN)

    @rule()
    def give_up(self) -> None:
        if self.copy and self.job.state != "printed":
            self.job.cancel_reprint(ADMIN)
        else:
            self.job.cancel_with_order()

    @invariant()
    def what_counts_as_printed_was_at_the_house(self) -> None:
        if hasattr(self, "job") and self.job.state == "printed":
            assert self.job.printed_attempt in self.at_house

    @invariant()
    def nothing_is_wanted_twice(self) -> None:
        """Beside the attempt that counts nothing lies at the house that was not called back, or
        ended there by itself.
        """
        if hasattr(self, "job") and self.job.state in {"printed", "cancelled"}:
            newer = {each for each in self.at_house if each > (self.job.printed_attempt or 0)}
            current = newer & {self.job.attempt}
            assert self.job.state == "cancelled" or current <= self.job.recalled

    @invariant()
    def an_end_stays(self) -> None:
        if hasattr(self, "job") and self.job.state == "cancelled":
            before = self.job.version
            self.job.record_report(told("printed", self.job.attempt))
            assert (self.job.state, self.job.version) == ("cancelled", before)


PrintMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestPrintMachine = PrintMachine.TestCase


@pytest.mark.parametrize("status", STATUSES)
def test_an_attempt_nobody_has_started_is_not_believed(status: ReportStatus) -> None:
    given(at_house()).when(report(status, 2)).ignored()
