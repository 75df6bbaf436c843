"""`polikrami reconcile`: what finance sees in a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.memory_provider import MemoryReports
from deploy.adapters import Ports
from deploy.bootstrap import running_system
from deploy.cli import app
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from projections import READ_MODELS
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.reconciliation.books import MONDAY, Sale, keep_lines, our_line, their_line

ONE = Sale(name="one")
TWO = Sale(name="two")

Polikrami = Callable[..., Result]


@pytest.fixture
def theirs(monkeypatch: pytest.MonkeyPatch) -> MemoryReports:
    """The provider's books, which have the first sale right and the second with another fee."""
    reports = MemoryReports()
    reports.rows[MONDAY] = [their_line(ONE), their_line(TWO, fee=TWO.fee * 2)]
    monkeypatch.setattr(Ports, "_provider_reports", lambda _: reports)
    return reports


@pytest.fixture
def polikrami(
    database_url: str, tmp_path: Path, theirs: MemoryReports, monkeypatch: pytest.MonkeyPatch
) -> Polikrami:
    """Runs `polikrami reconcile` where two lines were sold."""
    assert theirs.rows
    monkeypatch.setattr("deploy.cli_reconciliation.console.width", 250)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}

    async def live() -> None:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            await catch_up(Projector(system.pool, system.event_log, READ_MODELS))

    asyncio.run(live())
    keep_lines(database_url, our_line(ONE), our_line(TWO))
    return lambda *arguments: CliRunner().invoke(app, ["reconcile", *arguments], env=env)


def said(result: Result, status: int = 0) -> str:
    """The output of a command, which ended so."""
    assert result.exit_code == status, (result.output, result.exception)
    return result.output


def test_a_day_is_reconciled_and_what_differs_is_told(polikrami: Polikrami, tmp_path: Path) -> None:
    told = said(polikrami("run", "--day", str(MONDAY)), 1)
    assert "2 rows read, 2 lines compared, 2 stand otherwise than before" in told
    assert str(MONDAY) in said(polikrami("status"))
    differing = said(polikrami("lines"))
    assert "fee" in differing
    assert str(TWO.order_id) in differing
    assert str(ONE.order_id) not in differing
    shown = said(polikrami("show", str(TWO.attempt_id)))
    assert "mismatched" in shown
    assert said(polikrami("show", str(TWO.order_id))) == shown
    file = tmp_path / "lines.csv"
    said(polikrami("export", str(file), "--since", "2026-03", "--until", "2026-03"))
    rows = file.read_text(encoding="utf-8").splitlines()
    assert len(rows) == 3
    again = said(polikrami("run", "--day", str(MONDAY)), 1)
    assert "0 stand otherwise than before" in again


def test_a_month_is_reconciled_with_progress(polikrami: Polikrami) -> None:
    told = said(polikrami("run", "--month", "2026-03"), 1)
    assert "31 days: 2 rows read" in told
    assert "reconciling" in told


def test_a_day_that_is_not_over_is_reconciled_to_try(polikrami: Polikrami) -> None:
    said(polikrami("run", "--day", "2999-01-01", "--rehearse"))


def test_a_difference_of_a_day_that_is_read_again_counts(polikrami: Polikrami) -> None:
    told = said(polikrami("run", "--day", str(MONDAY + timedelta(days=1))), 1)
    assert "Lines are mismatched; see `polikrami reconcile lines --status mismatched`." in told
    said(polikrami("run", "--day", str(MONDAY + timedelta(days=9))))


def test_nothing_was_reconciled_at_first(polikrami: Polikrami) -> None:
    assert "No day was reconciled yet." in said(polikrami("status"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("run", "--day", "2026-3-2"), "'2026-3-2' is no day; write it as 2026-11-23."),
        (("run", "--day", "2999-01-01"), "2999-01-01 is not over"),
        (("run", "--day", "0001-01-01"), "Nothing happened on 0001-01-01"),
        (("run", "--month", "2026-13"), "'2026-13' is no month"),
        (("run", "--month", "2099-01"), "2099-01 has not begun."),
        (("run", "--day", "2026-03-02", "--month", "2026-03"), "Name a day or a month, not both."),
        (("lines", "--status", "lost"), "'lost' is no status"),
        (("show", "018f4e6a-0000-7000-8000-000000000001"), "No run has seen anything of"),
    ],
)
def test_what_can_not_be_done_is_told_in_a_sentence(
    polikrami: Polikrami, arguments: tuple[str, ...], sentence: str
) -> None:
    fault = polikrami(*arguments).exception
    assert isinstance(fault, SetupFault)
    assert sentence in str(fault)


def test_a_provider_that_can_not_be_asked_is_told(
    polikrami: Polikrami, theirs: MemoryReports
) -> None:
    theirs.down = True
    fault = polikrami("run", "--day", str(MONDAY)).exception
    assert isinstance(fault, SetupFault)
    assert "try again" in str(fault)
