"""The workshop's list: what is to be printed, how far it is, and how it came there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.production import PrintFileFacts, PrintJob, PrintState, ReprintReason
from domain.shared.aggregate import Event
from projections.base import Fold
from projections.reads import Reads


class PrintStep(Struct, frozen=True, kw_only=True):
    """Something that happened to a print job. `by` is set where a person did it."""

    at: datetime
    step: str
    attempt: int
    reason: str = ""
    by: UUID | None = None


class PrintJobRow(Struct, frozen=True, kw_only=True):
    """One print job; `file` is there once it is made, `reason` when it could not be, or when it was
    spoiled or rejected. `reference` is the house's own.
    """

    print_job_id: UUID
    order_id: UUID
    order_number: str
    copy: int
    reprint_reason: ReprintReason | None
    requested_at: datetime
    changed_at: datetime
    version: int
    state: PrintState
    attempt: int
    file: PrintFileFacts | None
    reference: str
    reason: str | None
    steps: tuple[PrintStep, ...]


print_jobs = Fold(
    "print_jobs",
    PrintJobRow,
    version=2,
    key=["print_job_id"],
    indexes=["requested_at DESC, print_job_id", "state, requested_at DESC", "order_id"],
)

OVER: tuple[PrintState, ...] = ("printed", "cancelled")
"""States in which nobody waits for anything any more."""


@print_jobs.on(PrintJob.Requested)
def requested(_row: PrintJobRow | None, event: PrintJob.Requested) -> PrintJobRow:
    step = PrintStep(
        at=event.timestamp,
        step="requested",
        attempt=1,
        reason=event.reason or "",
        by=event.asked_by,
    )
    return PrintJobRow(
        print_job_id=event.originator_id,
        order_id=event.order_id,
        order_number=event.order_number,
        copy=event.copy,
        reprint_reason=event.reason,
        requested_at=event.timestamp,
        changed_at=event.timestamp,
        version=event.originator_version,
        state="requested",
        attempt=1,
        file=None,
        reference="",
        reason=None,
        steps=(step,),
    )


@print_jobs.on(PrintJob.FileRefused)
def file_refused(row: PrintJobRow, event: PrintJob.FileRefused) -> PrintJobRow:
    said = _step(row, event, step="refused", reason=event.reason)
    return _after(row, event, said=said, state="refused", reason=event.reason)


@print_jobs.on(PrintJob.FileMade)
def file_made(row: PrintJobRow, event: PrintJob.FileMade) -> PrintJobRow:
    said = _step(row, event, step="file_made")
    return _after(row, event, said=said, state="file_made", file=event.facts, reason=None)


@print_jobs.on(PrintJob.HandedOver)
def handed_over(row: PrintJobRow, event: PrintJob.HandedOver) -> PrintJobRow:
    said = _step(row, event, step="handed_over", attempt=event.attempt)
    state = "handed_over" if event.tells_back else "printed"
    return _after(row, event, said=said, state=state, reference=event.reference, reason=None)


@print_jobs.on(PrintJob.Progressed)
def progressed(row: PrintJobRow, event: PrintJob.Progressed) -> PrintJobRow:
    said = _step(row, event, step=event.status, attempt=event.attempt)
    return _after(row, event, said=said, state=event.status)


@print_jobs.on(PrintJob.Printed)
def printed(row: PrintJobRow, event: PrintJob.Printed) -> PrintJobRow:
    said = _step(row, event, step="printed", attempt=event.attempt, by=event.marked_by)
    return _after(row, event, said=said, state="printed", reason=None)


@print_jobs.on(PrintJob.Spoiled)
def spoiled(row: PrintJobRow, event: PrintJob.Spoiled) -> PrintJobRow:
    said = _step(
        row,
        event,
        step="spoiled",
        attempt=event.attempt,
        reason=event.reason,
        by=event.marked_by,
    )
    attempt = event.attempt + 1
    return _after(row, event, said=said, state="spoiled", attempt=attempt, reason=event.reason)


@print_jobs.on(PrintJob.Rejected)
def rejected(row: PrintJobRow, event: PrintJob.Rejected) -> PrintJobRow:
    said = _step(row, event, step="rejected", attempt=event.attempt, reason=event.reason)
    return _after(row, event, said=said, state="rejected", reason=event.reason)


@print_jobs.on(PrintJob.Retried)
def retried(row: PrintJobRow, event: PrintJob.Retried) -> PrintJobRow:
    said = _step(row, event, step="retried", attempt=event.attempt, by=event.asked_by)
    state = "file_made" if event.has_file else "requested"
    return _after(row, event, said=said, state=state, attempt=event.attempt)


@print_jobs.on(PrintJob.Resumed)
def resumed(row: PrintJobRow, event: PrintJob.Resumed) -> PrintJobRow:
    return _after(row, event, said=_step(row, event, step="resumed"))


@print_jobs.on(PrintJob.AskedAfter)
def asked_after(row: PrintJobRow, event: PrintJob.AskedAfter) -> PrintJobRow:
    """To be asked after is no change: it would make what stands still look lively."""
    said = _step(row, event, step="asked_after", attempt=event.attempt)
    return replace(_after(row, event, said=said), changed_at=row.changed_at)


@print_jobs.on(PrintJob.Cancelled)
def cancelled(row: PrintJobRow, event: PrintJob.Cancelled) -> PrintJobRow:
    said = _step(row, event, step="cancelled", by=event.asked_by)
    return _after(row, event, said=said, state="cancelled")


@print_jobs.on(PrintJob.Recalled)
def recalled(row: PrintJobRow, event: PrintJob.Recalled) -> PrintJobRow:
    return _after(row, event, said=_step(row, event, step="recalled", attempt=event.attempt))


def _step(row: PrintJobRow, event: Event, *, step: str, **more: Any) -> PrintStep:
    return PrintStep(at=event.timestamp, step=step, **{"attempt": row.attempt, **more})


def _after(row: PrintJobRow, event: Event, *, said: PrintStep, **values: Any) -> PrintJobRow:
    return replace(
        row,
        changed_at=event.timestamp,
        version=event.originator_version,
        steps=(*row.steps, said),
        **values,
    )


class PrintJobFilter(Struct, frozen=True, kw_only=True):
    """Which print jobs; None means any."""

    state: PrintState | None = None
    order_id: UUID | None = None


class OpenPrintJobs(Struct, frozen=True, kw_only=True):
    """How many print jobs stand somewhere, and since when the oldest of them has not moved."""

    state: PrintState
    count: int
    oldest_at: datetime


async def print_job(reads: Reads, print_job_id: UUID) -> PrintJobRow | None:
    """One print job, or None."""
    return await reads.one(
        PrintJobRow, "SELECT * FROM read.print_jobs WHERE print_job_id = %s", (print_job_id,)
    )


async def tickets_of(reads: Reads, customer_id: UUID) -> list[UUID]:
    """All tickets that print houses were or may have been given for a customer's orders."""
    rows = await reads.all(
        PrintJobRow,
        "SELECT p.* FROM read.print_jobs AS p JOIN read.orders AS o USING (order_id)"
        " WHERE o.customer_id = %s",
        (customer_id,),
    )
    return [
        PrintJob.ticket_id_of(row.print_job_id, attempt)
        for row in rows
        for attempt in range(1, row.attempt + 1)
    ]


async def print_job_list(
    reads: Reads, wanted: PrintJobFilter, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[PrintJobRow]:
    """Print jobs requested before a date and id (None: from the newest on), newest first."""
    moment, identity = before or (None, None)
    return await reads.all(
        PrintJobRow,
        "SELECT * FROM read.print_jobs WHERE (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)"
        " AND (%(moment)s::timestamptz IS NULL"
        " OR (requested_at, print_job_id) < (%(moment)s, %(id)s::uuid))"
        " ORDER BY requested_at DESC, print_job_id DESC LIMIT %(limit)s",
        {
            "state": wanted.state,
            "order_id": wanted.order_id,
            "moment": moment,
            "id": identity,
            "limit": limit,
        },
    )


async def open_print_jobs(reads: Reads) -> list[OpenPrintJobs]:
    """The jobs that are not over, by where they stand; states without any are left out."""
    return await reads.all(
        OpenPrintJobs,
        "SELECT state, count(*) AS count, min(changed_at) AS oldest_at FROM read.print_jobs"
        " WHERE state <> ALL(%s) GROUP BY state ORDER BY state",
        (list(OVER),),
    )
