"""What finance sees of settlements: each transfer of a provider, and what is still in transit."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.settlements import Settlement
from projections.base import Fold
from projections.reads import Reads


class SettlementRow(Struct, frozen=True, kw_only=True):
    """One transfer, in TRY. `in_transit` is what was paid out and has neither arrived nor come
    back; it is below 0 when more arrived than was reported.
    """

    settlement_id: UUID
    provider: str
    reference: str
    day: date
    payout: Decimal
    lines: int
    received: Decimal
    bounced: Decimal
    in_transit: Decimal
    reported_at: datetime
    updated_at: datetime


settlements = Fold(
    "settlements",
    SettlementRow,
    version=1,
    key=["settlement_id"],
    indexes=["day, settlement_id", "reference"],
)


@settlements.on(Settlement.Reported)
def reported(_row: SettlementRow | None, event: Settlement.Reported) -> SettlementRow:
    return SettlementRow(
        settlement_id=event.originator_id,
        provider=event.provider,
        reference=event.reference,
        day=event.day,
        payout=event.payout.amount,
        lines=event.lines,
        received=Decimal(0),
        bounced=Decimal(0),
        in_transit=event.payout.amount,
        reported_at=event.timestamp,
        updated_at=event.timestamp,
    )


@settlements.on(Settlement.Corrected)
def corrected(row: SettlementRow, event: Settlement.Corrected) -> SettlementRow:
    return _changed(row, event, payout=event.payout.amount, lines=event.lines)


@settlements.on(Settlement.Received)
def received(row: SettlementRow, event: Settlement.Received) -> SettlementRow:
    return _changed(row, event, received=row.received + event.amount.amount)


@settlements.on(Settlement.Bounced)
def bounced(row: SettlementRow, event: Settlement.Bounced) -> SettlementRow:
    return _changed(row, event, bounced=row.bounced + event.amount.amount)


def _changed(row: SettlementRow, event: Any, **values: Any) -> SettlementRow:
    changed = replace(row, updated_at=event.timestamp, **values)
    left = changed.payout - changed.received - changed.bounced
    return replace(changed, in_transit=left)


async def settlement_list(
    reads: Reads, *, in_transit: bool, before: tuple[date, UUID] | None, limit: int
) -> list[SettlementRow]:
    """Settlements, newest first; of those `in_transit`, only what is not wholly at our bank."""
    return await reads.all(
        SettlementRow,
        "SELECT * FROM read.settlements WHERE (NOT %(open)s OR in_transit <> 0)"
        " AND (%(day)s::date IS NULL OR (day, settlement_id) < (%(day)s, %(id)s::uuid))"
        " ORDER BY day DESC, settlement_id DESC LIMIT %(limit)s",
        {
            "open": in_transit,
            "day": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )
