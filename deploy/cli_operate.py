"""Commands for operators: read models, parked work, and the first admin."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from adapters.logs import configure_logs
from application.identity import BootstrapAdmin, KnownPasswords, accepted_password
from application.ports import PasswordHasher
from deploy.bootstrap import System, running_system
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from domain.shared.errors import Refusal
from projections import READ_MODELS
from projections import rebuild as replay
from projections.base import AnyReadModel

T = TypeVar("T")

projections_app = typer.Typer(help="Look at read models, rebuild and verify them.")
jobs_app = typer.Typer(help="Look at work that was parked, retry it or give it up.")
people_app = typer.Typer(help="The first admin, who then grants roles to others.")
console = Console()

Name = Annotated[str, typer.Argument(help="The read model's name, or `all`.")]
JobId = Annotated[UUID, typer.Argument(help="The job's id, as `jobs list` shows it.")]
Note = Annotated[str, typer.Option(help="Why; kept with the job.")]


def with_system(work: Callable[[System], Awaitable[T]]) -> T:
    """Do something with a connected system."""

    async def connected() -> T:
        settings = load_settings(with_surroundings(os.environ))
        configure_logs(settings.logs.format, "error")
        async with running_system(settings, name="cli", pool_size=4) as system:
            return await work(system)

    return asyncio.run(connected())


@projections_app.command("list")
def list_projections() -> None:
    """Each read model with its version, state, position and lag."""

    async def look(system: System) -> None:
        head = await system.event_log.head()
        rows = await system.reads.rows(
            "SELECT name, version, state, position, changed_at, coalesce(error, '')"
            " FROM projections ORDER BY name, version"
        )
        table = Table("Read model", "Version", "State", "Position", "Behind", "Moved", "Error")
        for name, version, state, position, changed_at, error in rows:
            moved = f"{changed_at:%Y-%m-%d %H:%M:%S}"
            behind = f"{head - position:,}"
            table.add_row(name, str(version), state, f"{position:,}", behind, moved, error)
        console.print(table)
        console.print(f"The log stands at {head:,}.")

    with_system(look)


@projections_app.command("rebuild")
def rebuild_projection(name: Name) -> None:
    """Make a read model anew beside the live one, then swap them."""

    async def work(system: System) -> None:
        for model in models_named(name):
            with _progress(f"rebuilding {model.name}") as tell:
                position = await replay.rebuild(
                    system.pool, system.event_log, model=model, tell=tell
                )
            console.print(f"{model.name} was rebuilt up to position {position:,}.")

    with_system(work)


@projections_app.command("verify")
def verify_projection(name: Name) -> None:
    """Prove that the live table equals its fold; exit status 1 if it does not."""

    async def work(system: System) -> bool:
        good = True
        for model in models_named(name):
            with _progress(f"verifying {model.name}") as tell:
                verdict = await replay.verify(system.pool, system.event_log, model=model, tell=tell)
            good &= verdict.equal
            if verdict.equal:
                console.print(
                    f"{model.name}: {verdict.rows:,} rows equal their fold"
                    f" at position {verdict.position:,}."
                )
            else:
                console.print(
                    f"{model.name} is wrong at position {verdict.position:,}:"
                    f" missing {verdict.missing}, unexpected {verdict.unexpected},"
                    f" different {verdict.different}. Rebuild it.",
                    style="red",
                )
        return good

    if not with_system(work):
        raise typer.Exit(1)


@jobs_app.command("list")
def list_jobs(
    state: Annotated[str, typer.Option(help="due, leased, done, parked or discarded.")] = "parked",
) -> None:
    """Jobs in a state, the oldest first; by default those that wait for an operator."""
    if state not in {"due", "leased", "done", "parked", "discarded"}:
        raise SetupFault(f"There is no state {state}; use due, leased, done, parked or discarded.")

    async def look(system: System) -> None:
        table = Table("Job", "Kind", "Due", "Tries", "Because of", "Error")
        for job in await system.jobs.listed(state):  # type: ignore[arg-type]  # checked above
            table.add_row(
                str(job.job_id),
                job.kind,
                f"{job.due_at:%Y-%m-%d %H:%M:%S}",
                str(job.attempts),
                str(job.causation_position or ""),
                job.error or "",
            )
        console.print(table)

    with_system(look)


@jobs_app.command("retry")
def retry_job(job_id: JobId, note: Note) -> None:
    """Make a parked job due again."""
    _decided(with_system(lambda system: system.jobs.retry(job_id, note=note)), job_id)


@jobs_app.command("discard")
def discard_job(job_id: JobId, note: Note) -> None:
    """Give a parked job up for ever."""
    _decided(with_system(lambda system: system.jobs.discard(job_id, note=note)), job_id)


@people_app.command("make-admin")
def make_admin(
    email: Annotated[str, typer.Argument(help="The admin's e-mail address.")],
    name: Annotated[str, typer.Option(help="The admin's name.", prompt=True)],
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)],
) -> None:
    """Make sure that an admin with this e-mail exists; further roles are granted by admins."""

    async def work(system: System) -> None:
        hashed = await accepted_password(
            password,
            email,
            passwords=system.ports.of(PasswordHasher),
            known=system.ports.of(KnownPasswords),
        )
        await system.bus.execute(
            BootstrapAdmin(
                person_id=system.ids.new(),
                email=email,
                name=name,
                language="tr",
                password_hash=hashed,
            )
        )

    try:
        with_system(work)
    except Refusal as refusal:
        raise SetupFault(f"This can't be: {refusal}.") from refusal
    console.print(f"{email} is an admin.")


def models_named(name: str) -> list[AnyReadModel]:
    """The read models of this name. Raises `SetupFault` when there is none."""
    found = [model for model in READ_MODELS if name in {"all", model.name}]
    if not found:
        known = ", ".join(sorted(model.name for model in READ_MODELS))
        raise SetupFault(f"There is no read model {name}; there are: {known}.")
    return found


def _decided(done: bool, job_id: UUID) -> None:
    if not done:
        raise SetupFault(f"Job {job_id} is not parked; `polikrami jobs list` shows those that are.")
    console.print(f"Job {job_id}: done.")


@contextmanager
def _progress(text: str) -> Iterator[Callable[[replay.Progress], None]]:
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as shown:
        task = shown.add_task(text, total=None)
        yield lambda progress: shown.update(task, completed=progress.done, total=progress.total)
