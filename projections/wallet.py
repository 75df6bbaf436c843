"""What a customer sees of their wallet: the balance, and the statement line by line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from operator import attrgetter
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.wallet import Wallet, sum_of
from projections.base import Fold, Lines
from projections.past import Change, Past
from projections.reads import Reads


class WalletBalance(Struct, frozen=True, kw_only=True):
    """`balance` counts all credits; `held` those set aside for work under way."""

    customer_id: UUID
    balance: int
    held: int
    position: int

    @property
    def available(self) -> int:
        return self.balance - self.held


class StatementLine(Struct, frozen=True, kw_only=True):
    """One change of a wallet. `credits` is signed; holds and releases do not change the balance.

    `hold_id` names the hold that it is about, `order_id` the purchase, `entry_id` the manual entry.
    """

    customer_id: UUID
    position: int
    at: datetime
    kind: str
    credits: int
    purpose: str
    hold_id: UUID | None = None
    order_id: UUID | None = None
    entry_id: UUID | None = None


wallet_balances = Fold("wallet_balances", WalletBalance, version=1, key=["customer_id"])
wallet_statements = Lines(
    "wallet_statements",
    StatementLine,
    version=2,
    key=["customer_id", "position"],
    indexes=["hold_id"],
)

WalletEvent = (
    Wallet.CreditsGranted
    | Wallet.CreditsHeld
    | Wallet.HoldCaptured
    | Wallet.HoldReleased
    | Wallet.HoldExpired
    | Wallet.CaptureRefunded
    | Wallet.CreditsExpired
    | Wallet.CreditsClawedBack
)
GivenBack = Wallet.HoldReleased | Wallet.HoldExpired
Gone = Wallet.CreditsExpired | Wallet.CreditsClawedBack

_customer = attrgetter("customer_id")


@wallet_balances.on(Wallet.Opened, key=_customer)
def opened(_row: WalletBalance | None, event: Wallet.Opened, at: Recorded) -> WalletBalance:
    return WalletBalance(customer_id=event.customer_id, balance=0, held=0, position=at.position)


@wallet_balances.on(Wallet.CreditsGranted, key=_customer)
def granted(row: WalletBalance, event: Wallet.CreditsGranted, at: Recorded) -> WalletBalance:
    return replace(row, balance=row.balance + event.credits, position=at.position)


@wallet_balances.on(Wallet.CreditsHeld, key=_customer)
def held(row: WalletBalance, event: Wallet.CreditsHeld, at: Recorded) -> WalletBalance:
    return replace(row, held=row.held + event.credits, position=at.position)


@wallet_balances.on(Wallet.HoldCaptured, key=_customer)
def captured(row: WalletBalance, event: Wallet.HoldCaptured, at: Recorded) -> WalletBalance:
    spent, held = event.credits, event.credits + sum_of(event.released)
    return replace(row, balance=row.balance - spent, held=row.held - held, position=at.position)


@wallet_balances.on(Wallet.HoldReleased, Wallet.HoldExpired, key=_customer)
def released(row: WalletBalance, event: GivenBack, at: Recorded) -> WalletBalance:
    return replace(row, held=row.held - event.credits, position=at.position)


@wallet_balances.on(Wallet.CaptureRefunded, key=_customer)
def refunded(row: WalletBalance, event: Wallet.CaptureRefunded, at: Recorded) -> WalletBalance:
    return replace(row, balance=row.balance + event.credits, position=at.position)


@wallet_balances.on(Wallet.CreditsExpired, Wallet.CreditsClawedBack, key=_customer)
def gone(row: WalletBalance, event: Gone, at: Recorded) -> WalletBalance:
    return replace(row, balance=row.balance - event.credits, position=at.position)


@wallet_statements.on(Wallet.CreditsGranted)
def granted_line(event: Wallet.CreditsGranted, at: Recorded) -> Iterator[StatementLine]:
    yield _line(event, at, kind="granted", credits=event.credits, purpose=event.origin)


@wallet_statements.on(Wallet.CreditsHeld)
def held_line(event: Wallet.CreditsHeld, at: Recorded) -> Iterator[StatementLine]:
    yield _line(event, at, kind="held", credits=-event.credits, purpose=event.purpose)


@wallet_statements.on(Wallet.HoldCaptured)
def captured_line(event: Wallet.HoldCaptured, at: Recorded) -> Iterator[StatementLine]:
    yield _line(event, at, kind="captured", credits=-event.credits)


@wallet_statements.on(Wallet.HoldReleased)
def released_line(event: Wallet.HoldReleased, at: Recorded) -> Iterator[StatementLine]:
    yield _line(event, at, kind="released", credits=event.credits, purpose=event.reason)


@wallet_statements.on(Wallet.HoldExpired)
def hold_expired_line(event: Wallet.HoldExpired, at: Recorded) -> Iterator[StatementLine]:
    yield _line(event, at, kind="hold_expired", credits=event.credits)


@wallet_statements.on(Wallet.CaptureRefunded)
def refunded_line(event: Wallet.CaptureRefunded, at: Recorded) -> Iterator[StatementLine]:
    yield _line(event, at, kind="refunded", credits=event.credits, purpose=event.reason)


@wallet_statements.on(Wallet.CreditsClawedBack)
def clawed_back_line(event: Wallet.CreditsClawedBack, at: Recorded) -> Iterator[StatementLine]:
    yield _line(event, at, kind="clawed_back", credits=-event.credits, purpose=event.reason)


@wallet_statements.on(Wallet.CreditsExpired)
def expired_line(event: Wallet.CreditsExpired, at: Recorded) -> Iterator[StatementLine]:
    yield _line(event, at, kind="expired", credits=-event.credits)


def _line(
    event: WalletEvent, at: Recorded, *, kind: str, credits: int, purpose: str = ""
) -> StatementLine:
    return StatementLine(
        customer_id=event.customer_id,
        position=at.position,
        at=event.timestamp,
        kind=kind,
        credits=credits,
        purpose=purpose,
        hold_id=getattr(event, "hold_id", None),
        order_id=getattr(event, "order_id", None),
        entry_id=getattr(event, "entry_id", None),
    )


async def wallet_balance(reads: Reads, customer_id: UUID) -> WalletBalance | None:
    """The customer's balance; None before the wallet is open."""
    return await reads.one(
        WalletBalance,
        "SELECT * FROM read.wallet_balances WHERE customer_id = %s",
        (customer_id,),
    )


