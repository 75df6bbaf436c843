"""Commands for finance and operators: the controls of the books, and running one now."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.bootstrap import System, controls_of
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table
from workers.controls import CONTROLS, Found, NotLevel
from workers.stories import JOBS, PROCESSES, STORIES

REGISTERED = (*STORIES, *PROCESSES, *JOBS)
"""Importing them registered the commands by which outcomes are recorded."""

controls_app = typer.Typer(help="The controls of the books: how they stand, and running them.")


@controls_app.command("list")
def list_controls() -> None:
    """Every control, what it promises, and what its last run found."""

    async def look(system: System) -> None:
        standings = await controls_of(system).standings()
        shown = table("Control", "Last run", "Result", "Checked", "Promise")
        for name, control in sorted(CONTROLS.items()):
            standing = standings.get(name)
            shown.add_row(
                name,
                f"{standing.ran_at:%Y-%m-%d %H:%M:%S}" if standing else "never",
                ("passed" if standing.passed else f"{standing.faults} faults") if standing else "",
                f"{standing.checked:,}" if standing else "",
                control.promise,
            )
        console.print(shown)

    with_system(look)


@controls_app.command("run")
def run_controls(
    name: Annotated[str, typer.Argument(help="The control, as `controls list` names it, or all.")],
    whole: Annotated[
        bool, typer.Option(help="Look at everything, also at what was right in an earlier run.")
    ] = False,
) -> None:
    """Run a control now and record what it found; exit status 1 if anything is wrong."""
    if name != "all" and name not in CONTROLS:
        known = ", ".join(sorted(CONTROLS))
        raise SetupFault(f"There is no control {name}; use all, or one of {known}.")
    names = sorted(CONTROLS) if name == "all" else [name]

    async def run(system: System) -> dict[str, Found | NotLevel]:
        outcomes: dict[str, Found | NotLevel] = {}
        for each in names:
            try:
                outcomes[each] = await controls_of(system).run(each, whole=whole)
            except NotLevel as why:
                outcomes[each] = why
        return outcomes

    outcomes = with_system(run)
    for each, outcome in outcomes.items():
        _tell(each, outcome)
    if any(isinstance(each, NotLevel) or each.findings for each in outcomes.values()):
        raise typer.Exit(1)


def _tell(name: str, outcome: Found | NotLevel) -> None:
    if isinstance(outcome, NotLevel):
        console.print(f"{name}: can't be told now, because {outcome}; try again.")
        return
    if not outcome.findings:
        console.print(f"{name}: passed, {outcome.checked:,} checked.")
        return
    console.print(f"{name}: {len(outcome.findings):,} faults, {outcome.checked:,} checked.")
    shown = table("What", "Fault")
    for finding in outcome.findings[:100]:
        shown.add_row(finding.subject, finding.fault)
    console.print(shown)
