"""Keys of persons: apart from the log, in a vault of their own or not, and never those of the
erased.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.log import PostgresLog
from deploy.bootstrap import erasure_register, running_system
from deploy.settings import load_settings
from tests.backup.installation import Installation
from tests.core.notes import Note
from tests.core.parts import note, of
from tests.databases import database_named
from tests.sources import ROOT
from workers.safekeeping import BackupWatch, backup_age

PAGE = ROOT / "docs" / "backup-and-restore.md"


async def texts(installation: Installation) -> list[str]:
    """What the installation reads of the personal fields in its log."""
    async with running_system(load_settings(installation.env), name="test") as system:
        events = [each.event for each in await system.event_log.page(0, 1_000)]
        return [event.text for event in events if isinstance(event, Note.Written)]


@pytest.fixture
def vault_url(postgres_url: str) -> Iterator[str]:
    """An empty database for keys alone."""
    name = f"vault_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield database_named(postgres_url, name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


async def test_an_old_file_of_keys_brings_nobody_back_who_was_erased(
    installation: Installation,
    elsewhere: Installation,
    event_log: PostgresLog,
    tmp_path: Path,
) -> None:
    gone, stays = uuid4(), uuid4()
    for author, text in ((gone, "gone"), (stays, "stays")):
        await event_log.append(of(note(text=text, author=author)))
    await asyncio.to_thread(
        installation.did, "backup", tmp_path / "backups", "--keys", tmp_path / "keys"
    )
    register = erasure_register(load_settings(installation.env))
    await register.record(gone, datetime.now(UTC))
    shutil.copytree(installation.folder / "erasures", elsewhere.folder / "erasures")
    said = await asyncio.to_thread(
        elsewhere.did, "restore", tmp_path / "backups", "--keys", tmp_path / "keys"
    )
    assert "1 persons were erased, and stay so." in said
    assert f"{gone} was erased after this backup" in said
    assert await texts(elsewhere) == ["[erased]", "stays"]
    with psycopg.connect(elsewhere.database_url) as connection:
        rows = connection.execute(
            "SELECT person_id, wrapped_key IS NULL FROM vault.person_keys"
        ).fetchall()
    assert dict(rows) == {gone: True, stays: False}


@pytest.mark.parametrize("vault_is_lost", [False, True])
async def test_a_vault_of_its_own_is_left_alone_or_filled_from_its_own_file(
    installation: Installation,
    elsewhere: Installation,
    vault_url: str,
    event_log: PostgresLog,
    tmp_path: Path,
    *,
    vault_is_lost: bool,
) -> None:
    await event_log.append(of(note(text="Günaydın")))
    for each in (installation, elsewhere):
        each.env["VAULT_URL"] = vault_url
    backups, keys = tmp_path / "backups", tmp_path / "keys"

    def operate() -> None:
        assert "moved 1 keys of persons" in installation.did("migrate")
        assert "1 keys of persons are in" in installation.did("backup", backups, "--keys", keys)
        if vault_is_lost:
            with psycopg.connect(vault_url, autocommit=True) as connection:
                connection.execute("DROP SCHEMA vault CASCADE")
                connection.execute("DROP TABLE _yoyo_migration, _yoyo_log, _yoyo_version CASCADE")
            elsewhere.did("restore", backups, "--keys", keys)
        else:
            assert "The vault has keys" in elsewhere.refused("restore", backups, "--keys", keys)

    await asyncio.to_thread(operate)
    if not vault_is_lost:
        return
    assert await texts(elsewhere) == ["Günaydın"]


async def test_without_keys_the_log_comes_back_and_nobody_can_read_what_persons_said(
    installation: Installation,
    elsewhere: Installation,
    event_log: PostgresLog,
    tmp_path: Path,
) -> None:
    await event_log.append(of(note()))
    await asyncio.to_thread(installation.did, "backup", tmp_path / "backups")
    said = await asyncio.to_thread(elsewhere.did, "restore", tmp_path / "backups", "--without-keys")
    assert "personal fields read as erased" in said
    assert await texts(elsewhere) == ["[erased]"]


async def test_the_walk_through_in_the_docs_can_be_walked(
    lived_in: Installation, elsewhere: Installation, tmp_path: Path
) -> None:
    (tmp_path / "backups-keys").mkdir()
    blocks = re.findall(r"^```sh\npolikrami (.+)\n```$", PAGE.read_text("utf-8"), re.MULTILINE)
    lines = [line.replace("/backups", f"{tmp_path}/backups").split() for line in blocks]
    assert [line[0] for line in lines] == ["backup", "backup", "restore", "audit"]

    def walk() -> None:
        for line in lines[:2]:
            lived_in.did(*line)
        elsewhere.did(*lines[2])
        assert "Nothing is missing" in elsewhere.refused(
            "audit", "accept-loss", "--note", "disk of db1 burnt"
        )

    await asyncio.to_thread(walk)
    assert elsewhere.content() == lived_in.content()


async def test_how_old_backups_are_is_a_metric(lived_in: Installation, tmp_path: Path) -> None:
    async with running_system(load_settings(lived_in.env), name="test") as system:
        watch = BackupWatch(system.pool)
        lived_in.ask(
            "SET session_replication_role = replica;"
            " UPDATE events SET recorded_at = now() - interval '2 days'"
        )
        await watch.look()
        told = {kind: backup_age.labels(kind)._value.get() for kind in ("log", "keys", "check")}
        assert all(172_800 <= age < 180_000 for age in told.values())
        await asyncio.to_thread(lived_in.did, "backup", tmp_path / "backups")
        await watch.look()
        assert backup_age.labels("log")._value.get() < 3_600
        assert backup_age.labels("keys")._value.get() >= 172_800
    backup_age.clear()


def test_ids_in_a_file_of_keys_are_those_of_persons(
    installation: Installation, tmp_path: Path
) -> None:
    installation.ask(
        "INSERT INTO vault.person_keys (person_id, master_key, destroyed_at)"
        " VALUES ('00000000-0000-0000-0000-000000000001', '', now())"
    )
    assert "0 keys of persons are in" in installation.did("backup", "--keys", tmp_path / "keys")
    assert str(UUID(int=1)) in (tmp_path / "keys").read_text()
