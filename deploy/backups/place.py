"""The database and folders of an installation, running or not, as backups see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from msgspec.structs import replace

from adapters.postgres.backup.taking import Sources
from deploy.local.postgres import EmbeddedPostgres
from deploy.secret import Secret
from deploy.settings import Settings


@contextmanager
def placed(settings: Settings) -> Iterator[Settings]:
    """Settings with a database: the given one, or the embedded one, started for the while.

    Raises `SetupFault`, also when the embedded one is held by another process.
    """
    if settings.connections.database_url is not None:
        yield settings
        return
    server = EmbeddedPostgres(settings.data_dir)
    url = server.start()
    try:
        yield replace(settings, connections=replace(settings.connections, database_url=Secret(url)))
    finally:
        server.stop()


def owner_url(settings: Settings) -> str:
    """The database's URL, which settings from `placed` have."""
    assert settings.connections.database_url is not None
    return settings.connections.database_url.text


def vault_url(settings: Settings) -> str:
    """The URL of the database that has the keys of persons."""
    given = settings.connections.vault_url
    return given.text if given is not None else owner_url(settings)


def sources(settings: Settings) -> Sources:
    """What there is to back up."""
    return Sources(
        database_url=owner_url(settings),
        archive_dir=settings.archive_dir,
        files=settings.data_dir / "files",
        audit=settings.data_dir / "audit",
    )


def server_major(database_url: str) -> int:
    """The server's major version."""
    with psycopg.connect(database_url) as connection:
        return connection.info.server_version // 10_000
