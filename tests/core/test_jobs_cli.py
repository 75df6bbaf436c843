"""`polikrami jobs`: what operators type, what they are told, and what bad input leaves alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.sql import SQL
from typer.testing import CliRunner, Result

from adapters.postgres.jobs import Jobs, ShownJob
from adapters.postgres.pool import connection_pool
from deploy.cli import app
from deploy.faults import SetupFault
from tests.databases import MASTER_SETTING

NOTE = ("--note", "mended", "--operator", "Deniz")

Polikrami = Callable[..., Result]


@pytest.fixture
def polikrami(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami jobs` on the test's database, on a wide screen."""
    monkeypatch.setattr("deploy.screen.console.width", 250)

    def run(*arguments: str) -> Result:
        env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), **MASTER_SETTING}
        return CliRunner().invoke(app, ["jobs", *arguments], env=env)

    return run


@pytest.fixture
def parked(database_url: str) -> list[UUID]:
    """Three parked jobs: two parcels and a mail."""
    jobs = {uuid4(): kind for kind in ("CreateParcel", "CreateParcel", "SendMail")}
    with psycopg.connect(database_url, autocommit=True) as connection:
        for job_id, kind in jobs.items():
            connection.execute(
                SQL(
                    "INSERT INTO jobs (job_id, queue, kind, body, state, due_at, error)"
                    " VALUES (%s, 'work', %s, '{\"a\": 1}', 'parked', now(), 'out of [/paper]')"
                ),
                (job_id, kind),
            )
    return list(jobs)


def stored(database_url: str, job_id: UUID) -> ShownJob:
    async def read() -> ShownJob | None:
        async with connection_pool(database_url, name="test", size=1) as pool:
            return await Jobs(pool).shown(job_id)

    found = asyncio.run(read())
    assert found is not None
    return found


def refused(result: Result) -> str:
    """The one sentence, with which `polikrami` ends with status 2."""
    if isinstance(result.exception, SetupFault):
        return str(result.exception)
    assert result.exit_code == 2
    return result.output


def test_parked_jobs_are_listed_narrowed_and_limited(
    polikrami: Polikrami, parked: list[UUID]
) -> None:
    assert all(str(job_id) in polikrami("list").output for job_id in parked)
    mails = polikrami("list", "--kind", "SendMail").output
    assert [str(job_id) in mails for job_id in parked] == [False, False, True]
    assert "more than 2" in polikrami("list", "--limit", "2").output
    assert str(parked[0]) not in polikrami("list", "--queue", "mail").output


def test_ids_are_whole_on_a_narrow_screen(
    polikrami: Polikrami, parked: list[UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.screen.console.width", 80)
    assert all(str(job_id) in polikrami("list").output for job_id in parked)


def test_a_decision_needs_a_reason(polikrami: Polikrami, parked: list[UUID]) -> None:
    for decision in ("retry", "discard"):
        assert "Say why" in refused(polikrami(decision, str(parked[0]), "--note", " "))


def test_one_job_is_shown_with_its_body_and_error(polikrami: Polikrami, parked: list[UUID]) -> None:
    told = polikrami("show", str(parked[0])).output
    assert "out of [/paper]" in told
    assert '{"a": 1}' in told


def test_a_summary_counts_kinds_and_states(polikrami: Polikrami, parked: list[UUID]) -> None:
    [parcels, mails] = [line for line in polikrami("summary").output.splitlines() if "work" in line]
    assert ("CreateParcel" in parcels, " 2 " in parcels) == (True, True)
    assert ("SendMail" in mails, " 1 " in mails) == (True, True)


def test_a_job_is_retried_with_a_note_and_a_name(
    polikrami: Polikrami, parked: list[UUID], database_url: str
) -> None:
    assert polikrami("retry", str(parked[0]), *NOTE).exit_code == 0
    job = stored(database_url, parked[0])
    assert (job.state, job.note, job.decided_by, job.retried) == ("due", "mended", "Deniz", 1)


def test_a_kind_is_retried_at_once(
    polikrami: Polikrami, parked: list[UUID], database_url: str
) -> None:
    assert "2 × CreateParcel" in polikrami("retry", "--kind", "CreateParcel", *NOTE).output
    assert [stored(database_url, each).state for each in parked] == ["due", "due", "parked"]


def test_a_job_is_given_up_by_whoever_is_logged_in(
    polikrami: Polikrami, parked: list[UUID], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ayse")
    assert polikrami("discard", str(parked[2]), "--note", "nobody reads it").exit_code == 0
    job = stored(database_url, parked[2])
    assert (job.state, job.decided_by) == ("discarded", "ayse")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("list", "--state", "lost"), "There is no state lost; use one of due, leased, done"),
        (("list", "--limit", "0"), "Invalid value for '--limit'"),
        (("show", str(UUID(int=1))), "There is no job"),
        (("show", "seven"), "valid UUID"),
        (("retry", str(UUID(int=1)), *NOTE), "is not parked"),
        (("retry", "--kind", "SendMeil", *NOTE), "No SendMeil is parked; there are 2 ×"),
        (("retry", *NOTE), "Name either one job or a --kind"),
        (("retry", str(UUID(int=1)), "--kind", "SendMail", *NOTE), "Name either one job"),
        (("retry", str(UUID(int=1))), "Missing option '--note'"),
        (("discard", str(UUID(int=1)), *NOTE), "is not parked"),
    ],
)
def test_bad_input_gets_one_sentence_and_changes_nothing(
    polikrami: Polikrami,
    parked: list[UUID],
    database_url: str,
    *,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    assert said in refused(polikrami(*arguments))
    assert {stored(database_url, each).state for each in parked} == {"parked"}
