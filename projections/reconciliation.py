"""What finance sees of reconciliation: days, lines, and what was booked of their differences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.work_items import WorkItem
from projections.base import Sums
from projections.reads import Reads

LineStatus = Literal["matched", "expected", "mismatched", "aged"]


class BookedDifference(Struct, frozen=True, kw_only=True):
    """What people have booked of the difference of one thing, in TRY, by the key of its item."""

    key: str
    amount: Decimal


booked_differences = Sums("booked_differences", BookedDifference, version=1, key=["key"])


@booked_differences.on(WorkItem.Resolved)
def booked(event: WorkItem.Resolved) -> Iterator[BookedDifference]:
    """What a person decided to book."""
    if event.resolution == "booked" and event.amount is not None:
        yield BookedDifference(key=event.key, amount=event.amount.amount)


class ReconciledLine(Struct, frozen=True, kw_only=True):
    """How a movement of ours, or of theirs that is none of ours, stands by the last run.

    `ours` and `theirs` are what was paid or refunded. `due` is what is to be paid out for the line
    in the end, `paid_out` what was so far and did not come back; both are of payments only.
    `difference` is by how much less the provider's books have than ours.
    """

    line_key: str
    side: Literal["ours", "theirs", "both"]
    kind: Literal["payment", "refund", "payout"]
    day: date
    attempt_id: UUID | None
    order_id: UUID | None
    line_id: UUID | None
    refund_id: UUID | None
    transaction_id: str
    conversation_id: str
    currency: str
    ours: Decimal | None
    theirs: Decimal | None
    our_commission: Decimal | None
    their_commission: Decimal | None
    our_fee: Decimal | None
    their_fee: Decimal | None
    due: Decimal | None
    paid_out: Decimal | None
    due_on: date | None
    payout_references: list[str]
    status: LineStatus
    faults: list[str]
    difference: Decimal
    changed_at: datetime


class ReconciledDay(Struct, frozen=True, kw_only=True):
    """A day by its last run: how many lines of the day stand how, and what was paid out on it.
    `as_of` is the day before which reports were known then.
    """

    day: date
    as_of: date
    matched: int
    expected: int
    mismatched: int
    aged: int
    paid_out: Decimal
    matched_at: datetime
    ended_at: datetime | None


class LineChange(Struct, frozen=True, kw_only=True):
    """How a line came to stand as it does: what a run found otherwise than the one before."""

    was: LineStatus | None
    status: LineStatus
    faults: list[str]
    run_day: date
    changed_at: datetime


class LineFilter(Struct, frozen=True, kw_only=True):
    """Which lines are wanted; None: any."""

    status: LineStatus | None = None
    day: date | None = None
    order_id: UUID | None = None
    attempt_id: UUID | None = None


async def reconciled_lines(
    reads: Reads, wanted: LineFilter, *, after: tuple[date, str] | None, limit: int
) -> list[ReconciledLine]:
    """Lines, the oldest day first."""
    return await reads.all(
        ReconciledLine,
        "SELECT line_key, side, kind, day, attempt_id, order_id, line_id, refund_id,"
        " transaction_id, conversation_id, currency, ours, theirs, our_commission,"
        " their_commission, our_fee, their_fee, due, paid_out, due_on, payout_references, status,"
        " faults, difference, changed_at FROM recon_lines"
        " WHERE (%(status)s::text IS NULL OR status = %(status)s)"
        " AND (%(day)s::date IS NULL OR day = %(day)s)"
        " AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)"
        " AND (%(attempt_id)s::uuid IS NULL OR attempt_id = %(attempt_id)s)"
        " AND (%(after)s::date IS NULL OR (day, line_key) > (%(after)s, %(key)s::text))"
        " ORDER BY day, line_key LIMIT %(limit)s",
        {
            "status": wanted.status,
            "day": wanted.day,
            "order_id": wanted.order_id,
            "attempt_id": wanted.attempt_id,
            "after": after[0] if after else None,
            "key": after[1] if after else None,
            "limit": limit,
        },
    )


async def reconciled_days(reads: Reads, *, before: date | None, limit: int) -> list[ReconciledDay]:
    """Days that were reconciled, newest first."""
    return await reads.all(
        ReconciledDay,
        "SELECT r.day, r.as_of, r.matched_at, r.ended_at,"
        " count(l.line_key) FILTER (WHERE l.status = 'matched')::int AS matched,"
        " count(l.line_key) FILTER (WHERE l.status = 'expected')::int AS expected,"
        " count(l.line_key) FILTER (WHERE l.status = 'mismatched')::int AS mismatched,"
        " count(l.line_key) FILTER (WHERE l.status = 'aged')::int AS aged,"
        " coalesce((SELECT sum(amount) FROM recon_payouts AS p WHERE p.day = r.day"
        "  AND p.gone_by IS NULL), 0) AS paid_out"
        " FROM (SELECT DISTINCT ON (day) day, as_of, matched_at, ended_at FROM recon_runs"
        "  WHERE %(before)s::date IS NULL OR day < %(before)s"
        "  ORDER BY day DESC, run_id DESC LIMIT %(limit)s) AS r"
        " LEFT JOIN recon_lines AS l ON l.day = r.day"
        " GROUP BY r.day, r.as_of, r.matched_at, r.ended_at ORDER BY r.day DESC",
        {"before": before, "limit": limit},
    )


async def changes_of_line(reads: Reads, line_key: str) -> list[LineChange]:
    """What runs found of a line, oldest first."""
    return await reads.all(
        LineChange,
        "SELECT was, c.status, c.faults, r.day AS run_day, c.changed_at FROM recon_changes AS c"
        " JOIN recon_runs AS r USING (run_id) WHERE line_key = %s ORDER BY change_id",
        (line_key,),
    )
