"""The control of the bank: our books and its statements tell the same, and none is missing."""

from __future__ import annotations

from domain.bank import KnownStatement, gaps_between
from domain.controls import Finding
from domain.shared.money import Money
from workers.controls.registry import HOUR, Found, Scope, control

BOOKED = "SELECT coalesce(sum(debits - credits), 0) FROM read.ledger_months WHERE account = 'bank'"
TOLD = """
SELECT coalesce(sum((amount->>'amount')::numeric * CASE direction WHEN 'in' THEN 1 ELSE -1 END), 0),
    count(*)
FROM read.bank_lines
"""
STATEMENTS = """
SELECT since, until, (opening->>'amount')::numeric, (closing->>'amount')::numeric
FROM read.bank_statements ORDER BY imported_at
"""


@control("bank_lines", "bank_statements", "ledger_months", every_seconds=HOUR)
async def bank_statements(scope: Scope) -> Found:
    """The ledger's bank is what the statements' lines add up to, and no statement is missing."""
    [(booked,)] = await scope.rows(BOOKED)
    [(told, lines)] = await scope.rows(TOLD)
    statements = [
        KnownStatement(
            since=since, until=until, opening=Money.of(opening), closing=Money.of(closing)
        )
        for since, until, opening, closing in await scope.rows(STATEMENTS)
    ]
    findings = [
        Finding(
            f"statements between {gap.after} and {gap.before}",
            f"are missing: {gap.closing} and then {gap.opening}",
        )
        for gap in gaps_between(statements)
    ]
    if booked != told:
        findings.append(Finding("account bank", f"has {booked} and the statements tell {told}"))
    return Found(lines + len(statements), findings)
