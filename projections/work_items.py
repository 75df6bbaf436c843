"""Work items as finance sees them: the newest state of each, and how old the open ones are."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.shared.aggregate import Event
from domain.shared.money import Money
from domain.work_items import WorkItem, WorkItemFacts, WorkItemKind, WorkItemState
from projections.base import Fold
from projections.reads import Reads


class WorkItemRow(Struct, frozen=True, kw_only=True):
    """One item. `opened_at` is when it was opened last; `resolution` is the reason where it has
    lapsed.
    """

    item_id: UUID
    version: int
    kind: WorkItemKind
    key: str
    state: WorkItemState
    order_id: UUID | None
    attempt_id: UUID | None
    amount: Money | None
    facts: WorkItemFacts
    opened_at: datetime
    changed_at: datetime
    resolution: str = ""
    note: str = ""
    resolved_by: UUID | None = None
    resolved_at: datetime | None = None
    position: int


work_items = Fold(
    "work_items",
    WorkItemRow,
    version=1,
    key=["item_id"],
    indexes=["opened_at DESC, item_id DESC", "state, kind, opened_at DESC", "order_id"],
)


@work_items.on(WorkItem.Opened)
def opened(_row: WorkItemRow | None, event: WorkItem.Opened, at: Recorded) -> WorkItemRow:
    return WorkItemRow(
        item_id=event.originator_id,
        version=event.originator_version,
        kind=event.kind,
        key=event.key,
        state="open",
        order_id=event.order_id,
        attempt_id=event.attempt_id,
        amount=event.amount,
        facts=event.facts,
        opened_at=event.timestamp,
        changed_at=event.timestamp,
        position=at.position,
    )


@work_items.on(WorkItem.Changed)
def changed(row: WorkItemRow, event: WorkItem.Changed, at: Recorded) -> WorkItemRow:
    return _after(row, event, at=at, amount=event.amount, facts=event.facts)


@work_items.on(WorkItem.Reopened)
def reopened(row: WorkItemRow, event: WorkItem.Reopened, at: Recorded) -> WorkItemRow:
    return _after(
        row,
        event,
        at=at,
        state="open",
        amount=event.amount,
        facts=event.facts,
        opened_at=event.timestamp,
        resolution="",
        note="",
        resolved_by=None,
        resolved_at=None,
    )


@work_items.on(WorkItem.Resolved)
def resolved(row: WorkItemRow, event: WorkItem.Resolved, at: Recorded) -> WorkItemRow:
    return _after(
        row,
        event,
        at=at,
        state="resolved",
        resolution=event.resolution,
        note=event.note,
        resolved_by=event.resolved_by,
        resolved_at=event.timestamp,
    )


@work_items.on(WorkItem.Lapsed)
def lapsed(row: WorkItemRow, event: WorkItem.Lapsed, at: Recorded) -> WorkItemRow:
    return _after(row, event, at=at, state="lapsed", resolution=event.reason)


class WorkItemFilter(Struct, frozen=True, kw_only=True):
    """Which items; None means any."""

    state: WorkItemState | None = None
    kind: WorkItemKind | None = None
    order_id: UUID | None = None


class OpenItems(Struct, frozen=True, kw_only=True):
    """The open items of one kind, and when the oldest of them was opened."""

    kind: str
    count: int
    oldest_at: datetime


def _after(row: WorkItemRow, event: Event, *, at: Recorded, **values: Any) -> WorkItemRow:
    return replace(
        row,
        version=event.originator_version,
        changed_at=event.timestamp,
        position=at.position,
        **values,
    )


async def work_item(reads: Reads, item_id: UUID) -> WorkItemRow | None:
    """One item, or None."""
    return await reads.one(
        WorkItemRow, "SELECT * FROM read.work_items WHERE item_id = %s", (item_id,)
    )


async def work_item_list(
    reads: Reads, wanted: WorkItemFilter, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[WorkItemRow]:
    """The wanted items opened before that one (None: from the newest on), newest first."""
    return await reads.all(
        WorkItemRow,
        "SELECT * FROM read.work_items"
        " WHERE (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(kind)s::text IS NULL OR kind = %(kind)s)"
        " AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)"
        " AND (%(at)s::timestamptz IS NULL OR (opened_at, item_id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY opened_at DESC, item_id DESC LIMIT %(limit)s",
        {
            "state": wanted.state,
            "kind": wanted.kind,
            "order_id": wanted.order_id,
            "at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )


async def open_work_items(reads: Reads) -> list[OpenItems]:
    """How many items of each kind are open; kinds without any are left out."""
    return await reads.all(
        OpenItems,
        "SELECT kind, count(*) AS count, min(opened_at) AS oldest_at FROM read.work_items"
        " WHERE state = 'open' GROUP BY kind ORDER BY kind",
    )
