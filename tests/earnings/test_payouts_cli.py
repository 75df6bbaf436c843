"""`polikrami payouts`: runs in a terminal, by people who prove who they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from application.identity import GrantRole, RegisterDemoPerson
from application.ports import PasswordHasher
from application.store import Append
from deploy.bootstrap import System, running_system
from deploy.cli import app
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from domain.shared.aggregate import Metadata
from projections import READ_MODELS
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.design.examples import JOB
from tests.earnings.examples import (
    HOLDER,
    IBAN,
    READY,
    RUN,
    Payroll,
    a_payroll,
)
from tests.earnings.old import an_old_approval

Polikrami = Callable[..., Result]
PASSWORD = "uzun-bir-parola-42"
NEWCOMERS = {
    "selin@polikrami.example": UUID(int=901),
    "kerem@polikrami.example": UUID(int=902),
}
SELIN, KEREM = NEWCOMERS


async def copied(payroll: Payroll, system: System) -> None:
    """What happened in memory has happened in this system."""
    metadata = Metadata(command_id=RUN, command="Test", correlation_id=RUN)
    events = [each.event for each in payroll.log.recorded]
    await system.event_log.append(Append(events=events, metadata=metadata))


async def hired(system: System) -> None:
    """Two people with passwords come to finance."""
    hashed = await system.ports.of(PasswordHasher).hash(PASSWORD)
    for email, person_id in NEWCOMERS.items():
        await system.bus.execute(
            RegisterDemoPerson(
                person_id=person_id,
                email=email,
                name="Birisi",
                language="tr",
                password_hash=hashed,
            )
        )
        await system.bus.execute(GrantRole(person_id=person_id, role="finance"))


Start = Callable[[System], Awaitable[None]]


async def waiting(system: System) -> None:
    """A request waits, and there are two people in finance."""
    payroll = await a_payroll()
    await payroll.all(READY)
    await copied(payroll, system)
    await hired(system)


async def of_old(system: System) -> None:
    """A fee is on no account."""
    await copied(await an_old_approval(), system)


@pytest.fixture
def begun(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Start], Polikrami]:
    """Runs `polikrami payouts` after something happened; read models follow each command."""
    monkeypatch.setattr("deploy.cli_payouts.console.width", 250)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}

    async def live(start: Start | None = None) -> None:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            if start:
                await start(system)
            await catch_up(Projector(system.pool, system.event_log, READ_MODELS))

    def run(*arguments: str, by: str = "") -> Result:
        who = ["--as", by, "--password", PASSWORD] if by else []
        result = CliRunner().invoke(app, ["payouts", *arguments, *who], env=env)
        asyncio.run(live())
        return result

    def begin(start: Start) -> Polikrami:
        asyncio.run(live(start))
        return run

    return begin


@pytest.fixture
def polikrami(begun: Callable[[Start], Polikrami]) -> Polikrami:
    """Where a request waits."""
    return begun(waiting)


def said(result: Result) -> str:
    """The output of a command that did it."""
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def test_two_people_make_a_file_for_the_bank(polikrami: Polikrami, tmp_path: Path) -> None:
    assert "300.00 TRY" in said(polikrami("list"))
    proposed = said(polikrami("propose", by=SELIN))
    reference = next(word for word in proposed.split() if word.startswith("PT-")).strip(".")
    refused = polikrami("approve", reference, by=SELIN)
    assert "does not decide on it" in str(refused.exception)
    early = polikrami("file", reference, str(tmp_path / "early.xml"), by=KEREM)
    assert "a second person has to approve it first" in str(early.exception)
    assert not (tmp_path / "early.xml").exists()
    assert f"payouts file {reference}" in said(polikrami("approve", reference, by=KEREM))
    file = tmp_path / "run.xml"
    file.touch(mode=0o644)
    said(polikrami("file", reference, str(file), by=KEREM))
    content = file.read_text()
    assert IBAN in content
    assert HOLDER in content
    assert file.stat().st_mode & 0o077 == 0
    assert "Recorded" in said(polikrami("sent", reference, by=KEREM))
    shown = said(polikrami("list", "--state", "approved"))
    assert reference in shown
    assert IBAN not in shown


@pytest.mark.parametrize(
    ("arguments", "by", "sentence"),
    [
        (("approve", "PT-2222-2222"), SELIN, "There is no such run"),
        (("propose", "--payout", str(JOB)), SELIN, "polikrami payouts list"),
        (("list", "--state", "lost"), "", "is no state"),
        (("file", "PT-2222-2222", "x", "--format", "pdf"), SELIN, "is no format"),
        (("propose",), "nobody@polikrami.example", ""),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    polikrami: Polikrami, arguments: tuple[str, ...], by: str, sentence: str
) -> None:
    result = polikrami(*arguments, by=by)
    assert result.exit_code
    assert sentence in str(result.exception)


def test_old_fees_are_put_on_accounts_once(begun: Callable[[Start], Polikrami]) -> None:
    polikrami = begun(of_old)
    assert "1 fees were looked at." in said(polikrami("adopt"))
    assert "0 fees were looked at." in said(polikrami("adopt"))
