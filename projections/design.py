"""The artist's work as designer and customer see it: the jobs, and each step that was taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.design import DesignJob, JobState, Party
from domain.shared.artwork import Artwork
from domain.shared.money import Money
from projections.base import Fold, Lines
from projections.reads import Reads


class DesignJobRow(Struct, frozen=True, kw_only=True):
    """One job. The designer is None while nobody is asked: after a refusal, until the next choice.

    `ended_at` tells when it was approved or cancelled; `artwork` is the last preview's file.
    """

    job_id: UUID
    order_id: UUID
    number: str
    draft_id: UUID
    customer_id: UUID
    designer_id: UUID | None = None
    designer_person_id: UUID | None = None
    state: JobState
    title: str
    author: str
    wishes: str
    book_kind: str
    fee: Money
    revisions: int = 0
    revisions_allowed: int
    previews: int = 0
    artwork: Artwork | None = None
    offered_at: datetime | None = None
    answer_by: datetime | None = None
    approves_at: datetime | None = None
    ended_at: datetime | None = None
    position: int
    version: int


class DesignStep(Struct, frozen=True, kw_only=True):
    """One step: who took it, when, and what they said. `step` is the state it led to, or
    `customer_reminded`.
    """

    job_id: UUID
    position: int
    at: datetime
    step: str
    by: Party
    said: str
    designer_id: UUID
    preview: int | None = None


design_jobs = Fold(
    "design_jobs",
    DesignJobRow,
    version=1,
    key=["job_id"],
    indexes=["customer_id, position DESC", "designer_person_id, position DESC", "designer_id"],
)
design_steps = Lines("design_steps", DesignStep, version=1, key=["job_id", "position"])

AnyStep = (
    DesignJob.Offered
    | DesignJob.Accepted
    | DesignJob.Declined
    | DesignJob.PreviewSent
    | DesignJob.CustomerReminded
    | DesignJob.RevisionRequested
    | DesignJob.Approved
    | DesignJob.Cancelled
)

STEPS: dict[type[AnyStep], str] = {
    DesignJob.Offered: "awaiting_designer",
    DesignJob.Accepted: "in_progress",
    DesignJob.Declined: "declined",
    DesignJob.CustomerReminded: "customer_reminded",
    DesignJob.RevisionRequested: "revision_requested",
    DesignJob.Approved: "approved",
    DesignJob.Cancelled: "cancelled",
}


@design_jobs.on(DesignJob.Opened)
def opened(_row: DesignJobRow | None, event: DesignJob.Opened, at: Recorded) -> DesignJobRow:
    commission = event.commission
    return DesignJobRow(
        job_id=event.originator_id,
        order_id=event.order_id,
        number=event.number,
        draft_id=commission.draft_id,
        customer_id=event.customer_id,
        state="opened",
        title=event.brief.title,
        author=event.brief.author,
        wishes=event.brief.wishes,
        book_kind=commission.book_kind,
        fee=commission.fee,
        revisions_allowed=commission.revisions_allowed,
        position=at.position,
        version=event.originator_version,
    )


@design_jobs.on(DesignJob.Offered)
def offered(row: DesignJobRow, event: DesignJob.Offered) -> DesignJobRow:
    return replace(
        row,
        state="awaiting_designer",
        designer_id=event.designer_id,
        designer_person_id=event.designer_person_id,
        offered_at=event.timestamp,
        answer_by=event.answer_by,
        version=event.originator_version,
    )


@design_jobs.on(DesignJob.Accepted)
def accepted(row: DesignJobRow, event: DesignJob.Accepted) -> DesignJobRow:
    return replace(row, state="in_progress", answer_by=None, version=event.originator_version)


@design_jobs.on(DesignJob.Declined)
def declined(row: DesignJobRow, event: DesignJob.Declined) -> DesignJobRow:
    return replace(
        row,
        state="declined",
        designer_id=None,
        designer_person_id=None,
        answer_by=None,
        version=event.originator_version,
    )


@design_jobs.on(DesignJob.PreviewSent)
def preview_sent(row: DesignJobRow, event: DesignJob.PreviewSent) -> DesignJobRow:
    return replace(
        row,
        state="preview_sent",
        previews=event.preview,
        artwork=event.artwork,
        approves_at=event.approves_at,
        version=event.originator_version,
    )


@design_jobs.on(DesignJob.RevisionRequested)
def revision_requested(row: DesignJobRow, event: DesignJob.RevisionRequested) -> DesignJobRow:
    return replace(
        row,
        state="revision_requested",
        revisions=event.revision,
        approves_at=None,
        version=event.originator_version,
    )


@design_jobs.on(DesignJob.Approved, DesignJob.Cancelled)
def ended(row: DesignJobRow, event: DesignJob.Approved | DesignJob.Cancelled) -> DesignJobRow:
    return replace(
        row,
        state="approved" if isinstance(event, DesignJob.Approved) else "cancelled",
        answer_by=None,
        approves_at=None,
        ended_at=event.timestamp,
        version=event.originator_version,
    )


@design_jobs.on(DesignJob.CustomerReminded, DesignJob.FeeEarned, DesignJob.FeeReversed)
def noted(
    row: DesignJobRow,
    event: DesignJob.CustomerReminded | DesignJob.FeeEarned | DesignJob.FeeReversed,
) -> DesignJobRow:
    return replace(row, version=event.originator_version)


@design_steps.on(*STEPS)
def step(event: AnyStep, at: Recorded) -> Iterator[DesignStep]:
    yield _step(event, at, step=STEPS[type(event)])


@design_steps.on(DesignJob.PreviewSent)
def preview_step(event: DesignJob.PreviewSent, at: Recorded) -> Iterator[DesignStep]:
    yield _step(event, at, step="preview_sent", preview=event.preview)


def _step(event: AnyStep, at: Recorded, *, step: str, preview: int | None = None) -> DesignStep:
    return DesignStep(
        job_id=event.originator_id,
        position=at.position,
        at=event.timestamp,
        step=step,
        by=event.by,
        said=event.said,
        designer_id=event.designer_id,
        preview=preview,
    )


async def design_job(reads: Reads, job_id: UUID, *, person_id: UUID) -> DesignJobRow | None:
    """A job that this person makes or ordered; None when it is not theirs."""
    return await reads.one(
        DesignJobRow,
        "SELECT * FROM read.design_jobs WHERE job_id = %(job)s"
        " AND (customer_id = %(person)s OR designer_person_id = %(person)s)",
        {"job": job_id, "person": person_id},
    )


async def design_jobs_of(
    reads: Reads,
    person_id: UUID,
    *,
    states: Sequence[JobState],
    before: int | None,
    limit: int,
) -> list[DesignJobRow]:
    """The jobs in these states that a person makes or ordered, newest first, before a position."""
    return await reads.all(
        DesignJobRow,
        "SELECT * FROM read.design_jobs"
        " WHERE (customer_id = %(person)s OR designer_person_id = %(person)s)"
        " AND state = ANY(%(states)s) AND (%(before)s::bigint IS NULL OR position < %(before)s)"
        " ORDER BY position DESC LIMIT %(limit)s",
        {"person": person_id, "states": list(states), "before": before, "limit": limit},
    )


async def steps_of(reads: Reads, row: DesignJobRow, *, person_id: UUID) -> list[DesignStep]:
    """All steps for the customer; for a designer those of their own part; the first one first."""
    own = None if person_id == row.customer_id else row.designer_id
    return await reads.all(
        DesignStep,
        "SELECT * FROM read.design_steps WHERE job_id = %(job)s"
        " AND (%(designer)s::uuid IS NULL OR designer_id = %(designer)s) ORDER BY position",
        {"job": row.job_id, "designer": own},
    )
