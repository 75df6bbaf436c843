"""Restores a backup into an empty database: all of it, or it does not begin.

The rights of the running system come last, so nobody works on a database that is half there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import LiteralString
from uuid import UUID

import psycopg
from msgspec import Struct
from psycopg.sql import SQL, Literal

from adapters.postgres.archive.partitions import Connection
from adapters.postgres.backup.faults import BackupRefused
from adapters.postgres.backup.keys import KeyFile
from adapters.postgres.backup.opening import Opened
from adapters.postgres.backup.taking import DUMP, Steps, following
from adapters.postgres.backup.tools import Tools
from adapters.postgres.migrations import make_vault, migrate
from adapters.postgres.vault import VaultRefused

HELD = (
    "SELECT count(*) FILTER (WHERE kind = 'tables'), count(*) FILTER (WHERE kind = 'schemas')"
    " FROM (SELECT 'tables' AS kind FROM pg_class AS c JOIN pg_namespace AS n"
    " ON n.oid = c.relnamespace WHERE nspname !~ '^pg_|^information_schema$'"
    " UNION ALL SELECT 'tables' FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace"
    " WHERE nspname !~ '^pg_|^information_schema$'"
    " UNION ALL SELECT 'schemas' FROM pg_namespace"
    " WHERE nspname !~ '^pg_|^information_schema$|^public$') AS held"
)
ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'polikrami_app') THEN
        CREATE ROLE polikrami_app NOLOGIN;
    END IF;
    EXECUTE format('GRANT polikrami_app TO %I', current_user);
END $$
"""
FREED = (
    "UPDATE jobs SET state = 'due', leased_until = NULL, leased_by = NULL WHERE state = 'leased'"
)
HELD_BACK = (
    "UPDATE jobs SET state = 'parked', finished_at = now(), leased_until = NULL, leased_by = NULL,"
    " error = %s WHERE state IN ('due', 'leased') AND due_at <= now()"
)
RESTORED = "INSERT INTO restores (backup, position, backup_at) VALUES (%s, %s, %s)"
ERASED = (
    "SELECT (convert_from(payload, 'UTF8')::jsonb ->> 'person_id')::uuid, min(recorded_at)"
    " FROM events WHERE type = 'erasure.key_destroyed' GROUP BY 1"
)
# The vault of this log, although it has lost its keys.
SAME_VAULT = (
    "INSERT INTO vault.identity (vault_id) SELECT vault_id FROM vault_of_log ON CONFLICT DO NOTHING"
)
SUBJECTS = "SELECT DISTINCT subject_id FROM events WHERE subject_id IS NOT NULL"
LIVING = "SELECT count(*) FROM vault.person_keys WHERE wrapped_key IS NOT NULL"
KNOWN = "SELECT count(*) FROM vault.person_keys WHERE person_id = ANY(%s)"
PARKED = "SELECT count(*) FROM jobs WHERE state = 'parked'"
MARK = "SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'restoring'"
FILLED = ", filled"
"""Behind the name of the backup in the mark: the database itself is whole."""


MANY = 10_000

Look = Callable[[], None]


def _unseen() -> None:
    """Nobody looks how far it has come."""


class Restored(Struct, frozen=True, kw_only=True):
    """What came back: the newest position, living keys, persons who had been erased, persons of the
    log without a key, and jobs that were parked.
    """

    position: int
    keys: int
    erased: Mapping[UUID, datetime]
    keyless: int
    parked: int


