"""Controls of the ledger: it balances, and all that touches money or credits is booked right."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from decimal import Decimal

from eventsourcing.persistence import MapperDeserialisationError

from application.store import Recorded
from domain.controls import Finding
from domain.ledger import BOOKINGS, OtherCurrency, Unbalanced, postings_of
from workers.controls.registry import HOUR, Found, Scope, control

Line = tuple[str, Decimal]

UNBALANCED = """
SELECT position, unit, sum(amount) FROM read.ledger_entries WHERE position > %(passed)s
GROUP BY position, unit HAVING sum(amount) <> 0 ORDER BY position LIMIT 1000
"""
TOTALS = (
    "SELECT account, unit, sum(amount), count(*) FROM read.ledger_entries GROUP BY account, unit"
)
MONTHS = "SELECT account, sum(debits - credits) FROM read.ledger_months GROUP BY account"
BLOCKS = """
SELECT account, sum(debits - credits) FROM read.ledger_blocks
WHERE size = (SELECT min(size) FROM read.ledger_blocks) GROUP BY account
"""
BOOKED = """
SELECT position, account, amount FROM read.ledger_entries
WHERE position > %(after)s AND position <= %(until)s ORDER BY position, line
"""


@control("ledger_entries", "ledger_months", "ledger_blocks", every_seconds=HOUR)
async def trial_balance(scope: Scope) -> Found:
    """Debits equal credits in every unit, in each entry and in total, and all sums agree."""
    findings = [
        Finding(f"entry of position {position}", f"is out by {difference} {unit}")
        for position, unit, difference in await scope.rows(
            UNBALANCED, {"passed": scope.passed_position}
        )
    ]
    units: dict[str, Decimal] = {}
    accounts: dict[str, Decimal] = {}
    entries = 0
    for account, unit, amount, count in await scope.rows(TOTALS):
        units[unit] = units.get(unit, Decimal(0)) + amount
        accounts[account] = amount
        entries += count
    findings += [
        Finding(f"all entries in {unit}", f"are out by {difference}")
        for unit, difference in units.items()
        if difference
    ]
    for what, query in (("months", MONTHS), ("blocks", BLOCKS)):
        sums: dict[str, Decimal] = dict(await scope.rows(query))
        findings += [
            Finding(f"account {key}", f"has {accounts.get(key, 0)} in entries and {sum_} in {what}")
            for key in sorted({*accounts, *sums})
            if (sum_ := sums.get(key, Decimal(0))) != accounts.get(key, Decimal(0))
        ]
    return Found(entries, findings)


@control("ledger_entries", every_seconds=HOUR)
async def ledger_coverage(scope: Scope) -> Found:
    """Every event of money or credits is booked as its rule says, and nothing else is booked."""
    checked = 0
    after, findings = scope.passed_position, list[Finding]()
    pages = scope.log.pages(after, scope.position, kinds=BOOKINGS)
    async with aclosing(pages):  # type: ignore[type-var]  # every log's pages are a generator
        async for page in pages:
            booked = await scope.rows(BOOKED, {"after": after, "until": page.position})
            findings += _differences(page.events, booked)
            checked += len(page.events)
            after = page.position
    return Found(checked, findings)


def _differences(
    events: Sequence[Recorded], booked: Sequence[tuple[int, str, Decimal]]
) -> list[Finding]:
    found: dict[int, list[Line]] = {}
    for position, account, amount in booked:
        found.setdefault(position, []).append((account, amount))
    findings = []
    for recorded in events:
        fault = _fault(recorded, found.pop(recorded.position, []))
        if fault is not None:
            findings.append(Finding(f"{recorded.topic} at position {recorded.position}", fault))
    return findings + [
        Finding(f"entry of position {position}", "belongs to no event that is booked")
        for position in sorted(found)
    ]


def _fault(recorded: Recorded, have: list[Line]) -> str | None:
    try:
        postings = postings_of(recorded.event)
    except (MapperDeserialisationError, Unbalanced, OtherCurrency) as error:
        # The ledger stops before it; it is met here when somebody had the ledger skip it.
        return f"can't be booked: {error}"
    if have == [(each.account, each.amount) for each in postings]:
        return None
    return "is not booked as its rule says" if have else "is not booked"
