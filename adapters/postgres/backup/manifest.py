"""What a backup says of itself: when it was made, of what, and the digest of each of its files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from adapters.postgres.backup.faults import BackupRefused

FORMAT = 1
MANIFEST = "manifest.json"
DIGEST = "manifest.sha256"
OBJECTS = "objects.jsonl"
"""The list of files that this backup shares with others; named in the manifest by its digest."""
CHUNK = 1 << 20


class KeptFile(Struct, frozen=True):
    """A file of the backup's own: how long it is, and the SHA-256 of its content in hex."""

    size: int
    sha256: str


class SharedFile(Struct, frozen=True, kw_only=True):
    """A file that lies beside the backups, under its digest: an archived part of the log under its
    name in ARCHIVE_DIR, or a stored file, whose name is its digest.
    """

    kind: str
    name: str
    size: int
    sha256: str
    changed_ns: int = 0
    """When the original was changed, so that it need not be read again."""


class Manifest(Struct, frozen=True, kw_only=True):
    """`position` is that of the newest event; all events up to it are in the backup. `sealed` says
    how many of them had been sealed when it was made, by the signed note `checkpoint`.
    """

    format: int
    release: str
    made_at: datetime
    seconds: float
    server: str
    tools: str
    position: int
    sealed: int
    checkpoint: str | None
    migrations: tuple[str, ...]
    counts: dict[str, int]
    files: dict[str, KeptFile]
    damaged: tuple[str, ...] = ()
    """Stored files that were not what their names say, and are therefore left out."""

    @property
    def bytes(self) -> int:
        """The size of the backup's own files."""
        return sum(each.size for each in self.files.values())


class _Versioned(Struct):
    format: int


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into a backup's folder, durably."""
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n"
    write_durably(folder / MANIFEST, content)
    digest = hashlib.sha256(content).hexdigest()
    write_durably(folder / DIGEST, f"{digest}  {MANIFEST}\n".encode())


def read_manifest(folder: Path) -> Manifest:
    """What the backup in this folder says. Raises `BackupRefused`."""
    content, digest = (_content(folder / name) for name in (MANIFEST, DIGEST))
    if digest.decode(errors="replace").split()[:1] != [hashlib.sha256(content).hexdigest()]:
        raise BackupRefused(f"{folder / MANIFEST} was altered: its digest is another one.")
    try:
        if (found := msgspec.json.decode(content, type=_Versioned).format) != FORMAT:
            raise BackupRefused(
                f"{folder} has the format {found}; this release reads the format {FORMAT}."
            )
        return msgspec.json.decode(content, type=Manifest)
    except msgspec.DecodeError as error:
        raise BackupRefused(f"{folder / MANIFEST} is no manifest of a backup: {error}.") from error


def write_objects(path: Path, shared: Iterable[SharedFile]) -> None:
    """Write down which shared files belong to a backup, durably."""
    write_durably(path, b"".join(msgspec.json.encode(each) + b"\n" for each in shared))


def read_objects(folder: Path) -> Iterator[SharedFile]:
    """The shared files of a backup. Raises `BackupRefused`."""
    try:
        with (folder / OBJECTS).open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line, type=SharedFile)
    except FileNotFoundError:
        raise BackupRefused(f"{folder / OBJECTS} is missing.") from None
    except msgspec.DecodeError as error:
        raise BackupRefused(f"{folder / OBJECTS} was altered: {error}.") from error


def fact_of(path: Path) -> KeptFile:
    """How long a file is and its digest. Raises `OSError`."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return KeptFile(size, digest.hexdigest())


def write_durably(path: Path, content: bytes) -> None:
    """Write a new file, and wait for the disk. Raises `OSError`."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def settle(folder: Path) -> None:
    """Wait until the names in a folder are on the disk. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BackupRefused(
            f"{path} is missing; {path.parent} is no backup, or not a whole one."
        ) from None
