"""Accounting months: which are closed, and who proposed and approved to open them again."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.periods import Periods
from domain.shared.four_eyes import ProposalState
from domain.shared.months import Month
from projections.base import Fold
from projections.reads import Reads


class PeriodRow(Struct, frozen=True, kw_only=True):
    """A month that was closed, or opened again. All months before the oldest of them are closed.

    `position` is that of its latest closing or reopening: nothing behind a closing belongs to it.
    """

    month: Month
    closed: bool
    changed_by: UUID
    changed_at: datetime
    closings: int
    position: int


class ReopeningRow(Struct, frozen=True, kw_only=True):
    """A proposal to open a month again; `open` waits for a second person."""

    proposal_id: UUID
    month: Month
    state: ProposalState
    note: str
    made_by: UUID
    made_at: datetime
    expires_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    decision_note: str = ""


periods = Fold("periods", PeriodRow, version=1, key=["month"])
reopenings = Fold("reopenings", ReopeningRow, version=1, key=["proposal_id"], indexes=["made_at"])

_month = attrgetter("month")
_proposal = attrgetter("proposal_id")


@periods.on(Periods.Closed, key=_month)
def closed(row: PeriodRow | None, event: Periods.Closed, at: Recorded) -> PeriodRow:
    return PeriodRow(
        month=event.month,
        closed=True,
        changed_by=event.closed_by,
        changed_at=event.timestamp,
        closings=row.closings + 1 if row else 1,
        position=at.position,
    )


@periods.on(Periods.Reopened, key=_month)
def reopened(row: PeriodRow | None, event: Periods.Reopened, at: Recorded) -> PeriodRow:
    return PeriodRow(
        month=event.month,
        closed=False,
        changed_by=event.approved_by,
        changed_at=event.timestamp,
        closings=row.closings if row else 0,
        position=at.position,
    )


@reopenings.on(Periods.ReopeningProposed, key=_proposal)
def proposed(_row: ReopeningRow | None, event: Periods.ReopeningProposed) -> ReopeningRow:
    return ReopeningRow(
        proposal_id=event.proposal_id,
        month=event.month,
        state="open",
        note=event.note,
        made_by=event.made_by,
        made_at=event.timestamp,
        expires_at=event.expires_at,
    )


@reopenings.on(Periods.Reopened, key=_proposal)
def approved(row: ReopeningRow, event: Periods.Reopened) -> ReopeningRow:
    return replace(row, state="approved", decided_by=event.approved_by, decided_at=event.timestamp)


@reopenings.on(Periods.ReopeningRejected, key=_proposal)
def rejected(row: ReopeningRow, event: Periods.ReopeningRejected) -> ReopeningRow:
    return replace(
        row,
        state="rejected",
        decided_by=event.rejected_by,
        decided_at=event.timestamp,
        decision_note=event.note,
    )


@reopenings.on(Periods.ReopeningWithdrawn, key=_proposal)
def withdrawn(row: ReopeningRow, event: Periods.ReopeningWithdrawn) -> ReopeningRow:
    return replace(row, state="withdrawn", decided_by=event.made_by, decided_at=event.timestamp)


@reopenings.on(Periods.ReopeningExpired, key=_proposal)
def expired(row: ReopeningRow, event: Periods.ReopeningExpired) -> ReopeningRow:
    return replace(row, state="expired", decided_at=event.timestamp)


async def period_list(reads: Reads, *, before: Month | None, limit: int) -> list[PeriodRow]:
    """Months before that one (None: from the newest on), newest first."""
    return await reads.all(
        PeriodRow,
        "SELECT * FROM read.periods WHERE %(before)s::text IS NULL OR month < %(before)s"
        " ORDER BY month DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )


async def reopening_list(
    reads: Reads, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[ReopeningRow]:
    """Proposals made before that one (None: from the newest on), newest first."""
    return await reads.all(
        ReopeningRow,
        "SELECT * FROM read.reopenings WHERE %(at)s::timestamptz IS NULL"
        " OR (made_at, proposal_id) < (%(at)s, %(id)s::uuid)"
        " ORDER BY made_at DESC, proposal_id DESC LIMIT %(limit)s",
        {
            "at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )
