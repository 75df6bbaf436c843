"""What can be asked about the artist's work on an order; job and order move together."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal
from uuid import UUID

from application.assets import kept
from application.bus import Command, handles
from application.earnings import accrue, close_earning
from application.store import Store
from application.terms import Terms
from domain.design import Artist, Commission, DesignBrief, DesignJob
from domain.designers import Designer
from domain.drafts import Draft
from domain.orders import Order
from domain.shared.artwork import Artwork

REMINDERS_DAYS_BEFORE = (2, 1)
"""When a customer is reminded of a preview: this many days before it counts as approved."""


class OfferDesignJob(Command, frozen=True, kw_only=True):
    """Ask the designer of a paid order to make it; ignored where there is nothing to make."""

    order_id: UUID


class ChooseAnotherDesigner(Command, frozen=True, kw_only=True):
    """The customer asks somebody else after a designer declined; the fee stays as it was paid."""

    job_id: UUID
    customer_id: UUID
    designer_id: UUID
    expected_version: int | None = None


class AcceptDesignJob(Command, frozen=True, kw_only=True):
    """The designer takes it on."""

    job_id: UUID
    person_id: UUID
    expected_version: int | None = None


class DeclineDesignJob(Command, frozen=True, kw_only=True):
    """The designer does not take it on."""

    job_id: UUID
    person_id: UUID
    said: str = ""
    expected_version: int | None = None


class SendPreview(Command, frozen=True, kw_only=True):
    """The designer shows a file, inspected and stored; it is printed once it is approved."""

    job_id: UUID
    person_id: UUID
    artwork: Artwork
    size_bytes: int
    said: str = ""
    expected_version: int | None = None


class RequestRevision(Command, frozen=True, kw_only=True):
    """The customer wants something changed."""

    job_id: UUID
    customer_id: UUID
    said: str
    expected_version: int | None = None


class ApproveDesign(Command, frozen=True, kw_only=True):
    """The customer is content with the preview: it goes to production."""

    job_id: UUID
    customer_id: UUID
    expected_version: int | None = None


class CancelDesign(Command, frozen=True, kw_only=True):
    """Customer or designer call it off, and with it the order; what was paid goes back."""

    job_id: UUID
    person_id: UUID
    said: str = ""
    expected_version: int | None = None


class LapseOffer(Command, frozen=True, kw_only=True):
    """The time to answer an offer is over; ignored when it was answered."""

    job_id: UUID
    offer: int


class RemindOfPreview(Command, frozen=True, kw_only=True):
    """A preview still waits for the customer; ignored when it does not."""

    job_id: UUID
    preview: int
    reminder: int


class ApproveUnanswered(Command, frozen=True, kw_only=True):
    """A preview waited long enough to count as approved; ignored when it was answered."""

    job_id: UUID
    preview: int


class CloseDesignJob(Command, frozen=True, kw_only=True):
    """An order was cancelled; ignored where no designer was asked."""

    order_id: UUID


@handles
async def offer_design_job(command: OfferDesignJob, store: Store, terms: Terms) -> None:
    order = await store.get(Order, command.order_id)
    asked = await store.find(DesignJob, DesignJob.id_of(order.id))
    if asked or order.designer_id is None or not order.takes_artwork:
        return
    designer = await store.get(Designer, order.designer_id)
    assert order.draft_id  # artists work on drafts
    draft = await store.get(Draft, order.draft_id)
    job = DesignJob.open(
        order.customer_id,
        _commission(order, draft, terms=terms),
        brief=DesignBrief(
            title=order.particulars.title, author=order.particulars.author, wishes=draft.wishes
        ),
        now=store.now,
    )
    job.offer(_artist(designer), store.now + timedelta(days=terms.designer_answer_days))
    order.start_design()
    store.save(job, order)


@handles
async def choose_another_designer(
    command: ChooseAnotherDesigner, store: Store, terms: Terms
) -> None:
    job = await _ordered(store, command.job_id, by=command.customer_id)
    job.must_be_at(command.expected_version)
    designer = await store.get(Designer, command.designer_id)
    designer.must_take_work_from(command.customer_id)
    job.must_afford(designer.price)
    job.offer(_artist(designer), store.now + timedelta(days=terms.designer_answer_days))
    store.save(job)


@handles
async def accept_design_job(command: AcceptDesignJob, store: Store) -> None:
    job = await _asked(store, command.job_id, by=command.person_id)
    job.must_be_at(command.expected_version)
    job.accept()
    store.save(job)


@handles
async def decline_design_job(command: DeclineDesignJob, store: Store) -> None:
    job = await _asked(store, command.job_id, by=command.person_id)
    job.must_be_at(command.expected_version)
    job.decline(command.said)
    store.save(job)


@handles
async def send_preview(command: SendPreview, store: Store, terms: Terms) -> None:
    job = await _asked(store, command.job_id, by=command.person_id)
    job.must_be_at(command.expected_version)
    days = terms.preview_days
    job.send_preview(
        command.artwork,
        command.said,
        remind_at=tuple(
            store.now + timedelta(days=days - before)
            for before in REMINDERS_DAYS_BEFORE
            if before < days
        ),
        approves_at=store.now + timedelta(days=days),
    )
    asset = await kept(
        store,
        command.person_id,
        artwork=command.artwork,
        size_bytes=command.size_bytes,
        purpose="design",
    )
    store.save(job, asset)


@handles
async def request_revision(command: RequestRevision, store: Store) -> None:
    job = await _ordered(store, command.job_id, by=command.customer_id)
    job.must_be_at(command.expected_version)
    job.request_revision(command.said)
    store.save(job)


@handles
async def approve_design(command: ApproveDesign, store: Store, terms: Terms) -> None:
    job = await _ordered(store, command.job_id, by=command.customer_id)
    job.must_be_at(command.expected_version)
    order = await store.get(Order, job.commission.order_id)
    job.approve()
    order.attach_final_artwork(job.artwork)
    store.save(job, order)
    await accrue(job, store, terms=terms)


@handles
async def cancel_design(command: CancelDesign, store: Store) -> None:
    job = await store.get(DesignJob, command.job_id)
    by: Literal["customer", "designer"] = "customer"
    if command.person_id != job.customer_id:
        job.must_be_made_by(command.person_id)
        by = "designer"
    job.must_be_at(command.expected_version)
    order = await store.get(Order, job.commission.order_id)
    job.cancel(by, command.said)
    order.cancel(by)
    store.save(job, order)


@handles
async def lapse_offer(command: LapseOffer, store: Store) -> None:
    job = await store.get(DesignJob, command.job_id)
    job.lapse(command.offer)
    store.save(job)


@handles
async def remind_of_preview(command: RemindOfPreview, store: Store) -> None:
    job = await store.get(DesignJob, command.job_id)
    job.remind(command.preview, command.reminder)
    store.save(job)


@handles
async def approve_unanswered(command: ApproveUnanswered, store: Store, terms: Terms) -> None:
    job = await store.get(DesignJob, command.job_id)
    order = await store.get(Order, job.commission.order_id)
    if order.takes_artwork:
        job.approve_unanswered(command.preview)
    store.save(job, order)
    if job.state == "approved":
        order.attach_final_artwork(job.artwork)
        await accrue(job, store, terms=terms)


@handles
async def close_design_job(command: CloseDesignJob, store: Store) -> None:
    job = await store.find(DesignJob, DesignJob.id_of(command.order_id))
    if job:
        await close_earning(job, store)
        job.close()
        store.save(job)


async def _asked(store: Store, job_id: UUID, *, by: UUID) -> DesignJob:
    job = await store.get(DesignJob, job_id)
    job.must_be_made_by(by)
    return job


async def _ordered(store: Store, job_id: UUID, *, by: UUID) -> DesignJob:
    job = await store.get(DesignJob, job_id)
    job.must_be_made_for(by)
    return job


def _artist(designer: Designer) -> Artist:
    return Artist(designer_id=designer.id, person_id=designer.person_id)


def _commission(order: Order, draft: Draft, *, terms: Terms) -> Commission:
    return Commission(
        order_id=order.id,
        number=order.number,
        draft_id=draft.id,
        book_kind=draft.book.kind if draft.book else "other",
        fee=next(line.list_price for line in order.lines if line.kind == "design_fee"),
        revisions_allowed=terms.revisions,
    )
