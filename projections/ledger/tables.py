"""The ledger's tables: every line of every entry, and the sums from which balances are told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from msgspec import Struct

from application.store import Recorded
from domain.ledger import BOOKINGS, postings_of
from domain.shared.aggregate import Event
from domain.shared.months import day_at, month_at
from projections.base import Lines, Sums

BLOCKS = (1 << 10, 1 << 16, 1 << 22)
"""How many positions the sums of a block span: a balance is some large blocks, some smaller ones
behind them, some small ones behind those, and the entries behind all of them.
"""
NONE = Decimal(0)


class LedgerEntry(Struct, frozen=True, kw_only=True):
    """One line of an event's entry: a debit is positive, a credit negative.

    `period` is the accounting month, "2026-11": the one in which the log recorded the event, unless
    a manual entry was posted to another one. `effective_on` is the day to which it belongs.
    `source_id` is the aggregate whose event `topic` it is, `entry_id` the manual entry behind it.
    """

    position: int
    line: int
    account: str
    unit: str
    amount: Decimal
    movement: str
    customer_id: UUID | None
    order_id: UUID | None
    entry_id: UUID | None
    source_id: UUID
    topic: str
    period: str
    booked_at: datetime
    effective_on: date


class LedgerBlock(Struct, frozen=True, kw_only=True):
    """What was booked on an account by the events of a block: those from position `block * size`
    up to the next block's first.
    """

    size: int
    block: int
    account: str
    debits: Decimal
    credits: Decimal
    entries: int


class LedgerMonth(Struct, frozen=True, kw_only=True):
    """What was booked on an account in a month by movements of one name."""

    period: str
    account: str
    movement: str
    debits: Decimal
    credits: Decimal
    entries: int


class LedgerCustomer(Struct, frozen=True, kw_only=True):
    """What was booked on an account for one customer."""

    customer_id: UUID
    account: str
    debits: Decimal
    credits: Decimal
    entries: int


ledger_entries = Lines(
    "ledger_entries",
    LedgerEntry,
    version=2,
    key=["position", "line"],
    indexes=[
        "account, period DESC, position DESC, line DESC",
        "customer_id, position DESC, line DESC",
        "order_id, position DESC, line DESC",
    ],
)
ledger_blocks = Sums("ledger_blocks", LedgerBlock, version=2, key=["size", "block", "account"])
ledger_months = Sums("ledger_months", LedgerMonth, version=2, key=["period", "account", "movement"])
ledger_customers = Sums(
    "ledger_customers", LedgerCustomer, version=2, key=["customer_id", "account"]
)


def period_of(event: Event, booked_at: datetime) -> str:
    """The accounting month to which an event is posted. A month is closed when it is over, so what
    is recorded now may always be posted to the present one.
    """
    return getattr(event, "month", None) or month_at(booked_at)


@ledger_entries.on(*BOOKINGS, whole=True)
def entries(event: Event, at: Recorded) -> Iterator[LedgerEntry]:
    kind = type(event)
    customer_id: UUID | None = getattr(event, "customer_id", None)
    entry_id: UUID | None = getattr(event, "entry_id", None)
    order_id = BOOKINGS[kind].order_of(event)
    booked_at = at.recorded_at
    period = period_of(event, booked_at)
    effective_on = getattr(event, "effective_on", None) or day_at(event.timestamp)
    for line, posting in enumerate(postings_of(event), start=1):
        yield LedgerEntry(
            position=at.position,
            line=line,
            account=posting.account,
            unit=posting.unit,
            amount=posting.amount,
            movement=posting.movement,
            customer_id=customer_id,
            order_id=order_id,
            entry_id=entry_id,
            source_id=event.originator_id,
            topic=kind.TOPIC,
            period=period,
            booked_at=booked_at,
            effective_on=effective_on,
        )


@ledger_blocks.on(*BOOKINGS)
def blocks(event: Event, at: Recorded) -> Iterator[LedgerBlock]:
    for posting in postings_of(event):
        for size in BLOCKS:
            yield LedgerBlock(
                size=size,
                block=at.position // size,
                account=posting.account,
                debits=max(posting.amount, NONE),
                credits=max(-posting.amount, NONE),
                entries=1,
            )


@ledger_months.on(*BOOKINGS, whole=True)
def months(event: Event, at: Recorded) -> Iterator[LedgerMonth]:
    period = period_of(event, at.recorded_at)
    for posting in postings_of(event):
        yield LedgerMonth(
            period=period,
            account=posting.account,
            movement=posting.movement,
            debits=max(posting.amount, NONE),
            credits=max(-posting.amount, NONE),
            entries=1,
        )


@ledger_customers.on(*BOOKINGS)
def customers(event: Event) -> Iterator[LedgerCustomer]:
    customer_id: UUID | None = getattr(event, "customer_id", None)
    if customer_id is None:
        return
    for posting in postings_of(event):
        yield LedgerCustomer(
            customer_id=customer_id,
            account=posting.account,
            debits=max(posting.amount, NONE),
            credits=max(-posting.amount, NONE),
            entries=1,
        )
