"""Manual entries as finance sees them, and what deserves a second look about who made them."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.manual_entries import ManualEntry
from domain.shared.four_eyes import ProposalState
from domain.shared.months import Month
from projections.base import Fold
from projections.reads import Reads


class EntryRow(Struct, frozen=True, kw_only=True):
    """One entry; `credits` is negative where they were taken. `open` waits for a second person,
    `approved` is booked. `decided_by` is the second person, or the maker of a withdrawn one.

    `effective_on` is the day that it is about, and `month` where it was posted because of that.
    """

    entry_id: UUID
    customer_id: UUID
    credits: int
    reason: str
    note: str
    state: ProposalState
    needs_second: bool
    made_by: UUID
    made_in: UUID | None
    made_at: datetime
    expires_at: datetime
    effective_on: date | None
    posts_late: bool
    month: Month | None = None
    decided_by: UUID | None = None
    decided_in: UUID | None = None
    decided_at: datetime | None = None
    decision_note: str = ""
    position: int


manual_entries = Fold(
    "manual_entries",
    EntryRow,
    version=1,
    key=["entry_id"],
    indexes=[
        "made_at DESC, entry_id DESC",
        "made_by, made_at",
        "customer_id, made_at",
        "state, made_at DESC",
    ],
)


@manual_entries.on(ManualEntry.Made)
def made(_row: EntryRow | None, event: ManualEntry.Made, at: Recorded) -> EntryRow:
    return EntryRow(
        entry_id=event.originator_id,
        customer_id=event.customer_id,
        credits=event.credits,
        reason=event.reason,
        note=event.note,
        state="open",
        needs_second=event.needs_second,
        made_by=event.made_by,
        made_in=event.session_id,
        made_at=event.timestamp,
        expires_at=event.expires_at,
        effective_on=event.effective_on,
        posts_late=event.posts_late,
        position=at.position,
    )


@manual_entries.on(ManualEntry.Booked)
def booked(row: EntryRow, event: ManualEntry.Booked, at: Recorded) -> EntryRow:
    return replace(
        row,
        state="approved",
        month=event.month,
        decided_by=event.approved_by,
        decided_in=event.session_id if event.approved_by else None,
        decided_at=event.timestamp,
        position=at.position,
    )


@manual_entries.on(ManualEntry.Rejected)
def rejected(row: EntryRow, event: ManualEntry.Rejected, at: Recorded) -> EntryRow:
    return replace(
        row,
        state="rejected",
        decided_by=event.rejected_by,
        decided_in=event.session_id,
        decided_at=event.timestamp,
        decision_note=event.note,
        position=at.position,
    )


@manual_entries.on(ManualEntry.Withdrawn)
def withdrawn(row: EntryRow, event: ManualEntry.Withdrawn, at: Recorded) -> EntryRow:
    return replace(
        row,
        state="withdrawn",
        decided_by=event.made_by,
        decided_in=event.session_id,
        decided_at=event.timestamp,
        position=at.position,
    )


@manual_entries.on(ManualEntry.Expired)
def expired(row: EntryRow, event: ManualEntry.Expired, at: Recorded) -> EntryRow:
    return replace(row, state="expired", decided_at=event.timestamp, position=at.position)


class EntryFilter(Struct, frozen=True, kw_only=True):
    """Which entries; None means any. Times are those of making, `until` is not included."""

    state: ProposalState | None = None
    made_by: UUID | None = None
    decided_by: UUID | None = None
    customer_id: UUID | None = None
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def manual_entry(reads: Reads, entry_id: UUID) -> EntryRow | None:
    """One entry, or None."""
    return await reads.one(
        EntryRow, "SELECT * FROM read.manual_entries WHERE entry_id = %s", (entry_id,)
    )


async def manual_entry_list(
    reads: Reads, wanted: EntryFilter, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[EntryRow]:
    """The wanted entries made before that one (None: from the newest on), newest first."""
    return await reads.all(
        EntryRow,
        "SELECT * FROM read.manual_entries"
        " WHERE (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(made_by)s::uuid IS NULL OR made_by = %(made_by)s)"
        " AND (%(decided_by)s::uuid IS NULL OR decided_by = %(decided_by)s)"
        " AND (%(customer_id)s::uuid IS NULL OR customer_id = %(customer_id)s)"
        " AND (%(reason)s::text IS NULL OR reason = %(reason)s)"
        " AND (%(since)s::timestamptz IS NULL OR made_at >= %(since)s)"
        " AND (%(until)s::timestamptz IS NULL OR made_at < %(until)s)"
        " AND (%(at)s::timestamptz IS NULL OR (made_at, entry_id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY made_at DESC, entry_id DESC LIMIT %(limit)s",
        {
            **_parameters(wanted),
            "at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )


def _parameters(wanted: EntryFilter) -> dict[str, object]:
    return {name: getattr(wanted, name) for name in wanted.__struct_fields__}
