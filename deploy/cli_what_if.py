"""`polikrami what-if`: what history would have come to by another rule; nothing is changed."""

from __future__ import annotations

import csv
import time
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, TextIO
from uuid import UUID

import typer
from eventsourcing.persistence import MapperDeserialisationError
from msgspec import Struct

from adapters.postgres.blind import NoKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.scratch import Difference, Mover, Scratch, Strayed, scratch_tables
from application.past import Cut, MomentAhead, cut_at, moment_of
from application.terms import Terms
from application.what_if import (
    CREDITS,
    FIGURES,
    CodedRules,
    NotReckoned,
    Question,
    RuleFault,
    Rules,
    WrittenRules,
    changed_rules,
    present_rules,
    read_facts,
    reckon,
)
from deploy.bootstrap import System
from deploy.cli_events import progress
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table

MEANINGS = {
    "granted": "credits granted",
    "spent": "credits spent",
    "given_back": "credits given back",
    "expired": "credits expired",
    "taken_back": "credits taken back",
    "left": "credits left",
    "unpaid": "credits that could not have been paid",
    "charged": "paid orders",
    "returned": "money returned",
    "kept": "money kept",
    "kdv": "KDV in it",
    "fees": "designers' fees",
    "carried": "earned by bought credits, net",
}
COLUMNS = ("kept", "kdv", "fees", "carried", "spent", "left", "unpaid")


class Wanted(Struct, frozen=True, kw_only=True):
    """What was asked on the command line."""

    rules: Path
    person: UUID | None
    since: str | None
    until: str | None
    out: Path | None
    show: int


what_if_app = typer.Typer()


