"""`polikrami finance entries` and `months`: what is shown of entries by hand in a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from application.bus import Command
from application.identity import RegisterDemoPerson
from application.wallet import OpenWallet
from deploy.bootstrap import running_system
from deploy.cli import app
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from projections import READ_MODELS
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.manual_entries.examples import (
    AYSE,
    CAN,
    EMAILS,
    FATMA,
    NOTE,
    ROLES,
    approval,
    entry,
)
from tests.periods.examples import FEBRUARY, approved, close, proposed

Polikrami = Callable[..., Result]


@pytest.fixture
def polikrami(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami finance` where entries were made, and a month was closed and opened."""
    monkeypatch.setattr("deploy.cli_entries.console.width", 250)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}

    async def live() -> None:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            for command in _commands():
                await system.bus.execute(command)
            await catch_up(Projector(system.pool, system.event_log, READ_MODELS))

    asyncio.run(live())
    return lambda *arguments: CliRunner().invoke(app, ["finance", *arguments], env=env)


def _commands() -> list[Command]:
    people = [
        RegisterDemoPerson(
            person_id=person_id,
            email=email,
            name="Deniz",
            language="tr",
            password_hash="x",
            roles=ROLES.get(person_id, ()),
        )
        for person_id, email in EMAILS.items()
    ]
    return [
        *people,
        OpenWallet(customer_id=AYSE),
        entry(700),
        entry(700, number=2),
        approval(number=2),
        close(FEBRUARY),
        proposed(),
        approved(),
    ]


def said(result: Result, status: int = 0) -> str:
    """The output of a command, which ended so."""
    assert result.exit_code == status, result.output
    return result.output


def test_entries_are_listed_without_their_notes(polikrami: Polikrami) -> None:
    listed = said(polikrami("entries", "list"))
    assert str(UUID(int=1)) in listed
    assert "(alone)" in listed
    assert str(CAN) in listed
    assert NOTE not in listed
    assert str(UUID(int=1)) not in said(polikrami("entries", "list", "--state", "open"))
    assert str(UUID(int=1)) not in said(polikrami("entries", "list", "--until", "2020-01-31"))


def test_the_report_says_what_looks_odd_and_fails_if_anything_does(polikrami: Polikrami) -> None:
    told = said(polikrami("entries", "report"), 1)
    assert f"2 small entries of 1,400 credits within 24 hours, of one maker: {FATMA}" in told
    assert f"of one customer: {AYSE}" in told
    assert "Nothing looks odd." in said(polikrami("entries", "report", "--until", "2020-01-31"))


def test_months_are_shown_with_who_opened_them_again(polikrami: Polikrami) -> None:
    told = said(polikrami("months"))
    assert FEBRUARY in told
    assert "open again" in told
    assert str(CAN) in told


def test_what_is_no_state_and_no_day_is_said_in_a_sentence(polikrami: Polikrami) -> None:
    for arguments in (("list", "--state", "lost"), ("report", "--since", "yesterday")):
        result = polikrami("entries", *arguments)
        assert isinstance(result.exception, SetupFault)
