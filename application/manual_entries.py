"""What can be asked about manual entries: making them, and deciding on those of others."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct

from application.bus import Command, handles
from application.four_eyes import Hand, party_of
from application.store import Store
from application.terms import Terms
from domain.manual_entries import EntryOrder, EntryRules, EntryTally, ManualEntry
from domain.periods import Periods
from domain.shared.aggregate import Aggregate
from domain.shared.four_eyes import Party, ProposalState
from domain.shared.months import Month
from domain.wallet import Dated, Grant, Wallet


class MakeManualEntry(Command, frozen=True, kw_only=True):
    """Give a customer credits or, when negative, take them. What one person may do alone is booked
    at once; the rest waits for a second one.

    `effective_on` is the day that it is about; if its month is closed, it is refused unless
    `posts_late` says that it is a correction, posted to the open month.
    """

    entry_id: UUID
    customer_id: UUID
    by: Hand
    credits: int
    reason: str
    note: str
    effective_on: date | None = None
    posts_late: bool = False


class ApproveManualEntry(Command, frozen=True, kw_only=True):
    """Approve another person's entry, which is booked by that."""

    entry_id: UUID
    by: Hand


class RejectManualEntry(Command, frozen=True, kw_only=True):
    """Say no to another person's entry."""

    entry_id: UUID
    by: Hand
    note: str


class WithdrawManualEntry(Command, frozen=True, kw_only=True):
    """Take back one's own entry that nobody has decided on."""

    entry_id: UUID
    by: Hand


class ExpireManualEntry(Command, frozen=True, kw_only=True):
    """Let an entry end that nobody has decided on in time."""

    entry_id: UUID


class EntryAnswer(Struct, frozen=True, kw_only=True):
    """How the entry stands: `approved` is booked, `open` waits for a second person."""

    entry_id: UUID
    state: ProposalState
    needs_second: bool


class _Effects(Struct, frozen=True):
    """What booking an entry changes beside the entry, and the month it posts to, if given a day."""

    month: Month | None
    changed: tuple[Aggregate, ...]


@handles
async def make_manual_entry(command: MakeManualEntry, store: Store, terms: Terms) -> EntryAnswer:
    entry = await store.find(ManualEntry, command.entry_id)
    if entry is not None:
        store.save(entry)
        return _answer(entry)
    order = await _order(command, store)
    tally = await store.find(EntryTally, EntryTally.id_of(command.customer_id))
    tally = tally or EntryTally.open(command.customer_id, store.now)
    entry = ManualEntry.make(command.entry_id, order, rules=_rules(terms), tally=tally)
    store.save(entry)
    # Also tried for what has to wait, so that nobody is asked to approve what can't be booked
    effects = await _effects(entry, store, terms=terms)
    if not entry.needs_second:
        entry.book_alone(effects.month)
        tally.count(entry.id, made_by=entry.made_by, credits=entry.credits)
        store.save(*effects.changed, tally)
    return _answer(entry)


@handles
async def approve_manual_entry(
    command: ApproveManualEntry, store: Store, terms: Terms
) -> EntryAnswer:
    entry = await store.get(ManualEntry, command.entry_id)
    checker = await party_of(command.by, store)
    customer = await party_of(Hand(person_id=entry.customer_id), store)
    if entry.takes_approval(checker, maker=await _maker(entry, store), customer=customer):
        effects = await _effects(entry, store, terms=terms)
        entry.book_approved(checker, effects.month)
        store.save(entry, *effects.changed)
    store.save(entry)
    return _answer(entry)


@handles
async def reject_manual_entry(command: RejectManualEntry, store: Store) -> EntryAnswer:
    entry = await store.get(ManualEntry, command.entry_id)
    checker = await party_of(command.by, store)
    entry.reject(checker, maker=await _maker(entry, store), note=command.note)
    store.save(entry)
    return _answer(entry)


@handles
async def withdraw_manual_entry(command: WithdrawManualEntry, store: Store) -> EntryAnswer:
    entry = await store.get(ManualEntry, command.entry_id)
    entry.withdraw(await party_of(command.by, store))
    store.save(entry)
    return _answer(entry)


@handles
async def expire_manual_entry(command: ExpireManualEntry, store: Store) -> None:
    entry = await store.get(ManualEntry, command.entry_id)
    entry.expire()
    store.save(entry)


async def _order(command: MakeManualEntry, store: Store) -> EntryOrder:
    return EntryOrder(
        maker=await party_of(command.by, store),
        customer=await party_of(Hand(person_id=command.customer_id), store),
        credits=command.credits,
        reason=command.reason,
        note=command.note,
        effective_on=command.effective_on,
        posts_late=command.posts_late,
    )


async def _maker(entry: ManualEntry, store: Store) -> Party:
    hand = Hand(person_id=entry.made_by, session_id=entry.proposal.session_id)
    return await party_of(hand, store)


async def _effects(entry: ManualEntry, store: Store, *, terms: Terms) -> _Effects:
    """Decide on the wallet, and on the month. Raises `InsufficientCredits`, `PeriodClosed`,
    `EffectiveDayAhead`, `EffectiveDayTooEarly`, or `NotFound` where there is no wallet.
    """
    wallet = await store.get(Wallet, Wallet.id_of(entry.customer_id))
    dated, periods = await _dated(entry, store, terms=terms)
    if entry.credits > 0:
        grant = Grant(
            credits=entry.credits,
            credit_class="promotional",
            origin="manual",
            expires_at=store.now + timedelta(days=terms.entry_credit_days),
            entry_id=entry.id,
            dated=dated,
        )
        wallet.grant(entry.id, grant)
    else:
        wallet.adjust_down(entry.id, credits=-entry.credits, entry_id=entry.id, dated=dated)
    return _Effects(dated.month if dated else None, (wallet, *periods))


async def _dated(
    entry: ManualEntry, store: Store, *, terms: Terms
) -> tuple[Dated | None, tuple[Periods, ...]]:
    if entry.effective_on is None:
        return None, ()
    periods = await store.find(Periods, Periods.ID) or Periods.open(store.now)
    month = periods.date_back(
        entry.id,
        entry.effective_on,
        posts_late=entry.posts_late,
        reach=timedelta(days=terms.entry_back_days),
    )
    return Dated(entry.effective_on, month), (periods,)


def _rules(terms: Terms) -> EntryRules:
    return EntryRules(
        alone=terms.entry_alone_credits,
        most=terms.entry_most_credits,
        lifetime=timedelta(days=terms.proposal_days),
    )


def _answer(entry: ManualEntry) -> EntryAnswer:
    return EntryAnswer(
        entry_id=entry.id, state=entry.proposal.state, needs_second=entry.needs_second
    )
