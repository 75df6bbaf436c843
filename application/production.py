"""What can be asked of printing: the file for an order, its hand-over, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Protocol
from uuid import UUID

from application.bus import Command, handles
from application.ports import CallBack
from application.store import Store
from application.work import Job
from domain.orders import Order
from domain.production import (
    MOST_COPIES,
    AlreadyOnItsWay,
    CopiesExhausted,
    HouseReport,
    NothingToReprint,
    PrintFileFacts,
    PrintJob,
    ReprintReason,
)
from domain.shipments import Shipment

CALL_BACK = "print-house"
"""The purpose of the secrets by which print houses sign what they tell."""

CALL_BACK_PATH = "/api/v1/webhooks/print-house/{print_job_id}/{attempt}"


class CallBacks(Protocol):
    """Where print houses call back, and whether what is told there is genuine."""

    def of(self, print_job_id: UUID, attempt: int) -> CallBack:
        """Address and secret of one attempt; always the same."""
        ...

    def genuine(
        self, secret: str, headers: Mapping[str, str], *, body: bytes, now: datetime
    ) -> bool:
        """Whether `body` was signed, within minutes of `now`, with this secret."""
        ...


class RequestPrint(Command, frozen=True, kw_only=True):
    """Have an order's artwork printed; ignored without artwork, or where it is too late."""

    order_id: UUID


class RequestReprint(Command, frozen=True, kw_only=True):
    """Have a cover printed anew, which becomes a parcel of its own; once for each request. `by` is
    who asks, if a person does.
    """

    order_id: UUID
    request_id: UUID
    reason: ReprintReason
    by: UUID | None = None


class ResumeProduction(Command, frozen=True, kw_only=True):
    """Go on with what was withheld while the order was held; ignored where nothing waits."""

    order_id: UUID


class RecordPrintFileMade(Command, frozen=True, kw_only=True):
    """The print file passed preflight and is kept."""

    order_id: UUID
    facts: PrintFileFacts
    copy: int = 0


class RecordPrintFileRefused(Command, frozen=True, kw_only=True):
    """The artwork can't be printed as it is; the reason is for the workshop."""

    order_id: UUID
    reason: str
    copy: int = 0


class RecordHandedOver(Command, frozen=True, kw_only=True):
    """The print house has the file of this attempt; `tells_back` if more will be heard of it."""

    order_id: UUID
    copy: int = 0
    attempt: int = 1
    tells_back: bool = False
    reference: str = ""


class RecordTicketRefused(Command, frozen=True, kw_only=True):
    """The print house does not take this attempt at all."""

    order_id: UUID
    copy: int
    attempt: int
    reason: str


class RecordPrintReport(Command, frozen=True, kw_only=True):
    """The print house tells how far it is; who says so has been verified."""

    print_job_id: UUID
    report: HouseReport


class AskAfterPrintJob(Command, frozen=True, kw_only=True):
    """Look whether the house has told how an attempt ended, and ask it if not: the look-th time."""

    print_job_id: UUID
    attempt: int
    look: int


class CancelPrint(Command, frozen=True, kw_only=True):
    """Print nothing for an order that was cancelled."""

    order_id: UUID


class MarkPrinted(Command, frozen=True, kw_only=True):
    """An admin has seen that it is printed."""

    print_job_id: UUID
    by: UUID
    expected_version: int | None = None


class MarkSpoiled(Command, frozen=True, kw_only=True):
    """An admin has seen that an attempt is of no use; the same copy is printed again."""

    print_job_id: UUID
    attempt: int
    reason: str
    by: UUID
    expected_version: int | None = None


class RetryPrintJob(Command, frozen=True, kw_only=True):
    """An admin has a refused file made again, or a rejected copy handed over again."""

    print_job_id: UUID
    by: UUID
    expected_version: int | None = None


class CancelReprint(Command, frozen=True, kw_only=True):
    """An admin gives a reprint up."""

    print_job_id: UUID
    by: UUID
    expected_version: int | None = None


class MakePrintFile(Job, frozen=True, kw_only=True):
    """Put an order's artwork on a sheet for the print house."""

    QUEUE: ClassVar[str] = "render"
    ATTEMPTS: ClassVar[int] = 4
    order_id: UUID
    copy: int = 0


class HandToPrintHouse(Job, frozen=True, kw_only=True):
    """Give the print house the file of an order that is in production."""

    ATTEMPTS: ClassVar[int] = 12
    LEASE_SECONDS: ClassVar[int] = 90
    order_id: UUID
    copy: int = 0


class AskPrintHouse(Job, frozen=True, kw_only=True):
    """Ask the print house how far an attempt is."""

    print_job_id: UUID
    attempt: int


class RecallFromPrintHouse(Job, frozen=True, kw_only=True):
    """Ask the print house not to print an attempt any more."""

    ATTEMPTS: ClassVar[int] = 12
    print_job_id: UUID
    attempt: int


