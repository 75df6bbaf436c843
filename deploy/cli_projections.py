"""Commands for operators: how read models stand, and what to do about one that is paused."""

from __future__ import annotations

import getpass
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import typer

from deploy.bootstrap import System
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table
from projections import READ_MODELS, skips, standing
from projections.base import AnyReadModel
from projections.skips import Decision, NotPaused
from projections.standing import STILL_SECONDS, Leader, Reader

projections_app = typer.Typer(help="Look at read models, rebuild and verify them.")

Name = Annotated[str, typer.Argument(help="The read model's name.")]
Note = Annotated[str, typer.Option(help="Why; kept with the decision.")]
Operator = Annotated[
    str, typer.Option(help="Who decides; by default who is logged in.", envvar="OPERATOR")
]


@projections_app.command("list")
def list_projections() -> None:
    """Each build of each read model, and the reactor: state, position, lag in events and seconds;
    then what is wrong.
    """

    async def look(system: System) -> tuple[list[Reader], list[Leader], int]:
        async with system.pool.connection() as connection:
            readers = await standing.readers(connection)
            leaders = await standing.leaders(connection)
            return readers, leaders, await system.event_log.head()

    readers, leaders, head = with_system(look)
    shown = table("Reader", "Version", "State", "Position", "Behind", "Seconds", "Moved", "Error")
    for each in readers:
        shown.add_row(
            each.name,
            f"{each.version}.{each.build}" if each.version else "",
            f"{each.state}, serving" if each.serving and each.version else each.state,
            f"{each.position:,}",
            f"{each.behind:,}",
            f"{each.behind_seconds:,.1f}",
            f"{each.moved_at:%Y-%m-%d %H:%M:%S}",
            each.error or "",
        )
    console.print(shown)
    console.print(f"The log stands at {head:,}.")
    for leader in leaders:
        if leader.holder:
            console.print(f"{leader.role}: {leader.holder} since {leader.started_at:%H:%M:%S}.")
    for sentence in worries(readers, leaders):
        console.print(sentence, style="red", markup=False, highlight=False)


@projections_app.command("skip")
def skip_event(
    name: Name,
    position: Annotated[int, typer.Option(help="The event's position, as `list` shows it.")],
    note: Note,
    operator: Operator = "",
) -> None:
    """Let a paused read model go on without the event that it can't take; so do its rebuilds."""

    async def decide(system: System) -> None:
        async with system.pool.connection() as connection:
            await skips.skip(connection, name, position=position, decision=decision(note, operator))

    _decide(name, decide)
    console.print(f"{name} goes on without the event at {position:,}.")


@projections_app.command("resume")
def resume_projection(name: Name, note: Note, operator: Operator = "") -> None:
    """Let a paused read model try again."""

    async def decide(system: System) -> None:
        async with system.pool.connection() as connection:
            await skips.resume(connection, name, decision=decision(note, operator))

    _decide(name, decide)
    console.print(f"{name} tries again.")


def worries(readers: Sequence[Reader], leaders: Sequence[Leader]) -> list[str]:
    """A sentence for each thing that an operator should look after."""
    return [
        *(
            f"{each.name} is paused: it can't take the event at {each.failed_at:,}."
            if each.failed_at is not None
            else f"{each.name} is paused."
            for each in readers
            if each.is_stopped
        ),
        *(
            f"{each.name} has not moved for more than {STILL_SECONDS:.0f} s although it is behind."
            for each in readers
            if each.stands_still
        ),
        *(f"Nobody leads as {role}." for role in standing.leaderless(leaders)),
    ]


def models_named(name: str) -> list[AnyReadModel]:
    """The read models of this name. Raises `SetupFault` when there is none."""
    found = [model for model in READ_MODELS if name in {"all", model.name}]
    if not found:
        known = ", ".join(sorted(model.name for model in READ_MODELS))
        raise SetupFault(f"There is no read model {name}; there are: {known}.")
    return found


def _decide(name: str, decide: Callable[[System], Awaitable[None]]) -> None:
    if name == "all":
        raise SetupFault("Decide about one read model at a time.")
    models_named(name)
    try:
        with_system(decide)
    except NotPaused as refusal:
        raise SetupFault(str(refusal)) from refusal


def decision(note: str, operator: str) -> Decision:
    """Who decides, and why. Raises `SetupFault`."""
    if not note.strip():
        raise SetupFault("The note is empty; say why.")
    try:
        return Decision(note.strip(), operator.strip() or getpass.getuser())
    except (OSError, KeyError) as error:
        raise SetupFault("Say who decides: --operator.") from error