class Restore(Struct, frozen=True, kw_only=True):
    """How to restore: into which database, by its future owner's URL, with which keys and where
    these are.
    """

    database_url: str
    vault_url: str
    tools: Tools
    keys: KeyFile | None
    erased: Mapping[UUID, datetime]
    """Who was erased, as is known outside of the database."""
    hold_work: bool = False
    """Park what is due, for operators to decide about."""
    jobs: int = 2

    def run(self, backup: Opened, *, steps: Steps) -> Restored:
        """Fill the database. Raises `BackupRefused` and `psycopg.Error`.

        It stays marked as being restored until `finished`. Whoever was interrupted behind this goes
        on when called again; whoever was interrupted in it begins with a new database.
        """
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            marked = _mark_of(connection)
            if marked == f"{backup.path.name}{FILLED}":
                return self._as_restored(connection, backup)
            must_be_empty(connection)
            _must_fit(connection, backup.manifest.server)
            connection.execute("CREATE SCHEMA restoring")
            _mark(connection, backup.path.name)
            connection.execute(ROLE)
            self._fill(backup, steps)
            erased = dict(connection.execute(ERASED).fetchall()) | dict(self.erased)
            self._put_keys_back(connection, erased)
            try:
                migrate(self.database_url, self.vault_url)
            except VaultRefused as refused:
                raise BackupRefused(f"{refused}.") from refused
            self._settle(connection, backup, erased=erased)
            _must_hold(connection, backup)
            self._grant(backup)
            connection.execute("ANALYZE")
            _mark(connection, f"{backup.path.name}{FILLED}")
            return self._as_restored(connection, backup)

    def finished(self) -> None:
        """Say that all that belongs to the database is in its place, too."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA restoring CASCADE")

    def _put_keys_back(self, connection: Connection, erased: Mapping[UUID, datetime]) -> None:
        if self.keys:
            make_vault(self.vault_url)
            with psycopg.connect(self.vault_url) as vault:
                self.keys.put(vault, erased)
        elif _has_vault(connection):
            connection.execute(SAME_VAULT)

    def _settle(
        self, connection: Connection, backup: Opened, *, erased: Mapping[UUID, datetime]
    ) -> None:
        """Write down who was erased, and that this was restored. The work of those who are gone is
        freed, or held back if it may have been done meanwhile.
        """
        manifest = backup.manifest
        with connection.transaction():
            connection.execute("CREATE TABLE restoring.erased (person_id uuid, at timestamptz)")
            connection.cursor().executemany(
                "INSERT INTO restoring.erased VALUES (%s, %s)", list(erased.items())
            )
            if self.hold_work:
                why = f"may have been done after the backup {backup.path.name} was made"
                connection.execute(HELD_BACK, (why,))
            connection.execute(FREED)
            connection.execute(RESTORED, (backup.path.name, manifest.position, manifest.made_at))

    def _as_restored(self, connection: Connection, backup: Opened) -> Restored:
        rows = connection.execute("SELECT person_id, at FROM restoring.erased").fetchall()
        subjects = [subject for (subject,) in connection.execute(SUBJECTS)]
        with psycopg.connect(self.vault_url) as vault:
            known = sum(
                _count(vault, KNOWN, subjects[start : start + MANY])
                for start in range(0, len(subjects), MANY)
            )
            living = _count(vault, LIVING)
        return Restored(
            position=backup.manifest.position,
            keys=living,
            erased=dict(rows),
            keyless=len(subjects) - known,
            parked=_count(connection, PARKED),
        )

    def _fill(self, backup: Opened, steps: Steps) -> None:
        counts = backup.manifest.counts
        rows, tell = sum(counts.values()), steps.of("restoring")
        with following(self.database_url, "COPY FROM", rows=rows, tell=tell) as look:
            self._pg_restore(backup, f"--jobs={self.jobs}", "--no-acl", look=look)
        tell(rows, rows)

    def _grant(self, backup: Opened) -> None:
        """Give the rights that the backed-up database gave."""
        listed = self.tools.run("pg_restore", "--list", backup.path / DUMP)
        rights = [line for line in listed.splitlines() if " ACL " in f" {line} "]
        with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
            chosen.write("\n".join(rights) + "\n")
            chosen.flush()
            self._pg_restore(backup, f"--use-list={chosen.name}")

    def _pg_restore(self, backup: Opened, *arguments: str, look: Look = _unseen) -> None:
        self.tools.run(
            "pg_restore",
            "--exit-on-error",
            "--no-owner",
            *arguments,
            backup.path / DUMP,
            database_url=self.database_url,
            look=look,
        )


def must_be_empty(connection: Connection) -> None:
    """Raises `BackupRefused` if the database holds anything."""
    row = connection.execute(HELD).fetchone()
    assert row is not None
    things, schemas = row
    if interrupted := _mark_of(connection):
        raise BackupRefused(
            f"An interrupted restore of {interrupted.removesuffix(FILLED)} has left a part of it in"
            " this database; drop the database, create it anew and restore again."
        )
    if things or schemas:
        raise BackupRefused(
            f"The database is not empty, it has {things} tables, indexes and functions and"
            f" {schemas} schemas of its own; restore only into a new one, for instance by"
            " CREATE DATABASE."
        )


def _must_fit(connection: Connection, made_by: str) -> None:
    ours, theirs = connection.info.server_version // 10_000, int(made_by.split(".", maxsplit=1)[0])
    if ours < theirs:
        raise BackupRefused(
            f"The backup is of PostgreSQL {made_by}, and the server here is of version {ours};"
            f" restore into PostgreSQL {theirs} or newer."
        )


def _mark(connection: Connection, mark: str) -> None:
    connection.execute(SQL("COMMENT ON SCHEMA restoring IS {}").format(Literal(mark)))


def _mark_of(connection: Connection) -> str | None:
    """The backup that is being restored here, and how far it is."""
    row = connection.execute(MARK).fetchone()
    return (row[0] or "a backup") if row else None


def _has_vault(connection: Connection) -> bool:
    row = connection.execute("SELECT to_regclass('vault.identity') IS NOT NULL").fetchone()
    return bool(row and row[0])


def _count(connection: Connection, query: LiteralString, *parameters: object) -> int:
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return int(row[0])


def _must_hold(connection: Connection, backup: Opened) -> None:
    """Raises `BackupRefused` unless the database has what the manifest says, and its guards."""
    manifest = backup.manifest
    row = connection.execute(
        "SELECT (SELECT coalesce(max(position), 0) FROM events), (SELECT count(*) FROM events),"
        " (SELECT count(*) FROM pg_trigger WHERE tgname = 'events_only_grow' AND tgenabled = 'O'),"
        " (SELECT count(*) FROM log_partitions WHERE state = 'attached')"
    ).fetchone()
    assert row is not None
    head, events, guards, attached = row
    wanted = manifest.counts["events"]
    if events != wanted or (wanted and head != manifest.position):
        raise BackupRefused(
            f"{backup.path} gave {events:,} events up to {head:,}, and should have given"
            f" {wanted:,} up to {manifest.position:,}."
        )
    if guards < attached + 1:
        raise BackupRefused(f"{backup.path} lacks triggers that keep the log from being changed.")
