"""Opens a backup and believes nothing of it: each file is compared with its digest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from adapters.postgres.backup.faults import BackupRefused
from adapters.postgres.backup.manifest import Manifest, SharedFile, fact_of
from adapters.postgres.backup.shelf import Shelf
from adapters.postgres.backup.taking import Steps
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
    for each, fact in manifest.files.items():
        _must_be_there(path / each, fact.size)
    shared = shelf.shared(path)
    for one in shared:
        _must_be_there(shelf.path_of(one.sha256), one.size)
    wanted = [(path / each, fact.size, fact.sha256) for each, fact in manifest.files.items()]
    wanted += [(shelf.path_of(one.sha256), one.size, one.sha256) for one in shared]
    tell, total, done = steps.of("reading the backup"), sum(size for _, size, _ in wanted), 0
    for file, size, sha256 in wanted:
        if fact_of(file).sha256 != sha256:
            raise BackupRefused(f"{file} was altered: its digest is another one.")
        done += size
        tell(done, total)
    for stray in _strays(path, manifest):
        raise BackupRefused(f"{stray} does not belong to the backup; move it away.")
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


def _must_be_there(path: Path, size: int) -> None:
    try:
        found = path.stat().st_size
    except FileNotFoundError:
        raise BackupRefused(f"{path} is missing.") from None
    if found != size:
        raise BackupRefused(f"{path} was altered: it has {found:,} bytes and had {size:,}.")


def _strays(path: Path, manifest: Manifest) -> Iterator[Path]:
    """Files of the dump of which the manifest does not know: pg_restore might read them."""
    for each in sorted((path / "dump").rglob("*")):
        if each.is_file() and str(each.relative_to(path)) not in manifest.files:
            yield each
