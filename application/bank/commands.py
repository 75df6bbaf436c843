"""What can be asked about money by bank transfer: awaiting it, statements, lines, and returns."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.bank.matching import Finding, Movement, explain
from application.bus import Command, handles
from application.four_eyes import Hand, party_of
from application.store import Store
from domain.bank import (
    AwaitedTransfer,
    BankAccount,
    BankLine,
    BankReturn,
    BankTransfer,
    ImportedFile,
    OrderedReturn,
    ReturnReason,
    Statement,
    StatementLine,
    TransferNotFitting,
    TransferPart,
    account_id_of,
    code_of,
    codes_in,
)
from domain.identity import User
from domain.orders import Order
from domain.shared.errors import Invalid, NotFound
from domain.shared.money import Money
from domain.shared.text import is_blank


class BankRules(Struct, frozen=True, kw_only=True):
    """Our account at the bank, as customers are told of it, and how many days a transfer is waited
    for.
    """

    iban: str = "TR330006100519786457841326"
    recipient: str = "Polikrami Örnek Ticaret A.Ş."
    bank_name: str = "Örnek Bank"
    currency: str = "TRY"
    days: int = 3


class LineNoteMissing(Invalid):
    """A note says why in words of one's own; it is no blank."""


class ExpectTransfer(Command, frozen=True, kw_only=True):
    """Await a transfer for an attempt to pay; asked again it is the same reference."""

    attempt_id: UUID
    order_id: UUID
    customer_id: UUID
    parts: tuple[TransferPart, ...]
    amount: Money
    until: datetime


class OrderBankReturn(Command, frozen=True, kw_only=True):
    """Have finance send back (part of) what a transfer brought; once for each refund."""

    refund_id: UUID
    transfer_reference: str
    amount: Money


class ImportBankStatement(Command, frozen=True, kw_only=True):
    """Take the lines of a statement into the books. What is known already is not taken twice;
    `digest` is that of the file.
    """

    statement: Statement
    digest: str
    by: Hand | None


class MatchBankLine(Command, frozen=True, kw_only=True):
    """See what explains a line; ignored when that is known."""

    line_id: UUID


class AssignBankLine(Command, frozen=True, kw_only=True):
    """Give an incoming line to the awaited transfer with this reference, as finance, with a note.
    Nobody gives money to an order of their own.
    """

    line_id: UUID
    reference: str
    by: Hand
    note: str


class ReturnBankLine(Command, frozen=True, kw_only=True):
    """Have an incoming line sent back to where it came from, as finance, with a note."""

    line_id: UUID
    by: Hand
    note: str


class ExplainBankLine(Command, frozen=True, kw_only=True):
    """Say, as finance and with a note, that a line is business that is not the shop's."""

    line_id: UUID
    by: Hand
    note: str


@handles
async def expect_transfer(
    command: ExpectTransfer, store: Store, rules: BankRules
) -> dict[str, Any]:
    transfer = await _awaited(command, store, rules=rules)
    store.save(transfer)
    awaited = transfer.transfer
    return {"reference": awaited.reference, "until": awaited.until}


@handles
async def order_bank_return(command: OrderBankReturn, store: Store) -> dict[str, Any]:
    found = BankTransfer.id_of(command.transfer_reference)
    transfer = await store.get(BankTransfer, found)
    if transfer.line_id is None:
        raise NotFound(kind="bankline", id=found)
    owed = OrderedReturn(
        reference="",
        subject_id=command.refund_id,
        line_id=transfer.line_id,
        amount=command.amount,
        reason="refund",
        attempt_id=transfer.transfer.attempt_id,
        ordered_by=None,
    )
    back = await _ordered(owed, store)
    store.save(back)
    return {"reference": back.back.reference, "sent": back.line_id is not None}


@handles
async def import_bank_statement(
    command: ImportBankStatement, store: Store, rules: BankRules
) -> dict[str, Any]:
    if command.by is not None:
        (await party_of(command.by, store)).must_be_finance()
    statement = command.statement
    known = await store.find(BankAccount, account_id_of(rules.iban))
    if known is not None and known.knows(command.digest):
        store.save(known)
        return {"lines": len(statement.lines), "new_lines": 0, "gaps": list(known.gaps())}
    account, new = await new_lines(statement, store, rules=rules)
    answer = {"lines": len(statement.lines), "new_lines": len(new)}
    by = command.by.person_id if command.by else None
    fresh = [line for _, line in new]
    account.add(statement, fresh, file=ImportedFile(digest=command.digest, imported_by=by))
    booked = (
        BankLine.book(line_id, line, account_id=account.id, now=store.now) for line_id, line in new
    )
    store.save(account, *booked)
    return answer | {"gaps": list(account.gaps())}


async def new_lines(
    statement: Statement, store: Store, *, rules: BankRules
) -> tuple[BankAccount, list[tuple[UUID, StatementLine]]]:
    """The account, and the lines that are not known yet. Raises what is wrong with the statement:
    `NotOurAccount`, `OtherCurrencyAccount`, `StatementDoesNotAddUp`, `LineOutsideStatement`,
    `StatementTooLong`, `StatementChanged` or `StatementDoesNotFollow`.
    """
    statement.must_be_of(rules.iban, rules.currency)
    statement.must_be_whole()
    account = await store.find(BankAccount, account_id_of(statement.iban))
    account = account or BankAccount.open(statement.iban, store.now)
    # Only of a day that has lines can one be known: most files are asked about by their days alone.
    new = [
        (line_id, line)
        for line_id, line in statement.identified()
        if line.booked_on not in account.days or await store.find(BankLine, line_id) is None
    ]
    account.must_agree(statement, [line for _, line in new])
    return account, new


