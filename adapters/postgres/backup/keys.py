"""Keys of persons in a file of their own, apart from the backups of the log; wrapped as they are.

The file has a first line, a line for each row of the schema `vault`, and a last line with the
SHA-256 of all before it. Whoever has it still needs the master key to read anything.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from cryptography.exceptions import InvalidTag
from msgspec import Struct
from psycopg.sql import SQL, Identifier

from adapters.crypto import MasterKeys
from adapters.postgres.archive.partitions import Connection
from adapters.postgres.backup.faults import BackupRefused
from adapters.postgres.backup.manifest import settle

FORMAT = "polikrami-keys"
FORMAT_VERSION = 1
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'vault' ORDER BY 1"
PERSON_KEYS = "person_keys"


class KeysKept(Struct, frozen=True):
    """What a file of keys holds: living keys, fences of destroyed ones, and its size in bytes."""

    living: int
    destroyed: int
    bytes: int


class _First(Struct, tag_field="format", tag=FORMAT, kw_only=True):
    format_version: int
    made_at: datetime


class _Line(Struct, kw_only=True):
    table: str
    row: dict[str, Any]


class _Last(Struct, kw_only=True):
    sha256: str


def keep_keys(vault_url: str, path: Path, *, now: datetime) -> KeysKept:
    """Write all keys, as one snapshot has them, into a file; one that is there is replaced whole.

    Raises `psycopg.Error`, and `OSError`; then the former file is as it was.
    """
    part = path.with_name(f"{path.name}.part")
    digest, counted = hashlib.sha256(), {True: 0, False: 0}
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for line in _lines(vault_url, now, counted=counted):
                digest.update(line)
                file.write(line)
            file.write(msgspec.json.encode(_Last(sha256=digest.hexdigest())) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        settle(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return KeysKept(counted[True], counted[False], path.stat().st_size)


def _lines(vault_url: str, now: datetime, *, counted: dict[bool, int]) -> Iterator[bytes]:
    yield msgspec.json.encode(_First(format_version=FORMAT_VERSION, made_at=now)) + b"\n"
    with psycopg.connect(vault_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        for (table,) in connection.execute(TABLES).fetchall():
            query = SQL("SELECT row_to_json(t)::text FROM vault.{} AS t").format(Identifier(table))
            with connection.cursor(name="keys") as cursor:
                cursor.itersize = 5_000
                for (text,) in cursor.execute(query):
                    row = msgspec.json.decode(text)
                    if table == PERSON_KEYS:
                        counted[row["wrapped_key"] is not None] += 1
                    yield msgspec.json.encode(_Line(table=table, row=row)) + b"\n"


class KeyFile:
    """A file of keys that was read and found to be whole."""

    def __init__(self, path: Path) -> None:
        """Raises `BackupRefused`."""
        self.path = path
        self.tables: dict[str, list[dict[str, Any]]] = {}
        try:
            lines = path.read_bytes().splitlines(keepends=True)
        except OSError as error:
            raise BackupRefused(f"{path}: {error.strerror}.") from error
        self.made_at = self._first(lines).made_at
        try:
            last = msgspec.json.decode(lines[-1], type=_Last)
        except msgspec.DecodeError:
            raise BackupRefused(f"{path} is cut short: its last line is missing.") from None
        if hashlib.sha256(b"".join(lines[:-1])).hexdigest() != last.sha256:
            raise BackupRefused(f"{path} was altered: its digest is another one.")
        for line in lines[1:-1]:
            found = msgspec.json.decode(line, type=_Line)
            self.tables.setdefault(found.table, []).append(found.row)

    @property
    def persons(self) -> list[dict[str, Any]]:
        return self.tables.get(PERSON_KEYS, [])

    def must_open(self, master: MasterKeys) -> None:
        """Raises `BackupRefused` unless the master key opens every key."""
        for row in self.persons:
            if row["wrapped_key"] is None:
                continue
            wrapped = bytes.fromhex(row["wrapped_key"].removeprefix("\\x"))
            try:
                master.unwrap(UUID(row["person_id"]), wrapped, master_key=row["master_key"])
            except (LookupError, InvalidTag):
                raise BackupRefused(
                    f"MASTER_KEY does not open the keys in {self.path}: some are wrapped by master"
                    f" key {row['master_key']}; set it, or name it in MASTER_KNOWN_KEYS."
                ) from None

    def put(self, connection: Connection, erased: Mapping[UUID, datetime]) -> None:
        """Put the rows into the empty tables of `vault`; keys of the erased come back as fences.

        Raises `BackupRefused`, also for a vault that has keys, and `psycopg.Error`.
        """
        if connection.execute("SELECT 1 FROM vault.person_keys LIMIT 1").fetchone():
            raise BackupRefused(
                "The vault has keys of persons already; restore without --keys, or empty it first."
            )
        for row in self.persons:
            if row["wrapped_key"] is not None and UUID(row["person_id"]) in erased:
                row["wrapped_key"] = None
                row["destroyed_at"] = erased[UUID(row["person_id"])].isoformat()
        known = {str(name) for (name,) in connection.execute(TABLES).fetchall()}
        if unknown := self.tables.keys() - known:
            raise BackupRefused(
                f"{self.path} has the table {min(unknown)}, which this release does not know."
            )
        for table, rows in self.tables.items():
            name = Identifier(table)
            # What a migration has put there is the row of a vault that has never been used.
            connection.execute(SQL("DELETE FROM vault.{}").format(name))
            connection.cursor().executemany(
                SQL(
                    "INSERT INTO vault.{0} SELECT * FROM jsonb_populate_record(NULL::vault.{0}, %s)"
                ).format(name),
                [(msgspec.json.encode(row).decode(),) for row in rows],
            )

    def _first(self, lines: list[bytes]) -> _First:
        try:
            first = msgspec.json.decode(lines[0] if lines else b"", type=_First)
        except msgspec.DecodeError:
            raise BackupRefused(f"{self.path} is no file of keys.") from None
        if first.format_version != FORMAT_VERSION:
            raise BackupRefused(
                f"{self.path} has the format {first.format_version}; this release reads the format"
                f" {FORMAT_VERSION}."
            )
        return first
