"""What can be asked of printing: the file for an order, and its hand-over to the print house."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from application.work import Job
from domain.orders import Order
from domain.production import PrintFileFacts, PrintJob


class RequestPrint(Command, frozen=True, kw_only=True):
    """Have an order's artwork printed; ignored without artwork, or where it is too late."""

    order_id: UUID


class RecordPrintFileMade(Command, frozen=True, kw_only=True):
    """The print file passed preflight and is kept."""

    order_id: UUID
    facts: PrintFileFacts


class RecordPrintFileRefused(Command, frozen=True, kw_only=True):
    """The artwork can't be printed as it is; the reason is for the workshop."""

    order_id: UUID
    reason: str


class RecordHandedOver(Command, frozen=True, kw_only=True):
    """The print house has the file."""

    order_id: UUID


class ResumeProduction(Command, frozen=True, kw_only=True):
    """A hold is over: start the production that it kept back; ignored where none was."""

    order_id: UUID


class MakePrintFile(Job, frozen=True, kw_only=True):
    """Put an order's artwork on a sheet for the print house."""

    QUEUE: ClassVar[str] = "render"
    ATTEMPTS: ClassVar[int] = 4
    order_id: UUID


class HandToPrintHouse(Job, frozen=True, kw_only=True):
    """Give the print house the file of an order that is in production."""

    LEASE_SECONDS: ClassVar[int] = 30
    order_id: UUID


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
async def record_print_file_made(command: RecordPrintFileMade, store: Store) -> None:
    job = await store.get(PrintJob, PrintJob.id_of(command.order_id))
    job.record_file(command.facts)
    store.save(job)


@handles
async def record_print_file_refused(command: RecordPrintFileRefused, store: Store) -> None:
    job = await store.get(PrintJob, PrintJob.id_of(command.order_id))
    job.refuse_file(command.reason)
    store.save(job)


@handles
async def record_handed_over(command: RecordHandedOver, store: Store) -> None:
    job = await store.get(PrintJob, PrintJob.id_of(command.order_id))
    job.hand_over()
    store.save(job)


@handles
async def resume_production(command: ResumeProduction, store: Store) -> None:
    order = await store.get(Order, command.order_id)
    job = await store.find(PrintJob, PrintJob.id_of(order.id))
    if job is not None and job.file is not None and order.may_move_to("in_production"):
        order.start_production(job.file.digest)
    store.save(order)
