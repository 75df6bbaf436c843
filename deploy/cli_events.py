"""Commands for operators: whether everything in the log can still be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import typer
from cryptography.exceptions import InvalidTag
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TimeRemainingColumn,
)
from rich.text import Text

from adapters.postgres.checking import Check, Report, Tell
from deploy.bootstrap import System
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table

events_app = typer.Typer(help="Look after the log of everything that happened.")


class RateColumn(ProgressColumn):
    """How many go by in a second."""

    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f} {self._unit}/s" if speed else "")


@events_app.command("check")
def check_events() -> None:
    """Read every stored event and replay every aggregate; exit status 1 if any can't be read."""

    async def work(system: System) -> Report:
        with progress("reading the log") as tell:
            return await Check(system.pool, system.event_log, tell).run()

    try:
        report = with_system(work)
    except psycopg.errors.UndefinedTable as error:
        raise SetupFault("The database has an older schema; run `polikrami migrate`.") from error
    except InvalidTag as error:
        raise SetupFault("MASTER_KEY does not open this database's keys of persons.") from error
    told = f"{report.events:,} events and {report.aggregates:,} aggregates"
    if not report.faults:
        console.print(f"{told} can be read.")
        return
    shown = table("Type", "Reason", "Events", "First at")
    for fault in report.faults:
        first = ", ".join(f"{position:,}" for position in fault.positions)
        shown.add_row(fault.topic or "(the log)", fault.reason, f"{fault.events:,}", first)
    console.print(shown)
    console.print(f"Of {told} not everything can be read.", style="red")
    raise typer.Exit(1)


@contextmanager
def progress(text: str, *, unit: str = "events") -> Iterator[Tell]:
    """A progress bar with the rate and the time that is left."""
    columns = (BarColumn(), MofNCompleteColumn(), RateColumn(unit), TimeRemainingColumn())
    with Progress("{task.description}", *columns, console=console) as shown:
        task = shown.add_task(text, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
