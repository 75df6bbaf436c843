"""Commands for operators: how work stands, what was parked, and what to do about it."""

from __future__ import annotations

import getpass
from typing import Annotated, get_args
from uuid import UUID

import typer

from adapters.postgres.jobs import Jobs, ShownJob, State
from deploy.bootstrap import System
from deploy.cli_operate import with_system
from deploy.faults import SetupFault
from deploy.screen import console, table

jobs_app = typer.Typer(help="Look at work that was parked, retry it or give it up.")

JobId = Annotated[UUID, typer.Argument(help="The job's id, as `jobs list` shows it.")]
Note = Annotated[str, typer.Option(help="Why; kept with the job.")]
Operator = Annotated[str, typer.Option(help="Who decides; kept with the job.", envvar="OPERATOR")]
Kind = Annotated[str | None, typer.Option(help="Only jobs of this kind.")]

STATES = get_args(State)
MOMENT = "%Y-%m-%d %H:%M:%S"


@jobs_app.command("list")
def list_jobs(
    state: Annotated[str, typer.Option(help=", ".join(STATES) + ".")] = "parked",
    kind: Kind = None,
    queue: Annotated[str | None, typer.Option(help="Only jobs of this queue.")] = None,
    limit: Annotated[int, typer.Option(help="The most jobs to show.", min=1, max=10_000)] = 100,
) -> None:
    """Jobs in a state, the oldest first; by default those that wait for an operator."""
    wanted: State | None = next((each for each in STATES if each == state), None)
    if wanted is None:
        raise SetupFault(f"There is no state {state}; use one of {', '.join(STATES)}.")

    async def look(system: System) -> None:
        found = await system.jobs.listed(wanted, limit + 1, kind=kind, queue=queue)
        shown = table("Job", "Queue", "Kind", "Due", "Tries", "Because of", "Error")
        for job in found[:limit]:
            shown.add_row(
                str(job.job_id),
                job.queue,
                job.kind,
                f"{job.due_at:{MOMENT}}",
                str(job.attempts),
                str(job.causation_position or ""),
                job.error or "",
            )
        console.print(shown)
        if len(found) > limit:
            console.print(f"There are more than {limit:,}; --limit shows more of them.")

    with_system(look)


@jobs_app.command("summary")
def summarise_jobs() -> None:
    """How many jobs of each kind are due, leased and parked, and for how long the oldest."""

    async def look(system: System) -> None:
        shown = table("Queue", "Kind", "State", "Jobs", "Oldest, in seconds")
        for each in await system.jobs.standings():
            age = f"{each.age_seconds:,.0f}"
            shown.add_row(each.queue, each.kind, each.state, f"{each.count:,}", age)
        console.print(shown)

    with_system(look)


@jobs_app.command("show")
def show_job(job_id: JobId) -> None:
    """All that is known of one job."""
    job = with_system(lambda system: system.jobs.shown(job_id))
    if job is None:
        raise SetupFault(f"There is no job {job_id}.")
    shown = table("What", "It is")
    for what, value in _lines(job):
        shown.add_row(what, value)
    console.print(shown)


@jobs_app.command("retry")
def retry_jobs(
    note: Note,
    job_id: Annotated[UUID | None, typer.Argument(help="The job's id; or use --kind.")] = None,
    kind: Annotated[str | None, typer.Option(help="All parked jobs of this kind.")] = None,
    operator: Operator = "",
) -> None:
    """Make a parked job due again, or all parked jobs of a kind."""
    if (job_id is None) == (kind is None):
        raise SetupFault("Name either one job or a --kind, of which all parked jobs are retried.")
    by = _decider(note, operator)
    if job_id is not None:
        _decided(with_system(lambda system: system.jobs.retry(job_id, note=note, by=by)), job_id)
        return

    async def retry(system: System) -> tuple[int, str]:
        retried = await system.jobs.retry_kind(kind or "", note=note, by=by)
        return retried, "" if retried else await _parked_kinds(system.jobs)

    retried, parked = with_system(retry)
    if not retried:
        raise SetupFault(f"No {kind} is parked; there are {parked or 'no parked jobs at all'}.")
    console.print(f"{retried:,} × {kind}: due again.")


@jobs_app.command("discard")
def discard_job(job_id: JobId, note: Note, operator: Operator = "") -> None:
    """Give a parked job up for ever."""
    by = _decider(note, operator)
    _decided(with_system(lambda system: system.jobs.discard(job_id, note=note, by=by)), job_id)


def _decider(note: str, operator: str) -> str:
    if not note.strip():
        raise SetupFault("Say why: --note can't be empty.")
    return operator or getpass.getuser()


async def _parked_kinds(jobs: Jobs) -> str:
    parked = [each for each in await jobs.standings() if each.state == "parked"]
    return ", ".join(f"{each.count} × {each.kind}" for each in parked)


def _decided(done: bool, job_id: UUID) -> None:
    if not done:
        raise SetupFault(f"Job {job_id} is not parked; `polikrami jobs list` shows those that are.")
    console.print(f"Job {job_id}: done.")


def _lines(job: ShownJob) -> list[tuple[str, str]]:
    """What there is to say, line by line."""
    said = {name: getattr(job, name) for name in job.__struct_fields__}
    return [(name.replace("_", " "), str(value)) for name, value in said.items() if value != ""]
