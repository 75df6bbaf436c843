"""`polikrami what-if`, as an operator types it: differences are shown and nothing is changed."""

from __future__ import annotations

import asyncio
import csv
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID

import psycopg
import pytest
from psycopg.errors import ReadOnlySqlTransaction
from psycopg.sql import SQL, Identifier
from typer.testing import CliRunner, Result

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import app_url
from adapters.postgres.scratch import scratch_tables
from deploy.cli import app
from deploy.faults import SetupFault
from tests.core.writing import commanding
from tests.databases import MASTER_SETTING
from tests.sources import ROOT
from tests.waiting import eventually
from tests.what_if.shop import Shop

PAGE = ROOT / "docs" / "what-if.md"
AYSE = UUID(re.search(r"--person (\S+)", PAGE.read_text(encoding="utf-8"))[1])  # type: ignore[index]  # the page names one
MEHMET, ZEYNEP = UUID(int=8), UUID(int=9)

CONTENT = "count(*), md5(coalesce(string_agg(t::text, '' ORDER BY t::text), ''))"

Polikrami = Callable[..., Result]


@pytest.fixture
async def history(event_log: PostgresLog) -> int:
    """Three persons lived: one generated, one cancelled an order, one did nothing; the head."""
    ayse, mehmet, zeynep = (Shop(person) for person in (AYSE, MEHMET, ZEYNEP))
    for _ in range(2):
        ayse.generates(0)
        ayse.gets_candidates()
    mehmet.orders_cover()
    mehmet.cancels()
    position = 0
    for shop in (ayse, mehmet, zeynep):
        position = await event_log.append(commanding(shop.events))
    return position


