"""What can be asked about settlements: that they were reported, have arrived, or came back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from domain.settlements import Payout, Settlement, UnknownSettlement
from domain.shared.money import Money


class ReportSettlement(Command, frozen=True, kw_only=True):
    """The provider says that it has paid out; said again with another sum it is a correction."""

    reference: str
    payout: Payout
    provider: str = "iyzico"


class ReceiveSettlement(Command, frozen=True, kw_only=True):
    """A line of our bank's statement is a payout of this reference, or a part of it.

    Each line counts once. Refused while the provider has not reported the reference.
    """

    reference: str
    amount: Money
    bank_line_id: UUID
    booked_on: date
    provider: str = "iyzico"


class BounceSettlement(Command, frozen=True, kw_only=True):
    """The provider says that a payout of this reference came back to it on a day."""

    reference: str
    amount: Money
    reason: str
    day: date
    provider: str = "iyzico"


@handles
async def report_settlement(command: ReportSettlement, store: Store) -> None:
    settlement_id = Settlement.id_of(command.provider, command.reference)
    settlement = await store.find(Settlement, settlement_id)
    if settlement is None:
        settlement = Settlement.report(
            command.provider, command.reference, payout=command.payout, now=store.now
        )
    settlement.correct(command.payout)
    store.save(settlement)


@handles
async def receive_settlement(command: ReceiveSettlement, store: Store) -> None:
    settlement = await _settlement(store, command.provider, reference=command.reference)
    settlement.receive(command.bank_line_id, command.amount, booked_on=command.booked_on)
    store.save(settlement)


@handles
async def bounce_settlement(command: BounceSettlement, store: Store) -> None:
    settlement = await _settlement(store, command.provider, reference=command.reference)
    settlement.bounce(command.amount, command.reason, day=command.day)
    store.save(settlement)


async def _settlement(store: Store, provider: str, *, reference: str) -> Settlement:
    settlement = await store.find(Settlement, Settlement.id_of(provider, reference))
    if settlement is None:
        raise UnknownSettlement(reference=reference)
    return settlement
