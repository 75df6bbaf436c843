"""Designers' accounts, what moved on them, and the rules of the commission."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.earnings import (
    CommissionBook,
    DesignerAccount,
    ReversedBecause,
)
from domain.shared.money import Money
from projections.base import Fold, Lines
from projections.reads import Reads

MovementKind = Literal["accrued", "reversed", "paid", "bounced"]


class DesignerAccountRow(Struct, frozen=True, kw_only=True):
    """One account. What is owed is `accrued - reversed - paid`; what is `requested` or `in_run` is
    part of it, and the rest is available.
    """

    account_id: UUID
    designer_id: UUID
    person_id: UUID
    accrued: Money
    reversed: Money
    paid: Money
    requested: Money
    in_run: Money
    position: int


class EarningRow(Struct, frozen=True, kw_only=True):
    """One movement: `amount` is added to what is owed, and below 0 where it is taken away. An
    accrual tells the fee without KDV, the rate and the commission; a payout its reference.
    """

    account_id: UUID
    position: int
    at: datetime
    kind: MovementKind
    amount: Money
    number: str = ""
    order_id: UUID | None = None
    base: Money | None = None
    rate: Decimal | None = None
    commission: Money | None = None
    because: ReversedBecause | None = None
    payout_id: UUID | None = None
    reference: str = ""


class CommissionRow(Struct, frozen=True, kw_only=True):
    """One rule: a percentage from a moment on, for one designer or (None) for all."""

    rule_id: UUID
    designer_id: UUID | None
    percent: Decimal | None
    since: datetime
    set_by: UUID
    set_at: datetime
    position: int
    version: int


designer_accounts = Fold(
    "designer_accounts", DesignerAccountRow, version=1, key=["account_id"], indexes=["person_id"]
)
earnings = Lines(
    "earnings",
    EarningRow,
    version=1,
    key=["account_id", "position"],
    indexes=["account_id, at"],
)
commission_rules = Fold(
    "commission_rules", CommissionRow, version=1, key=["rule_id"], indexes=["position DESC"]
)

_rule = attrgetter("rule.rule_id")


@designer_accounts.on(DesignerAccount.Opened)
def opened(
    _row: DesignerAccountRow | None, event: DesignerAccount.Opened, at: Recorded
) -> DesignerAccountRow:
    nothing = Money.of(0)
    return DesignerAccountRow(
        account_id=event.originator_id,
        designer_id=event.designer_id,
        person_id=event.person_id,
        accrued=nothing,
        reversed=nothing,
        paid=nothing,
        requested=nothing,
        in_run=nothing,
        position=at.position,
    )


@designer_accounts.on(DesignerAccount.Accrued)
def accrued(
    row: DesignerAccountRow, event: DesignerAccount.Accrued, at: Recorded
) -> DesignerAccountRow:
    return replace(row, accrued=row.accrued + event.accrual.cut.share, position=at.position)


@designer_accounts.on(DesignerAccount.Reversed)
def reversed_(
    row: DesignerAccountRow, event: DesignerAccount.Reversed, at: Recorded
) -> DesignerAccountRow:
    return replace(row, reversed=row.reversed + event.share, position=at.position)


AnyPayout = (
    DesignerAccount.PayoutRequested
    | DesignerAccount.PayoutCancelled
    | DesignerAccount.PayoutTaken
    | DesignerAccount.PayoutLetGo
    | DesignerAccount.PayoutApproved
    | DesignerAccount.PayoutPaid
    | DesignerAccount.PayoutBounced
    | DesignerAccount.PayoutRefused
)
# How the requested, the in a run and the paid change by each step.
EFFECTS: dict[type[AnyPayout], tuple[int, int, int]] = {
    DesignerAccount.PayoutRequested: (1, 0, 0),
    DesignerAccount.PayoutCancelled: (-1, 0, 0),
    DesignerAccount.PayoutTaken: (-1, 1, 0),
    DesignerAccount.PayoutLetGo: (1, -1, 0),
    DesignerAccount.PayoutPaid: (0, -1, 1),
    DesignerAccount.PayoutBounced: (0, 0, -1),
    DesignerAccount.PayoutRefused: (0, -1, 0),
}


@designer_accounts.on(*EFFECTS)
def payout_moved(row: DesignerAccountRow, event: AnyPayout, at: Recorded) -> DesignerAccountRow:
    requested, in_run, paid = EFFECTS[type(event)]
    return replace(
        row,
        requested=row.requested + event.amount * requested,
        in_run=row.in_run + event.amount * in_run,
        paid=row.paid + event.amount * paid,
        position=at.position,
    )


@earnings.on(DesignerAccount.Accrued)
def accrual_line(event: DesignerAccount.Accrued, at: Recorded) -> Iterator[EarningRow]:
    accrual = event.accrual
    yield EarningRow(
        account_id=event.originator_id,
        position=at.position,
        at=event.timestamp,
        kind="accrued",
        amount=accrual.cut.share,
        number=accrual.number,
        order_id=accrual.order_id,
        base=accrual.cut.base,
        rate=accrual.cut.rate,
        commission=accrual.cut.commission,
    )


@earnings.on(DesignerAccount.Reversed)
def reversal_line(event: DesignerAccount.Reversed, at: Recorded) -> Iterator[EarningRow]:
    yield EarningRow(
        account_id=event.originator_id,
        position=at.position,
        at=event.timestamp,
        kind="reversed",
        amount=event.share * -1,
        number=event.number,
        order_id=event.order_id,
        because=event.reason,
    )


@earnings.on(DesignerAccount.PayoutPaid, DesignerAccount.PayoutBounced)
def payout_line(
    event: DesignerAccount.PayoutPaid | DesignerAccount.PayoutBounced, at: Recorded
) -> Iterator[EarningRow]:
    paid = isinstance(event, DesignerAccount.PayoutPaid)
    yield EarningRow(
        account_id=event.originator_id,
        position=at.position,
        at=event.timestamp,
        kind="paid" if paid else "bounced",
        amount=event.amount * (-1 if paid else 1),
        payout_id=event.payout_id,
        reference=event.reference,
    )


@commission_rules.on(CommissionBook.RuleSet, key=_rule)
def rule_set(
    _row: CommissionRow | None, event: CommissionBook.RuleSet, at: Recorded
) -> CommissionRow:
    rule = event.rule
    return CommissionRow(
        rule_id=rule.rule_id,
        designer_id=rule.designer_id,
        percent=rule.percent,
        since=rule.since,
        set_by=event.set_by,
        set_at=event.timestamp,
        position=at.position,
        version=event.originator_version,
    )


class EarningsMonth(Struct, frozen=True, kw_only=True):
    """What was owed when the month began, all that moved, and what was owed at its end."""

    opening: Money
    movements: list[EarningRow]
    closing: Money


async def account_of_person(reads: Reads, person_id: UUID) -> DesignerAccountRow | None:
    """The account of a designer; None where they have earned nothing yet."""
    return await reads.one(
        DesignerAccountRow,
        "SELECT * FROM read.designer_accounts WHERE person_id = %s",
        (person_id,),
    )


async def account_by_id(reads: Reads, account_id: UUID) -> DesignerAccountRow | None:
    """An account, or None."""
    return await reads.one(
        DesignerAccountRow,
        "SELECT * FROM read.designer_accounts WHERE account_id = %s",
        (account_id,),
    )


async def account_list(reads: Reads, *, after: UUID | None, limit: int) -> list[DesignerAccountRow]:
    """Accounts behind that one, by their ids."""
    return await reads.all(
        DesignerAccountRow,
        "SELECT * FROM read.designer_accounts"
        " WHERE (%(after)s::uuid IS NULL OR account_id > %(after)s)"
        " ORDER BY account_id LIMIT %(limit)s",
        {"after": after, "limit": limit},
    )


async def earnings_month(
    reads: Reads, account_id: UUID, *, since: datetime, until: datetime
) -> EarningsMonth:
    """What moved between two moments, `until` not included, and what was owed before and after."""
    parameters: dict[str, Any] = {"account": account_id, "since": since, "until": until}
    [(opening,)] = await reads.rows(
        "SELECT coalesce(sum((amount->>'amount')::numeric), 0) FROM read.earnings"
        " WHERE account_id = %(account)s AND at < %(since)s",
        parameters,
    )
    movements = await reads.all(
        EarningRow,
        "SELECT * FROM read.earnings WHERE account_id = %(account)s"
        " AND at >= %(since)s AND at < %(until)s ORDER BY position",
        parameters,
    )
    begins = Money.of(opening)
    closing = sum((each.amount for each in movements), begins)
    return EarningsMonth(opening=begins, movements=movements, closing=closing)


async def rule_list(reads: Reads) -> list[CommissionRow]:
    """All rules, the one set last first."""
    return await reads.all(
        CommissionRow, "SELECT * FROM read.commission_rules ORDER BY position DESC", ()
    )


async def fees_to_take_over(reads: Reads) -> list[UUID]:
    """Approved jobs whose fee is on nobody's account."""
    rows = await reads.rows(
        "SELECT job_id FROM read.design_jobs AS j WHERE state = 'approved' AND NOT EXISTS"
        " (SELECT FROM read.earnings AS e WHERE e.order_id = j.order_id AND e.kind = 'accrued')"
        " ORDER BY position",
        {},
    )
    return [row[0] for row in rows]
