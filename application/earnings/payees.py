"""What designers ask for: where to be paid, a payout, and taking it back."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from application.terms import Terms
from domain.bank import code_of, is_iban, plain_iban
from domain.designers import Designer
from domain.earnings import DesignerAccount, NotATurkishIban, Payee, Payout, PayoutCode
from domain.shared.money import Money


class GiveIban(Command, frozen=True, kw_only=True):
    """A designer says on which account, and under which name, to be paid."""

    person_id: UUID
    iban: str
    holder: str


class RequestPayout(Command, frozen=True, kw_only=True):
    """A designer asks for so much of what is available; counts once for each `payout_id`."""

    payout_id: UUID
    person_id: UUID
    amount: Money


class WithdrawPayout(Command, frozen=True, kw_only=True):
    """A designer takes a request back that is in no run."""

    payout_id: UUID
    person_id: UUID


@handles
async def give_iban(command: GiveIban, store: Store, terms: Terms) -> dict[str, Any]:
    iban = plain_iban(command.iban)
    if not is_iban(iban) or not iban.startswith("TR"):
        raise NotATurkishIban("/iban")
    await store.get(Designer, Designer.id_of(command.person_id))
    payee = await store.find(Payee, Payee.id_of(command.person_id))
    payee = payee or Payee.open(command.person_id, now=store.now)
    payee.give(iban, command.holder, rest=timedelta(hours=terms.payout_iban_hours))
    store.save(payee)
    return {"last_four": payee.last_four, "usable_from": payee.usable_from}


@handles
async def request_payout(command: RequestPayout, store: Store, terms: Terms) -> dict[str, Any]:
    designer = await store.get(Designer, Designer.id_of(command.person_id))
    account = await store.get(DesignerAccount, DesignerAccount.id_of(designer.id))
    payee = await store.find(Payee, Payee.id_of(command.person_id))
    payee = payee or Payee.open(command.person_id, now=store.now)
    if command.payout_id not in account.payouts:
        payee.must_have_iban()
        code = await _code(account, command.payout_id, store=store)
        account.request(
            Payout(payout_id=command.payout_id, reference=code.reference, amount=command.amount),
            least=terms.payout_least,
            takes_work=designer.state == "approved" and designer.available,
        )
        store.save(account, code)
    store.save(account)
    payout = account.payout(command.payout_id)
    return {"payout_id": payout.payout_id, "reference": payout.reference, "state": payout.state}


@handles
async def withdraw_payout(command: WithdrawPayout, store: Store) -> dict[str, Any]:
    found = DesignerAccount.id_of(Designer.id_of(command.person_id))
    account = await store.get(DesignerAccount, found)
    account.withdraw(command.payout_id)
    store.save(account)
    return {"payout_id": command.payout_id, "state": account.payout(command.payout_id).state}


async def _code(account: DesignerAccount, payout_id: UUID, *, store: Store) -> PayoutCode:
    """A free code for a new payout."""
    for turn in count():
        reference = code_of("payout", payout_id, turn=turn)
        if await store.find(PayoutCode, PayoutCode.id_of(reference)) is None:
            return PayoutCode.give(
                reference, account_id=account.id, payout_id=payout_id, now=store.now
            )
    raise AssertionError("codes do not end")
