"""A bank statement to try with: all that is waited for has come, all that is owed was sent."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from msgspec import Struct

from application.bank import BankRules
from application.store import Store, look_up
from deploy.bootstrap import System
from domain.bank import BankAccount, BankLine, account_id_of, printed
from domain.shared.days import TURKEY
from domain.shared.money import Money
from projections.bank import awaited_transfers, bank_lines_of_day, open_returns

MOST = 1_000
SENDER = ("Deneme Müşterisi", "TR320010009999901234567890")


class DemoStatement(Struct, frozen=True, kw_only=True):
    """The file, and how many transfers are in it."""

    text: str
    paid: int
    sent: int


class _Line(Struct, frozen=True):
    signed: Money
    text: str
    name: str
    iban: str
    reference: str


async def demo_statement(system: System) -> DemoStatement:
    """A statement of today that goes on where the last one ended."""
    rules = system.ports.of(BankRules)
    today = system.clock.now().astimezone(TURKEY).date()
    account = await Store(system.event_log, system.clock.now()).find(
        BankAccount, account_id_of(rules.iban)
    )
    before = []
    for row in await bank_lines_of_day(system.reads, today):
        party = (await look_up(BankLine, row.line_id, log=system.event_log)).party
        signed = row.amount * (1 if row.direction == "in" else -1)
        before.append(_Line(signed, party.text, party.name, party.iban, row.bank_reference))
    paid = [
        _Line(row.amount, f"FAST {printed(row.reference)}", *SENDER, f"D{row.reference}")
        for row in await awaited_transfers(system.reads, MOST)
    ]
    sent = [
        _Line(row.amount * -1, f"IADE {printed(row.reference)}", *SENDER, f"D{row.reference}")
        for row in await open_returns(system.reads, limit=MOST)
    ]
    closing = account.closing if account else None
    closing = closing or Money.of(10_000, rules.currency)
    opening = closing
    for line in before:
        opening -= line.signed
    head = [
        ("account", rules.iban),
        ("currency", rules.currency),
        ("since", today.isoformat()),
        ("until", today.isoformat()),
        ("opening", f"{opening.amount:.2f}"),
    ]
    text = _written(head, [*before, *paid, *sent], opening=opening, day=today.isoformat())
    return DemoStatement(text=text, paid=len(paid), sent=len(sent))


def _written(
    head: Sequence[tuple[str, str]], lines: Sequence[_Line], *, opening: Money, day: str
) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    balance = opening
    rows = []
    for line in lines:
        balance += line.signed
        amounts = (f"{line.signed.amount:.2f}", f"{balance.amount:.2f}")
        rows.append((day, *amounts, line.text, line.name, line.iban, line.reference))
    writer.writerows(head)
    writer.writerow(("closing", f"{balance.amount:.2f}"))
    writer.writerow(("date", "amount", "balance", "text", "name", "counterparty iban", "reference"))
    writer.writerows(rows)
    return out.getvalue()
