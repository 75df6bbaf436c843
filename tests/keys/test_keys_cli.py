"""`polikrami keys` and `polikrami migrate`, as operators type them."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from typer.testing import CliRunner, Result

from adapters.crypto import name_of
from adapters.erasures import REGISTER
from adapters.postgres.keys import PersonKeys
from adapters.postgres.pool import connection_pool
from adapters.postgres.rotation import BATCH
from deploy.bootstrap import erasure_register
from deploy.cli import app
from deploy.faults import SetupFault
from deploy.settings import Settings, load_settings
from domain.shared.aggregate import Retention
from tests.given import NOW
from tests.keys.test_keys import FAR_AWAY, LONG_AGO
from tests.keys.vaults import NEW, OLD, copied, masters, restored
from tests.sources import ROOT
from tests.waiting import eventually

Polikrami = Callable[..., Result]

PERSONS = 3 * BATCH


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation of its own."""
    return {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "MASTER_KEY": base64.b64encode(NEW).decode(),
        "MASTER_KNOWN_KEYS": base64.b64encode(OLD).decode(),
    }


@pytest.fixture
def polikrami(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami`, on a wide screen; named settings are changed or left out."""
    monkeypatch.setattr("deploy.cli_keys.console.width", 200)

    def run(*arguments: str, **changed: str | None) -> Result:
        settings = {name: value for name, value in {**env, **changed}.items() if value}
        return CliRunner().invoke(app, arguments, env=settings)

    return run


@pytest.fixture
def settings(env: dict[str, str], polikrami: Polikrami) -> Settings:
    """They have made the keys of a local installation."""
    assert polikrami("keys", "status").exit_code == 0
    return load_settings(env)


def make(
    database_url: str, persons: list[UUID], *, master: bytes, until: date | None = None
) -> None:
    """Keys, wrapped by a master key."""
    retentions = {person: Retention("invoice", until) for person in persons if until}

    async def work() -> None:
        async with connection_pool(database_url, name="test", size=1) as pool:
            keys = PersonKeys(pool, masters(master))
            await keys.fetch(persons, create=True, retentions=retentions)

    asyncio.run(work())


def refused(result: Result) -> str:
    """The one sentence with which `polikrami` ends with status 2."""
    assert isinstance(result.exception, SetupFault), (result.exception, result.output)
    return str(result.exception)


def counted(database_url: str) -> dict[str, int]:
    """How many living keys each master key wraps."""
    with psycopg.connect(database_url) as connection:
        return dict(
            connection.execute(
                "SELECT master_key, count(*) FROM vault.person_keys GROUP BY 1"
            ).fetchall()
        )


def test_keys_are_counted_wrapped_anew_and_expired(polikrami: Polikrami, database_url: str) -> None:
    make(database_url, [uuid4() for _ in range(7)], master=OLD)
    make(database_url, [uuid4()], master=OLD, until=FAR_AWAY)
    make(database_url, [uuid4()], master=NEW, until=LONG_AGO)
    status = polikrami("keys", "status").output
    assert name_of(OLD) in status
    assert "2999-12-31" in status
    assert "0 keys are destroyed; 0 persons were erased." in status
    told = polikrami("keys", "rotate").output
    assert f"8 keys were wrapped by master key {name_of(NEW)}." in told
    assert "0 keys were wrapped" in polikrami("keys", "rotate", MASTER_KNOWN_KEYS=None).output
    assert "1 keys were destroyed." in polikrami("keys", "expire").output
    assert "Nothing has been kept" in polikrami("keys", "expire").output
    status = polikrami("keys", "status").output
    assert name_of(OLD) not in status
    assert "1 keys are destroyed" in status


def test_without_a_master_key_that_is_needed_nothing_starts(
    polikrami: Polikrami, database_url: str
) -> None:
    make(database_url, [uuid4()], master=OLD)
    before = copied(database_url)
    for command in (["keys", "rotate"], ["keys", "status"], ["migrate"], ["jobs", "summary"]):
        told = refused(polikrami(*command, MASTER_KNOWN_KEYS=None))
        assert told == (
            f"Keys of persons are wrapped by master key {name_of(OLD)}, which neither MASTER_KEY"
            " nor MASTER_KNOWN_KEYS has; add what is missing to MASTER_KNOWN_KEYS."
        )
    assert copied(database_url) == before
    told = refused(polikrami("keys", "status", MASTER_KNOWN_KEYS="c2hvcnQ= c2hvcnQ="))
    assert told.count("MASTER_KNOWN_KEYS has one that has 5 bytes in base64, not 32") == 2


def test_a_rotation_that_is_killed_is_finished_by_the_next(
    env: dict[str, str], polikrami: Polikrami, database_url: str
) -> None:
    persons = sorted(uuid4() for _ in range(PERSONS))
    make(database_url, persons, master=OLD)
    command = [sys.executable, "-m", "deploy.cli", "keys", "rotate"]
    with psycopg.connect(database_url) as holding:
        # The last batch waits for this one, so the process is killed between two batches.
        holding.execute(
            "SELECT FROM vault.person_keys WHERE person_id = %s FOR UPDATE", (persons[-1],)
        )
        process = subprocess.Popen(  # noqa: S603  # ourselves
            command, cwd=ROOT, env={**os.environ, **env}, stdout=subprocess.DEVNULL
        )
        half_done = {name_of(OLD): BATCH, name_of(NEW): PERSONS - BATCH}
        try:
            eventually(lambda: counted(database_url) == half_done, what="all but the last batch")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(20)
        assert counted(database_url) == half_done
    assert polikrami("keys", "rotate").exit_code == 0
    assert counted(database_url) == {name_of(NEW): PERSONS}


def test_whoever_was_erased_is_erased_again_after_an_old_copy_was_restored(
    polikrami: Polikrami, settings: Settings, database_url: str
) -> None:
    erased, other = uuid4(), uuid4()
    make(database_url, [erased, other], master=NEW)
    copy = copied(database_url)
    asyncio.run(erasure_register(settings).record(erased, NOW))
    told = polikrami("migrate").output
    assert "1 persons were erased again" in told
    assert "erased" not in polikrami("migrate").output
    restored(database_url, copy)
    assert "1 persons were erased again" in polikrami("migrate").output
    alive = {row[0] for row in copied(database_url) if row[1] is not None}
    assert alive == {other}


def test_a_register_that_was_cut_is_told_and_mended_and_an_altered_one_refused(
    polikrami: Polikrami, settings: Settings, tmp_path: Path
) -> None:
    persons = [uuid4() for _ in range(3)]

    async def record() -> None:
        for person in persons:
            await erasure_register(settings).record(person, NOW)

    asyncio.run(record())
    polikrami("migrate")
    first, second = (tmp_path / folder / REGISTER for folder in ("erasures", "erasures-copy"))
    first.unlink()
    assert "3 erasures were missing in a file of the register" in polikrami("migrate").output
    first.unlink()
    second.unlink()
    assert "3 erasures were missing in the register" in polikrami("migrate").output
    second.write_text(second.read_text().replace(str(persons[1]), str(uuid4())))
    for command in (["migrate"], ["keys", "status"]):
        told = refused(polikrami(*command))
        assert told.startswith("The register of erasures was altered: ")
        assert str(second) in told


def test_the_vault_moves_by_a_setting_and_a_foreign_one_is_refused(
    polikrami: Polikrami, database_url: str, vault_url: str
) -> None:
    make(database_url, [uuid4() for _ in range(5)], master=NEW)
    told = polikrami("migrate", VAULT_URL=vault_url).output
    assert "moved 5 keys of persons into the vault" in told
    assert "5" in polikrami("keys", "status", VAULT_URL=vault_url).output
    assert "VAULT_URL names another vault" in refused(polikrami("migrate"))
