"""Controls of wallets: their sums agree, no hold outlives its deadline, no lot its end."""

from __future__ import annotations

from datetime import timedelta
from typing import get_args

from domain.controls import Finding
from domain.wallet import CreditClass
from workers.controls.registry import HOUR, MINUTE, Found, Scope, control

GRACE = timedelta(minutes=10)
"""How late a timer may be before somebody should hear of it."""

LOTS_GRACE = timedelta(hours=1)
"""Expiries of many lots come at the same moment, so they have more time."""

DIFFERENT = """
SELECT customer_id, b.balance, b.held, e.balance, e.held, l.balance, l.held
FROM (SELECT customer_id, balance, held FROM read.wallet_balances) AS b
FULL JOIN (SELECT customer_id, sum(credits)::bigint AS balance, sum(held)::bigint AS held
           FROM read.wallet_entries GROUP BY customer_id) AS e USING (customer_id)
FULL JOIN (SELECT customer_id, sum(credits - debits)::bigint AS balance,
                  coalesce(sum(credits - debits) FILTER (WHERE account LIKE 'held%%'), 0)::bigint
                      AS held
           FROM read.ledger_customers
           WHERE account = ANY(%(accounts)s) GROUP BY customer_id) AS l USING (customer_id)
WHERE (coalesce(b.balance, 0), coalesce(b.held, 0)) <> (coalesce(e.balance, 0), coalesce(e.held, 0))
   OR (coalesce(b.balance, 0), coalesce(b.held, 0)) <> (coalesce(l.balance, 0), coalesce(l.held, 0))
   OR b.balance < b.held OR b.held < 0
ORDER BY customer_id LIMIT 1000
"""
WALLETS = "SELECT count(*) FROM read.wallet_balances"
LATE_LOTS = """
SELECT customer_id, lot_id, sum(credits - held)::bigint, max(expires_at)
FROM read.wallet_entries GROUP BY customer_id, lot_id
HAVING max(expires_at) < %(limit)s AND sum(credits - held) <> 0
ORDER BY max(expires_at) LIMIT 1000
"""
LOTS = "SELECT count(*) FROM read.wallet_entries WHERE kind = 'granted'"
OF_CUSTOMERS = [
    f"{account}_{credit_class}"
    for account in ("customer_credits", "held")
    for credit_class in get_args(CreditClass)
]

LATE_HOLDS = """
SELECT hold_id, customer_id, credits, deadline FROM read.ledger_holds
WHERE deadline < %(limit)s ORDER BY deadline LIMIT 1000
"""
HOLDS = "SELECT count(*) FROM read.ledger_holds"


@control("wallet_balances", "wallet_entries", "ledger_customers", every_seconds=HOUR)
async def wallets_add_up(scope: Scope) -> Found:
    """For each customer, balance, lots and ledger say the same, and nobody is below zero."""
    [(count,)] = await scope.rows(WALLETS)
    different = await scope.rows(DIFFERENT, {"accounts": OF_CUSTOMERS})
    return Found(
        count,
        [
            Finding(
                f"wallet of {customer}",
                f"balance {row[0]} ({row[1]} held), lots {row[2]} ({row[3]}),"
                f" ledger {row[4]} ({row[5]})",
            )
            for customer, *row in different
        ],
    )


@control("wallet_entries", every_seconds=HOUR)
async def lots_expired(scope: Scope) -> Found:
    """No lot has free credits left after its end."""
    [(count,)] = await scope.rows(LOTS)
    late = await scope.rows(LATE_LOTS, {"limit": scope.now - LOTS_GRACE})
    return Found(
        count,
        [
            Finding(f"lot {lot}", f"{free} credits of {customer}, expired {expired:%F %H:%M}")
            for customer, lot, free, expired in late
        ],
    )


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
