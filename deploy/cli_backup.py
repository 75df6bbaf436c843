"""Commands for operators: backing up, checking backups, and restoring."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from adapters.postgres.archive.faults import FileUnreadable, LogKept
from adapters.postgres.archive.partitions import Tell
from adapters.postgres.backup.faults import BackupRefused
from adapters.postgres.backup.shelf import Shelf, shelf_of
from adapters.postgres.backup.taking import Steps, Taken
from deploy.backups import making, restoring
from deploy.backups.place import owner_url, placed
from deploy.backups.restoring import Outcome, Wish
from deploy.faults import SetupFault
from deploy.screen import console, table
from deploy.settings import Settings, load_settings
from deploy.surroundings import with_surroundings

Folder = Annotated[Path | None, typer.Argument(help="The folder of backups, or one of them.")]


def backup(
    folder: Folder = None,
    *,
    keys: Annotated[
        Path | None, typer.Option(help="Back the keys of persons up into this file of their own.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Try the newest backup: restore it aside and verify it.")
    ] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Afterwards remove all but the newest so many.")
    ] = None,
) -> None:
    """Back up the log and all that belongs to it, while the system runs.

    What is left out: the keys of persons (see --keys), and what is computed from the log. A backup
    is there whole or not at all.
    """
    if folder is None and keys is None:
        raise SetupFault("Say a folder for backups of the log, or --keys and a file for the keys.")
    if folder is None and (check or keep):
        raise SetupFault("Say the folder of backups.")
    settings = load_settings(with_surroundings(os.environ))
    with _faults_told():
        if folder is not None and check:
            _check(settings, folder)
        else:
            _make(settings, folder, keys=keys)
        if folder is not None and keep is not None:
            shelf = Shelf(folder)
            with shelf.held():
                for name in shelf.prune(keep):
                    console.print(f"The backup {name} was removed.")


def restore(
    folder: Annotated[Path, typer.Argument(help="The folder of backups, or one of them.")],
    *,
    keys: Annotated[Path | None, typer.Option(help="The file of keys of persons.")] = None,
    without_keys: Annotated[
        bool, typer.Option("--without-keys", help="Leave personal fields unreadable for ever.")
    ] = False,
    hold_work: Annotated[
        bool, typer.Option("--hold-work", help="Park what was due, for operators to decide about.")
    ] = False,
) -> None:
    """Restore the newest backup, or the one named, into an empty database.

    Everything is verified before anything is changed. Afterwards it says what was sealed and is not
    in this database.
    """
    settings = load_settings(with_surroundings(os.environ))
    elsewhere = settings.connections.vault_url not in {None, settings.connections.database_url}
    if (keys is None) is not without_keys and not (elsewhere and not without_keys):
        raise SetupFault(
            "Say --keys and the file of keys of persons; only if there is none any more, say"
            " --without-keys, and nobody can read personal fields again."
        )
    shelf, name = shelf_of(folder)
    wish = Wish(shelf=shelf, name=name, keys=keys, hold_work=hold_work)
    with _faults_told(), steps() as shown:
        outcome = restoring.restore(settings, wish, steps=shown)
    _tell_restored(outcome, without_keys=without_keys)
    if not outcome.report.is_good:
        raise typer.Exit(1)


def _make(settings: Settings, folder: Path | None, *, keys: Path | None) -> None:
    now = datetime.now(UTC)
    with placed(settings) as here:
        taken = None
        if folder is not None:
            with steps() as shown:
                taken = making.back_up(here, folder, now=now, steps=shown)
            _tell_taken(taken)
        if keys is not None:
            kept = making.back_up_keys(here, keys, now=now)
            console.print(
                f"{kept.living:,} keys of persons are in {keys}, and {kept.destroyed:,} fences of"
                " destroyed ones."
            )
        if taken and taken.manifest.damaged:
            raise typer.Exit(1)


def _check(settings: Settings, folder: Path) -> None:
    shelf, name = shelf_of(folder)
    with steps() as shown:
        outcome = restoring.check(settings, shelf, name=name, steps=shown)
    shown_table = table("Backup", "Made at", "Position", "MB")
    for each in shelf.names():
        _, manifest = shelf.opened(each)
        made_at = f"{manifest.made_at:%Y-%m-%d %H:%M}"
        size = f"{manifest.bytes / 1e6:,.1f}"
        shown_table.add_row(each, made_at, f"{manifest.position:,}", size)
    console.print(shown_table)
    _tell_verified(outcome)
    checked = outcome.backup
    if not outcome.report.is_good:
        raise typer.Exit(1)
    console.print(f"{checked.path} can be restored.")
    if settings.connections.database_url is not None:
        making.record(
            owner_url(settings),
            "check",
            name=checked.path.name,
            position=checked.manifest.position,
            size=checked.manifest.bytes,
        )


def _tell_taken(taken: Taken) -> None:
    manifest = taken.manifest
    console.print(
        f"{manifest.position:,} events are backed up in {taken.path}:"
        f" {manifest.bytes / 1e6:,.1f} MB, and {taken.added / 1e6:,.1f} MB of files that were not"
        f" there yet, in {manifest.seconds:,.1f} s."
    )
    for digest in manifest.damaged:
        console.print(f"The stored file {digest} is damaged and was left out.", style="red")


def _tell_restored(outcome: Outcome, *, without_keys: bool) -> None:
    restored, files = outcome.restored, outcome.files
    manifest = outcome.backup.manifest
    console.print(
        f"{restored.position:,} events of {manifest.made_at:%Y-%m-%d %H:%M} UTC are in the"
        f" database, and {files.copied:,} files were copied ({files.present:,} were there)."
    )
    if files.forgotten:
        console.print(f"{files.forgotten:,} files of persons who were erased stay away.")
    if restored.erased:
        console.print(f"{len(restored.erased):,} persons were erased, and stay so.")
    for person in outcome.erasures.again:
        console.print(f"The erasure of {person} was not in this backup and is asked for again.")
    for person in outcome.erasures.refused:
        console.print(
            f"{person} was erased after this backup, and can't be yet in this log; their key is"
            " gone. See `polikrami people erase`.",
            style="red",
        )
    if without_keys:
        console.print("There are no keys: personal fields read as erased.", style="red")
    else:
        console.print(f"{restored.keys:,} keys of persons are there.")
        if restored.keyless:
            console.print(
                f"{restored.keyless:,} persons of the log have no key: the file of keys is older"
                " than the backup. Find a newer one before anybody starts the system.",
                style="red",
            )
    if restored.parked:
        console.print(f"{restored.parked:,} jobs are parked; see `polikrami jobs list`.")
    _tell_verified(outcome)
    if outcome.lost:
        console.print(
            "The sealer signs nothing more until a later backup is restored, or somebody records"
            " that they are lost: `polikrami audit accept-loss`.",
            style="red",
        )


def _tell_verified(outcome: Outcome) -> None:
    report = outcome.report
    if report.held:
        console.print(f"{report.held[-1].size:,} events are as they were sealed.")
    elif report.is_good:
        console.print("Nothing of it was sealed.")
    if not report.is_good:
        console.print(f"The log is not what was sealed: {report.fault}.", style="red")
    if outcome.lost:
        console.print(str(outcome.lost), style="red")


@contextmanager
def steps() -> Iterator[Steps]:
    """Progress bars, one for each step."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f}%"))
    with Progress(*columns, TimeRemainingColumn(), console=console) as shown:
        known: dict[str, TaskID] = {}

        def of(what: str) -> Tell:
            def tell(done: int, total: int) -> None:
                if what not in known:
                    known[what] = shown.add_task(what)
                shown.update(known[what], completed=done, total=total)

            return tell

        yield Steps(of)


@contextmanager
def _faults_told() -> Iterator[None]:
    try:
        yield
    except (BackupRefused, FileUnreadable, LogKept) as error:
        raise SetupFault(str(error)) from error
    except psycopg.errors.UndefinedTable as error:
        raise SetupFault("The database has an older schema; run `polikrami migrate`.") from error
    except psycopg.errors.InsufficientPrivilege as error:
        raise SetupFault("Only the owner of the log may do that; use its DATABASE_URL.") from error
    except OSError as error:
        raise SetupFault(f"{error.filename or 'A file'}: {error.strerror or error}.") from error
