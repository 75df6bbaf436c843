"""Commands for finance: entries by hand, what looks odd about them, and accounting months.

They only show. Whoever gives credits or closes months is a person who is logged in, never a shell.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, get_args
from uuid import UUID

import typer

from application.terms import Terms
from deploy.bootstrap import System
from deploy.cli_finance import finance_app
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table
from domain.shared.days import beginning_of, ending_of
from domain.shared.four_eyes import ProposalState
from projections.entry_report import EntryReport, entry_report
from projections.manual_entries import EntryFilter, EntryRow, manual_entry_list
from projections.periods import PeriodRow, ReopeningRow, period_list, reopening_list

entries_app = typer.Typer(help="Credits given and taken by hand: the list, and what looks odd.")
finance_app.add_typer(entries_app, name="entries")

STATES: tuple[ProposalState, ...] = get_args(ProposalState)
Most = Annotated[int, typer.Option("--limit", min=1, max=1000, help="How many to show.")]
Since = Annotated[str | None, typer.Option(help="The first day, such as 2026-03-01.")]
Until = Annotated[str | None, typer.Option(help="The last day, such as 2026-03-31.")]


@entries_app.command("list")
def list_entries(
    *,
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}.")] = None,
    maker: Annotated[UUID | None, typer.Option(help="Only those of this person.")] = None,
    customer: Annotated[UUID | None, typer.Option(help="Only those for this customer.")] = None,
    since: Since = None,
    until: Until = None,
    limit: Most = 20,
) -> None:
    """Show manual entries, newest first. Notes are personal and not shown."""
    known = next((each for each in STATES if each == state), None)
    if state is not None and known is None:
        raise SetupFault(f"{state!r} is no state; there are {', '.join(STATES)}.")
    wanted = EntryFilter(
        state=known,
        made_by=maker,
        customer_id=customer,
        since=beginning_of(_day(since)),
        until=ending_of(_day(until)),
    )

    async def look(system: System) -> list[EntryRow]:
        return await manual_entry_list(system.reads, wanted, before=None, limit=limit)

    shown = table("Entry", "Made at", "Credits", "Reason", "State", "Maker", "Decided by")
    for row in with_system(look):
        decided = str(row.decided_by or "") if row.needs_second else "(alone)"
        shown.add_row(
            str(row.entry_id),
            f"{row.made_at:%Y-%m-%d %H:%M:%S}",
            f"{row.credits:+,}",
            row.reason,
            row.state,
            str(row.made_by),
            decided,
        )
    console.print(shown)


@entries_app.command("report")
def report(since: Since = None, until: Until = None) -> None:
    """Show who made and approved what; exit status 1 if anything deserves a second look."""
    first, last = _day(since), _day(until)

    async def look(system: System) -> EntryReport:
        return await entry_report(
            system.reads,
            since=beginning_of(first),
            until=ending_of(last),
            alone=system.ports.of(Terms).entry_alone_credits,
        )

    found = with_system(look)
    _print_sums(found)
    _print_signs(found)
    if found.splits or found.pairs or found.likenesses:
        raise typer.Exit(1)
    console.print("Nothing looks odd.")


@finance_app.command("months")
def months(limit: Most = 12) -> None:
    """Show which months are closed, and the proposals to open them again."""

    async def look(system: System) -> tuple[list[PeriodRow], list[ReopeningRow]]:
        return (
            await period_list(system.reads, before=None, limit=limit),
            await reopening_list(system.reads, before=None, limit=limit),
        )

    rows, proposals = with_system(look)
    shown = table("Month", "Now", "By", "At", "Closed")
    for row in rows:
        at = f"{row.changed_at:%Y-%m-%d %H:%M:%S}"
        now = "closed" if row.closed else "open again"
        shown.add_row(row.month, now, str(row.changed_by), at, f"{row.closings} times")
    console.print(shown)
    if proposals:
        asked = table("Proposal", "Month", "State", "Maker", "Decided by")
        for each in proposals:
            decided = str(each.decided_by or "")
            asked.add_row(str(each.proposal_id), each.month, each.state, str(each.made_by), decided)
        console.print(asked)


def _print_sums(found: EntryReport) -> None:
    makers = table("Maker", "Reason", "Made", "Booked", "Alone", "Given", "Taken")
    for each in found.actors:
        counts = (each.made, each.booked, each.booked_alone, each.given, each.taken)
        makers.add_row(str(each.person_id), each.reason, *(f"{count:,}" for count in counts))
    console.print(makers)
    checkers = table("Checker", "Approved", "Rejected", "Credits")
    for checker in found.checkers:
        figures = (checker.approved, checker.rejected, checker.credits)
        checkers.add_row(str(checker.person_id), *(f"{figure:,}" for figure in figures))
    console.print(checkers)


def _print_signs(found: EntryReport) -> None:
    for split in found.splits:
        console.print(
            f"{split.day}: {split.entries} small entries of {split.credits:,} credits within 24"
            f" hours, of one {split.of}: {split.person_id}"
        )
    for pair in found.pairs:
        console.print(
            f"All {pair.entries} approved entries of {pair.made_by} were approved by"
            f" {pair.approved_by}."
        )
    for each in found.likenesses:
        console.print(
            f"Entry {each.entry_id}: {each.who.replace('_', ' ')} share a"
            f" {each.by.replace('_', ' ')} ({each.first_id}, {each.second_id})."
        )


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise SetupFault(f"{text!r} is no day; write 2026-03-01.") from error
