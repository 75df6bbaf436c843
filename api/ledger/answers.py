"""What finance is answered: accounts, balances, entries, months, holds and gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.ledger import ACCOUNTS, Account, Unit
from domain.shared.money import KURUS
from projections.invoices import SeriesFault
from projections.ledger import (
    AccountTotals,
    HoldAge,
    LedgerCustomer,
    LedgerEntry,
    Mover,
    PositionGap,
    Roll,
    TrialBalance,
    VersionGap,
)

Figure = str
"""An amount as a decimal: lira to the kuruş, credits whole."""


class AccountNames(Struct, frozen=True, kw_only=True):
    """An account of the chart. `normal` is the side on which it grows; an account of kind "credits"
    counts credits of the class `unit` and not lira.
    """

    code: str
    account: str
    name_tr: str
    name_en: str
    unit: Unit
    kind: str
    normal: Literal["debit", "credit"]


class AccountBalance(Struct, frozen=True, kw_only=True):
    """An account with all that was debited and credited so far. `balance` is positive on its normal
    side; `entries` counts lines.
    """

    code: str
    account: str
    name_tr: str
    name_en: str
    unit: Unit
    normal: Literal["debit", "credit"]
    debits: Figure
    credits: Figure
    balance: Figure
    entries: int


class AccountAnswer(Struct, frozen=True, kw_only=True):
    """One account as it stood after the event at `position`."""

    position: int
    account: AccountBalance


class UnitTotal(Struct, frozen=True, kw_only=True):
    """All debits and credits of a unit; the `difference` is zero in books that are whole."""

    unit: Unit
    debits: Figure
    credits: Figure
    difference: Figure


class TrialBalanceAnswer(Struct, frozen=True, kw_only=True):
    """All accounts as they stood after the event at `position`; `balanced` if every difference is
    zero.
    """

    position: int
    balanced: bool
    totals: Sequence[UnitTotal]
    accounts: Sequence[AccountBalance]


class EntryLine(Struct, frozen=True, kw_only=True):
    """One line of an event's entry: a positive `amount` is a debit, a negative one a credit.

    `period` is the accounting month. `history` leads to the aggregate `source_id`, whose event
    `topic` this is. `net` is what stood on the account for the customer after it, debits less
    credits; it is there in customers' statements only.
    """

    position: int
    line: int
    account: str
    unit: Unit
    amount: Figure
    movement: str
    customer_id: UUID | None
    order_id: UUID | None
    entry_id: UUID | None
    source_id: UUID
    topic: str
    history: str
    period: str
    booked_at: datetime
    effective_on: date
    net: Figure | None = None


class EventEntries(Struct, frozen=True, kw_only=True):
    """The whole entry of one event."""

    position: int
    lines: Sequence[EntryLine]


class RollMonth(Struct, frozen=True, kw_only=True):
    """One month: opening + movements = closing; a movement is negative where it took something."""

    period: str
    opening: Figure
    movements: Mapping[str, Figure]
    closing: Figure


class RollForward(Struct, frozen=True, kw_only=True):
    """The months of a group of accounts; a month in which nothing moved is left out."""

    group: str
    accounts: Sequence[str]
    months: Sequence[RollMonth]


class Deferred(Struct, frozen=True, kw_only=True):
    """What is still to be earned, and what expired credits have earned, in lira."""

    position: int
    orders: Figure
    credits: Figure
    breakage: Figure
    breakage_by_month: Sequence[RollMonth]


class CustomerAccount(Struct, frozen=True, kw_only=True):
    """What stands on an account for a customer; `balance` is positive on its normal side."""

    account: str
    unit: Unit
    debits: Figure
    credits: Figure
    balance: Figure
    entries: int


class CustomerAccounts(Struct, frozen=True, kw_only=True):
    """All accounts on which something was booked for a customer."""

    customer_id: UUID
    accounts: Sequence[CustomerAccount]


class CustomerMoved(Struct, frozen=True, kw_only=True):
    """What one customer moved on an account in a month; `change` is debits less credits."""

    customer_id: UUID
    debits: Figure
    credits: Figure
    change: Figure
    entries: int


class Movers(Struct, frozen=True, kw_only=True):
    """The customers for whom an account changed most in a month, the largest change first."""

    account: str
    period: str
    movers: Sequence[CustomerMoved]


class HoldAges(Struct, frozen=True, kw_only=True):
    """Open holds by age at `at`."""

    at: datetime
    ages: Sequence[HoldAge]


class GapReport(Struct, frozen=True, kw_only=True):
    """What is missing: positions and versions of streams between `first` and `last`, and invoice
    numbers of all series. `complete` if nothing is.
    """

    first: int
    last: int
    complete: bool
    positions: Sequence[PositionGap]
    versions: Sequence[VersionGap]
    invoices: Sequence[SeriesFault]


def figure(amount: Decimal, unit: str) -> Figure:
    """An amount as it is told."""
    return str(amount.quantize(KURUS) if unit == "TRY" else int(amount))


def names_of(account: Account) -> AccountNames:
    """An account of the chart."""
    return AccountNames(
        code=account.code,
        account=account.key,
        name_tr=account.name_tr,
        name_en=account.name_en,
        unit=account.unit,
        kind=account.kind,
        normal=account.normal,
    )


def balance_of(totals: AccountTotals) -> AccountBalance:
    """An account and what stands on it."""
    account = totals.known
    return AccountBalance(
        code=account.code,
        account=account.key,
        name_tr=account.name_tr,
        name_en=account.name_en,
        unit=account.unit,
        normal=account.normal,
        debits=figure(totals.debits, account.unit),
        credits=figure(totals.credits, account.unit),
        balance=figure(totals.balance, account.unit),
        entries=totals.entries,
    )


def trial_balance_of(balance: TrialBalance) -> TrialBalanceAnswer:
    """The trial balance."""
    sums = balance.sums()
    return TrialBalanceAnswer(
        position=balance.position,
        balanced=not any(sums.values()),
        totals=[_unit_total(unit, balance.accounts) for unit in sums],
        accounts=[balance_of(each) for each in balance.accounts],
    )


def line_of(entry: LedgerEntry, net: Decimal | None = None) -> EntryLine:
    """A line of an entry."""
    return EntryLine(
        position=entry.position,
        line=entry.line,
        account=entry.account,
        unit=ACCOUNTS[entry.account].unit,
        amount=figure(entry.amount, entry.unit),
        movement=entry.movement,
        customer_id=entry.customer_id,
        order_id=entry.order_id,
        entry_id=entry.entry_id,
        source_id=entry.source_id,
        topic=entry.topic,
        history=f"/api/v1/history/{entry.source_id}/steps",
        period=entry.period,
        booked_at=entry.booked_at,
        effective_on=entry.effective_on,
        net=None if net is None else figure(net, entry.unit),
    )


def month_of(roll: Roll, unit: str) -> RollMonth:
    """One month of a roll-forward."""
    return RollMonth(
        period=roll.period,
        opening=figure(roll.opening, unit),
        movements={name: figure(amount, unit) for name, amount in roll.movements.items()},
        closing=figure(roll.closing, unit),
    )


def customer_account_of(row: LedgerCustomer) -> CustomerAccount:
    """An account of a customer."""
    totals = AccountTotals(account=row.account, debits=row.debits, credits=row.credits)
    unit = totals.known.unit
    return CustomerAccount(
        account=row.account,
        unit=unit,
        debits=figure(row.debits, unit),
        credits=figure(row.credits, unit),
        balance=figure(totals.balance, unit),
        entries=row.entries,
    )


def moved_by(mover: Mover, unit: str) -> CustomerMoved:
    """What one customer moved."""
    return CustomerMoved(
        customer_id=mover.customer_id,
        debits=figure(mover.debits, unit),
        credits=figure(mover.credits, unit),
        change=figure(mover.debits - mover.credits, unit),
        entries=mover.entries,
    )


def _unit_total(unit: Unit, accounts: Sequence[AccountTotals]) -> UnitTotal:
    mine = [each for each in accounts if each.known.unit == unit]
    debits = sum((each.debits for each in mine), Decimal(0))
    credits = sum((each.credits for each in mine), Decimal(0))
    return UnitTotal(
        unit=unit,
        debits=figure(debits, unit),
        credits=figure(credits, unit),
        difference=figure(debits - credits, unit),
    )
