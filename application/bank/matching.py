"""What explains a line of a bank statement: its reference, and nothing that only looks like it."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

from application.bank.payouts import PaidItem, PayoutOfCode, payouts_of
from application.store import Store
from domain.bank import (
    AsideReason,
    BankReturn,
    BankTransfer,
    Direction,
    Meaning,
)
from domain.settlements import Settlement
from domain.shared.money import Money

MOST_WORDS = 24
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{5,63}")
PROVIDER: Literal["iyzico"] = "iyzico"


class Movement(Struct, frozen=True, kw_only=True):
    """What is looked at."""

    direction: Direction
    amount: Money
    codes: tuple[str, ...]
    text: str
    name: str


class Finding(Struct, frozen=True, kw_only=True):
    """What explains a line, or why a person has to look; at most one of the things is there.
    `missed` is a transfer that waits for another amount.
    """

    meaning: Meaning | None = None
    aside: AsideReason | None = None
    reference: str = ""
    transfer: BankTransfer | None = None
    missed: BankTransfer | None = None
    back: BankReturn | None = None
    settlement: Settlement | None = None
    payouts: tuple[PaidItem, ...] = ()


async def explain(line: Movement, store: Store) -> Finding:
    """What explains a line, by all that is known now. Nothing is changed by it."""
    transfers = [await store.find(BankTransfer, BankTransfer.id_of(code)) for code in line.codes]
    returns = [await store.find(BankReturn, BankReturn.id_of(code)) for code in line.codes]
    awaited = [each for each in transfers if each]
    ordered = [each for each in returns if each]
    designers = await payouts_of(line.codes, store)
    if len(awaited) + len(ordered) + len(designers) > 1:
        return Finding(aside="several_references")
    if awaited:
        return _transfer(line, awaited[0])
    if ordered:
        return _return(line, ordered[0])
    if designers:
        return _payout(line, designers[0])
    return await _settlement(line, store)


def _transfer(line: Movement, transfer: BankTransfer) -> Finding:
    reference = transfer.transfer.reference
    if line.direction != "in":
        return Finding(aside="wrong_direction", reference=reference)
    if misfit := transfer.misfit(line.amount):
        return Finding(aside=misfit, reference=reference, missed=transfer)
    meaning: Meaning = "surplus" if transfer.line_id else "transfer"
    return Finding(meaning=meaning, reference=reference, transfer=transfer)


def _return(line: Movement, back: BankReturn) -> Finding:
    reference = back.back.reference
    if line.direction != "out":
        return Finding(aside="wrong_direction", reference=reference)
    if misfit := back.misfit(line.amount):
        return Finding(aside=misfit, reference=reference)
    if back.line_id:
        return Finding(aside="sent_before", reference=reference)
    return Finding(meaning="return", reference=reference, back=back)


def _payout(line: Movement, payout: PayoutOfCode) -> Finding:
    if misfit := payout.misfit(line.direction, line.amount):
        return Finding(aside=misfit, reference=payout.reference)
    return Finding(
        meaning="payout" if line.direction == "out" else "payout_bounced",
        reference=payout.reference,
        payouts=payout.moved(line.direction),
    )


async def _settlement(line: Movement, store: Store) -> Finding:
    """A payout whose reference the provider has reported; until then it is looked at again."""
    if line.direction == "in":
        words = dict.fromkeys(_WORD.findall(line.text))
        for word in list(words)[:MOST_WORDS]:
            settlement = await store.find(Settlement, Settlement.id_of(PROVIDER, word))
            if settlement:
                return Finding(meaning="settlement", reference=word, settlement=settlement)
        if PROVIDER in f"{line.name} {line.text}".casefold():
            return Finding(aside="settlement_unknown")
    return Finding(aside="unknown_reference" if line.codes else "no_reference")