@pytest.fixture
def env(database_url: str, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation of its own."""
    return {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path / "data"), **MASTER_SETTING}


@pytest.fixture
def polikrami(env: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami what-if` in a folder with the rules of the page."""
    monkeypatch.setattr("deploy.cli_what_if.console.width", 250)
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")
    [toml] = re.findall(r"^```toml\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)
    [python] = re.findall(r"^```python\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)
    Path("dearer.toml").write_text(toml)
    Path("free.py").write_text(python)
    Path("less.toml").write_text("[welcome]\ncredits = 1\n")
    Path("wrong.toml").write_text("[x]\ny = 1\n")
    Path("nonsense.py").write_text("def welcome_credits():\n    pass\n")
    return lambda *arguments: CliRunner().invoke(app, ["what-if", *arguments], env=env)


def refused(result: Result) -> str:
    """The one sentence with which `polikrami` ends with status 2."""
    assert isinstance(result.exception, SetupFault), (result.exception, result.output)
    return str(result.exception)


def everything(database_url: str) -> dict[str, Any]:
    """All rows of all tables that last, and where all sequences stand."""
    found: dict[str, Any] = {}
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "SELECT n.nspname, c.relname, c.relkind FROM pg_class AS c"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
            " WHERE c.relkind IN ('r', 'S', 'v') AND n.nspname NOT LIKE 'pg\\_%'"
            " AND n.nspname <> 'information_schema' AND c.relname <> 'leaders'"
        ).fetchall()
        for schema, name, kind in tables:
            what = SQL("last_value" if kind == "S" else CONTENT)
            row = connection.execute(
                SQL("SELECT {} FROM {} AS t").format(what, Identifier(schema, name))
            ).fetchone()
            found[f"{schema}.{name}.{kind}"] = row
    return found


async def test_the_page_is_true_and_nothing_is_changed(
    history: int, polikrami: Polikrami, database_url: str
) -> None:
    blocks = re.findall(r"^```sh\n(.+)\n```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    [everybody, one] = (shlex.split(block)[2:] for block in blocks)

    def walk() -> None:
        before = everything(database_url)
        told = polikrami(*everybody)
        assert told.exit_code == 0, (told.output, told.exception)
        assert f"History up to {history} was reckoned twice" in told.output
        assert "The present rules give exactly what is booked." in told.output
        assert re.search(r"credits spent\W+300\W+350\W+\+50", told.output)
        assert re.search(r"money returned\W+1290\.00\W+1260\.00\W+-30\.00", told.output)
        rows = [
            line.split()[1]
            for line in told.output.splitlines()
            if str(MEHMET)[:8] in line or str(AYSE) in line
        ]
        assert rows == [str(MEHMET), str(AYSE)]
        assert str(ZEYNEP) not in told.output
        with Path("dearer.csv").open() as file:
            rows_of = {row["person"]: row for row in csv.DictReader(file)}
        assert len(rows_of) == 3
        spent = sum(int(row["spent_difference"]) for row in rows_of.values())
        kept = sum(Decimal(row["kept_difference"]) for row in rows_of.values())
        assert (spent, kept) == (50, Decimal("30.00"))
        assert "is there already" in refused(polikrami(*everybody))
        told = polikrami(*one)
        assert re.search(r"credits spent\W+300\W+350\W+\+50", told.output)
        assert everything(database_url) == before

    await asyncio.to_thread(walk)


async def test_rules_in_python_are_run(history: int, polikrami: Polikrami) -> None:
    assert history
    told = await asyncio.to_thread(polikrami, "free.py")
    assert "It makes no difference to anybody." in told.output


async def test_what_the_books_say_otherwise_is_named(
    event_log: PostgresLog, polikrami: Polikrami, database_url: str
) -> None:
    shop = Shop(AYSE)
    shop.wallet.expire()
    shop.waits(89)
    shop.buys_credits(10, Decimal(3))
    shop.now = shop.now.replace(year=2027)
    shop.orders_cover()
    await event_log.append(commanding(shop.events))
    told = await asyncio.to_thread(polikrami, "less.toml")
    assert (
        "The present rules do not give what is booked; persons for whom they do not: 1."
        in told.output
    )
    assert f"{AYSE}: credits expired: booked 0, reckoned 500" in told.output
    assert database_url


REFUSALS = {
    "no file": (("nowhere.toml",), "nowhere.toml can't be read: No such file"),
    "a wrong file": (("wrong.toml",), "wrong.toml: there is no section [x]; there are generation"),
    "an unknown person": (
        ("dearer.toml", "--person", str(UUID(int=5))),
        f"{UUID(int=5)} has neither credits, orders nor fees up to",
    ),
    "no moment": (("dearer.toml", "--until", "May"), "'May' is no moment; write"),
    "a moment ahead": (("dearer.toml", "--since", "999999"), "999999 is still to come"),
    "before everything": (("dearer.toml", "--until", "0"), "There is no history yet"),
    "nonsense": (("nonsense.py",), "the rule welcome_credits answered None; it must be a whole"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_what_can_not_be_asked_is_refused_in_one_sentence(
    history: int, polikrami: Polikrami, *, name: str
) -> None:
    assert history
    arguments, why = REFUSALS[name]
    assert why in refused(await asyncio.to_thread(polikrami, *arguments))


async def test_outcomes_are_put_away_some_at_a_time(
    history: int, polikrami: Polikrami, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert history
    monkeypatch.setattr("application.what_if.asking.AT_ONCE", 1)
    told = await asyncio.to_thread(polikrami, "dearer.toml")
    assert re.search(r"credits spent\W+300\W+350\W+\+50", told.output)


WRITING: tuple[LiteralString, ...] = (
    "DELETE FROM jobs",
    "CREATE TABLE read.x ()",
    "SELECT append_events('{1}', ARRAY[gen_random_uuid()], '{1}', '{x}', '{1}', '{NULL}', '{x}',"  # noqa: ISC004  # one statement
    " '{}', NULL, NULL, NULL, NULL)",
)


async def test_the_session_of_the_scratch_tables_can_write_nothing_else(
    history: int, database_url: str
) -> None:
    assert history

    async with scratch_tables(app_url(database_url)) as scratch:
        for statement in WRITING:
            with pytest.raises(ReadOnlySqlTransaction):
                await scratch._connection.execute(statement)
            await scratch._connection.rollback()


async def test_scratch_tables_are_gone_after_a_kill(
    history: int, database_url: str, env: dict[str, str], tmp_path: Path
) -> None:
    assert history
    rules, gate = tmp_path / "slow.py", tmp_path / "gate"
    os.mkfifo(gate)
    rules.write_text(f"def welcome_credits():\n    return len(open({str(gate)!r}).read())\n")

    def scratch() -> list[tuple[Any, ...]]:
        with psycopg.connect(database_url) as connection:
            return connection.execute(
                "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n"
                " ON n.oid = c.relnamespace WHERE c.relname LIKE 'what_if_%'"
                " AND n.nspname LIKE 'pg_temp%'"
            ).fetchall()

    def run() -> None:
        before = everything(database_url)
        command = [sys.executable, "-m", "deploy.cli", "what-if", str(rules)]
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env})  # noqa: S603  # ourselves
        try:
            assert len(eventually(scratch)) == 2
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        eventually(lambda: not scratch())
        assert everything(database_url) == before

    await asyncio.to_thread(run)