@what_if_app.command("what-if")
def what_if(
    rules: Annotated[Path, typer.Argument(help="The changed rules: a TOML or a Python file.")],
    person: Annotated[UUID | None, typer.Option(help="Only this person; else all.")] = None,
    *,
    since: Annotated[
        str | None, typer.Option(help="From when the changed rules hold; else from ever.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Up to when history is read; else all of it.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="A new CSV file for the figures of all persons.")
    ] = None,
    show: Annotated[int, typer.Option(min=0, help="How many persons to show.")] = 20,
) -> None:
    """Reckon history by changed rules, and show the difference in money and credits.

    Moments are instants with their offset (RFC 3339) or positions. Nothing is changed: scratch
    tables are temporary. A Python file runs with your rights; run only your own.
    """
    asked = Wanted(rules=rules, person=person, since=since, until=until, out=out, show=show)
    if out is not None and out.exists():
        raise SetupFault(f"{out} is there already; name another file or remove it.")
    text = _text(rules)

    async def work(system: System) -> None:
        present = present_rules(system.ports.of(Terms))
        changed = _changed(rules, text, present=present)
        await _answer(system, asked, present=present, changed=changed)

    try:
        with_system(work)
    except NotReckoned as why:
        raise SetupFault(str(why)) from why
    except MapperDeserialisationError as error:
        raise SetupFault(
            f"An event can't be read: {error}; run `polikrami events check`."
        ) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise SetupFault(f"{path} can't be read: {why}.") from error


def _changed(path: Path, text: str, *, present: WrittenRules) -> Rules:
    try:
        if path.suffix == ".py":
            return CodedRules.of(text, present, name=str(path))
        return changed_rules(text, present)
    except RuleFault as fault:
        raise SetupFault(f"{path}: {fault}.") from fault


async def _answer(system: System, asked: Wanted, *, present: Rules, changed: Rules) -> None:
    # Nothing that is said about persons is needed, so nobody's key is used.
    log = PostgresLog(system.pool, system.writer, NoKeys(), archive_dir=system.settings.archive_dir)
    cut = await _cut(system, asked.until)
    begin = await _cut(system, asked.since) if asked.since else None
    if begin is not None and begin.position > cut.position:
        raise SetupFault(f"--since {asked.since} lies behind --until {asked.until}; exchange them.")
    if not cut.position:
        raise SetupFault("There is no history yet; there is nothing to reckon.")
    [newest] = await log.page(cut.position - 1, 1)
    horizon = newest.event.timestamp if newest.kind else newest.recorded_at
    question = Question(
        present=present, changed=changed, since=begin.at if begin else None, until=horizon
    )
    began = time.perf_counter()
    async with scratch_tables(system.database_url) as scratch:
        with progress("reading history") as tell:
            facts = await read_facts(
                log, scratch, until=cut.position, person=asked.person, tell=tell
            )
        if asked.person and not facts:
            raise SetupFault(
                f"{asked.person} has neither credits, orders nor fees up to {cut.position:,}."
            )
        with progress("reckoning") as tell:
            done = await reckon(scratch, question, facts=facts, tell=tell)
        seconds = time.perf_counter() - began
        console.print(
            f"History up to {cut.position:,} was reckoned twice: {done.facts:,} events that"
            f" decide about credits and money, of {done.persons:,} persons,"
            f" in {seconds:,.1f} s."
        )
        await _show(scratch, asked)
    console.print("Nothing was changed.")


async def _cut(system: System, moment: str | None) -> Cut:
    log, now = system.event_log, system.clock.now()
    if moment is None:
        return Cut(await log.head(), now)
    try:
        return await cut_at(log, moment_of(moment), now=now)
    except ValueError as error:
        raise SetupFault(
            f"{moment!r} is no moment; write 2026-03-01T09:00:00Z, or a position."
        ) from error
    except MomentAhead as error:
        raise SetupFault(f"{moment} is still to come; the log stands at {error.head:,}.") from error


async def _show(scratch: Scratch, asked: Wanted) -> None:
    _tell_strayed(await scratch.strayed())
    totals = await scratch.totals()
    shown = table("In total", "By the present rules", "By the changed ones", "Difference")
    for each in totals:
        shown.add_row(
            MEANINGS[each.figure],
            *(_plain(each.figure, value) for value in (each.present, each.changed)),
            _signed(each),
        )
    console.print(shown)
    movers = [mover async for mover in scratch.movers(asked.show)]
    if not movers and asked.show:
        console.print("It makes no difference to anybody.")
    elif movers:
        console.print(_table_of(movers))
    if asked.out is not None:
        with asked.out.open("x", encoding="utf-8", newline="") as file:
            await _write(scratch, file)
        console.print(f"The figures of all persons are in {asked.out}.")


def _tell_strayed(found: Strayed) -> None:
    if not found.persons:
        console.print("The present rules give exactly what is booked.")
        return
    console.print(
        f"The present rules do not give what is booked; persons for whom they do not:"
        f" {found.persons:,}. Their differences lie between two reckonings, and not between one"
        " and the books:",
        style="red",
    )
    for person, deviations in found.shown:
        each = "; ".join(
            f"{MEANINGS[d['figure']]}: booked {d['booked']}, reckoned {d['present']}"
            for d in deviations
        )
        console.print(f"  {person}: {each}")
    if found.persons > len(found.shown):
        console.print(f"  and {found.persons - len(found.shown):,} more.")


def _table_of(movers: Sequence[Mover]) -> object:
    shown = table("Person", *(MEANINGS[name] for name in COLUMNS))
    for mover in movers:
        by_name = {each.figure: each for each in mover.figures}
        shown.add_row(str(mover.person), *(_signed(by_name[name]) for name in COLUMNS))
    return shown


async def _write(scratch: Scratch, file: TextIO) -> None:
    writer = csv.writer(file)
    sides = ("present", "changed", "difference")
    writer.writerow(["person", *(f"{name}_{side}" for name in FIGURES for side in sides)])
    async for mover in scratch.movers(None):
        values = (
            _plain(each.figure, value)
            for each in mover.figures
            for value in (each.present, each.changed, each.difference)
        )
        writer.writerow([mover.person, *values])


def _plain(figure: str, value: Decimal) -> str:
    return f"{value:.0f}" if figure in CREDITS else f"{value:.2f}"


def _signed(each: Difference) -> str:
    if not each.difference:
        return "0"
    return f"{each.difference:+,.0f}" if each.figure in CREDITS else f"{each.difference:+,.2f}"
