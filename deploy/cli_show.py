"""Commands for operators: anything that has a history, as it was, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
import typer
from eventsourcing.persistence import MapperDeserialisationError
from rich.table import Table
from rich.text import Text

from application.history import FieldChange, Step, Told, told
from application.past import MomentAhead, cut_at, moment_of
from application.store import Recorded
from deploy.bootstrap import System
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console
from domain.wallet import Wallet

WIDEST = 60
"""The longest value of a change that is shown whole."""


def show(
    names: Annotated[
        list[str], typer.Argument(metavar="[KIND] ID", help="Such as `wallet` and an id.")
    ],
    moment: Annotated[
        str | None,
        typer.Option(
            "--as-of", "--position", help="An instant with its offset (RFC 3339), or a position."
        ),
    ] = None,
    *,
    version: Annotated[int | None, typer.Option(min=1, help="The aggregate's version.")] = None,
    steps: Annotated[int, typer.Option(min=0, help="How many of the newest steps to show.")] = 20,
    personal: Annotated[
        bool, typer.Option("--personal", help="Show personal data; only if you are entitled.")
    ] = False,
) -> None:
    """Show what an aggregate was at a moment or version, and each step that led there: when, who,
    by which command, why, and what changed.

    Personal data reads as [personal] unless --personal is given; secrets are never shown. A wallet
    is also found by its customer's id.
    """
    kind, identity = _named(names)

    async def look(system: System) -> list[Recorded]:
        return await _history(system, identity, kind=kind, moment=moment)

    history = with_system(look)
    if version is not None:
        history = _until(history, version)
    try:
        found = told(history, personal=personal, most=steps)
    except MapperDeserialisationError as error:
        raise SetupFault(str(error)) from error
    if kind not in {None, found.kind}:
        raise SetupFault(f"{found.id} is no {kind} but a {found.kind}.")
    _print(found, personal=personal)


def _named(names: Sequence[str]) -> tuple[str | None, UUID]:
    if len(names) > 2:
        raise SetupFault("Give a kind and an id, or the id alone.")
    try:
        return (names[0] if len(names) == 2 else None), UUID(names[-1])
    except ValueError as error:
        raise SetupFault(f"{names[-1]!r} is no id.") from error


async def _history(
    system: System, identity: UUID, *, kind: str | None, moment: str | None
) -> list[Recorded]:
    log = system.event_log
    of_customer = await log.load(Wallet.id_of(identity)) if kind == Wallet.TOPIC else []
    whole = of_customer or await log.load(identity)
    if not whole:
        raise SetupFault(f"Nothing has the id {identity}.")
    if moment is None:
        return list(whole)
    try:
        cut = await cut_at(log, moment_of(moment), now=system.clock.now())
    except ValueError as error:
        raise SetupFault(
            f"{moment!r} is no moment; write 2026-03-01T09:00:00Z, or a position."
        ) from error
    except MomentAhead as error:
        raise SetupFault(f"{moment} is still to come; the log stands at {error.head:,}.") from error
    history = cut.until(whole)
    if not history:
        raise SetupFault(
            f"It did not exist yet; its first event stands at {whole[0].position:,}"
            f" and was recorded at {whole[0].recorded_at.isoformat()}."
        )
    return history


def _until(history: Sequence[Recorded], version: int) -> list[Recorded]:
    newest = history[-1].event.originator_version
    if version > newest:
        raise SetupFault(f"There is no version {version}; the newest is {newest}.")
    return [each for each in history if each.event.originator_version <= version]


def _print(found: Told, *, personal: bool) -> None:
    console.print(
        f"{found.kind} {found.id} at version {found.version}, by the event at position"
        f" {found.position:,} of {found.at.isoformat(timespec='milliseconds')}",
        highlight=False,
    )
    if not personal:
        console.print("Personal data is hidden; --personal shows it.", markup=False)
    console.print_json(data=found.state)
    table = Table("Position", "Version", "When", "Who", "Event", "Why", "What changed")
    for step in found.steps:
        table.add_row(
            f"{step.position:,}",
            str(step.version),
            f"{step.at:%Y-%m-%d %H:%M:%S}",
            str(step.actor_id or "system"),
            step.event,
            _why(step),
            Text("\n".join(map(_sentence, step.changes))),
        )
    console.print(table)


def _why(step: Step) -> str:
    return step.command if step.cause is None else f"{step.command}, after {step.cause:,}"


def _sentence(change: FieldChange) -> str:
    before, after = _short(change.before), _short(change.after)
    return f"{change.field}: {before} → {after}" if before else f"{change.field}: {after}"


def _short(value: Any) -> str:
    if value is msgspec.UNSET:
        return ""
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
