"""What follows in a return: deadlines of both sides, reprints, and what finance decided."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from application.returns import (
    EndRefusedRefund,
    FollowReprint,
    LapseReturn,
    RemindOfReturn,
    ReportUnanswered,
)
from application.work import Intent, Later, when
from application.work_items import LapseWorkItem
from domain.production import PrintJob
from domain.returns import Return
from domain.work_items import WorkItem


@when(Return.Requested)
def await_the_desk(event: Return.Requested) -> Iterator[Intent]:
    """Nobody waits for an answer without somebody knowing."""
    yield Later(ReportUnanswered(return_id=event.originator_id), event.answer_by)


@when(Return.Approved, Return.Rejected, Return.Cancelled)
def stop_awaiting_the_desk(
    event: Return.Approved | Return.Rejected | Return.Cancelled,
) -> Iterator[Intent]:
    """What was reported as unanswered is answered, or needs no answer."""
    yield LapseWorkItem(
        kind="return_unanswered", key=str(event.originator_id), reason="answered_after_all"
    )


@when(Return.Approved)
def await_the_parcel(event: Return.Approved) -> Iterator[Intent]:
    """The customer has until then to send it, and is reminded once."""
    granted = event.granted
    if granted.send_by and granted.remind_at:
        yield Later(RemindOfReturn(return_id=event.originator_id), granted.remind_at)
        yield Later(LapseReturn(return_id=event.originator_id), granted.send_by)


@when(PrintJob.Printed)
def reprint_is_made(event: PrintJob.Printed) -> Iterator[Intent]:
    """A return that asked for the copy is over."""
    if event.copy:
        yield FollowReprint(print_job_id=event.originator_id)


@when(PrintJob.HandedOver)
def reprint_is_handed_over(event: PrintJob.HandedOver) -> Iterator[Intent]:
    """A house that tells nothing back has printed what it has."""
    if event.copy and not event.tells_back:
        yield FollowReprint(print_job_id=event.originator_id)


@when(PrintJob.Cancelled)
def reprint_is_called_off(event: PrintJob.Cancelled) -> Iterator[Intent]:
    """A return that asked for the copy has its reprint back."""
    yield FollowReprint(print_job_id=event.originator_id)


@when(WorkItem.Resolved)
def refused_refund_is_over(event: WorkItem.Resolved) -> Iterator[Intent]:
    """A return does not wait for money about which finance has decided otherwise."""
    over = event.resolution in {"given_otherwise", "not_owed"}
    if event.kind == "refund_refused" and over and event.attempt_id:
        yield EndRefusedRefund(
            attempt_id=event.attempt_id,
            refund_id=UUID(event.key),
            given=event.resolution == "given_otherwise",
        )