def movement_of(line: StatementLine) -> Movement:
    """What of a line tells what it is."""
    return Movement(
        direction=line.direction,
        amount=line.amount,
        codes=codes_in(line.party.text),
        text=line.party.text,
        name=line.party.name,
    )


@handles
async def match_bank_line(command: MatchBankLine, store: Store) -> dict[str, Any]:
    line = await store.get(BankLine, command.line_id)
    if line.state == "matched":
        store.save(line)
        return {"state": line.state}
    movement = Movement(
        direction=line.direction,
        amount=line.amount,
        codes=line.codes,
        text=line.party.text,
        name=line.party.name,
    )
    await _apply(await explain(movement, store), line, store=store)
    return {"state": line.state}


@handles
async def assign_bank_line(command: AssignBankLine, store: Store) -> dict[str, Any]:
    line = await _line_for(command.line_id, command.by, store=store, note=command.note)
    transfer = await store.get(BankTransfer, BankTransfer.id_of(command.reference))
    order = await store.get(Order, transfer.transfer.order_id)
    customer = await store.find(User, order.customer_id)
    finance = await party_of(command.by, store)
    if customer is not None:
        payer = Hand(person_id=customer.id, session_id=None)
        finance.must_not_benefit(await party_of(payer, store))
    if (line.meaning, line.reference) == ("transfer", command.reference):
        store.save(line)
        return {"state": line.state}
    line.must_be_open()
    line.must_be_incoming()
    if not transfer.receive(line.id, line.amount):
        raise TransferNotFitting(
            reason="second_transfer", awaited=transfer.transfer.amount, came=line.amount
        )
    line.match("transfer", command.reference, by=command.by.person_id, note=command.note.strip())
    store.save(line, transfer)
    return {"state": line.state}


@handles
async def return_bank_line(command: ReturnBankLine, store: Store) -> dict[str, Any]:
    line = await _line_for(command.line_id, command.by, store=store, note=command.note)
    line.must_be_incoming()
    back = await _returned(line, store, reason="unmatched", by=command.by.person_id)
    reference = back.back.reference
    line.match("surplus", reference, by=command.by.person_id, note=command.note.strip())
    store.save(line, back)
    return {"state": line.state, "reference": reference}


@handles
async def explain_bank_line(command: ExplainBankLine, store: Store) -> dict[str, Any]:
    line = await _line_for(command.line_id, command.by, store=store, note=command.note)
    line.match("other", "", by=command.by.person_id, note=command.note.strip())
    store.save(line)
    return {"state": line.state}


async def _awaited(command: ExpectTransfer, store: Store, *, rules: BankRules) -> BankTransfer:
    """The transfer of this attempt: the one that is there, or a new one under a free code."""
    for turn in count():
        reference = code_of("transfer", command.attempt_id, turn=turn)
        transfer = await store.find(BankTransfer, BankTransfer.id_of(reference))
        if transfer is None:
            awaited = AwaitedTransfer(
                reference=reference,
                attempt_id=command.attempt_id,
                order_id=command.order_id,
                customer_id=command.customer_id,
                iban=rules.iban,
                recipient=rules.recipient,
                bank_name=rules.bank_name,
                parts=command.parts,
                amount=command.amount,
                until=command.until,
            )
            return BankTransfer.expect(awaited, store.now)
        if transfer.transfer.attempt_id == command.attempt_id:
            return transfer
    raise AssertionError("codes do not end")


async def _line_for(line_id: UUID, by: Hand, *, store: Store, note: str) -> BankLine:
    (await party_of(by, store)).must_be_finance()
    if is_blank(note):
        raise LineNoteMissing("/note")
    return await store.get(BankLine, line_id)


async def _apply(found: Finding, line: BankLine, *, store: Store) -> None:
    """Save the line with what explains it, all of it or nothing."""
    reference = found.reference
    if found.meaning == "surplus":
        back = await _returned(line, store, reason="double_payment", by=None)
        line.match("surplus", back.back.reference)
        store.save(line, back)
        return
    if found.aside:
        line.set_aside(found.aside)
    elif found.meaning:
        line.match(found.meaning, reference)
    store.save(line)
    if found.missed:
        found.missed.note_misfit(line.id, line.amount)
        store.save(found.missed)
    if found.transfer:
        found.transfer.receive(line.id, line.amount)
        store.save(found.transfer)
    if found.back:
        found.back.confirm(line.id)
        store.save(found.back)
    for each in found.payouts:
        if found.meaning == "payout":
            each.account.pay(each.payout_id, line.id)
        else:
            each.account.bounce(each.payout_id, line.id)
        store.save(each.account)
    if found.settlement:
        found.settlement.receive(line.id, line.amount, booked_on=line.booked_on)
        store.save(found.settlement)


async def _returned(
    line: BankLine, store: Store, *, reason: ReturnReason, by: UUID | None
) -> BankReturn:
    owed = OrderedReturn(
        reference="",
        subject_id=line.id,
        line_id=line.id,
        amount=line.amount,
        reason=reason,
        attempt_id=None,
        ordered_by=by,
    )
    return await _ordered(owed, store)


async def _ordered(owed: OrderedReturn, store: Store) -> BankReturn:
    """The return for this subject: the one that is there, or a new one under a code of its own."""
    for turn in count():
        reference = code_of("return", owed.subject_id, turn=turn)
        back = await store.find(BankReturn, BankReturn.id_of(reference))
        if back is None:
            return BankReturn.order(replace(owed, reference=reference), store.now)
        if back.back.subject_id == owed.subject_id:
            return back
    raise AssertionError("codes do not end")