async def wallet_statement(
    reads: Reads, customer_id: UUID, *, before: int | None, limit: int
) -> list[StatementLine]:
    """The newest lines before a position (None: from the newest on), newest first."""
    return await reads.all(
        StatementLine,
        "SELECT * FROM read.wallet_statements WHERE customer_id = %(customer)s"
        " AND (%(before)s::bigint IS NULL OR position < %(before)s)"
        " ORDER BY position DESC LIMIT %(limit)s",
        {"customer": customer_id, "before": before, "limit": limit},
    )


async def hold_lines(reads: Reads, customer_id: UUID, *, hold_id: UUID) -> list[StatementLine]:
    """All lines about one hold, oldest first."""
    return await reads.all(
        StatementLine,
        "SELECT * FROM read.wallet_statements WHERE customer_id = %s AND hold_id = %s"
        " ORDER BY position",
        (customer_id, hold_id),
    )


async def wallet_balance_then(past: Past, customer_id: UUID) -> WalletBalance | None:
    """The customer's balance as it was; None before the wallet was open."""
    events = await past.events([Wallet.id_of(customer_id)])
    return (await past.rows(wallet_balances, events)).get(customer_id)


async def wallet_statement_then(
    past: Past, customer_id: UUID, *, before: int | None, limit: int
) -> list[StatementLine]:
    """The newest lines of that time before a position, newest first."""
    events = await past.events([Wallet.id_of(customer_id)])
    shown = [each for each in events if before is None or each.position < before]
    return (await past.lines(wallet_statements, shown))[: -limit - 1 : -1]


async def wallet_course(past: Past, customer_id: UUID) -> list[Change]:
    """What made the customer's balance, event by event."""
    return await past.course(wallet_balances, await past.events([Wallet.id_of(customer_id)]))
