"""Returns as customers and staff see them: how each one stands, and what was decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.returns import Claim, Condition, Granted, RejectedFor, Return, ReturnState
from domain.shared.artwork import Artwork
from domain.shared.money import Money
from projections.base import Fold
from projections.reads import Reads


class ReturnRow(Struct, frozen=True, kw_only=True):
    """One return. `refund_refused` tells that the provider does not give the money back, so that
    finance looks at it; `amount` is what goes or went back.
    """

    return_id: UUID
    version: int
    position: int
    order_id: UUID
    customer_id: UUID
    line_id: UUID
    state: ReturnState
    claim: Claim
    said: str
    pictures: tuple[Artwork, ...] = ()
    granted: Granted | None = None
    instructions: str = ""
    rejected_because: RejectedFor | None = None
    rejection: str = ""
    condition: Condition | None = None
    found: str = ""
    amount: Money | None = None
    refund_refused: bool = False
    otherwise: bool = False
    copy: int | None = None
    called_off: int = 0
    decided_by: UUID | None = None
    asked_at: datetime
    changed_at: datetime
    answer_by: datetime


returns = Fold(
    "returns",
    ReturnRow,
    version=1,
    key=["return_id"],
    indexes=[
        "asked_at DESC, return_id DESC",
        "state, asked_at DESC",
        "order_id",
        "customer_id",
    ],
)


@returns.on(Return.Requested)
def requested(_row: ReturnRow | None, event: Return.Requested, at: Recorded) -> ReturnRow:
    return ReturnRow(
        return_id=event.originator_id,
        version=event.originator_version,
        position=at.position,
        order_id=event.order_id,
        customer_id=event.customer_id,
        line_id=event.line_id,
        state="requested",
        claim=event.claim,
        said=event.said,
        asked_at=event.timestamp,
        changed_at=event.timestamp,
        answer_by=event.answer_by,
    )


@returns.on(Return.PictureAdded)
def picture_added(row: ReturnRow, event: Return.PictureAdded, at: Recorded) -> ReturnRow:
    return _after(row, at, pictures=(*row.pictures, event.picture))


@returns.on(Return.Approved)
def approved(row: ReturnRow, event: Return.Approved, at: Recorded) -> ReturnRow:
    return _after(
        row,
        at,
        state="approved",
        granted=event.granted,
        instructions=event.instructions,
        decided_by=event.by,
    )


@returns.on(Return.Rejected)
def rejected(row: ReturnRow, event: Return.Rejected, at: Recorded) -> ReturnRow:
    return _after(
        row,
        at,
        state="rejected",
        rejected_because=event.because,
        rejection=event.said,
        decided_by=event.by,
        refund_refused=False,
    )


@returns.on(Return.Cancelled)
def cancelled(row: ReturnRow, _event: Return.Cancelled, at: Recorded) -> ReturnRow:
    return _after(row, at, state="cancelled")


@returns.on(Return.Reminded)
def reminded(row: ReturnRow, _event: Return.Reminded, at: Recorded) -> ReturnRow:
    return _after(row, at)


@returns.on(Return.Lapsed)
def lapsed(row: ReturnRow, _event: Return.Lapsed, at: Recorded) -> ReturnRow:
    return _after(row, at, state="lapsed")


@returns.on(Return.Received)
def received(row: ReturnRow, event: Return.Received, at: Recorded) -> ReturnRow:
    return _after(row, at, state="received", condition=event.condition, found=event.said)


@returns.on(Return.RefundAsked)
def refund_asked(row: ReturnRow, event: Return.RefundAsked, at: Recorded) -> ReturnRow:
    return _after(row, at, state="refunding", amount=event.amount, refund_refused=False)


@returns.on(Return.RefundRefused)
def refund_refused(row: ReturnRow, _event: Return.RefundRefused, at: Recorded) -> ReturnRow:
    return _after(row, at, refund_refused=True)


@returns.on(Return.Refunded)
def refunded(row: ReturnRow, event: Return.Refunded, at: Recorded) -> ReturnRow:
    return _after(
        row,
        at,
        state="refunded",
        amount=event.amount,
        otherwise=event.otherwise,
        refund_refused=False,
    )


@returns.on(Return.ReprintAsked)
def reprint_asked(row: ReturnRow, event: Return.ReprintAsked, at: Recorded) -> ReturnRow:
    return _after(row, at, state="reprinting", copy=event.copy)


@returns.on(Return.ReprintCalledOff)
def reprint_called_off(row: ReturnRow, _event: Return.ReprintCalledOff, at: Recorded) -> ReturnRow:
    state = "received" if row.condition else "approved"
    return _after(row, at, state=state, copy=None, called_off=row.called_off + 1)


@returns.on(Return.Reprinted)
def reprinted(row: ReturnRow, _event: Return.Reprinted, at: Recorded) -> ReturnRow:
    return _after(row, at, state="reprinted")


class ReturnFilter(Struct, frozen=True, kw_only=True):
    """Which returns; None means any."""

    state: ReturnState | None = None
    reason: str | None = None
    order_id: UUID | None = None
    customer_id: UUID | None = None


def _after(row: ReturnRow, at: Recorded, **values: Any) -> ReturnRow:
    event = at.event
    return replace(
        row,
        version=event.originator_version,
        position=at.position,
        changed_at=event.timestamp,
        **values,
    )


async def one_return(reads: Reads, return_id: UUID) -> ReturnRow | None:
    """One return, or None."""
    return await reads.one(
        ReturnRow, "SELECT * FROM read.returns WHERE return_id = %s", (return_id,)
    )


async def return_list(
    reads: Reads, wanted: ReturnFilter, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[ReturnRow]:
    """The wanted returns asked for before that one (None: from the newest on), newest first."""
    return await reads.all(
        ReturnRow,
        "SELECT * FROM read.returns"
        " WHERE (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(reason)s::text IS NULL OR claim ->> 'reason' = %(reason)s)"
        " AND (%(order_id)s::uuid IS NULL OR order_id = %(order_id)s)"
        " AND (%(customer_id)s::uuid IS NULL OR customer_id = %(customer_id)s)"
        " AND (%(at)s::timestamptz IS NULL OR (asked_at, return_id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY asked_at DESC, return_id DESC LIMIT %(limit)s",
        {
            "state": wanted.state,
            "reason": wanted.reason,
            "order_id": wanted.order_id,
            "customer_id": wanted.customer_id,
            "at": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )
