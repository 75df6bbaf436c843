"""What finance asks for: payout runs, proposed by one person and approved by another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from msgspec import Struct

from application.bus import Command, handles
from application.four_eyes import Hand, party_of
from application.store import Store
from application.terms import Terms
from domain.bank import code_of
from domain.earnings import (
    DesignerAccount,
    Payee,
    PayeeVersion,
    PayeeWithoutIban,
    PayoutFileForm,
    PayoutRun,
    RunEmpty,
    RunItem,
)
from domain.shared.four_eyes import Party


class PayoutAsk(Struct, frozen=True, kw_only=True):
    """A request that is to be paid, and the account it is of."""

    account_id: UUID
    payout_id: UUID


class ProposePayoutRun(Command, frozen=True, kw_only=True):
    """Propose to pay these requests, as finance; nobody proposes what goes to themselves."""

    request_id: UUID
    payouts: tuple[PayoutAsk, ...]
    by: Hand


class ApprovePayoutRun(Command, frozen=True, kw_only=True):
    """Approve another person's run: its file can be made from then on."""

    run_id: UUID
    by: Hand


class RejectPayoutRun(Command, frozen=True, kw_only=True):
    """Say no to another person's run; its requests wait again."""

    run_id: UUID
    by: Hand
    note: str


class WithdrawPayoutRun(Command, frozen=True, kw_only=True):
    """Take back one's own run that nobody has decided on."""

    run_id: UUID
    by: Hand


class ExpirePayoutRun(Command, frozen=True, kw_only=True):
    """Let a run end that nobody has decided on in time."""

    run_id: UUID


class TakePayoutFile(Command, frozen=True, kw_only=True):
    """Record that somebody in finance takes the file of an approved run, if it may be made now."""

    run_id: UUID
    form: PayoutFileForm
    by: Hand


class MarkPayoutRunSent(Command, frozen=True, kw_only=True):
    """Record that the bank was given the file."""

    run_id: UUID
    by: Hand


class CallOffPayoutRun(Command, frozen=True, kw_only=True):
    """Do not send what was approved; its requests wait again. For finance, with a note."""

    run_id: UUID
    by: Hand
    note: str


class RefusePayout(Command, frozen=True, kw_only=True):
    """Record that the bank did not take one payout of a run that was sent: no money moved, and it
    is available again. For finance, and for nobody's own payout.
    """

    run_id: UUID
    payout_id: UUID
    by: Hand


@handles
async def propose_payout_run(
    command: ProposePayoutRun, store: Store, terms: Terms
) -> dict[str, Any]:
    maker = await party_of(command.by, store)
    maker.must_be_finance()
    if not command.payouts:
        raise RunEmpty("/payouts")
    for turn in count():
        reference = code_of("payout_run", command.request_id, turn=turn)
        run = await store.find(PayoutRun, PayoutRun.id_of(reference))
        if run is None:
            break
        if run.request_id == command.request_id:
            store.save(run)
            return _answer(run)
    items = [
        await _taken(each, store, maker=maker, run_id=PayoutRun.id_of(reference))
        for each in dict.fromkeys(command.payouts)
    ]
    until = (store.now, timedelta(days=terms.proposal_days))
    run = PayoutRun.propose(reference, command.request_id, items=items, maker=maker, until=until)
    store.save(run, *[each async for each in _accounts(run, store)])
    return _answer(run)


@handles
async def approve_payout_run(command: ApprovePayoutRun, store: Store) -> dict[str, Any]:
    run = await store.get(PayoutRun, command.run_id)
    checker = await party_of(command.by, store)
    checker.must_be_finance()
    payees = [await party_of(Hand(person_id=item.person_id), store) for item in run.items]
    store.save(run)
    if run.approve(checker, maker=await _maker(run, store), payees=payees):
        await _must_be_payable(run, store)
        await _each(run, store, step=DesignerAccount.approve)
    return _answer(run)


@handles
async def reject_payout_run(command: RejectPayoutRun, store: Store) -> dict[str, Any]:
    run = await store.get(PayoutRun, command.run_id)
    checker = await party_of(command.by, store)
    store.save(run)
    if run.reject(checker, maker=await _maker(run, store), note=command.note):
        await _each(run, store, step=DesignerAccount.let_go)
    return _answer(run)


@handles
async def withdraw_payout_run(command: WithdrawPayoutRun, store: Store) -> dict[str, Any]:
    run = await store.get(PayoutRun, command.run_id)
    store.save(run)
    if run.withdraw(await party_of(command.by, store)):
        await _each(run, store, step=DesignerAccount.let_go)
    return _answer(run)


@handles
async def expire_payout_run(command: ExpirePayoutRun, store: Store) -> None:
    run = await store.get(PayoutRun, command.run_id)
    store.save(run)
    if run.expire():
        await _each(run, store, step=DesignerAccount.let_go)


@handles
async def take_payout_file(command: TakePayoutFile, store: Store) -> dict[str, Any]:
    run = await store.get(PayoutRun, command.run_id)
    by = await party_of(command.by, store)
    by.must_be_finance()
    run.must_be_approved()
    payees = await _must_be_payable(run, store)
    run.take_file(by, command.form, payees=payees)
    store.save(run)
    return _answer(run)


@handles
async def mark_payout_run_sent(command: MarkPayoutRunSent, store: Store) -> dict[str, Any]:
    run = await store.get(PayoutRun, command.run_id)
    run.mark_sent(await party_of(command.by, store))
    store.save(run)
    return _answer(run)


@handles
async def call_off_payout_run(command: CallOffPayoutRun, store: Store) -> dict[str, Any]:
    run = await store.get(PayoutRun, command.run_id)
    store.save(run)
    if run.call_off(await party_of(command.by, store), command.note):
        await _each(run, store, step=DesignerAccount.let_go)
    return _answer(run)


@handles
async def refuse_payout(command: RefusePayout, store: Store) -> dict[str, Any]:
    run = await store.get(PayoutRun, command.run_id)
    by = await party_of(command.by, store)
    by.must_be_finance()
    run.must_be_sent()
    item = run.item(command.payout_id)
    by.must_not_benefit(await party_of(Hand(person_id=item.person_id), store))
    account = await store.get(DesignerAccount, item.account_id)
    account.refuse(item.payout_id)
    store.save(run, account)
    return _answer(run)


async def _taken(ask: PayoutAsk, store: Store, *, maker: Party, run_id: UUID) -> RunItem:
    """A request as an item of the run; its account knows of it, but is not saved yet."""
    account = await store.get(DesignerAccount, ask.account_id)
    maker.must_not_benefit(await party_of(Hand(person_id=account.person_id), store))
    payout = account.payout(ask.payout_id)
    account.take(ask.payout_id, run_id=run_id)
    return RunItem(
        account_id=account.id,
        person_id=account.person_id,
        payout_id=payout.payout_id,
        reference=payout.reference,
        amount=payout.amount,
    )


async def _must_be_payable(run: PayoutRun, store: Store) -> tuple[PayeeVersion, ...]:
    """Which IBANs the run pays to. Raises `PayeeWithoutIban`, `IbanTooFresh`."""
    found = []
    for item in run.items:
        payee = await store.find(Payee, Payee.id_of(item.person_id))
        if payee is None:
            raise PayeeWithoutIban(reference=item.reference)
        payee.must_be_payable(item.reference)
        found.append(PayeeVersion(item.payout_id, payee.version))
    return tuple(found)


async def _each(
    run: PayoutRun, store: Store, *, step: Callable[[DesignerAccount, UUID], None]
) -> None:
    for item in run.items:
        account = await store.get(DesignerAccount, item.account_id)
        step(account, item.payout_id)
        store.save(account)


async def _accounts(run: PayoutRun, store: Store) -> AsyncIterator[DesignerAccount]:
    for item in run.items:
        yield await store.get(DesignerAccount, item.account_id)


async def _maker(run: PayoutRun, store: Store) -> Party:
    proposal = run.proposal
    return await party_of(Hand(person_id=proposal.made_by, session_id=proposal.session_id), store)


def _answer(run: PayoutRun) -> dict[str, Any]:
    return {
        "run_id": run.id,
        "reference": run.reference,
        "state": run.state,
        "items": len(run.items),
        "amount": run.amount,
    }
