"""`polikrami serve sealer`, `audit verify` and `audit key`, as operators and auditors type them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.audit.files import CHECKPOINTS, CheckpointFile
from adapters.audit.notes import VerifierKey, Verifiers
from adapters.postgres.log import PostgresLog
from deploy.cli import app
from deploy.faults import SetupFault
from tests.audit.sealed import delete, edit
from tests.core.parts import archive_some, note, of, small_partitions
from tests.databases import MASTER_SETTING
from tests.sources import ROOT
from tests.waiting import eventually

Polikrami = Callable[..., Result]


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation of its own."""
    places = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}
    return {**places, "METRICS_PORT": "65000", **MASTER_SETTING}


@pytest.fixture
def polikrami(env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami audit`, on a wide screen."""
    monkeypatch.setattr("deploy.cli_audit.console.width", 250)
    return lambda *arguments: CliRunner().invoke(app, ["audit", *arguments], env=env)


@contextmanager
def sealer(env: dict[str, str]) -> Iterator[None]:
    """The process that seals."""
    command = [sys.executable, "-m", "deploy.cli", "serve", "sealer"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env})  # noqa: S603  # ourselves
    try:
        yield
    finally:
        process.terminate()
        assert process.wait(20) == 0


@pytest.fixture
async def sealed(
    event_log: PostgresLog, env: dict[str, str], database_url: str, tmp_path: Path
) -> Path:
    """The file of checkpoints over 90 events in partitions of 40, of which two are archived."""
    small_partitions(database_url, 40)
    await event_log.append(of(note(readers=89)))
    places = [tmp_path / folder / CHECKPOINTS for folder in ("audit", "audit-copy")]

    def run() -> None:
        with sealer(env):
            for place in places:
                eventually(CheckpointFile(place).last, what=str(place))
        archive_some(database_url, tmp_path / "archive")

    await asyncio.to_thread(run)
    assert places[0].read_text() == places[1].read_text()
    return places[0]


def refused(result: Result) -> str:
    """The one sentence with which `polikrami` ends with status 2."""
    assert isinstance(result.exception, SetupFault), (result.exception, result.output)
    return str(result.exception)


async def test_the_sealer_seals_and_an_auditor_verifies(
    sealed: Path, polikrami: Polikrami, tmp_path: Path
) -> None:
    def audit() -> None:
        told = polikrami("verify")
        assert told.exit_code == 0, told.output
        assert "1 checkpoints hold, up to that of 90 events." in told.output
        assert "90 events are as they were sealed." in told.output
        copy = tmp_path / "audit-copy" / CHECKPOINTS
        assert polikrami("verify", "--checkpoints", str(copy)).exit_code == 0
        key = VerifierKey.parsed(polikrami("key").stdout.strip())
        assert Verifiers([key]).checkpoint(CheckpointFile(sealed).last() or "").size == 90
        assert "No checkpoint is within" in refused(polikrami("verify", "--from-archive"))
        assert "There is no file" in refused(polikrami("verify", "--checkpoints", "nowhere"))
        other = tmp_path / "other"
        other.write_text("no checkpoint")
        none = polikrami("verify", "--checkpoints", str(other))
        assert refused(none) == f"There is no checkpoint in {other}."

    await asyncio.to_thread(audit)


async def test_an_auditor_is_told_where_and_the_exit_status_is_one(
    sealed: Path, polikrami: Polikrami, database_url: str
) -> None:
    def audit() -> None:
        edit(database_url, 88)
        told = polikrami("verify")
        assert told.exit_code == 1
        assert "1 checkpoints do not hold, from that of 90 to that of 90 events." in told.output
        assert "The first event that is not as it was sealed is at 88." in told.output
        (sealed.parent / "hashes").unlink()
        told = polikrami("verify", "--checkpoints", str(sealed))
        assert told.exit_code == 1
        assert "An event behind 0 up to 90 is not as it was sealed" in told.output
        delete(database_url, 81, 90)
        assert "is at 81." in polikrami("verify").output

    await asyncio.to_thread(audit)


async def test_archives_alone_are_compared_without_a_database(
    event_log: PostgresLog, polikrami: Polikrami, env: dict[str, str], *, database_url: str
) -> None:
    small_partitions(database_url, 40)
    await event_log.append(of(note(readers=39)))
    folder = Path(env["DATA_DIR"])

    def seal() -> None:
        with sealer(env):
            eventually(CheckpointFile(folder / "audit" / CHECKPOINTS).last)

    await asyncio.to_thread(seal)
    await event_log.append(of(note()))
    await asyncio.to_thread(archive_some, database_url, folder / "archive")
    env["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/nothing"
    told = await asyncio.to_thread(polikrami, "verify", "--from-archive")
    assert (told.exit_code, "40 events are as they were sealed." in told.output) == (0, True)


async def test_nothing_sealed_is_said_in_one_sentence(
    event_log: PostgresLog, polikrami: Polikrami
) -> None:
    await event_log.append(of(note()))
    told = await asyncio.to_thread(polikrami, "verify")
    assert refused(told) == "Nothing was sealed yet; does `polikrami serve sealer` run?"


async def test_a_key_that_nobody_knows_counts_for_nothing(
    sealed: Path, polikrami: Polikrami, env: dict[str, str]
) -> None:
    def audit() -> None:
        old = polikrami("key").stdout.strip()
        env["AUDIT_KEY"] = "bm90IHRoZSBrZXkgdGhhdCBoYXMgc2lnbmVkIGl0ISE="
        told = polikrami("verify")
        assert told.exit_code == 1
        assert "no known key has signed it" in told.output
        env["AUDIT_KNOWN_KEYS"] = old
        assert polikrami("verify").exit_code == 0
        env["AUDIT_KNOWN_KEYS"] = old[:-4]
        result = polikrami("verify")
        assert "AUDIT_KNOWN_KEYS has" in str(result.exception)

    await asyncio.to_thread(audit)
