"""An installation with some history, and places into which it is backed up and restored."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.log import PostgresLog
from deploy.bootstrap import running_system
from deploy.settings import load_settings
from tests.backup.installation import Installation
from tests.core.parts import archive_some, note, of, small_partitions
from tests.databases import database_named

EVENTS = 150


@pytest.fixture
def installation(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Installation:
    """One whose log is still empty."""
    for module in ("cli_backup", "cli_audit"):
        monkeypatch.setattr(f"deploy.{module}.console.width", 250)
    return Installation(database_url, tmp_path / "first")


@pytest.fixture
async def event_log(installation: Installation) -> AsyncIterator[PostgresLog]:
    """The log as the installation's processes open it, with its own master key."""
    async with running_system(load_settings(installation.env), name="test") as system:
        yield system.event_log


@pytest.fixture
async def lived_in(installation: Installation, event_log: PostgresLog) -> Installation:
    """150 events, of which 120 are archived, all sealed; and a stored file."""
    small_partitions(installation.database_url, 60)
    for _ in range(5):
        await event_log.append(of(note(readers=EVENTS // 5 - 1)))
    archive_some(installation.database_url, installation.folder / "archive")
    installation.store(b"a picture")
    installation.seal()
    return installation


@pytest.fixture
def elsewhere(postgres_url: str, tmp_path: Path) -> Iterator[Installation]:
    """Another machine with an empty database, and none of the folders."""
    name = f"restored_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield Installation(database_named(postgres_url, name), tmp_path / "second")
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
