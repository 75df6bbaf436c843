"""What can be asked about accounting months: closing them, and reopening by two people."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from msgspec import Struct

from application.bus import Command, handles
from application.four_eyes import Hand, party_of
from application.store import Store
from application.terms import Terms
from domain.periods import Periods
from domain.shared.four_eyes import Party, ProposalState
from domain.shared.months import Month


class CloseMonth(Command, frozen=True, kw_only=True):
    """Close a month that is over; nothing is posted to it any more."""

    month: Month
    by: Hand


class ProposeReopening(Command, frozen=True, kw_only=True):
    """Ask a second person to open the last closed month again."""

    proposal_id: UUID
    month: Month
    by: Hand
    note: str


class ApproveReopening(Command, frozen=True, kw_only=True):
    """Open a month again, as another person has proposed."""

    proposal_id: UUID
    by: Hand


class RejectReopening(Command, frozen=True, kw_only=True):
    """Leave a month closed that another person proposed to open."""

    proposal_id: UUID
    by: Hand
    note: str


class WithdrawReopening(Command, frozen=True, kw_only=True):
    """Take back one's own proposal to open a month."""

    proposal_id: UUID
    by: Hand


class ExpireReopening(Command, frozen=True, kw_only=True):
    """Let a proposal end that nobody has decided on in time."""

    proposal_id: UUID


class PeriodsAnswer(Struct, frozen=True, kw_only=True):
    """The last closed month; None when none is closed."""

    closed_through: Month | None


class ReopeningAnswer(Struct, frozen=True, kw_only=True):
    """How the proposal stands."""

    proposal_id: UUID
    state: ProposalState
    closed_through: Month | None


@handles
async def close_month(command: CloseMonth, store: Store, terms: Terms) -> PeriodsAnswer:
    periods = await store.find(Periods, Periods.ID) or Periods.open(store.now)
    margin = timedelta(minutes=terms.closing_margin_minutes)
    periods.close(command.month, by=await party_of(command.by, store), margin=margin)
    store.save(periods)
    return PeriodsAnswer(closed_through=periods.closed_through)


@handles
async def propose_reopening(
    command: ProposeReopening, store: Store, terms: Terms
) -> ReopeningAnswer:
    periods = await store.find(Periods, Periods.ID) or Periods.open(store.now)
    periods.propose_reopening(
        command.proposal_id,
        command.month,
        maker=await party_of(command.by, store),
        note=command.note,
        lifetime=timedelta(days=terms.proposal_days),
    )
    store.save(periods)
    return _answer(periods, command.proposal_id)


@handles
async def approve_reopening(command: ApproveReopening, store: Store) -> ReopeningAnswer:
    periods = await store.get(Periods, Periods.ID)
    maker = await _maker(periods, command.proposal_id, store=store)
    checker = await party_of(command.by, store)
    periods.approve_reopening(command.proposal_id, checker, maker=maker)
    store.save(periods)
    return _answer(periods, command.proposal_id)


@handles
async def reject_reopening(command: RejectReopening, store: Store) -> ReopeningAnswer:
    periods = await store.get(Periods, Periods.ID)
    maker = await _maker(periods, command.proposal_id, store=store)
    checker = await party_of(command.by, store)
    periods.reject_reopening(command.proposal_id, checker, maker=maker, note=command.note)
    store.save(periods)
    return _answer(periods, command.proposal_id)


@handles
async def withdraw_reopening(command: WithdrawReopening, store: Store) -> ReopeningAnswer:
    periods = await store.get(Periods, Periods.ID)
    periods.withdraw_reopening(command.proposal_id, await party_of(command.by, store))
    store.save(periods)
    return _answer(periods, command.proposal_id)


@handles
async def expire_reopening(command: ExpireReopening, store: Store) -> None:
    periods = await store.get(Periods, Periods.ID)
    periods.expire_reopening(command.proposal_id)
    store.save(periods)


async def _maker(periods: Periods, proposal_id: UUID, *, store: Store) -> Party:
    proposal = periods.reopening(proposal_id)
    hand = Hand(person_id=proposal.made_by, session_id=proposal.session_id)
    return await party_of(hand, store)


def _answer(periods: Periods, proposal_id: UUID) -> ReopeningAnswer:
    return ReopeningAnswer(
        proposal_id=proposal_id,
        state=periods.reopening(proposal_id).state,
        closed_through=periods.closed_through,
    )
