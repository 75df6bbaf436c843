"""Commands for operators: moving old events to files and back, and whole logs in and out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import psycopg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from adapters.postgres.archive.faults import FileUnreadable, LogKept
from adapters.postgres.archive.parts import Partition
from adapters.postgres.pool import app_url
from adapters.postgres.transfer.faults import TransferRefused
from deploy.cli_events import RateColumn, events_app
from deploy.faults import SetupFault
from deploy.screen import console, table
from deploy.settings import Settings, load_settings
from deploy.surroundings import with_surroundings

STANDARD = "-"
Form = Annotated[
    str, typer.Option("--format", help="jsonl or parquet; otherwise as the name ends.")
]


@events_app.command("partitions")
def list_partitions(
    check: Annotated[
        bool, typer.Option("--check", help="Also read each archive file from end to end.")
    ] = False,
) -> None:
    """The parts of the log, and where they lie; exit status 2 if a checked file is damaged."""
    from adapters.postgres.archive.archiving import check_file
    from adapters.postgres.archive.partitions import partitions

    settings = load_settings(with_surroundings(os.environ))
    with _faults_told(), psycopg.connect(_owner_url(settings)) as connection:
        parts = partitions(connection)
        shown = table("From", "To", "Table", "State", "File")
        for each in parts:
            lies = (f"{each.first:,}", f"{each.last:,}", each.table, each.state, each.file or "")
            shown.add_row(*lies)
        console.print(shown)
        archived = [each for each in parts if check and each.state == "archived"]
        for each in archived:
            check_file(settings.archive_dir, each)
            console.print(f"{each.file} is as it was archived.")


@events_app.command("archive")
def archive_events(
    before: Annotated[
        int | None, typer.Option(help="Archive the partitions whose events all stand before it.")
    ] = None,
    count: Annotated[
        int | None, typer.Option("--partitions", help="Archive so many, the oldest first.")
    ] = None,
) -> None:
    """Move old partitions of the log to files in ARCHIVE_DIR; everything still reads them there.

    Only full partitions with events behind them can be moved. A file is read back before its
    partition is dropped; when interrupted, run it again. Keep the files as you keep the database.
    """
    from adapters.postgres.archive.archiving import archive

    if (before is None) == (count is None):
        raise SetupFault("Say either --before POSITION or --partitions NUMBER.")
    settings = load_settings(with_surroundings(os.environ))
    with _faults_told():
        wanted = _wanted(settings, before=before, count=count)
        if not wanted:
            console.print("There is nothing to archive.")
            return
        with _progress("archiving", console) as tell:
            for moved in archive(
                _owner_url(settings), settings.archive_dir, wanted=wanted, tell=tell
            ):
                console.print(f"Events {moved.first:,} to {moved.last:,} are in {moved.path}.")


@events_app.command("restore-archive")
def restore_archive(
    file: Annotated[str, typer.Argument(help="The file's name, as `partitions` shows it.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Restore all archived parts.")] = False,
) -> None:
    """Bring archived events back into the database. The files are not removed."""
    from adapters.postgres.archive.archiving import restore
    from adapters.postgres.archive.partitions import partitions

    if everything is bool(file):
        raise SetupFault("Say either a file or --all.")
    settings = load_settings(with_surroundings(os.environ))
    with _faults_told():
        with psycopg.connect(_owner_url(settings)) as connection:
            archived = [each for each in partitions(connection) if each.state == "archived"]
        wanted = [each for each in archived if everything or each.file == Path(file).name]
        if not wanted and file:
            raise SetupFault(f"{file} is no archive of this log.")
        with _progress("restoring", console) as tell:
            restore(_owner_url(settings), settings.archive_dir, wanted=wanted, tell=tell)
        for each in wanted:
            console.print(f"Events {each.first:,} to {each.last:,} are in the database again.")
        if not wanted:
            console.print("There is nothing to restore.")


@events_app.command("export")
def export_events(
    file: Annotated[str, typer.Argument(help="A new file, or - for standard output.")],
    form: Form = "",
    first: Annotated[int, typer.Option("--from", help="The first position.")] = 1,
    last: Annotated[int | None, typer.Option("--to", help="The last; else the newest.")] = None,
) -> None:
    """Write events, also archived ones, to a file: JSON Lines (.gz or .zst compresses) or Parquet.

    Personal fields stay sealed, and the keys of persons are not exported: without a backup of them
    and of MASTER_KEY nobody can read those fields again. Answers to requests, read models and jobs
    are not exported either.
    """
    from adapters.postgres.transfer.exporting import Export

    settings = load_settings(with_surroundings(os.environ))
    wanted = Export(
        database_url=app_url(_owner_url(settings)),
        archive_dir=settings.archive_dir,
        first=first,
        last=last,
    )
    shown = Console(stderr=True) if file == STANDARD else console
    with _faults_told():
        with _progress("exporting", shown) as tell:
            count = wanted.to(file, _format(form, file), tell=tell)
        shown.print(f"{count:,} events were exported.")


@events_app.command("import")
def import_log(
    file: Annotated[str, typer.Argument(help="An exported file, or - for standard input.")],
    form: Form = "",
) -> None:
    """Put the events of an exported file at the end of the log: all of them, or none.

    The log must be empty or end directly before the file's first event, and nothing else may run
    on the database. Read models follow by themselves once the system runs. Answers to requests are
    not part of a file; nor are the keys of persons, so personal fields read as erased until their
    keys are restored.
    """
    from adapters.postgres.transfer.importing import import_events

    settings = load_settings(with_surroundings(os.environ))
    with _faults_told():
        with _progress("importing", console) as tell:
            last = import_events(_owner_url(settings), file, form=_format(form, file), tell=tell)
        console.print(f"The log now stands at {last:,}.")


def _wanted(settings: Settings, *, before: int | None, count: int | None) -> list[Partition]:
    from adapters.postgres.archive.archiving import archivable
    from adapters.postgres.archive.partitions import head

    with psycopg.connect(_owner_url(settings)) as connection:
        newest = head(connection)
        if before is not None and not 1 <= before <= newest + 1:
            raise SetupFault(f"{before} is no position of the log, which has 1 to {newest}.")
        if count is not None and count < 1:
            raise SetupFault(f"{count} is no number of partitions.")
        found = archivable(connection, before=before, count=count)
    if count is not None and len(found) < count:
        raise SetupFault(f"Only {len(found)} partitions are full and have events behind them.")
    return found


def _owner_url(settings: Settings) -> str:
    if settings.connections.database_url is None:
        raise SetupFault("DATABASE_URL is not set; `polikrami run` sets it for its own database.")
    return settings.connections.database_url.text


def _format(form: str, file: str) -> Literal["jsonl", "parquet"]:
    match form or ("parquet" if file.endswith(".parquet") else "jsonl"):
        case "parquet":
            return "parquet"
        case "jsonl":
            return "jsonl"
        case other:
            raise SetupFault(f"There is no format {other}; use jsonl or parquet.")


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except (TransferRefused, FileUnreadable, LogKept) as error:
        raise SetupFault(str(error)) from error
    except psycopg.errors.UndefinedTable as error:
        raise SetupFault("The database has an older schema; run `polikrami migrate`.") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise SetupFault("Only the owner of the log may do that; use its DATABASE_URL.") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise SetupFault(f"{error.filename or 'A file'}: {error.strerror or error}.") from error


@contextmanager
def _progress(text: str, shown_on: Console) -> Iterator[Callable[[int, int], None]]:
    columns = (BarColumn(), MofNCompleteColumn(), RateColumn("events"), TimeRemainingColumn())
    with Progress("{task.description}", *columns, console=shown_on) as shown:
        task = shown.add_task(text, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
