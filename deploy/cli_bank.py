"""Commands for the bank: statements in, lines and returns out, and a statement to try it with."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Annotated, get_args

import typer

from api.bank.returns import BankReturnAnswer, as_csv
from api.wording import words_of
from application.bank import BankRules, ImportBankStatement, StatementPreview, preview
from application.bus import Receipt
from application.ports import StatementFiles
from application.store import Store, look_up
from deploy.bootstrap import System
from deploy.cli_operate import with_system
from deploy.demo_statement import DemoStatement, demo_statement
from deploy.faults import SetupFault
from deploy.screen import console, table
from domain.bank import BankLine, LineState, printed
from domain.shared.errors import Refusal
from domain.shared.money import Money
from projections.bank import (
    BankLineRow,
    BankTransferRow,
    awaited_transfers,
    bank_line_list,
    open_returns,
)

bank_app = typer.Typer(help="Bank transfers: statements, their lines, and money to send back.")

STATES: tuple[LineState, ...] = get_args(LineState)
MOST_IN_FILE = 1_000
StatementFile = Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]
Most = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many to show.")]


@bank_app.command("import")
def import_statement(
    file: StatementFile,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what it would do.")] = False,
) -> None:
    """Take a statement (CSV, MT940 or camt.053) into the books; known lines are not taken twice."""
    content = file.read_bytes()

    async def look(system: System) -> StatementPreview:
        statement = system.ports.of(StatementFiles).read(content)
        store = Store(system.event_log, system.clock.now())
        return await preview(statement, store, rules=system.ports.of(BankRules))

    async def bring(system: System) -> Receipt:
        statement = system.ports.of(StatementFiles).read(content)
        digest = sha256(content).hexdigest()
        command = ImportBankStatement(statement=statement, digest=digest, by=None)
        return await system.bus.execute(command)

    try:
        if dry_run:
            _print_preview(with_system(look))
            return
        answer = with_system(bring).answer
    except Refusal as refusal:
        raise SetupFault(words_of(refusal.code).detail("en", refusal.facts)) from refusal
    console.print(f"{answer['lines']} lines, {answer['new_lines']} of them new.")
    for gap in answer["gaps"]:
        console.print(
            f"A statement is missing between {gap['after']} and {gap['before']}.", style="yellow"
        )


@bank_app.command("lines")
def lines(
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None,
    limit: Most = 20,
) -> None:
    """Show lines of statements, newest first. Who paid is personal and not shown."""
    known = next((each for each in STATES if each == state), None)
    if state is not None and known is None:
        raise SetupFault(f"{state!r} is no state; there are {', '.join(STATES)}.")

    async def look(system: System) -> list[BankLineRow]:
        return await bank_line_list(system.reads, state=known, limit=limit)

    shown = table("Line", "Day", "Amount", "State", "What it is", "Reference")
    for row in with_system(look):
        what = row.meaning or row.aside or ""
        shown.add_row(
            str(row.line_id), str(row.booked_on), _signed(row), row.state, what, row.reference
        )
    console.print(shown)


@bank_app.command("transfers")
def transfers(limit: Most = 20) -> None:
    """Show transfers that are waited for, those that end first before others."""

    async def look(system: System) -> list[BankTransferRow]:
        return await awaited_transfers(system.reads, limit)

    shown = table("Reference", "Amount", "Until", "Order")
    for row in with_system(look):
        until = f"{row.until:%Y-%m-%d %H:%M}"
        shown.add_row(printed(row.reference), str(row.amount), until, str(row.order_id))
    console.print(shown)


@bank_app.command("returns")
def returns(
    file: Annotated[Path | None, typer.Option(help="Write them as CSV, with IBANs.")] = None,
    limit: Most = 20,
) -> None:
    """Show money to send back, oldest first; a statement with the reference confirms it."""

    async def look(system: System) -> list[BankReturnAnswer]:
        rows = await open_returns(system.reads, limit=MOST_IN_FILE if file else limit)
        found = []
        for row in rows:
            line = await look_up(BankLine, row.payer_line_id, log=system.event_log)
            party = line.party
            found.append(BankReturnAnswer(back=row, name=party.name, iban=party.iban))
        return found

    found = with_system(look)
    if file is not None:
        file.write_bytes(as_csv(found))
        console.print(f"{len(found)} transfers to send are in {file}.")
        return
    shown = table("Reference", "Amount", "Reason", "Ordered at", "IBAN known")
    for each in found:
        back = each.back
        at = f"{back.ordered_at:%Y-%m-%d %H:%M}"
        known = "yes" if each.iban else "no"
        shown.add_row(printed(back.reference), str(back.amount), back.reason, at, known)
    console.print(shown)


@bank_app.command("demo-statement")
def write_demo_statement(
    file: Annotated[Path, typer.Argument(help="Where to write it.")],
) -> None:
    """Write a statement of today with all awaited transfers paid and all returns sent, to try."""

    async def look(system: System) -> DemoStatement:
        if system.settings.mode != "local":
            raise SetupFault("A demo statement is for trying on one machine, not for production.")
        return await demo_statement(system)

    written = with_system(look)
    file.write_text(written.text, encoding="utf-8")
    console.print(
        f"{written.paid} transfers paid and {written.sent} returns sent, in {file}."
        f" Take it in with: polikrami bank import {file}"
    )


def _print_preview(found: StatementPreview) -> None:
    console.print(
        f"{found.since} to {found.until}: {found.lines} lines, {found.known_lines} of them known;"
        f" from {found.opening} to {found.closing}."
    )
    shown = table("Day", "Amount", "What it is", "Reference")
    for line in found.new:
        sign = "+" if line.direction == "in" else "-"
        what = line.meaning or f"to look at: {line.aside}"
        shown.add_row(str(line.booked_on), f"{sign}{line.amount}", what, line.reference)
    console.print(shown)
    for gap in found.gaps:
        console.print(f"A statement is missing between {gap.after} and {gap.before}.")


def _signed(row: BankLineRow) -> str:
    amount: Money = row.amount
    return f"{'+' if row.direction == 'in' else '-'}{amount}"
