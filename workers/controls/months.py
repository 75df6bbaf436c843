"""The control of closed months: nothing is booked in them behind their closing."""

from __future__ import annotations

from domain.controls import Finding
from workers.controls.registry import HOUR, Found, Scope, control

LATE = """
SELECT e.period, e.position, e.topic FROM read.periods AS p
JOIN LATERAL (
    SELECT period, position, topic FROM read.ledger_entries
    WHERE period = p.month AND position > p.position AND line = 1
    ORDER BY position LIMIT 100) AS e ON true
WHERE p.closed ORDER BY e.position
"""
CLOSED = "SELECT count(*) FROM read.periods WHERE closed"


@control("periods", "ledger_entries", every_seconds=HOUR)
async def closed_months(scope: Scope) -> Found:
    """Nothing is booked in a closed month after its closing."""
    [(count,)] = await scope.rows(CLOSED)
    late = await scope.rows(LATE)
    return Found(
        count,
        [
            Finding(f"entry of position {position}", f"{topic} is booked in {period}")
            for period, position, topic in late
        ],
    )
