"""Keys may lie in a database of their own, move there whole, and are found nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import psycopg
import pytest

from adapters.postgres import vault as vaults
from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import Pool, app_url, connection_pool
from adapters.postgres.vault import VaultRefused, must_open
from adapters.postgres.writer import Writer
from domain.shared.aggregate import Retention
from tests.core.notes import Note
from tests.core.test_log import appending, written
from tests.databases import MASTER, open_keys
from tests.keys.test_keys import FAR_AWAY
from tests.keys.vaults import by_the_owner, copied, opens, restored, sealed

LIVING, DESTROYED, RETAINED = UUID(int=1), UUID(int=2), UUID(int=3)


@asynccontextmanager
async def keys_in(vault_url: str) -> AsyncIterator[PersonKeys]:
    """The keys of another database."""
    async with (
        connection_pool(vault_url, name="vault", size=2) as pool,
        open_keys(pool, vault_url) as keys,
    ):
        yield keys


async def three(keys: PersonKeys) -> dict[UUID, bytes]:
    """A living key, a destroyed one, and one that the law wants kept; words sealed with each."""
    await keys.fetch([RETAINED], create=True, retentions={RETAINED: Retention("invoice", FAR_AWAY)})
    words = {person: await sealed(keys, person) or b"" for person in (LIVING, DESTROYED, RETAINED)}
    await keys.destroy(DESTROYED)
    return words


def has_keys(database_url: str) -> bool:
    return by_the_owner(database_url, "SELECT to_regclass('vault.person_keys')") != [(None,)]


async def test_keys_move_into_a_database_of_their_own_and_leave_nothing_behind(
    keys: PersonKeys, database_url: str, vault_url: str
) -> None:
    words = await three(keys)
    before = copied(database_url)
    assert migrate(database_url, vault_url) == [
        "vault.0001.keys",
        "moved 3 keys of persons into the vault",
    ]
    assert migrate(database_url, vault_url) == []
    assert not has_keys(database_url)
    assert sorted(copied(vault_url)) == sorted(before)
    async with keys_in(vault_url) as moved:
        assert {person for person in words if await opens(moved, person, words=words[person])} == {
            LIVING,
            RETAINED,
        }
        assert await sealed(moved, DESTROYED) is None
        assert await moved.retained([RETAINED])


async def test_a_move_that_was_interrupted_is_finished_and_the_destroyed_copy_holds(
    keys: PersonKeys, database_url: str, vault_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The keys are in the vault already, and those beside the log have lived on."""
    words = await three(keys)
    beside = copied(database_url)
    await keys.destroy(LIVING)
    with psycopg.connect(vault_url, autocommit=True) as owner:
        migrated = vaults.pair
        monkeypatch.setattr("adapters.postgres.migrations.pair", lambda *_: [])
        migrate(database_url, vault_url)
        monkeypatch.setattr("adapters.postgres.migrations.pair", migrated)
        assert owner.execute("SELECT count(*) FROM vault.person_keys").fetchone() == (0,)
    restored(vault_url, beside)
    assert migrate(database_url, vault_url) == []
    assert not has_keys(database_url)
    async with keys_in(vault_url) as moved:
        assert not await opens(moved, LIVING, words=words[LIVING])
        assert not await opens(moved, DESTROYED, words=words[DESTROYED])
        assert await opens(moved, RETAINED, words=words[RETAINED])


async def test_an_older_database_gets_its_vault_elsewhere_at_once(
    postgres_url: str, vault_url: str
) -> None:
    """Nothing was paired before."""
    other = vault_url.replace("vault_", "log_")
    name = other.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        migrate(other, vault_url)
        assert not has_keys(other)
        assert has_keys(vault_url)
        assert migrate(other, vault_url) == []
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


async def test_the_log_is_read_and_written_with_the_vault_elsewhere(
    database_url: str, vault_url: str, pool: Pool
) -> None:
    migrate(database_url, vault_url)
    writer = Writer(app_url(database_url))
    await writer.start()
    async with keys_in(vault_url) as keys:
        log = PostgresLog(pool, writer, keys)
        note = written()
        await log.append(appending(note.collect_events()))
        event = (await log.load(note.id))[0].event
        assert isinstance(event, Note.Written)
        assert event.text == "Işık, ğüşiöç ₺"
        await log.snapshots.stop()
    await writer.stop()
    assert [row[0] for row in copied(vault_url)] == [note.author_id]


async def test_a_foreign_vault_is_refused_by_whoever_migrates_and_whoever_starts(
    database_url: str, vault_url: str, pool: Pool
) -> None:
    migrate(database_url, vault_url)
    [(paired,)] = by_the_owner(database_url, "SELECT vault_id FROM vault_of_log")
    # Another vault by its id: as if it were another database.
    by_the_owner(vault_url, "UPDATE vault.identity SET vault_id = %s", values=[uuid4()])
    with pytest.raises(VaultRefused, match=str(paired)):
        migrate(database_url, vault_url)
    async with connection_pool(vault_url, name="vault", size=2) as other:
        with pytest.raises(VaultRefused, match=str(paired)):
            await must_open(pool, other, master=MASTER)


async def test_who_forgets_where_the_vault_is_is_refused_and_makes_no_new_keys(
    database_url: str, vault_url: str, keys: PersonKeys
) -> None:
    """The setting was lost: the keys are taken to be beside the log again, where none are."""
    await three(keys)
    migrate(database_url, vault_url)
    with pytest.raises(VaultRefused, match="VAULT_URL names another vault"):
        migrate(database_url)
    assert not has_keys(database_url)
    assert len(copied(vault_url)) == 3
