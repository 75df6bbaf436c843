"""What an import would do, for those who look before they import."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct

from application.bank.commands import BankRules, movement_of, new_lines
from application.bank.matching import explain
from application.store import Store
from domain.bank import AsideReason, Direction, Gap, Meaning, Statement
from domain.shared.money import Money


class PreviewedLine(Struct, frozen=True, kw_only=True):
    """A line that is new, and what would explain it, or why a person would have to look."""

    line_id: UUID
    booked_on: date
    direction: Direction
    amount: Money
    meaning: Meaning | None
    aside: AsideReason | None
    reference: str


class StatementPreview(Struct, frozen=True, kw_only=True):
    """What a file has, and what of it is new."""

    since: date
    until: date
    opening: Money
    closing: Money
    lines: int
    known_lines: int
    new: tuple[PreviewedLine, ...]
    gaps: tuple[Gap, ...]


async def preview(statement: Statement, store: Store, *, rules: BankRules) -> StatementPreview:
    """Refuses like the import. Nothing is changed."""
    account, new = await new_lines(statement, store, rules=rules)
    found = []
    for line_id, line in new:
        finding = await explain(movement_of(line), store)
        found.append(
            PreviewedLine(
                line_id=line_id,
                booked_on=line.booked_on,
                direction=line.direction,
                amount=line.amount,
                meaning=finding.meaning,
                aside=finding.aside,
                reference=finding.reference,
            )
        )
        if finding.transfer:
            # Another line of the same file with this reference would be the second one.
            finding.transfer.receive(line_id, line.amount)
        if finding.back:
            finding.back.confirm(line_id)
        for each in finding.payouts:
            if finding.meaning == "payout":
                each.account.pay(each.payout_id, line_id)
            else:
                each.account.bounce(each.payout_id, line_id)
    return StatementPreview(
        since=statement.since,
        until=statement.until,
        opening=statement.opening,
        closing=statement.closing,
        lines=len(statement.lines),
        known_lines=len(statement.lines) - len(new),
        new=tuple(found),
        gaps=account.gaps_with(statement),
    )
