"""What follows from printing: copies printed anew, looked after, called back, told to people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from application.production import (
    AskAfterPrintJob,
    AskPrintHouse,
    CancelPrint,
    HandToPrintHouse,
    MakePrintFile,
    RecallFromPrintHouse,
    RequestReprint,
)
from application.work import Intent, Later, when
from application.work_items import LapseWorkItem, OpenWorkItem
from domain.orders import Order
from domain.production import PrintJob
from domain.shipments import Shipment

LOOK_AFTER = (
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    *(timedelta(days=1) for _ in range(5)),
    *(timedelta(days=3) for _ in range(5)),
)
"""When the house is asked how far it is, each time counted from the time before."""
OVERDUE_LOOK = 6
"""From this look on, two days after the hand-over, a person looks too."""

_Ended = PrintJob.Printed | PrintJob.Spoiled | PrintJob.Rejected | PrintJob.Cancelled
_Corrected = PrintJob.Retried | PrintJob.Printed | PrintJob.Spoiled | PrintJob.Cancelled


@when(Order.Cancelled)
def print_nothing(event: Order.Cancelled) -> Iterator[Intent]:
    """What was not handed over never is."""
    yield CancelPrint(order_id=event.originator_id)


@when(Shipment.Decided)
def print_anew(event: Shipment.Decided) -> Iterator[Intent]:
    """What was lost, or came back and can't be sent again as it is; once for each such parcel."""
    if event.decision == "reprint":
        yield RequestReprint(
            order_id=event.order_id,
            request_id=event.originator_id,
            reason="lost" if event.status == "lost" else "damaged",
            by=event.by,
        )


@when(PrintJob.FileMade)
def hand_over_reprint(event: PrintJob.FileMade) -> Iterator[Intent]:
    """Another copy waits for nothing: the order can't be cancelled any more."""
    if event.copy:
        yield HandToPrintHouse(order_id=event.order_id, copy=event.copy)


@when(PrintJob.Spoiled)
def print_again(event: PrintJob.Spoiled) -> Iterator[Intent]:
    """The same copy once more."""
    yield HandToPrintHouse(order_id=event.order_id, copy=event.copy)


@when(PrintJob.Retried, PrintJob.Resumed)
def go_on(event: PrintJob.Retried | PrintJob.Resumed) -> Iterator[Intent]:
    """Where it stood still."""
    job = HandToPrintHouse if event.has_file else MakePrintFile
    yield job(order_id=event.order_id, copy=event.copy)


@when(PrintJob.Recalled)
def call_back(event: PrintJob.Recalled) -> Iterator[Intent]:
    """What the house has and nobody wants any more."""
    yield RecallFromPrintHouse(print_job_id=event.originator_id, attempt=event.attempt)


@when(PrintJob.HandedOver)
def look_after(event: PrintJob.HandedOver) -> Iterator[Intent]:
    """A house that tells by itself is asked only when it does not."""
    if event.tells_back:
        yield _look(event, look=1)


@when(PrintJob.AskedAfter)
def ask_print_house(event: PrintJob.AskedAfter) -> Iterator[Intent]:
    """Each look arranges the next one, so that no call-back has to come."""
    yield AskPrintHouse(print_job_id=event.originator_id, attempt=event.attempt)
    if event.look < len(LOOK_AFTER):
        yield _look(event, look=event.look + 1)


@when(PrintJob.AskedAfter)
def report_overdue(event: PrintJob.AskedAfter) -> Iterator[Intent]:
    """A house that says nothing for days has perhaps lost it."""
    if event.look == OVERDUE_LOOK:
        yield OpenWorkItem(
            kind="print_overdue",
            key=str(event.originator_id),
            order_id=event.order_id,
            facts=(("attempt", str(event.attempt)),),
        )


@when(PrintJob.Printed, PrintJob.Spoiled, PrintJob.Rejected, PrintJob.Cancelled)
def lapse_overdue(event: _Ended) -> Iterator[Intent]:
    """The house has told, or it matters no more."""
    yield LapseWorkItem(kind="print_overdue", key=str(event.originator_id), reason="told")


@when(PrintJob.Rejected)
def report_rejected(event: PrintJob.Rejected) -> Iterator[Intent]:
    """A person decides whether it is handed over again, or the money goes back."""
    yield OpenWorkItem(
        kind="print_rejected",
        key=str(event.originator_id),
        order_id=event.order_id,
        facts=(("attempt", str(event.attempt)), ("reason", event.reason)),
    )


@when(PrintJob.Retried, PrintJob.Printed, PrintJob.Spoiled, PrintJob.Cancelled)
def lapse_rejected(event: _Corrected) -> Iterator[Intent]:
    """It goes on, or is over."""
    yield LapseWorkItem(kind="print_rejected", key=str(event.originator_id), reason="goes_on")


def _look(event: PrintJob.HandedOver | PrintJob.AskedAfter, *, look: int) -> Later:
    command = AskAfterPrintJob(print_job_id=event.originator_id, attempt=event.attempt, look=look)
    return Later(command, event.timestamp + LOOK_AFTER[look - 1])
