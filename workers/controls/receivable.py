"""Control of what payment providers owe us: the ledger agrees with the lines that explain it."""

from __future__ import annotations

from datetime import timedelta

from domain.controls import Finding
from workers.controls.registry import HOUR, Found, Scope, control

RUN_TIME = timedelta(hours=1)
"""How long a run of the reconciliation may take to tell of what it has read."""

LINES = "SELECT count(*) FROM read.payment_lines"
# The ledger books the commission of a payment in whole kuruş, and lines have parts of them.
EXPLAINED = """
SELECT (SELECT coalesce(sum(debits - credits), 0) FROM read.ledger_months
        WHERE account = 'receivable_iyzico'),
    (SELECT coalesce(sum(taken), 0) FROM (
        SELECT sum(amount) - round(sum(commission + fee), 2) AS taken FROM read.payment_lines
        WHERE provider = 'iyzico' AND kind = 'payment' GROUP BY attempt_id) AS payments),
    (SELECT coalesce(sum(amount), 0) FROM read.payment_lines
     WHERE provider = 'iyzico' AND kind = 'refund'),
    (SELECT coalesce(sum(round(amount, 2)), 0) FROM read.payment_lines
     WHERE provider = 'iyzico' AND kind = 'returned_fee'),
    (SELECT coalesce(sum(payout - bounced), 0) FROM read.settlements WHERE provider = 'iyzico'),
    (SELECT coalesce(sum(amount), 0) FROM read.booked_differences)
"""
TRANSFERS = """
SELECT reference, coalesce(s.payout, 0), coalesce(p.amount, 0)
FROM (SELECT reference, payout FROM read.settlements WHERE provider = 'iyzico') AS s
FULL JOIN (SELECT reference, round(sum(amount) FILTER (WHERE gone_by IS NULL), 2) AS amount,
               max(greatest(f.fetched_at, g.fetched_at)) AS read_at
           FROM recon_payouts AS r JOIN recon_fetches AS f ON f.fetch_id = seen_by
           LEFT JOIN recon_fetches AS g ON g.fetch_id = gone_by
           WHERE r.provider = 'iyzico' AND currency = 'TRY' GROUP BY reference) AS p
    USING (reference)
WHERE coalesce(s.payout, 0) <> coalesce(p.amount, 0)
    AND (p.read_at IS NULL OR p.read_at < %(until)s)
ORDER BY reference LIMIT 1000
"""


@control("ledger_months", "payment_lines", "settlements", "booked_differences", every_seconds=HOUR)
async def receivable_explained(scope: Scope) -> Found:
    """What iyzico owes us in the ledger is what its lines, refunds and transfers add up to."""
    [(count,)] = await scope.rows(LINES)
    [(ledger, taken, refunded, returned, paid_out, booked)] = await scope.rows(EXPLAINED)
    explained = taken - refunded + returned - paid_out - booked
    findings = [
        Finding(f"settlement {reference}", f"{told} was told, {reported} is in the report")
        for reference, told, reported in await scope.rows(
            TRANSFERS, {"until": scope.now - RUN_TIME}
        )
    ]
    if ledger != explained:
        findings.insert(
            0, Finding("account receivable_iyzico", f"has {ledger}, and {explained} is explained")
        )
    return Found(count, findings)
