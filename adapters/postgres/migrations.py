"""Brings a database to the present schema, once, however many processes start at the same time."""

from __future__ import annotations

import warnings
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from yoyo import get_backend, read_migrations

SQL_FOLDER = Path(__file__).parent / "sql"
LOCK = 7_065_746_262


def migrate(database_url: str) -> list[str]:
    """Apply what is missing in `sql/`, in the order of the file names; return what was applied.

    The URL's role becomes the owner of everything and must be able to create roles. Raises
    `psycopg.Error` when the database refuses.
    """
    parts = urlsplit(database_url)
    backend_url = parts._replace(scheme="postgresql+psycopg").geturl()
    # yoyo's own lock is a row that a killed process leaves behind; this one goes with its session.
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            backend = get_backend(backend_url)
            try:
                pending = backend.to_apply(read_migrations(str(SQL_FOLDER)))
                backend.apply_migrations(pending)
                return [migration.id for migration in pending]
            finally:
                backend.connection.close()
