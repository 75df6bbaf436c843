"""Commands for finance: balances, statements, roll-forwards, holds and gaps, from the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer

from application.past import MomentAhead, cut_at, moment_of
from deploy.bootstrap import System
from deploy.cli_operate import with_system
from deploy.cli_words import known_account, known_month, known_movement
from deploy.faults import SetupFault
from deploy.screen import console, table
from domain.ledger import ACCOUNTS, CHART, Account
from projections import ledger
from projections.invoices import series_faults
from projections.ledger import GROUPS, CustomerLine, Filter, Group, LedgerEntry

finance_app = typer.Typer(
    help="The ledger: what stands where, how it came, and whether it is whole."
)

Moment = Annotated[
    str | None,
    typer.Option("--as-of", help="An instant with its offset (RFC 3339), or a position."),
]
Language = Annotated[str, typer.Option("--language", help="Names in tr or en.")]
Most = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many lines to show.")]


@finance_app.command("accounts")
def accounts(language: Language = "en") -> None:
    """Show the chart of accounts."""
    shown = table("Code", "Account", "Name", "Unit", "Kind", "Grows by")
    for account in CHART:
        shown.add_row(
            account.code,
            account.key,
            account.name(language),
            account.unit,
            account.kind,
            account.normal,
        )
    console.print(shown)


@finance_app.command("trial-balance")
def trial_balance(as_of: Moment = None, language: Language = "en") -> None:
    """Show all accounts at a moment; exit status 1 if the books are not in balance."""

    async def look(system: System) -> ledger.TrialBalance:
        position = await _position(system, as_of)
        return await ledger.trial_balance(system.reads, position)

    found = with_system(look)
    shown = table("Code", "Account", "Name", "Unit", "Debits", "Credits", "Balance")
    for each in found.accounts:
        account = each.known
        figures = (_figure(value, account) for value in (each.debits, each.credits, each.balance))
        shown.add_row(account.code, account.key, account.name(language), account.unit, *figures)
    console.print(f"After the event at position {found.position:,}:")
    console.print(shown)
    faults = {unit: net for unit, net in found.sums().items() if net}
    if faults:
        for unit, net in faults.items():
            console.print(f"The books are out of balance by {net} {unit}.", style="red")
        raise typer.Exit(1)
    console.print("Debits and credits are equal in every unit.")


@finance_app.command("account")
def account(
    name: Annotated[str, typer.Argument(help="Such as deferred_revenue; see `accounts`.")],
    as_of: Moment = None,
    period: Annotated[str | None, typer.Option(help="Only this month, such as 2026-03.")] = None,
    movement: Annotated[str | None, typer.Option(help="Only this movement.")] = None,
    limit: Most = 20,
) -> None:
    """Show one account at a moment, and its newest entries until then."""
    known = known_account(name)
    known_month(period)
    known_movement(movement)

    async def look(system: System) -> tuple[int, ledger.AccountTotals, list[LedgerEntry]]:
        position = await _position(system, as_of)
        totals = await ledger.account_totals(system.reads, name, position=position)
        wanted = Filter(account=name, period=period, movement=movement, until=position)
        return (
            position,
            totals,
            await ledger.ledger_statement(system.reads, wanted, before=None, limit=limit),
        )

    position, totals, entries = with_system(look)
    debits, credits = _figure(totals.debits, known), _figure(totals.credits, known)
    console.print(
        f"{known.code} {known.name_en}: {_figure(totals.balance, known)} {known.unit} after the"
        f" event at position {position:,} (debits {debits}, credits {credits},"
        f" {totals.entries:,} entries)"
    )
    _print_entries(entries)


@finance_app.command("customer")
def customer(
    customer_id: Annotated[UUID, typer.Argument(help="The customer's id.")],
    account_name: Annotated[str | None, typer.Option("--account", help="Only this one.")] = None,
    as_of: Moment = None,
    limit: Most = 50,
) -> None:
    """Show what was booked for a customer, with the balance of each account after it."""
    if account_name is not None:
        known_account(account_name)

    async def look(system: System) -> list[CustomerLine]:
        position = await _position(system, as_of)
        wanted = Filter(customer_id=customer_id, account=account_name, until=position)
        return await ledger.customer_statement(system.reads, wanted, before=None, limit=limit)

    lines = with_system(look)
    nets = {(each.entry.position, each.entry.line): each.net for each in lines}
    _print_entries([each.entry for each in lines], nets)


@finance_app.command("event")
def event(position: Annotated[int, typer.Argument(min=1, help="The event's position.")]) -> None:
    """Show how one event was booked."""

    async def look(system: System) -> list[LedgerEntry]:
        return await ledger.entries_of_event(system.reads, position)

    lines = with_system(look)
    if not lines:
        raise SetupFault(f"Nothing was booked for the event at position {position:,}.")
    _print_entries(lines)
    console.print(f"`polikrami show {lines[0].source_id}` shows the history that it belongs to.")


@finance_app.command("roll-forward")
def roll_forward(
    group: Annotated[str, typer.Argument(help=f"One of {', '.join(GROUPS)}.")],
    since: Annotated[str | None, typer.Option(help="From this month on.")] = None,
    until: Annotated[str | None, typer.Option(help="Up to this month.")] = None,
) -> None:
    """Show month by month what a group of accounts opened with, what moved, and the closing."""
    wanted: Group | None = next((each for each in GROUPS if each == group), None)
    if wanted is None:
        raise SetupFault(f"{group!r} is no group; there are {', '.join(GROUPS)}.")
    chosen = wanted
    known_month(since)
    known_month(until)

    async def look(system: System) -> list[ledger.Roll]:
        return list(await ledger.roll_forward(system.reads, chosen, since=since, until=until))

    _print_rolls(with_system(look), ACCOUNTS[GROUPS[chosen][0]])


@finance_app.command("deferred")
def deferred() -> None:
    """Show what is still to be earned, in lira, and what breakage has earned by month."""

    async def look(system: System) -> tuple[ledger.TrialBalance, list[ledger.Roll]]:
        balance = await ledger.trial_balance(system.reads, await _position(system, None))
        rolls = await ledger.roll_forward(system.reads, "breakage", since=None, until=None)
        return balance, list(rolls)

    balance, rolls = with_system(look)
    shown = table("Code", "Account", "Name", "Balance")
    for each in balance.accounts:
        known = each.known
        if each.account in {"deferred_revenue", "deferred_credits", "breakage_revenue"}:
            shown.add_row(known.code, known.key, known.name_en, _figure(each.balance, known))
    console.print(f"After the event at position {balance.position:,}:")
    console.print(shown)
    _print_rolls(rolls, ACCOUNTS["breakage_revenue"])


def _print_rolls(rolls: Sequence[ledger.Roll], unit: Account) -> None:
    names = list(dict.fromkeys(name for roll in rolls for name in roll.movements))
    shown = table("Month", "Opening", *names, "Closing")
    for roll in rolls:
        moved = (_figure(roll.movements.get(name, 0), unit) for name in names)
        opening, closing = _figure(roll.opening, unit), _figure(roll.closing, unit)
        shown.add_row(roll.period, opening, *moved, closing)
    console.print(shown)


@finance_app.command("movers")
def movers(
    name: Annotated[str, typer.Argument(help="The account.")],
    period: Annotated[str, typer.Argument(help="The month, such as 2026-03.")],
    limit: Most = 20,
) -> None:
    """Show the customers for whom an account changed most in a month."""
    known = known_account(name)
    known_month(period)

    async def look(system: System) -> list[ledger.Mover]:
        return list(await ledger.largest_movers(system.reads, name, period=period, limit=limit))

    shown = table("Customer", "Debits", "Credits", "Entries")
    for each in with_system(look):
        debits, credits = _figure(each.debits, known), _figure(each.credits, known)
        shown.add_row(str(each.customer_id), debits, credits, f"{each.entries:,}")
    console.print(shown)


@finance_app.command("holds")
def holds(limit: Most = 20) -> None:
    """Show open holds by age, and the oldest of them."""

    async def look(system: System) -> tuple[Iterable[ledger.HoldAge], Iterable[ledger.LedgerHold]]:
        ages = await ledger.ages_of_holds(system.reads, system.clock.now())
        return ages, await ledger.oldest_holds(system.reads, after=None, limit=limit)

    ages, oldest = with_system(look)
    shown = table("Minutes and more", "Holds", "Credits", "Past their deadline")
    for each in ages:
        shown.add_row(str(each.minutes), f"{each.holds:,}", f"{each.credits:,}", str(each.overdue))
    console.print(shown)
    shown = table("Hold", "Customer", "Credits", "For", "Held at", "Deadline")
    for hold in oldest:
        shown.add_row(
            str(hold.hold_id),
            str(hold.customer_id),
            f"{hold.credits:,}",
            hold.purpose,
            f"{hold.held_at:%Y-%m-%d %H:%M:%S}",
            f"{hold.deadline:%Y-%m-%d %H:%M:%S}",
        )
    console.print(shown)


@finance_app.command("gaps")
def gaps(
    span: Annotated[int, typer.Option(min=1, help="How many positions to look at.")] = 1_000_000,
    as_of: Moment = None,
) -> None:
    """Look for missing positions, versions and invoice numbers; exit status 1 if any is missing."""

    async def look(system: System) -> tuple[ledger.Gaps, list[Any]]:
        until = None if as_of is None else await _position(system, as_of)
        return (
            await ledger.gaps_of_log(system.reads, until=until, span=span),
            list(await series_faults(system.reads)),
        )

    found, faults = with_system(look)
    for gap in found.positions:
        console.print(f"Positions {gap.first:,} to {gap.last:,} are missing.", style="red")
    for version in found.versions:
        console.print(
            f"The event at position {version.position:,} is version {version.version} of stream"
            f" {version.stream_id}, which does not follow.",
            style="red",
        )
    for fault in faults:
        number = f"{fault.letters}{fault.year} {fault.kind} {fault.sequence}"
        console.print(f"The invoice series is not whole at {number}: {fault.fault}.", style="red")
    console.print(f"Looked at positions {found.first:,} to {found.last:,} and all invoice series.")
    if found.positions or found.versions or faults:
        raise typer.Exit(1)


async def _position(system: System, as_of: str | None) -> int:
    stands_at = await ledger.ledger_position(system.reads)
    if as_of is None:
        return stands_at
    try:
        cut = await cut_at(system.event_log, moment_of(as_of), now=system.clock.now())
    except ValueError as error:
        raise SetupFault(
            f"{as_of!r} is no moment; write 2026-03-01T09:00:00Z, or a position."
        ) from error
    except MomentAhead as error:
        raise SetupFault(f"{as_of} is still to come; the log stands at {error.head:,}.") from error
    if cut.position > stands_at:
        raise SetupFault(
            f"The ledger's tables stand at {stands_at:,} and not yet at {cut.position:,};"
            " see `polikrami projections`."
        )
    return cut.position


def _figure(amount: Any, account: Account) -> str:
    return f"{amount:,.2f}" if account.unit == "TRY" else f"{amount:,.0f}"


def _print_entries(entries: Iterable[LedgerEntry], nets: Any = None) -> None:
    columns = ["Booked at", "Month", "Account", "Amount", "Unit", "Movement", "Event", "Customer"]
    shown = table("Position", *columns, *(["Balance"] if nets is not None else []))
    for each in entries:
        known = ACCOUNTS[each.account]
        row = [
            f"{each.position:,}",
            f"{each.booked_at:%Y-%m-%d %H:%M:%S}",
            each.period,
            each.account,
            _figure(each.amount, known),
            each.unit,
            each.movement,
            each.topic,
            str(each.customer_id or ""),
        ]
        if nets is not None:
            row.append(_figure(nets[each.position, each.line], known))
        shown.add_row(*row)
    console.print(shown)
