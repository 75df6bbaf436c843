"""Brings databases to the present schema, once, however many processes start at the same time."""

from __future__ import annotations

import warnings
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from yoyo import get_backend, read_migrations

from adapters.postgres.vault import pair

SQL_FOLDER = Path(__file__).parent / "sql"
VAULT_FOLDER = SQL_FOLDER / "vault"
LOCK = 7_065_746_262


def migrate(database_url: str, vault_url: str | None = None) -> list[str]:
    """Apply what is missing in `sql/`, in the order of the file names, and in `sql/vault/` to the
    database of the keys, which is the same unless `vault_url` names another; return what was done.

    Keys that are still beside the log move there. The URLs' roles become the owners of everything
    and must be able to create roles. Raises `psycopg.Error` when a database refuses, and
    `VaultRefused` if the vault is not that of this log.
    """
    vault_url = vault_url or database_url
    # yoyo's own lock is a row that a killed process leaves behind; this one goes with its session.
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        done = _applied(database_url, SQL_FOLDER)
        if vault_url == database_url:
            done += _applied(vault_url, VAULT_FOLDER)
            return [*done, *pair(connection, connection)]
        with psycopg.connect(vault_url, autocommit=True) as vault:
            vault.execute("SELECT pg_advisory_lock(%s)", (LOCK + 1,))
            done += _applied(vault_url, VAULT_FOLDER)
            return [*done, *pair(connection, vault)]


def make_vault(vault_url: str) -> None:
    """Bring a vault to the present schema by itself, to put keys into it from a backup."""
    with psycopg.connect(vault_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK + 1,))
        _applied(vault_url, VAULT_FOLDER)


def _applied(database_url: str, folder: Path) -> list[str]:
    backend_url = urlsplit(database_url)._replace(scheme="postgresql+psycopg").geturl()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        backend = get_backend(backend_url)
        try:
            pending = backend.to_apply(read_migrations(str(folder)))
            backend.apply_migrations(pending)
            return [migration.id for migration in pending]
        finally:
            backend.connection.close()
