"""The control of designers' pay: the ledger owes them what their accounts say."""

from __future__ import annotations

from domain.controls import Finding
from workers.controls.registry import HOUR, Found, Scope, control

# A liability grows by credits.
OWED = """
SELECT coalesce(sum(credits - debits), 0) FROM read.ledger_months
WHERE account = 'designers_payable'
"""
TOLD = """
SELECT coalesce(sum((accrued->>'amount')::numeric - (reversed->>'amount')::numeric
                    - (paid->>'amount')::numeric), 0), count(*)
FROM read.designer_accounts
"""
MOVED = """
SELECT a.account_id, a.owed, coalesce(m.moved, 0)
FROM (SELECT account_id, (accrued->>'amount')::numeric - (reversed->>'amount')::numeric
             - (paid->>'amount')::numeric AS owed FROM read.designer_accounts) AS a
LEFT JOIN (SELECT account_id, sum((amount->>'amount')::numeric) AS moved
           FROM read.earnings GROUP BY account_id) AS m USING (account_id)
WHERE a.owed <> coalesce(m.moved, 0)
ORDER BY account_id LIMIT 1000
"""
NOT_TAKEN_OVER = """
SELECT job_id FROM read.design_jobs AS j WHERE state = 'approved' AND NOT EXISTS
    (SELECT FROM read.earnings AS e WHERE e.order_id = j.order_id AND e.kind = 'accrued')
ORDER BY job_id LIMIT 1000
"""


@control("designer_accounts", "design_jobs", "earnings", "ledger_months", every_seconds=HOUR)
async def designers_payable_explained(scope: Scope) -> Found:
    """What the ledger owes designers is what their accounts and statements add up to."""
    [(owed,)] = await scope.rows(OWED)
    [(told, accounts)] = await scope.rows(TOLD)
    findings = [
        Finding(f"account of designer {account_id}", f"owes {has}, and its movements make {moved}")
        for account_id, has, moved in await scope.rows(MOVED)
    ]
    if owed != told:
        findings.insert(
            0, Finding("account designers_payable", f"has {owed}, and the accounts owe {told}")
        )
        findings += [
            Finding(f"design {job_id}", "is approved and on no account: polikrami payouts adopt")
            for (job_id,) in await scope.rows(NOT_TAKEN_OVER)
        ]
    return Found(accounts, findings)
