"""Opens a backup and believes nothing of it: each file is compared with its digest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from adapters.postgres.archive.partitions import Tell
from adapters.postgres.backup.faults import BackupRefused
from adapters.postgres.backup.manifest import KeptFile, Manifest, SharedFile, fact_of
from adapters.postgres.backup.shelf import Shelf
from adapters.postgres.backup.taking import DUMP, Steps
from adapters.postgres.migrations import SQL_FOLDER


class Opened(Struct, frozen=True):
    """A backup of which every byte is as it was written."""

    shelf: Shelf
    path: Path
    manifest: Manifest
    shared: list[SharedFile]


def opened(shelf: Shelf, name: str, *, steps: Steps) -> Opened:
    """Open a backup, by default the newest, and read all of it.

    Raises `BackupRefused`, which names the first file that is missing or altered.
    """
    path, manifest = shelf.opened(name)
    must_be_known(manifest, path)
    own = {path / each: fact for each, fact in manifest.files.items()}
    for stray in sorted(set(_files(path / DUMP)) - own.keys()):
        raise BackupRefused(f"{stray} does not belong to the backup; move it away.")
    _must_be_whole(own, steps.of("reading the backup"))
    shared = shelf.shared(path)
    theirs = {shelf.path_of(each.sha256): KeptFile(each.size, each.sha256) for each in shared}
    _must_be_whole(theirs, steps.of("reading files"))
    return Opened(shelf, path, manifest, shared)


def must_be_known(manifest: Manifest, path: Path) -> None:
    """Raises `BackupRefused` for a backup of a newer release."""
    known = {each.stem for each in SQL_FOLDER.rglob("*.sql")}
    for migration in manifest.migrations:
        if migration not in known:
            raise BackupRefused(
                f"{path} is of a newer release, {manifest.release}, whose schema has"
                f" {migration}; restore it by that release or a later one."
            )


def _must_be_whole(files: Mapping[Path, KeptFile], tell: Tell) -> None:
    for path, fact in files.items():
        _must_be_there(path, fact.size)
    done, total = 0, sum(fact.size for fact in files.values())
    for path, fact in files.items():
        if fact_of(path) != fact:
            raise BackupRefused(f"{path} was altered: its digest is another one.")
        done += fact.size
        tell(done, total)


def _must_be_there(path: Path, size: int) -> None:
    try:
        found = path.stat().st_size
    except FileNotFoundError:
        raise BackupRefused(f"{path} is missing.") from None
    if found != size:
        raise BackupRefused(f"{path} was altered: it has {found:,} bytes and had {size:,}.")


def _files(folder: Path) -> Iterator[Path]:
    """All files of the dump, also those that pg_restore would read and the manifest has not."""
    return (path for path in folder.rglob("*") if path.is_file())
