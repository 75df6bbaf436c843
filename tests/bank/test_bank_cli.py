"""`polikrami bank`: statements in, and what finance sees of them in a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.bootstrap import System, running_system
from deploy.cli import app
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from domain.bank import code_of, printed
from projections import READ_MODELS
from projections.runner import Projector
from tests.bank.commands import EXPECT
from tests.bank.files import PAYER, a_line, a_statement, as_csv
from tests.bank.shop import RULES, TOTAL
from tests.core.projecting import catch_up

Polikrami = Callable[..., Result]
REFERENCE = code_of("transfer", EXPECT.attempt_id)


async def followed(system: System) -> None:
    await catch_up(Projector(system.pool, system.event_log, READ_MODELS))


@pytest.fixture
def polikrami(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami bank` where a transfer is awaited; the read models follow each command."""
    monkeypatch.setattr("deploy.cli_bank.console.width", 250)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "BANK_IBAN": RULES.iban}

    async def live(*, opening: bool = False) -> None:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            if opening:
                await system.bus.execute(EXPECT)
            await followed(system)

    def run(*arguments: str) -> Result:
        result = CliRunner().invoke(app, ["bank", *arguments], env=env)
        asyncio.run(live())
        return result

    asyncio.run(live(opening=True))
    return run


def said(result: Result, status: int = 0) -> str:
    """The output of a command, which ended so."""
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


def test_a_statement_is_looked_at_and_taken_in_once(polikrami: Polikrami, tmp_path: Path) -> None:
    file = tmp_path / "statement.csv"
    file.write_bytes(as_csv(a_statement(a_line(TOTAL, REFERENCE), a_line("-5.00", "masraf"))))
    looked = said(polikrami("import", str(file), "--dry-run"))
    assert "transfer" in looked
    assert "to look at: no_reference" in looked
    assert printed(REFERENCE) in said(polikrami("transfers"))
    assert "2 lines, 2 of them new." in said(polikrami("import", str(file)))
    assert "2 lines, 0 of them new." in said(polikrami("import", str(file)))
    shown = said(polikrami("lines"))
    assert "+1290.00 TRY" in shown
    assert PAYER not in shown
    later = a_line("1.00", day=EXPECT.until.date() + timedelta(days=9))
    file.write_bytes(as_csv(a_statement(later)))
    assert "A statement is missing between" in said(polikrami("import", str(file)))


def test_the_demo_statement_pays_what_is_awaited(polikrami: Polikrami, tmp_path: Path) -> None:
    file = tmp_path / "demo.csv"
    assert "1 transfers paid and 0 returns sent" in said(polikrami("demo-statement", str(file)))
    assert "transfer" in said(polikrami("import", str(file), "--dry-run"))
    assert "1 lines, 1 of them new." in said(polikrami("import", str(file)))


def test_what_is_no_statement_is_told_in_a_sentence(polikrami: Polikrami, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Sayın müşterimiz")
    result = polikrami("import", str(file))
    assert isinstance(result.exception, SetupFault)
    assert "can't be read as a bank statement" in str(result.exception)
    unknown = polikrami("lines", "--state", "lost")
    assert "there are booked, set_aside, matched" in str(unknown.exception)