@handles
async def request_print(command: RequestPrint, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    job = await store.find(PrintJob, PrintJob.id_of(order.id))
    if job is None and order.artwork and order.may_move_to("in_production"):
        job = PrintJob.request(
            order.id,
            order.artwork,
            customer_id=order.customer_id,
            order_number=order.number,
            now=store.now,
        )
    if job:
        store.save(job)


@handles
async def request_reprint(command: RequestReprint, store: Store) -> dict[str, Any]:
    own = await store.get(PrintJob, PrintJob.id_of(command.order_id))
    for copy in range(1, MOST_COPIES + 1):
        made = await store.find(PrintJob, PrintJob.id_of(own.order_id, copy))
        if made is None:
            if own.state != "printed":
                raise NothingToReprint(state=own.state)
            made = own.print_anew(
                copy, command.reason, request_id=command.request_id, asked_by=command.by
            )
        if made.request_id == command.request_id:
            store.save(made)
            return {"print_job_id": made.id, "copy": copy}
    raise CopiesExhausted(most=MOST_COPIES)


@handles
async def resume_production(command: ResumeProduction, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    store.save(order)
    if order.is_held or order.state == "cancelled":
        return
    for copy in range(MOST_COPIES + 1):
        job = await store.find(PrintJob, PrintJob.id_of(order.id, copy))
        if job is None:
            return
        if copy == 0 and job.file and order.may_move_to("in_production"):
            order.start_production(job.file.digest)
        else:
            job.resume()
            store.save(job)


@handles
async def record_print_file_made(command: RecordPrintFileMade, store: Store) -> None:
    job = await store.get(PrintJob, PrintJob.id_of(command.order_id, command.copy))
    job.record_file(command.facts)
    store.save(job)


@handles
async def record_print_file_refused(command: RecordPrintFileRefused, store: Store) -> None:
    job = await store.get(PrintJob, PrintJob.id_of(command.order_id, command.copy))
    job.refuse_file(command.reason)
    store.save(job)


@handles
async def record_handed_over(command: RecordHandedOver, store: Store) -> None:
    job = await store.get(PrintJob, PrintJob.id_of(command.order_id, command.copy))
    job.hand_over(command.attempt, tells_back=command.tells_back, reference=command.reference)
    store.save(job)


@handles
async def record_ticket_refused(command: RecordTicketRefused, store: Store) -> None:
    job = await store.get(PrintJob, PrintJob.id_of(command.order_id, command.copy))
    job.reject(command.attempt, command.reason)
    store.save(job)


@handles
async def record_print_report(command: RecordPrintReport, store: Store) -> None:
    job = await store.get(PrintJob, command.print_job_id)
    job.record_report(command.report)
    store.save(job)


@handles
async def ask_after_print_job(command: AskAfterPrintJob, store: Store) -> None:
    job = await store.get(PrintJob, command.print_job_id)
    job.ask_after(command.attempt, command.look)
    store.save(job)


@handles
async def cancel_print(command: CancelPrint, store: Store) -> None:
    job = await store.find(PrintJob, PrintJob.id_of(command.order_id))
    if job:
        job.cancel_with_order()
        store.save(job)


@handles
async def mark_printed(command: MarkPrinted, store: Store) -> dict[str, Any]:
    job = await _at(command.print_job_id, command.expected_version, store=store)
    job.mark_printed(command.by)
    return _saved(job, store)


@handles
async def mark_spoiled(command: MarkSpoiled, store: Store) -> dict[str, Any]:
    job = await _at(command.print_job_id, command.expected_version, store=store)
    if job.state == "printed" and await _has_left(job, store):
        raise AlreadyOnItsWay
    job.mark_spoiled(command.attempt, command.reason, by=command.by)
    return _saved(job, store)


@handles
async def retry_print_job(command: RetryPrintJob, store: Store) -> dict[str, Any]:
    job = await _at(command.print_job_id, command.expected_version, store=store)
    job.retry(command.by)
    return _saved(job, store)


@handles
async def cancel_reprint(command: CancelReprint, store: Store) -> dict[str, Any]:
    job = await _at(command.print_job_id, command.expected_version, store=store)
    job.cancel_reprint(command.by)
    return _saved(job, store)


async def _at(print_job_id: UUID, version: int | None, *, store: Store) -> PrintJob:
    job = await store.get(PrintJob, print_job_id)
    job.must_be_at(version)
    return job


async def _has_left(job: PrintJob, store: Store) -> bool:
    shipment = await store.find(Shipment, Shipment.id_of(job.order_id, job.copy))
    return shipment is not None and shipment.dispatched


def _saved(job: PrintJob, store: Store) -> dict[str, Any]:
    store.save(job)
    return {"print_job_id": job.id, "state": job.state, "attempt": job.attempt}
