"""The workshop's list: what is to be printed, and how far it is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.production import PrintFileFacts, PrintJob, PrintState
from projections.base import Fold
from projections.reads import Reads


class PrintJobRow(Struct, frozen=True, kw_only=True):
    """One print job; `file` is there once it is made, `reason` when it could not be."""

    print_job_id: UUID
    order_id: UUID
    order_number: str
    requested_at: datetime
    changed_at: datetime
    state: PrintState
    file: PrintFileFacts | None
    reason: str | None


print_jobs = Fold(
    "print_jobs",
    PrintJobRow,
    version=1,
    key=["print_job_id"],
    indexes=["requested_at DESC, print_job_id"],
)


@print_jobs.on(PrintJob.Requested)
def requested(_row: PrintJobRow | None, event: PrintJob.Requested) -> PrintJobRow:
    return PrintJobRow(
        print_job_id=event.originator_id,
        order_id=event.order_id,
        order_number=event.order_number,
        requested_at=event.timestamp,
        changed_at=event.timestamp,
        state="requested",
        file=None,
        reason=None,
    )


@print_jobs.on(PrintJob.FileRefused)
def file_refused(row: PrintJobRow, event: PrintJob.FileRefused) -> PrintJobRow:
    return replace(row, state="refused", reason=event.reason, changed_at=event.timestamp)


@print_jobs.on(PrintJob.FileMade)
def file_made(row: PrintJobRow, event: PrintJob.FileMade) -> PrintJobRow:
    return replace(
        row, state="file_made", file=event.facts, reason=None, changed_at=event.timestamp
    )


@print_jobs.on(PrintJob.HandedOver)
def handed_over(row: PrintJobRow, event: PrintJob.HandedOver) -> PrintJobRow:
    return replace(row, state="handed_over", changed_at=event.timestamp)


async def print_job_list(
    reads: Reads, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[PrintJobRow]:
    """Print jobs requested before a date and id (None: from the newest on), newest first."""
    moment, identity = before or (None, None)
    return await reads.all(
        PrintJobRow,
        "SELECT * FROM read.print_jobs WHERE %(moment)s::timestamptz IS NULL"
        " OR (requested_at, print_job_id) < (%(moment)s, %(id)s::uuid)"
        " ORDER BY requested_at DESC, print_job_id DESC LIMIT %(limit)s",
        {"moment": moment, "id": identity, "limit": limit},
    )
