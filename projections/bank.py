"""Lines of the bank's statements, transfers that are awaited, and money that is to go back.

Who paid is in none of the tables: it is read from the log by those who may see it.
"""

from __future__ import annotations

from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.bank import (
    AsideReason,
    BankAccount,
    BankLine,
    BankReturn,
    BankTransfer,
    Direction,
    LineState,
    Meaning,
    ReturnReason,
    StatementForm,
)
from domain.shared.money import Money
from projections.base import Fold
from projections.reads import Reads


class BankLineRow(Struct, frozen=True, kw_only=True):
    """One line. `meaning` is what it is, once that is known; `aside` why a person has to look."""

    line_id: UUID
    account_id: UUID
    booked_on: date
    direction: Direction
    amount: Money
    bank_reference: str
    state: LineState
    aside: AsideReason | None = None
    meaning: Meaning | None = None
    reference: str = ""
    matched_by: UUID | None = None
    imported_at: datetime
    updated_at: datetime


class BankStatementRow(Struct, frozen=True, kw_only=True):
    """One import of a statement."""

    account_id: UUID
    digest: str
    form: StatementForm
    number: str
    since: date
    until: date
    opening: Money
    closing: Money
    lines: int
    new_lines: int
    imported_by: UUID | None
    imported_at: datetime


class BankTransferRow(Struct, frozen=True, kw_only=True):
    """One transfer that was asked for; `line_id` is the line that brought it."""

    transfer_id: UUID
    reference: str
    attempt_id: UUID
    order_id: UUID
    amount: Money
    until: datetime
    awaited_at: datetime
    line_id: UUID | None = None


class BankReturnRow(Struct, frozen=True, kw_only=True):
    """Money to be sent back to where `payer_line_id` came from; `sent_line_id` confirms it."""

    return_id: UUID
    reference: str
    subject_id: UUID
    payer_line_id: UUID
    attempt_id: UUID | None
    amount: Money
    reason: ReturnReason
    ordered_by: UUID | None
    ordered_at: datetime
    sent_line_id: UUID | None = None
    sent_at: datetime | None = None


bank_lines = Fold(
    "bank_lines",
    BankLineRow,
    version=1,
    key=["line_id"],
    indexes=["state, booked_on DESC, line_id DESC", "booked_on DESC, line_id DESC"],
)
bank_statements = Fold(
    "bank_statements",
    BankStatementRow,
    version=1,
    key=["account_id", "digest"],
    indexes=["since, until"],
)
bank_transfers = Fold(
    "bank_transfers",
    BankTransferRow,
    version=1,
    key=["transfer_id"],
    indexes=["order_id, awaited_at DESC"],
)
bank_returns = Fold(
    "bank_returns",
    BankReturnRow,
    version=1,
    key=["return_id"],
    indexes=["ordered_at, return_id"],
)


@bank_lines.on(BankLine.Booked)
def booked(_row: BankLineRow | None, event: BankLine.Booked) -> BankLineRow:
    return BankLineRow(
        line_id=event.originator_id,
        account_id=event.account_id,
        booked_on=event.booked_on,
        direction=event.direction,
        amount=event.amount,
        bank_reference=event.bank_reference,
        state="booked",
        imported_at=event.timestamp,
        updated_at=event.timestamp,
    )


@bank_lines.on(BankLine.SetAside)
def set_aside(row: BankLineRow, event: BankLine.SetAside) -> BankLineRow:
    return replace(row, state="set_aside", aside=event.reason, updated_at=event.timestamp)


@bank_lines.on(BankLine.Matched)
def matched(row: BankLineRow, event: BankLine.Matched) -> BankLineRow:
    return replace(
        row,
        state="matched",
        aside=None,
        meaning=event.meaning,
        reference=event.reference,
        matched_by=event.matched_by,
        updated_at=event.timestamp,
    )


@bank_statements.on(BankAccount.StatementImported, key=attrgetter("originator_id", "digest"))
def imported(
    _row: BankStatementRow | None, event: BankAccount.StatementImported
) -> BankStatementRow:
    return BankStatementRow(
        account_id=event.originator_id,
        digest=event.digest,
        form=event.form,
        number=event.number,
        since=event.since,
        until=event.until,
        opening=event.opening,
        closing=event.closing,
        lines=event.lines,
        new_lines=event.new_lines,
        imported_by=event.imported_by,
        imported_at=event.timestamp,
    )


