"""Controls of wallets: their sums agree, no hold outlives its deadline, no lot its end."""

from __future__ import annotations

from datetime import timedelta

from domain.controls import Finding
from workers.controls.registry import MINUTE, Found, Scope, control

GRACE = timedelta(minutes=10)
"""How late a timer may be before somebody should hear of it."""

LATE_HOLDS = """
SELECT hold_id, customer_id, credits, deadline FROM read.ledger_holds
WHERE deadline < %(limit)s ORDER BY deadline LIMIT 1000
"""
HOLDS = "SELECT count(*) FROM read.ledger_holds"


@control("ledger_holds", every_seconds=5 * MINUTE)
async def holds_on_time(scope: Scope) -> Found:
    """No credits are held past their deadline."""
    [(count,)] = await scope.rows(HOLDS)
    late = await scope.rows(LATE_HOLDS, {"limit": scope.now - GRACE})
    return Found(
        count,
        [
            Finding(f"hold {hold_id}", f"{credits} credits of {customer}, due {deadline:%F %H:%M}")
            for hold_id, customer, credits, deadline in late
        ],
    )
