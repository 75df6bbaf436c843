"""Payouts and the runs in which they are paid; no IBAN is in any table."""

from __future__ import annotations

from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.earnings import CancelledBecause, DesignerAccount, PayoutRun, PayoutState, RunState
from domain.shared.money import Money
from projections.base import Fold
from projections.reads import Reads


class PayoutRow(Struct, frozen=True, kw_only=True):
    """One payout, from the request on."""

    payout_id: UUID
    account_id: UUID
    person_id: UUID
    reference: str
    amount: Money
    state: PayoutState
    run_id: UUID | None = None
    because: CancelledBecause | None = None
    requested_at: datetime
    updated_at: datetime
    position: int


class PayoutRunRow(Struct, frozen=True, kw_only=True):
    """One run. `pay_on` is the day that its file asks the bank to pay on."""

    run_id: UUID
    reference: str
    state: RunState
    amount: Money
    items: int
    made_by: UUID
    made_at: datetime
    expires_at: datetime
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    files_taken: int = 0
    file_taken_by: UUID | None = None
    file_taken_at: datetime | None = None
    pay_on: date | None = None
    sent_by: UUID | None = None
    sent_at: datetime | None = None
    position: int


payouts = Fold(
    "payouts",
    PayoutRow,
    version=1,
    key=["payout_id"],
    indexes=["account_id, position DESC", "state, requested_at", "run_id"],
)
payout_runs = Fold(
    "payout_runs", PayoutRunRow, version=1, key=["run_id"], indexes=["position DESC"]
)

_payout = attrgetter("payout_id")

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
STATES: dict[type[AnyPayout], PayoutState] = {
    DesignerAccount.PayoutRequested: "requested",
    DesignerAccount.PayoutCancelled: "cancelled",
    DesignerAccount.PayoutTaken: "in_run",
    DesignerAccount.PayoutLetGo: "requested",
    DesignerAccount.PayoutApproved: "approved",
    DesignerAccount.PayoutPaid: "paid",
    DesignerAccount.PayoutBounced: "bounced",
    DesignerAccount.PayoutRefused: "refused",
}


@payouts.on(*STATES, key=_payout)
def payout_step(row: PayoutRow | None, event: AnyPayout, at: Recorded) -> PayoutRow:
    row = row or PayoutRow(
        payout_id=event.payout_id,
        account_id=event.originator_id,
        person_id=event.person_id,
        reference=event.reference,
        amount=event.amount,
        state="requested",
        requested_at=event.timestamp,
        updated_at=event.timestamp,
        position=at.position,
    )
    run_id = row.run_id
    if isinstance(event, DesignerAccount.PayoutTaken):
        run_id = event.run_id
    elif isinstance(event, DesignerAccount.PayoutLetGo):
        run_id = None
    return replace(
        row,
        state=STATES[type(event)],
        run_id=run_id,
        because=event.reason if isinstance(event, DesignerAccount.PayoutCancelled) else None,
        updated_at=event.timestamp,
    )


@payout_runs.on(PayoutRun.Proposed)
def proposed(_row: PayoutRunRow | None, event: PayoutRun.Proposed, at: Recorded) -> PayoutRunRow:
    return PayoutRunRow(
        run_id=event.originator_id,
        reference=event.reference,
        state="open",
        amount=event.amount,
        items=len(event.items),
        made_by=event.by,
        made_at=event.timestamp,
        expires_at=event.expires_at,
        position=at.position,
    )


_ByAPerson = PayoutRun.Approved | PayoutRun.Rejected | PayoutRun.Withdrawn
DECIDED: dict[type[_ByAPerson], RunState] = {
    PayoutRun.Approved: "approved",
    PayoutRun.Rejected: "rejected",
    PayoutRun.Withdrawn: "withdrawn",
}


@payout_runs.on(*DECIDED)
def decided(row: PayoutRunRow, event: _ByAPerson) -> PayoutRunRow:
    state = DECIDED[type(event)]
    return replace(row, state=state, decided_by=event.by, decided_at=event.timestamp)


@payout_runs.on(PayoutRun.Expired)
def expired(row: PayoutRunRow, event: PayoutRun.Expired) -> PayoutRunRow:
    return replace(row, state="expired", decided_at=event.timestamp)


@payout_runs.on(PayoutRun.FileTaken)
def file_taken(row: PayoutRunRow, event: PayoutRun.FileTaken) -> PayoutRunRow:
    return replace(
        row,
        files_taken=row.files_taken + 1,
        file_taken_by=event.by,
        file_taken_at=event.timestamp,
        pay_on=event.pay_on,
    )


@payout_runs.on(PayoutRun.Sent)
def sent(row: PayoutRunRow, event: PayoutRun.Sent) -> PayoutRunRow:
    return replace(row, state="sent", sent_by=event.by, sent_at=event.timestamp)


@payout_runs.on(PayoutRun.CalledOff)
def called_off(row: PayoutRunRow, _event: PayoutRun.CalledOff) -> PayoutRunRow:
    return replace(row, state="called_off")


async def payout_list(
    reads: Reads,
    *,
    account_id: UUID | None = None,
    state: PayoutState | None = None,
    run_id: UUID | None = None,
    before: int | None = None,
    limit: int,
) -> list[PayoutRow]:
    """Payouts before a position, newest first; None of a filter means any."""
    return await reads.all(
        PayoutRow,
        "SELECT * FROM read.payouts"
        " WHERE (%(account)s::uuid IS NULL OR account_id = %(account)s)"
        " AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(run)s::uuid IS NULL OR run_id = %(run)s)"
        " AND (%(before)s::bigint IS NULL OR position < %(before)s)"
        " ORDER BY position DESC, payout_id LIMIT %(limit)s",
        {
            "account": account_id,
            "state": state,
            "run": run_id,
            "before": before,
            "limit": limit,
        },
    )


async def run_by_id(reads: Reads, run_id: UUID) -> PayoutRunRow | None:
    """A run, or None."""
    return await reads.one(
        PayoutRunRow, "SELECT * FROM read.payout_runs WHERE run_id = %s", (run_id,)
    )


async def run_list(reads: Reads, *, before: int | None, limit: int) -> list[PayoutRunRow]:
    """Runs before a position, newest first."""
    return await reads.all(
        PayoutRunRow,
        "SELECT * FROM read.payout_runs"
        " WHERE (%(before)s::bigint IS NULL OR position < %(before)s)"
        " ORDER BY position DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
    )
