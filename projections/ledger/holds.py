"""Credits that are held at present, by how long they have been."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from msgspec import Struct

from application.store import Recorded
from domain.wallet import Wallet
from projections.base import Fold
from projections.reads import Reads

AGES = (1, 5, 15, 60)
"""Where the bands of age begin, in minutes after 0."""

AGEING = (
    "SELECT b.minutes, count(h.hold_id) AS holds, coalesce(sum(h.credits), 0)::bigint AS credits,"
    " count(h.hold_id) FILTER (WHERE h.deadline < %(now)s) AS overdue"
    " FROM unnest(%(ages)s::int[], %(ends)s::int[]) AS b(minutes, ends)"
    " LEFT JOIN read.ledger_holds AS h"
    " ON h.held_at <= %(now)s::timestamptz - make_interval(mins => b.minutes)"
    " AND (b.ends IS NULL OR h.held_at > %(now)s::timestamptz - make_interval(mins => b.ends))"
    " GROUP BY b.minutes ORDER BY b.minutes"
)


class LedgerHold(Struct, frozen=True, kw_only=True):
    """One open hold."""

    hold_id: UUID
    customer_id: UUID
    credits: int
    purpose: str
    reference: UUID | None
    held_at: datetime
    deadline: datetime
    position: int


class HoldAge(Struct, frozen=True, kw_only=True):
    """Open holds that are at least `minutes` old and younger than the next band; `overdue` ones
    have passed their deadline.
    """

    minutes: int
    holds: int
    credits: int
    overdue: int


ledger_holds = Fold(
    "ledger_holds", LedgerHold, version=1, key=["hold_id"], indexes=["held_at, hold_id"]
)

_hold = attrgetter("hold_id")
_Ended = Wallet.HoldCaptured | Wallet.HoldReleased | Wallet.HoldExpired


@ledger_holds.on(Wallet.CreditsHeld, key=_hold)
def held(_row: LedgerHold | None, event: Wallet.CreditsHeld, at: Recorded) -> LedgerHold:
    return LedgerHold(
        hold_id=event.hold_id,
        customer_id=event.customer_id,
        credits=event.credits,
        purpose=event.purpose,
        reference=event.reference,
        held_at=event.timestamp,
        deadline=event.deadline,
        position=at.position,
    )


@ledger_holds.on(Wallet.HoldCaptured, Wallet.HoldReleased, Wallet.HoldExpired, key=_hold)
def ended(_row: LedgerHold | None, _event: _Ended) -> None:
    return None


async def oldest_holds(
    reads: Reads, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[LedgerHold]:
    """Open holds, the oldest first, behind a place (None: from the oldest on)."""
    if after is None:
        query = "SELECT * FROM read.ledger_holds ORDER BY held_at, hold_id LIMIT %s"
        return await reads.all(LedgerHold, query, (limit,))
    return await reads.all(
        LedgerHold,
        "SELECT * FROM read.ledger_holds WHERE (held_at, hold_id) > (%s, %s)"
        " ORDER BY held_at, hold_id LIMIT %s",
        (*after, limit),
    )


async def ages_of_holds(reads: Reads, now: datetime) -> Sequence[HoldAge]:
    """How many holds are open, by age."""
    ages = (0, *AGES)
    ends = (*AGES, None)
    parameters = {"now": now, "ages": list(ages), "ends": list(ends)}
    return await reads.all(HoldAge, AGEING, parameters)
