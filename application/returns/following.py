"""What follows for a return by itself: its deadlines, its reprint, and what finance decided."""

from __future__ import annotations

from uuid import UUID

from application.bus import Command, handles
from application.line_returns import open_return
from application.store import Store
from domain.orders import Order
from domain.payments import PaymentAttempt
from domain.production import PrintJob
from domain.returns import Return
from domain.work_items import WorkItem


class ReportUnanswered(Command, frozen=True, kw_only=True):
    """Staff were to have answered a return by now; ignored when they have."""

    return_id: UUID


class RemindOfReturn(Command, frozen=True, kw_only=True):
    """An approved return has not come back yet; ignored when it has, or need not."""

    return_id: UUID


class LapseReturn(Command, frozen=True, kw_only=True):
    """The time to send an approved return back is over; ignored when it is here."""

    return_id: UUID


class FollowReprint(Command, frozen=True, kw_only=True):
    """A copy of an order is made, or will not be: the return that waits for it goes on; ignored
    where none does.
    """

    print_job_id: UUID


class EndRefusedRefund(Command, frozen=True, kw_only=True):
    """Finance has decided about money that the provider refused to give back: it was `given`
    another way, or is not owed. Ignored where no return waits for it.
    """

    attempt_id: UUID
    refund_id: UUID
    given: bool


@handles
async def report_unanswered(command: ReportUnanswered, store: Store) -> None:
    asked = await store.get(Return, command.return_id)
    if asked.state != "requested" or store.now < asked.answer_by:
        return
    facts = (("number", asked.claim.number), ("reason", asked.claim.reason))
    found = (asked.claim.charged, facts)
    key = str(asked.id)
    item = await store.find(WorkItem, WorkItem.id_of("return_unanswered", key))
    item = item or WorkItem.open(
        "return_unanswered",
        key,
        about=(asked.claim.order_id, None),
        found=found,
        now=store.now,
    )
    store.save(item)


@handles
async def remind_of_return(command: RemindOfReturn, store: Store) -> None:
    asked = await store.get(Return, command.return_id)
    asked.remind()
    store.save(asked)


@handles
async def lapse_return(command: LapseReturn, store: Store) -> None:
    asked = await store.get(Return, command.return_id)
    asked.lapse()
    store.save(asked)


@handles
async def follow_reprint(command: FollowReprint, store: Store) -> None:
    job = await store.get(PrintJob, command.print_job_id)
    asked = await open_return(Order.line_id_of(job.order_id, "cover"), store)
    if asked is None:
        return
    if job.state == "cancelled":
        asked.call_reprint_off(job.copy)
    elif job.state == "printed":
        asked.record_reprinted(job.copy)
    store.save(asked)


@handles
async def end_refused_refund(command: EndRefusedRefund, store: Store) -> None:
    attempt = await store.get(PaymentAttempt, command.attempt_id)
    refund = attempt.refunds.get(command.refund_id)
    asked = await open_return(refund.line_id, store) if refund else None
    if asked is None or not asked.waits_for(command.refund_id):
        return
    if command.given:
        asked.settle_otherwise(asked.amount)
    else:
        asked.dismiss(command.refund_id)
    store.save(asked)
