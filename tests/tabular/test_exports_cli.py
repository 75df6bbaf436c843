"""`polikrami finance exports`: what finance types, and what bad input leaves alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from application.wallet import OpenWallet
from deploy.cli import app
from deploy.faults import SetupFault
from projections.exports import EXPORTS
from tests.tabular.office import Office

Polikrami = Callable[..., Result]


@pytest.fixture
def polikrami(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami finance exports` on the test's database, on a wide screen."""
    monkeypatch.setattr("deploy.screen.console.width", 250)

    def run(*arguments: str) -> Result:
        env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}
        return CliRunner().invoke(app, ["finance", "exports", *arguments], env=env)

    return run


async def test_a_table_is_written_whole(
    office: Office, polikrami: Polikrami, tmp_path: Path
) -> None:
    for number in range(1, 6):
        await office.books.do(OpenWallet(customer_id=UUID(int=number)))
    await office.books.follow()
    file, small = tmp_path / "entries.parquet", tmp_path / "february.csv"
    done = await asyncio.to_thread(polikrami, "write", "ledger-entries", str(file))
    assert (done.exit_code, "10 rows are in" in done.output) == (0, True)
    assert pq.read_table(file).num_rows == 10
    await asyncio.to_thread(polikrami, "write", "ledger-entries", str(small), "--until", "2020-01")
    assert len(small.read_text(encoding="utf-8-sig").splitlines()) == 1


def test_tables_and_columns_are_listed(polikrami: Polikrami) -> None:
    told = polikrami("list").output
    assert all(name in told for name in EXPORTS)
    columns = polikrami("list", "invoices").output
    assert all(column.name in columns for column in EXPORTS["invoices"].columns)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("write", "passwords", "a.csv"), "There is no table passwords"),
        (("write", "invoices", "a.exe"), "does not say its format"),
        (("write", "invoices", "a.csv", "--since", "soon"), "'soon' is no month"),
        (("write", "invoices", "a.csv", "--account", "bank"), "can't be sieved by account"),
        (("write", "ledger-months", "a.csv", "--account", "gold"), "There is no account 'gold'"),
        (("list", "passwords"), "There is no table passwords"),
    ],
)
def test_bad_input_writes_nothing(
    polikrami: Polikrami,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    why: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = polikrami(*arguments)
    assert isinstance(refused.exception, SetupFault)
    assert why in str(refused.exception)
    assert list(tmp_path.glob("a.*")) == []


async def test_a_file_that_is_there_is_not_overwritten(
    office: Office, polikrami: Polikrami, tmp_path: Path
) -> None:
    await office.books.follow()
    file = tmp_path / "mine.csv"
    file.write_text("mine")
    refused = await asyncio.to_thread(polikrami, "write", "invoices", str(file))
    assert isinstance(refused.exception, SetupFault)
    assert file.read_text() == "mine"
