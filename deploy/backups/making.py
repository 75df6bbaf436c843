"""`polikrami backup`: makes backups of the log, of the keys, or of the whole server."""

from __future__ import annotations

import importlib.metadata
from datetime import datetime
from pathlib import Path

import psycopg

from adapters.postgres.backup.keys import KeysKept, keep_keys
from adapters.postgres.backup.shelf import Shelf
from adapters.postgres.backup.taking import Backup, Steps, Taken
from deploy.backups.place import owner_url, server_major, sources, vault_url
from deploy.backups.programs import fitting
from deploy.settings import Settings

RECORD = "INSERT INTO backups (kind, name, position, bytes) VALUES (%s, %s, %s, %s)"


def back_up(settings: Settings, folder: Path, *, now: datetime, steps: Steps) -> Taken:
    """Back up the log, and what belongs to it, into a folder of backups; note it in the database.

    Raises `BackupRefused`, `SetupFault`, `psycopg.Error` and `OSError`.
    """
    url = owner_url(settings)
    backup = Backup(
        sources=sources(settings),
        tools=fitting(server_major(url)),
        release=importlib.metadata.version("polikrami-cover"),
    )
    taken = backup.into(Shelf(folder), now=now, steps=steps)
    record(url, "log", name=taken.path.name, position=taken.manifest.position, size=_size(taken))
    return taken


def back_up_keys(settings: Settings, file: Path, *, now: datetime) -> KeysKept:
    """Back up the keys of persons into a file of their own, and note it in the database."""
    url = owner_url(settings)
    kept = keep_keys(vault_url(settings), file, now=now)
    record(url, "keys", name=file.name, position=0, size=kept.bytes)
    return kept


def record(database_url: str, kind: str, *, name: str, position: int, size: int) -> None:
    """Note in the database that a backup was made or checked, for whoever asks how old it is."""
    with psycopg.connect(database_url) as connection:
        connection.execute(RECORD, (kind, name, position, size))


def _size(taken: Taken) -> int:
    return taken.manifest.bytes + taken.added
