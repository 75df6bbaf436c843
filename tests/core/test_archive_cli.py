"""`polikrami events partitions`, `archive`, `restore-archive`, `export`, `import` for operators."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from deploy.cli import app
from deploy.faults import SetupFault
from tests.core.archived import log_with_archives, written
from tests.core.parts import small_partitions
from tests.databases import MASTER_SETTING, own_database
from tests.sources import ROOT

Polikrami = Callable[..., Result]


@pytest.fixture
async def log(pool: Pool, database_url: str, tmp_path: Path) -> AsyncIterator[PostgresLog]:
    """A log of 200 events in partitions of 60."""
    small_partitions(database_url, 60)
    async with log_with_archives(pool, database_url, tmp_path / "archive") as log:
        await written(log)
        yield log


@pytest.fixture
def other_url(postgres_url: str, template_url: str) -> Iterator[str]:
    """An empty database."""
    with own_database(postgres_url, template_url) as url:
        yield url


@pytest.fixture
def polikrami(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami events` on the test's database or another one, on a wide screen."""
    monkeypatch.setattr("deploy.cli_archive.console.width", 250)

    def run(*arguments: str, url: str = database_url) -> Result:
        env = {"DATABASE_URL": url, "DATA_DIR": str(tmp_path), **MASTER_SETTING}
        return CliRunner().invoke(app, ["events", *arguments], env=env)

    return run


def refused(result: Result) -> str:
    """The one sentence with which `polikrami` ends with status 2."""
    assert isinstance(result.exception, SetupFault), (result.exception, result.output)
    return str(result.exception)


async def test_an_operator_archives_looks_checks_and_restores(
    log: PostgresLog, polikrami: Polikrami, tmp_path: Path
) -> None:
    def operate() -> None:
        assert "Events 1 to 60 are in" in polikrami("archive", "--partitions", "1").output
        assert "Events 61 to 120 are in" in polikrami("archive", "--before", "121").output
        assert "nothing to archive" in polikrami("archive", "--before", "121").output
        listed = polikrami("partitions", "--check").output
        assert listed.count("archived") == 4  # in two rows, and for two files that were checked
        assert "events_1-60.parquet is as it was archived." in listed
        told = polikrami("restore-archive", "events_1-60.parquet").output
        assert "Events 1 to 60 are in the database again." in told
        told = polikrami("restore-archive", "--all").output
        assert "Events 61 to 120 are in the database again." in told
        assert "nothing to restore" in polikrami("restore-archive", "--all").output
        assert "archived" not in polikrami("partitions").output

    await asyncio.to_thread(operate)
    assert len(await log.page(0, 300)) == 200


async def test_an_operator_exports_and_imports(
    log: PostgresLog, polikrami: Polikrami, other_url: str, tmp_path: Path
) -> None:
    def operate() -> None:
        for name in ("log.jsonl", "log.jsonl.zst", "log.parquet"):
            assert "200 events were exported." in polikrami("export", str(tmp_path / name)).output
        some = polikrami("export", "-", "--from", "7", "--to", "8").stdout.splitlines()
        assert [json.loads(line).get("position") for line in some] == [None, 7, 8, None]
        told = polikrami("import", str(tmp_path / "log.parquet"), url=other_url)
        assert "The log now stands at 200." in told.output

    await asyncio.to_thread(operate)


async def test_a_log_is_piped_from_one_database_to_another(
    log: PostgresLog, database_url: str, other_url: str, tmp_path: Path
) -> None:
    def polikrami(*arguments: str, url: str, told: bytes = b"") -> bytes:
        done = subprocess.run(  # noqa: S603  # ourselves
            [sys.executable, "-W", "ignore", "-m", "deploy.cli", "events", *arguments],
            env={
                "DATABASE_URL": url,
                "DATA_DIR": str(tmp_path),
                "PATH": "/usr/bin:/bin",
                **MASTER_SETTING,
            },
            input=told,
            stdout=subprocess.PIPE,
            check=True,
            cwd=ROOT,
        )
        return done.stdout

    told = await asyncio.to_thread(polikrami, "export", "-", url=database_url)
    assert told.count(b"\n") == 202
    answer = await asyncio.to_thread(polikrami, "import", "-", url=other_url, told=told)
    assert b"The log now stands at 200." in answer


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("archive",), "either --before POSITION or --partitions NUMBER"),
        (("archive", "--before", "9", "--partitions", "1"), "either --before POSITION"),
        (("archive", "--before", "0"), "0 is no position of the log, which has 1 to 200."),
        (("archive", "--before", "500"), "500 is no position of the log"),
        (("archive", "--partitions", "0"), "0 is no number of partitions."),
        (("archive", "--partitions", "4"), "Only 3 partitions are full"),
        (("restore-archive",), "either a file or --all"),
        (("restore-archive", "x.parquet", "--all"), "either a file or --all"),
        (("restore-archive", "x.parquet"), "x.parquet is no archive of this log."),
        (("export", "x.jsonl", "--format", "csv"), "There is no format csv"),
        (("export", "-", "--format", "parquet"), "Parquet can't go to standard output"),
        (("export", "x.jsonl", "--from", "201"), "There are no events from 201 to 200"),
        (("export", "/nowhere/x.jsonl"), "/nowhere/x.jsonl can't be written: No such file"),
        (("import", "/nowhere/x.jsonl"), "/nowhere/x.jsonl can't be read: No such file"),
        (("import", "/nowhere/x.parquet"), "/nowhere/x.parquet is missing."),
        (("import", "pyproject.toml"), "pyproject.toml is damaged"),
        (("import", "pyproject.toml", "--format", "parquet"), "pyproject.toml is damaged"),
    ],
)
async def test_bad_input_is_refused_in_one_sentence_and_changes_nothing(
    log: PostgresLog, polikrami: Polikrami, arguments: tuple[str, ...], sentence: str
) -> None:
    before = (await asyncio.to_thread(polikrami, "partitions")).output
    told = refused(await asyncio.to_thread(polikrami, *arguments))
    assert sentence in told
    assert told.count("\n") == 0
    assert (await asyncio.to_thread(polikrami, "partitions")).output == before


async def test_only_the_owner_may_change_where_events_lie(
    log: PostgresLog, polikrami: Polikrami, database_url: str
) -> None:
    for arguments in (("archive", "--partitions", "1"), ("import", "-")):
        told = await asyncio.to_thread(polikrami, *arguments, url=app_url(database_url))
        assert isinstance(told.exception, SetupFault)
    assert len(await log.page(0, 300)) == 200


async def test_a_file_that_was_harmed_is_named(
    log: PostgresLog, polikrami: Polikrami, tmp_path: Path
) -> None:
    def operate() -> None:
        polikrami("archive", "--partitions", "1")
        file = tmp_path / "archive" / "events_1-60.parquet"
        file.write_bytes(file.read_bytes()[:-9])
        for arguments in (("partitions", "--check"), ("restore-archive", "--all"), ("export", "-")):
            assert "events_1-60.parquet is damaged" in refused(polikrami(*arguments))
        file.unlink()
        for arguments in (("partitions", "--check"), ("restore-archive", "--all"), ("export", "-")):
            assert "events_1-60.parquet is missing" in refused(polikrami(*arguments))

    await asyncio.to_thread(operate)
