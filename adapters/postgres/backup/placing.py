"""Puts archived parts of the log and stored files back to where the system looks for them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from adapters.postgres.archive.partitions import Connection, Tell
from adapters.postgres.backup.faults import BackupRefused
from adapters.postgres.backup.manifest import CHUNK, SharedFile, settle
from adapters.postgres.backup.opening import Opened

FORGOTTEN = """
SELECT DISTINCT digest FROM read.file_holders AS theirs WHERE holder_id = ANY (%(erased)s)
AND NOT EXISTS (SELECT FROM read.file_holders AS other WHERE other.digest = theirs.digest
                AND (other.kept OR other.holder_id <> ALL (%(erased)s)))
"""


class Placed(Struct, frozen=True):
    """How many files were copied, were there already, and were left out because their owners
    have been erased.
    """

    copied: int = 0
    present: int = 0
    forgotten: int = 0

    def __add__(self, other: Placed) -> Placed:
        return Placed(
            self.copied + other.copied,
            self.present + other.present,
            self.forgotten + other.forgotten,
        )


def forgotten_files(connection: Connection, erased: Collection[object]) -> frozenset[str]:
    """Digests of the files that were stored for nobody but persons who were erased."""
    rows = connection.execute(FORGOTTEN, {"erased": list(erased)}).fetchall()
    return frozenset(str(digest) for (digest,) in rows)


def place_archives(backup: Opened, archive_dir: Path, *, tell: Tell) -> Placed:
    """Copy the archived parts that are not there yet, without which the log can't be read.

    Raises `BackupRefused` if one is there and differs, and `OSError`.
    """
    archived = [each for each in backup.shared if each.kind == "archive"]
    placed = Placed()
    for each in archived:
        placed += _place(backup, each, target=archive_dir / each.name)
        tell(placed.copied + placed.present, len(archived))
    return placed


def place_files(backup: Opened, folder: Path, *, forgotten: frozenset[str], tell: Tell) -> Placed:
    """Copy the stored files that are not there yet and not `forgotten`. Raises `OSError`."""
    stored = [each for each in backup.shared if each.kind == "file"]
    placed = Placed()
    for number, each in enumerate(stored, start=1):
        if each.name in forgotten:
            placed += Placed(forgotten=1)
        else:
            target = folder / each.name[:2] / each.name[2:4] / each.name
            placed += _place(backup, each, target=target)
        tell(number, len(stored))
    return placed


def _place(backup: Opened, each: SharedFile, *, target: Path) -> Placed:
    if target.exists():
        _must_be_same(each, target)
        return Placed(present=1)
    _copy(backup.shelf.path_of(each.sha256), target)
    return Placed(copied=1)


def _must_be_same(each: SharedFile, target: Path) -> None:
    if each.kind == "archive":
        with target.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() == each.sha256:
                return
        raise BackupRefused(
            f"{target} is there and is not what the backup has; move it away, then restore again."
        )


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f"{target.name}.part")
    with source.open("rb") as original, part.open("wb") as copy:
        while chunk := original.read(CHUNK):
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    part.replace(target)
    settle(target.parent)
