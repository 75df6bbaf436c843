"""Commands for finance: reconcile days with the payment provider's books, and look at lines."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from application.ports import ReportUnreadable, Unavailable
from deploy.bootstrap import System, reconciliation_of
from deploy.cli_events import progress
from deploy.cli_exports import write_export
from deploy.cli_operate import with_system
from deploy.cli_words import known_month
from deploy.faults import SetupFault
from deploy.screen import console, table
from domain.shared.days import EARLIEST, LATEST
from domain.shared.months import day_at, end_of, month_at, start_of
from projections.reconciliation import (
    LineChange,
    LineFilter,
    LineStatus,
    ReconciledDay,
    ReconciledLine,
    changes_of_line,
    reconciled_days,
    reconciled_lines,
)
from workers.reconciliation import LATE_DAYS, Outcome
from workers.stories import JOBS, PROCESSES, STORIES

REGISTERED = (*STORIES, *PROCESSES, *JOBS)
"""Importing them registered the commands by which differences are told."""

reconcile_app = typer.Typer(help="Our books beside the payment provider's, day by day.")

STATUSES = ("matched", "expected", "mismatched", "aged")
DIFFERING: tuple[LineStatus, ...] = ("mismatched", "aged")
DayText = Annotated[str | None, typer.Option("--day", help="A day, such as 2026-11-23.")]


@reconcile_app.command("run")
def run_days(
    day: DayText = None,
    month: Annotated[str | None, typer.Option(help="A month, such as 2026-11.")] = None,
    *,
    rehearse: Annotated[
        bool, typer.Option("--rehearse", help="Also a day that is not over, to try.")
    ] = False,
) -> None:
    """Read the provider's reports and match them; harmless when it was done before. Without a day
    or a month it is yesterday. With a day, those before it are read again. Exit status 1 if
    something differs.
    """
    if day and month:
        raise SetupFault("Name a day or a month, not both.")

    async def work(system: System) -> tuple[Outcome, list[ReconciledDay], list[str]]:
        if rehearse and system.settings.mode != "local":
            raise SetupFault("Days ahead are for trying on one machine, not for production.")
        first, last = _days(system, day=_day(day), month=known_month(month), ahead=rehearse)
        late = 0 if month else LATE_DAYS
        with progress("reconciling", unit="days") as tell:
            outcome = await reconciliation_of(system).run(first, last, late_days=late, tell=tell)
        before, read_from = last + timedelta(days=1), first - timedelta(days=late)
        days = await reconciled_days(system.reads, before=before, limit=outcome.days + late)
        found = [each for each in days if each.day >= read_from]
        return outcome, found, await _differing(system, first=read_from, last=last)

    try:
        outcome, days, differing = with_system(work)
    except Unavailable as error:
        raise SetupFault(f"The provider can't be asked now ({error}); try again.") from error
    except ReportUnreadable as error:
        raise SetupFault(f"The provider's report can't be read: {error}.") from error
    _print_outcome(outcome)
    _print_days(days)
    for known in differing:
        console.print(f"Lines are {known}; see `polikrami reconcile lines --status {known}`.")
    if differing:
        raise typer.Exit(1)


@reconcile_app.command("status")
def status(
    limit: Annotated[int, typer.Option(min=1, max=366, help="How many days to show.")] = 31,
) -> None:
    """Show the days that were reconciled, newest first, and how their lines stand."""

    async def look(system: System) -> list[ReconciledDay]:
        return await reconciled_days(system.reads, before=None, limit=limit)

    _print_days(with_system(look))


@reconcile_app.command("lines")
def lines(
    wanted: Annotated[
        str | None, typer.Option("--status", help=f"One of {', '.join(STATUSES)}.")
    ] = "mismatched",
    day: DayText = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many lines to show.")] = 50,
) -> None:
    """Show lines that stand so, the oldest first."""
    chosen = next((each for each in STATUSES if each == wanted), None)
    if chosen is None:
        raise SetupFault(f"{wanted!r} is no status; there are {', '.join(STATUSES)}.")
    sieve = LineFilter(status=chosen, day=_day(day))  # type: ignore[arg-type]  # one of the statuses

    async def look(system: System) -> list[ReconciledLine]:
        return await reconciled_lines(system.reads, sieve, after=None, limit=limit)

    _print_lines(with_system(look))


@reconcile_app.command("show")
def show_attempt(
    attempt_id: Annotated[UUID, typer.Argument(help="The attempt to pay, or the order.")],
) -> None:
    """Show all lines of an attempt or an order, and how each came to stand as it does."""

    async def look(system: System) -> list[tuple[ReconciledLine, list[LineChange]]]:
        found: list[ReconciledLine] = []
        for sieve in (LineFilter(attempt_id=attempt_id), LineFilter(order_id=attempt_id)):
            found += await reconciled_lines(system.reads, sieve, after=None, limit=1000)
        return [(each, await changes_of_line(system.reads, each.line_key)) for each in found]

    found = with_system(look)
    if not found:
        raise SetupFault(f"No run has seen anything of {attempt_id}.")
    _print_lines([line for line, _ in found])
    shown = table("Line", "Seen by the run of", "Stood as", "Stands as", "Faults")
    for line, changes in found:
        for each in changes:
            faults = " ".join(each.faults)
            shown.add_row(line.line_key, str(each.run_day), each.was or "", each.status, faults)
    console.print(shown)


@reconcile_app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="A new file; its ending says the format.")],
    since: Annotated[str | None, typer.Option(help="First month, YYYY-MM.")] = None,
    until: Annotated[str | None, typer.Option(help="Last month, YYYY-MM.")] = None,
) -> None:
    """Write all lines and how they stand to a new file (.csv, .xlsx, .parquet or .jsonl)."""
    write_export("reconciled-lines", file, since=since, until=until, account=None)


def _days(system: System, *, day: date | None, month: str | None, ahead: bool) -> tuple[date, date]:
    yesterday = day_at(system.clock.now()) - timedelta(days=1)
    if day is not None and day > yesterday and not ahead:
        raise SetupFault(f"{day} is not over; the last day that is over is {yesterday}.")
    if month is None:
        return (day or yesterday), (day or yesterday)
    if month > month_at(system.clock.now()):
        raise SetupFault(f"{month} has not begun.")
    last = (end_of(month) - timedelta(days=1)).date()
    first = start_of(month).date()
    if first > yesterday:
        raise SetupFault(f"No day of {month} is over yet.")
    return first, min(last, yesterday)


async def _differing(system: System, *, first: date, last: date) -> list[str]:
    """As what lines of these days stand that do not match, also of days without a run of theirs."""
    found: list[str] = []
    for known in DIFFERING:
        for number in range((last - first).days + 1):
            sieve = LineFilter(status=known, day=first + timedelta(days=number))
            if await reconciled_lines(system.reads, sieve, after=None, limit=1):
                found.append(known)
                break
    return found


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise SetupFault(f"{text!r} is no day; write it as 2026-11-23.") from error
    if day is not None and not EARLIEST <= day <= LATEST:
        raise SetupFault(f"Nothing happened on {day}; days are from {EARLIEST} to {LATEST}.")
    return day


def _print_outcome(outcome: Outcome) -> None:
    console.print(
        f"{outcome.days} days: {outcome.rows:,} rows read, {outcome.looked_at:,} lines compared,"
        f" {outcome.changed:,} stand otherwise than before, {outcome.transfers} transfers,"
        f" {outcome.items} work items."
    )


def _print_days(days: list[ReconciledDay]) -> None:
    if not days:
        console.print("No day was reconciled yet.")
        return
    shown = table(
        "Day", "Matched", "Expected", "Mismatched", "Aged", "Paid out", "Known through", "Run"
    )
    for each in days:
        shown.add_row(
            str(each.day),
            *(f"{count:,}" for count in (each.matched, each.expected, each.mismatched, each.aged)),
            f"{each.paid_out:,.2f}",
            str(each.as_of - timedelta(days=1)),
            f"{each.matched_at:%Y-%m-%d %H:%M}" if each.ended_at else "broken off; run it again",
        )
    console.print(shown)


def _print_lines(lines: list[ReconciledLine]) -> None:
    shown = table(
        "Line", "Day", "Kind", "Status", "Faults", "Ours", "Theirs", "Due", "Paid out", "Order"
    )
    for each in lines:
        figures = (each.ours, each.theirs, each.due, each.paid_out)
        shown.add_row(
            each.line_key,
            str(each.day),
            each.kind,
            each.status,
            " ".join(each.faults),
            *("" if value is None else f"{value.normalize():f}" for value in figures),
            str(each.order_id or each.conversation_id),
        )
    console.print(shown)
