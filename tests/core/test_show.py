"""`polikrami show`: what operators are told of anything that has a history."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner, Result

from application.store import Append
from application.wallet import OpenWallet
from deploy.bootstrap import System, running_system
from deploy.cli import app
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from domain.identity import User
from domain.shared.aggregate import Event, Metadata
from domain.wallet import Wallet
from tests.databases import MASTER_SETTING
from tests.given import NOW

AYSE = UUID(int=77)

Polikrami = Callable[..., Result]


@pytest.fixture
def polikrami(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami show` where there is a wallet of two events, and then its owner's account."""
    monkeypatch.setattr("deploy.cli_operate.console.width", 250)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), **MASTER_SETTING}

    async def live() -> None:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            await system.bus.execute(OpenWallet(customer_id=AYSE))
            await register(system)

    asyncio.run(live())
    return lambda *arguments: CliRunner().invoke(app, ["show", *arguments], env=env)


async def register(system: System) -> None:
    """Let Ayşe have an account."""
    user = User.begin(
        User.Registered,
        id=AYSE,
        now=NOW,
        email="ayse@example.org",
        name="Ayşe Yılmaz",
        password_hash="geheim",
        language="tr",
        terms_version="1",
        privacy_version="1",
    )
    metadata = Metadata(
        command_id=uuid4(), command="Register", correlation_id=uuid4(), causation_position=2
    )
    events = [each for each in user.collect_events() if isinstance(each, Event)]
    await system.event_log.append(Append(events=events, metadata=metadata))


def refused(result: Result) -> str:
    """The one sentence with which `polikrami` ends with status 2."""
    assert isinstance(result.exception, SetupFault), result.output
    return str(result.exception)


def test_a_wallet_is_shown_with_its_steps_also_by_its_customer(polikrami: Polikrami) -> None:
    for names in (["wallet", str(AYSE)], ["wallet", str(Wallet.id_of(AYSE))]):
        shown = polikrami(*names).output
        for words in ("at version 2", "OpenWallet", "system", "welcome", "remaining: 500"):
            assert words in shown


def test_a_version_and_a_position_show_what_was(polikrami: Polikrami) -> None:
    for option in ("--version", "--position", "--as-of"):
        shown = polikrami("wallet", str(AYSE), option, "1").output
        assert "at version 1" in shown
        assert "welcome" not in shown


def test_an_instant_of_long_ago_is_before_everything(polikrami: Polikrami) -> None:
    told = refused(polikrami("wallet", str(AYSE), "--as-of", "2020-01-01T00:00:00Z"))
    assert told.startswith("It did not exist yet; its first event stands at 1 ")


def test_personal_data_is_shown_to_the_entitled_only_and_secrets_to_nobody(
    polikrami: Polikrami,
) -> None:
    hidden, whole = polikrami(str(AYSE)).output, polikrami(str(AYSE), "--personal").output
    assert "Personal data is hidden" in hidden
    assert "[personal]" in hidden
    assert "Register, after 2" in hidden
    assert "Ayşe Yılmaz" not in hidden
    assert "Ayşe Yılmaz" in whole
    assert "geheim" not in hidden + whole


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["x"], "'x' is no id."),
        (["a", "b", "c"], "Give a kind and an id"),
        ([str(uuid4())], "Nothing has the id"),
        (["order", str(AYSE)], "is no order but a user"),
        ([str(AYSE), "--version", "9"], "There is no version 9; the newest is 1."),
        ([str(AYSE), "--position", "99"], "99 is still to come; the log stands at 3."),
        ([str(AYSE), "--as-of", "yesterday"], "'yesterday' is no moment"),
        ([str(AYSE), "--as-of", "9999-01-01T00:00:00Z"], "is still to come"),
    ],
)
def test_bad_questions_get_a_sentence(
    polikrami: Polikrami, arguments: list[str], sentence: str
) -> None:
    assert sentence in refused(polikrami(*arguments))