@bank_transfers.on(BankTransfer.Awaited)
def awaited(_row: BankTransferRow | None, event: BankTransfer.Awaited) -> BankTransferRow:
    transfer = event.transfer
    return BankTransferRow(
        transfer_id=event.originator_id,
        reference=transfer.reference,
        attempt_id=transfer.attempt_id,
        order_id=transfer.order_id,
        amount=transfer.amount,
        until=transfer.until,
        awaited_at=event.timestamp,
    )


@bank_transfers.on(BankTransfer.Received)
def received(row: BankTransferRow, event: BankTransfer.Received) -> BankTransferRow:
    return replace(row, line_id=event.line_id)


@bank_returns.on(BankReturn.Ordered)
def ordered(_row: BankReturnRow | None, event: BankReturn.Ordered) -> BankReturnRow:
    back = event.back
    return BankReturnRow(
        return_id=event.originator_id,
        reference=back.reference,
        subject_id=back.subject_id,
        payer_line_id=back.line_id,
        attempt_id=back.attempt_id,
        amount=back.amount,
        reason=back.reason,
        ordered_by=back.ordered_by,
        ordered_at=event.timestamp,
    )


@bank_returns.on(BankReturn.Sent)
def sent(row: BankReturnRow, event: BankReturn.Sent) -> BankReturnRow:
    return replace(row, sent_line_id=event.line_id, sent_at=event.timestamp)


async def bank_line_list(
    reads: Reads,
    *,
    state: LineState | None = None,
    before: tuple[date, UUID] | None = None,
    limit: int,
) -> list[BankLineRow]:
    """Lines, newest first: in one state, or all."""
    return await reads.all(
        BankLineRow,
        "SELECT * FROM read.bank_lines WHERE (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(day)s::date IS NULL OR (booked_on, line_id) < (%(day)s, %(id)s::uuid))"
        " ORDER BY booked_on DESC, line_id DESC LIMIT %(limit)s",
        {
            "state": state,
            "day": before[0] if before else None,
            "id": before[1] if before else None,
            "limit": limit,
        },
    )


async def bank_lines_of_day(reads: Reads, day: date) -> list[BankLineRow]:
    """All lines of a day."""
    return await reads.all(
        BankLineRow,
        "SELECT * FROM read.bank_lines WHERE booked_on = %s ORDER BY imported_at, line_id",
        (day,),
    )


async def bank_statement_list(reads: Reads, limit: int) -> list[BankStatementRow]:
    """The newest statements, by their last day."""
    return await reads.all(
        BankStatementRow,
        "SELECT * FROM read.bank_statements ORDER BY until DESC, since DESC LIMIT %s",
        (limit,),
    )


async def newest_transfer(reads: Reads, order_id: UUID) -> BankTransferRow | None:
    """The transfer that was asked for last for an order."""
    return await reads.one(
        BankTransferRow,
        "SELECT * FROM read.bank_transfers WHERE order_id = %s"
        " ORDER BY awaited_at DESC, transfer_id LIMIT 1",
        (order_id,),
    )


async def awaited_transfers(reads: Reads, limit: int) -> list[BankTransferRow]:
    """Transfers that have not come, those that end first before others."""
    return await reads.all(
        BankTransferRow,
        "SELECT * FROM read.bank_transfers WHERE line_id IS NULL ORDER BY until, transfer_id"
        " LIMIT %s",
        (limit,),
    )


async def open_returns(
    reads: Reads, *, after: tuple[datetime, UUID] | None = None, limit: int
) -> list[BankReturnRow]:
    """Money that is still to be sent back, oldest first."""
    return await reads.all(
        BankReturnRow,
        "SELECT * FROM read.bank_returns WHERE sent_at IS NULL"
        " AND (%(at)s::timestamptz IS NULL OR (ordered_at, return_id) > (%(at)s, %(id)s::uuid))"
        " ORDER BY ordered_at, return_id LIMIT %(limit)s",
        {"at": after[0] if after else None, "id": after[1] if after else None, "limit": limit},
    )
