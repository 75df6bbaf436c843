"""`polikrami projections list | skip | resume`: what operators see, and what they may decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.faults import SetupFault
from tests.databases import MASTER_SETTING

WHY = ("--note", "a known mistake", "--operator", "Deniz")

Polikrami = Callable[..., Result]
Owner = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def polikrami(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Polikrami:
    """Runs `polikrami projections` on the test's database, on a wide screen."""
    monkeypatch.setattr("deploy.screen.console.width", 250)

    def run(*arguments: str) -> Result:
        env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), **MASTER_SETTING}
        return CliRunner().invoke(app, ["projections", *arguments], env=env)

    return run


@pytest.fixture
def owner(database_url: str) -> Iterator[Owner]:
    """A database in which `orders` is paused at position 7, and all else is well."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO projections"
            " (name, version, build, table_name, state, serving, position, error, failed_at)"
            " VALUES ('orders', 1, 1, 'orders_v1', 'paused', true, 6, 'out of shape', 7),"
            "  ('orders', 1, 2, 'orders_v1_b2', 'building', false, 2, NULL, NULL),"
            "  ('drafts', 1, 1, 'drafts_v1', 'live', true, 9, NULL, NULL)"
        )
        connection.execute(
            "INSERT INTO leaders VALUES ('projector 1a', 'host-a'), ('reactor', 'b')"
        )
        yield connection


def refused(result: Result) -> str:
    """The one sentence with which `polikrami` ends with status 2."""
    assert isinstance(result.exception, SetupFault) or result.exit_code == 2
    return str(result.exception) if isinstance(result.exception, SetupFault) else result.output


def orders(owner: Owner) -> list[tuple[Any, ...]]:
    return owner.execute(
        "SELECT build, state, failed_at FROM projections WHERE name = 'orders' ORDER BY build"
    ).fetchall()


PAUSED = [(1, "paused", 7), (2, "building", None)]
RESUMED = [(1, "live", None), (2, "building", None)]


def test_builds_are_listed_with_lag_leaders_and_what_is_wrong(
    polikrami: Polikrami, owner: Owner
) -> None:
    lines = polikrami("list").output.splitlines()
    (serving,) = (line for line in lines if "out of shape" in line)
    assert ("paused, serving" in serving, "1.1" in serving) == (True, True)
    assert any("1.2" in line and "building" in line for line in lines)
    assert any("host-a since" in line for line in lines)
    assert "orders is paused: it can't take the event at 7." in lines
    assert not any("Nobody leads" in line for line in lines)
    owner.execute("DELETE FROM leaders WHERE role = 'reactor'")
    assert "Nobody leads as reactor." in polikrami("list").output


def test_an_operator_skips_the_event_and_is_noted(polikrami: Polikrami, owner: Owner) -> None:
    told = polikrami("skip", "orders", "--position", "7", *WHY)
    assert (told.exit_code, told.output) == (0, "orders goes on without the event at 7.\n")
    assert orders(owner) == RESUMED
    noted = owner.execute("SELECT name, version, position, note, operator FROM skips").fetchall()
    assert noted == [("orders", 1, 7, "a known mistake", "Deniz")]


def test_an_operator_resumes_and_is_noted(polikrami: Polikrami, owner: Owner) -> None:
    assert polikrami("resume", "orders", *WHY).exit_code == 0
    assert orders(owner) == RESUMED
    assert owner.execute("SELECT count(*) FROM skips").fetchone() == (0,)
    noted = owner.execute("SELECT name, build, note, operator FROM resumptions").fetchall()
    assert noted == [("orders", 1, "a known mistake", "Deniz")]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("skip", "orders", "--position", "8", *WHY), "orders is paused at position 7, not at 8."),
        (("skip", "drafts", "--position", "7", *WHY), "drafts is not paused"),
        (("skip", "horses", "--position", "7", *WHY), "There is no read model horses"),
        (("skip", "all", "--position", "7", *WHY), "one read model at a time"),
        (("skip", "orders", "--position", "7", "--note", " "), "The note is empty"),
        (("skip", "orders", "--position", "x", *WHY), "--position"),
        (("resume", "drafts", *WHY), "drafts is not paused"),
        (("resume", "orders"), "--note"),
    ],
)
def test_bad_input_is_refused_in_one_sentence_and_changes_nothing(
    polikrami: Polikrami, owner: Owner, arguments: tuple[str, ...], sentence: str
) -> None:
    assert sentence in refused(polikrami(*arguments))
    assert orders(owner) == PAUSED
    assert owner.execute("SELECT count(*) FROM skips").fetchone() == (0,)
