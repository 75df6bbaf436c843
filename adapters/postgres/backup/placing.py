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

# An owner is a person, or something that has one.
FORGOTTEN = """
SELECT DISTINCT facts #>> '{file,digest}' FROM (
    SELECT convert_from(payload, 'UTF8')::jsonb AS facts FROM events WHERE type = 'asset.accepted'
) AS accepted
WHERE (facts ->> 'owner_id')::uuid = ANY (%(erased)s)
EXCEPT
SELECT DISTINCT facts #>> '{file,digest}' FROM (
    SELECT convert_from(payload, 'UTF8')::jsonb AS facts FROM events WHERE type = 'asset.accepted'
) AS accepted
WHERE (facts ->> 'owner_id')::uuid <> ALL (%(erased)s)
"""


class Placed(Struct, frozen=True):
    """How many files were copied, were there already, and were left out because their owners
    have been erased.
    """

    copied: int
    present: int
    forgotten: int


def forgotten_files(connection: Connection, erased: Collection[object]) -> frozenset[str]:
    """Digests of the stored files that only persons own who were erased."""
    rows = connection.execute(FORGOTTEN, {"erased": list(erased)}).fetchall()
    return frozenset(str(digest) for (digest,) in rows)


def place(
    backup: Opened, *, archive_dir: Path, files: Path, forgotten: frozenset[str], tell: Tell
) -> Placed:
    """Copy what is not there yet. Raises `BackupRefused` if an archived part is there and differs,
    and `OSError`.
    """
    copied = present = left_out = 0
    for number, each in enumerate(backup.shared, start=1):
        target = _target(each, archive_dir=archive_dir, files=files)
        if each.kind == "file" and each.name in forgotten:
            left_out += 1
        elif target.exists():
            _must_be_same(each, target)
            present += 1
        else:
            _copy(backup.shelf.path_of(each.sha256), target)
            copied += 1
        tell(number, len(backup.shared))
    return Placed(copied, present, left_out)


def _target(each: SharedFile, *, archive_dir: Path, files: Path) -> Path:
    if each.kind == "archive":
        return archive_dir / each.name
    return files / each.name[:2] / each.name[2:4] / each.name


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
