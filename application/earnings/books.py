"""What a run's file for the bank says: IBANs are read when it is made, and kept nowhere else."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from application.ports import PayoutBook, PayoutLine
from application.store import EventLog, look_up
from domain.earnings import Payee, PayeeChangedSince, PayoutRun, RunWithoutFile


class Payer(Protocol):
    """From which account is paid."""

    @property
    def iban(self) -> str:
        """Our IBAN, plain."""
        ...

    @property
    def recipient(self) -> str:
        """Our name, as the bank has it."""
        ...


async def payout_book(run_id: UUID, log: EventLog, *, payer: Payer) -> PayoutBook:
    """All payments of a run whose file was taken (`TakePayoutFile`). Raises `NotFound`,
    `RunNotApproved`, `RunWithoutFile`, `PayeeChangedSince`.
    """
    run = await look_up(PayoutRun, run_id, log=log)
    run.must_be_approved()
    if run.pay_on is None or run.made_at is None:
        raise RunWithoutFile
    versions = {each.payout_id: each.version for each in run.payees}
    lines = []
    for item in run.items:
        payee = await look_up(Payee, Payee.id_of(item.person_id), log=log)
        if not payee.iban or payee.version != versions[item.payout_id]:
            raise PayeeChangedSince(reference=item.reference)
        lines.append(
            PayoutLine(
                reference=item.reference,
                holder=payee.holder,
                iban=payee.iban,
                amount=item.amount,
            )
        )
    return PayoutBook(
        reference=run.reference,
        payer=payer.recipient,
        iban=payer.iban,
        made_at=run.made_at,
        pay_on=run.pay_on,
        lines=tuple(lines),
    )
