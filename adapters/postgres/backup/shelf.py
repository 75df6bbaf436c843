"""The folder in which backups lie: one folder for each, and the files that they share."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from adapters.postgres.backup.faults import BackupRefused
from adapters.postgres.backup.manifest import (
    CHUNK,
    MANIFEST,
    Manifest,
    SharedFile,
    read_manifest,
    read_objects,
    settle,
)

NAME = re.compile(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ(-\d+)?")
PART = ".part"
SHARED = "files"
LOCK = "lock"


class Shelf:
    """Backups in a folder, by name the oldest first. A name that ends in `.part` is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def held(self) -> Iterator[None]:
        """Be the only one who changes the folder. Raises `BackupRefused` and `OSError`."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked(fcntl.LOCK_EX, "Another backup is made, checked or restored in"):
            yield

    @contextmanager
    def read(self) -> Iterator[None]:
        """Keep others from changing the folder. Raises `BackupRefused`."""
        if self.folder.is_dir() and not os.access(self.folder, os.W_OK):
            yield  # nobody makes backups where nobody can write
            return
        with self._locked(fcntl.LOCK_SH, "A backup is being made in"):
            yield

    def names(self) -> list[str]:
        """The backups there are, the oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(
            each.name
            for each in self.folder.iterdir()
            if NAME.fullmatch(each.name) and (each / MANIFEST).exists()
        )

    def begin(self, now: datetime) -> Path:
        """A new, empty folder that is no backup yet. What interrupted runs have left is removed."""
        for left in (*self.folder.glob(f"*{PART}"), *self.folder.glob(f"{SHARED}/*{PART}")):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        stem = f"{now:%Y-%m-%dT%H-%M-%SZ}"
        taken = {each.name for each in self.folder.iterdir()}
        name = next(
            each
            for each in (stem, *(f"{stem}-{number}" for number in range(2, 1_000)))
            if each not in taken
        )
        part = self.folder / f"{name}{PART}"
        part.mkdir(mode=0o700)
        return part

    def finish(self, part: Path) -> Path:
        """Make it a backup, durably. Raises `OSError`."""
        settle(part)
        whole = part.with_name(part.name.removesuffix(PART))
        part.rename(whole)
        settle(self.folder)
        return whole

    def path_of(self, sha256: str) -> Path:
        """Where a shared file lies."""
        return self.folder / SHARED / sha256[:2] / sha256

    def take(self, source: Path, *, expected: str | None = None) -> tuple[str, int]:
        """Copy a file to where it is shared, durably; its digest and size.

        Raises `BackupRefused` if the content is not what its digest says, and `OSError`.
        """
        (self.folder / SHARED).mkdir(exist_ok=True, mode=0o700)
        part = self.folder / SHARED / f"{source.name}{PART}"
        digest, size = hashlib.sha256(), 0
        try:
            with source.open("rb") as original, part.open("wb") as copy:
                while chunk := original.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    copy.write(chunk)
                copy.flush()
                os.fsync(copy.fileno())
            found = digest.hexdigest()
            _must_be(source, found, expected=expected)
            path = self.path_of(found)
            path.parent.mkdir(exist_ok=True, mode=0o700)
            part.replace(path)
            settle(path.parent)
        except BaseException:
            with suppress(FileNotFoundError):
                part.unlink()
            raise
        return found, size

    def prune(self, keep: int) -> list[str]:
        """Remove all but the newest backups, and the shared files that none of these has."""
        names = self.names()
        gone = names[: max(0, len(names) - keep)]
        kept = names[len(gone) :]
        wanted = {each.sha256 for name in kept for each in read_objects(self.folder / name)}
        for name in gone:
            # Half of it must not look like a backup.
            left = self.folder / f"{name}{PART}"
            (self.folder / name).rename(left)
            settle(self.folder)
            shutil.rmtree(left)
        for path in (self.folder / SHARED).glob("??/*"):
            if path.name not in wanted:
                path.unlink()
        return gone

    def opened(self, name: str = "") -> tuple[Path, Manifest]:
        """A backup, by default the newest. Raises `BackupRefused`."""
        if not name:
            names = self.names()
            if not names:
                raise BackupRefused(f"There is no backup in {self.folder}.")
            name = names[-1]
        return self.folder / name, read_manifest(self.folder / name)

    def shared(self, backup: Path) -> list[SharedFile]:
        """The shared files of a backup. Raises `BackupRefused`."""
        return list(read_objects(backup))

    @contextmanager
    def _locked(self, how: int, others: str) -> Iterator[None]:
        try:
            descriptor = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except FileNotFoundError:
            raise BackupRefused(f"There is no folder {self.folder}.") from None
        try:
            try:
                fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupRefused(f"{others} {self.folder} at this moment.") from None
            yield
        finally:
            os.close(descriptor)


def _must_be(source: Path, found: str, *, expected: str | None) -> None:
    if expected not in {None, found}:
        raise BackupRefused(f"{source} is damaged: its content has another digest.")


def shelf_of(path: Path) -> tuple[Shelf, str]:
    """The folder of backups and the name of one, if the path is that of one backup."""
    if NAME.fullmatch(path.name) and (path / MANIFEST).exists():
        return Shelf(path.parent), path.name
    return Shelf(path), ""
