"""Roll-forwards: how groups of accounts came from month to month, movement by movement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from domain.ledger import ACCOUNTS
from projections.ledger.tables import LedgerMonth
from projections.reads import Reads

ZERO = Decimal(0)

Group = Literal["promotional", "purchased", "deferred_credits", "deferred_revenue", "breakage"]

GROUPS: Mapping[Group, tuple[str, ...]] = {
    "promotional": ("customer_credits_promotional", "held_promotional"),
    "purchased": ("customer_credits_purchased", "held_purchased"),
    "deferred_credits": ("deferred_credits",),
    "deferred_revenue": ("deferred_revenue",),
    "breakage": ("breakage_revenue",),
}
"""What is rolled forward together: a hold moves credits inside its group, so it stands in none."""

MONTHS = (
    "SELECT * FROM read.ledger_months WHERE account = ANY (%(accounts)s)"
    " AND (%(until)s::text IS NULL OR period <= %(until)s)"
    " ORDER BY period, account, movement"
)


class Roll(Struct, frozen=True, kw_only=True):
    """One month of a group: what it opened with, what each movement added (negative: took), and
    what it closed with. Amounts are positive on the accounts' normal side.
    """

    period: str
    opening: Decimal
    movements: Mapping[str, Decimal]
    closing: Decimal


async def roll_forward(
    reads: Reads, group: Group, *, since: str | None, until: str | None
) -> Sequence[Roll]:
    """The months of a group in order, from `since` to `until`, both included; None for all.

    A month in which nothing moved is left out, as its opening is its closing.
    """
    parameters = {"accounts": list(GROUPS[group]), "until": until}
    rows = await reads.all(LedgerMonth, MONTHS, parameters)
    return [each for each in rolled(rows) if since is None or each.period >= since]


def rolled(rows: Sequence[LedgerMonth]) -> list[Roll]:
    """The months that these sums, ordered by period, make."""
    months: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        movements = months.setdefault(row.period, {})
        grown = row.debits - row.credits
        if ACCOUNTS[row.account].normal == "credit":
            grown = -grown
        movements[row.movement] = movements.get(row.movement, ZERO) + grown
    rolls: list[Roll] = []
    closing = ZERO
    for period, movements in months.items():
        moved = {name: amount for name, amount in movements.items() if amount}
        opening, closing = closing, closing + sum(moved.values())
        rolls.append(Roll(period=period, opening=opening, movements=moved, closing=closing))
    return rolls
