"""`polikrami finance`: what finance sees in a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from typer.testing import CliRunner, Result

from application.wallet import OpenWallet
from deploy.bootstrap import running_system
from deploy.cli import app
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from projections import READ_MODELS
from projections.runner import Projector
from tests.core.projecting import catch_up

AYSE = UUID(int=77)

Polikrami = Callable[..., Result]


@pytest.fixture
def polikrami(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami finance` where a wallet has got its 500 welcome credits."""
    monkeypatch.setattr("deploy.cli_finance.console.width", 250)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}

    async def live() -> None:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            await system.bus.execute(OpenWallet(customer_id=AYSE))
            await catch_up(Projector(system.pool, system.event_log, READ_MODELS))

    asyncio.run(live())
    return lambda *arguments: CliRunner().invoke(app, ["finance", *arguments], env=env)


def said(result: Result, status: int = 0) -> str:
    """The output of a command, which ended so."""
    assert result.exit_code == status, result.output
    return result.output


def test_the_trial_balance_is_shown_at_any_moment(polikrami: Polikrami) -> None:
    now = said(polikrami("trial-balance"))
    assert "customer_credits_promotional" in now
    assert "Debits and credits are equal in every unit." in now
    assert "Müşteri kredileri (hediye)" in said(polikrami("trial-balance", "--language", "tr"))
    row = next(line for line in now.splitlines() if "issued_promotional" in line)
    assert row.split()[-2:] != ["0", "0"]
    assert "500" in row
    then = said(polikrami("trial-balance", "--as-of", "1"))
    assert "500" not in then


def test_books_that_do_not_balance_are_told_by_the_exit_status(
    polikrami: Polikrami, database_url: str
) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE read.ledger_entries SET amount = amount + 1 WHERE line = 1")
    assert "The books are out of balance by 1 promotional." in said(
        polikrami("trial-balance"), status=1
    )


def test_an_account_a_customer_and_an_event_show_the_same_line(polikrami: Polikrami) -> None:
    for arguments in (
        ("account", "customer_credits_promotional"),
        ("account", "customer_credits_promotional", "--movement", "granted"),
        ("customer", str(AYSE)),
        ("customer", str(AYSE), "--account", "customer_credits_promotional"),
        ("event", "2"),
    ):
        output = said(polikrami(*arguments))
        assert "wallet.credits_granted" in output
        assert "-500" in output


def test_months_movers_holds_and_gaps_are_shown(polikrami: Polikrami) -> None:
    rolled = said(polikrami("roll-forward", "promotional"))
    assert "granted" in rolled
    assert rolled.count("500") == 2
    month = rolled.splitlines()[3].split()[1]
    assert str(AYSE) in said(polikrami("movers", "customer_credits_promotional", month))
    assert "Past their deadline" in said(polikrami("holds"))
    assert "Looked at positions 1 to 2" in said(polikrami("gaps"))
    assert "380.02" in said(polikrami("accounts"))


def test_what_is_still_to_be_earned_is_shown(polikrami: Polikrami) -> None:
    shown = said(polikrami("deferred"))
    for account in ("deferred_revenue", "deferred_credits", "breakage_revenue"):
        row = next(line for line in shown.splitlines() if account in line)
        assert "0.00" in row


def test_a_gap_is_told_by_the_exit_status(polikrami: Polikrami, database_url: str) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("DELETE FROM events WHERE position = 1")
    output = said(polikrami("gaps"), status=1)
    assert "Positions 1 to 1 are missing." in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("account", "gold"), "There is no account 'gold'"),
        (("movers", "gold", "2026-03"), "There is no account 'gold'"),
        (("customer", str(AYSE), "--account", "gold"), "There is no account 'gold'"),
        (("roll-forward", "gold"), "'gold' is no group"),
        (("movers", "issued_promotional", "2026-3"), "'2026-3' is no month"),
        (("roll-forward", "promotional", "--since", "march"), "'march' is no month"),
        (("roll-forward", "promotional", "--until", "2026-13"), "'2026-13' is no month"),
        (("account", "bank", "--period", "x"), "'x' is no month"),
        (("account", "bank", "--movement", "lost"), "There is no movement 'lost'"),
        (("event", "999"), "Nothing was booked for the event at position 999"),
        (("trial-balance", "--as-of", "yesterday"), "'yesterday' is no moment"),
        (("trial-balance", "--as-of", "999"), "999 is still to come"),
    ],
)
def test_what_makes_no_sense_is_one_sentence(
    polikrami: Polikrami, arguments: tuple[str, ...], words: str
) -> None:
    result = polikrami(*arguments)
    assert isinstance(result.exception, SetupFault)
    assert words in str(result.exception)


def test_tables_that_are_behind_are_not_asked_for_later_moments(
    polikrami: Polikrami, database_url: str
) -> None:
    with psycopg.connect(database_url) as owner:
        owner.execute("UPDATE projections SET position = 1 WHERE name = 'ledger_blocks'")
    result = polikrami("trial-balance", "--as-of", "2")
    assert "stand at 1 and not yet at 2" in str(result.exception)
