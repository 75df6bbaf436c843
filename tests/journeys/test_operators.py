"""What operators do at the command line while the system runs."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid

import pytest

from projections import READ_MODELS
from tests.live import LiveSystem

pytestmark = pytest.mark.journey


def polikrami(live: LiveSystem, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the system's environment."""
    return subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "deploy.cli", *arguments],
        env=os.environ | live.env | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_live_table_equals_its_fold(live: LiveSystem) -> None:
    told = polikrami(live, "projections", "verify", "all")
    assert told.returncode == 0, told.stdout
    for model in READ_MODELS:
        assert f"{model.name}: " in told.stdout


def test_a_forged_row_is_found_and_mended_by_a_rebuild(live: LiveSystem) -> None:
    live.query('UPDATE read.message_cards SET price = \'{"amount":"0.01","currency":"TRY"}\'')
    told = polikrami(live, "projections", "verify", "message_cards")
    assert told.returncode == 1
    assert "message_cards is wrong" in told.stdout
    assert polikrami(live, "projections", "rebuild", "message_cards").returncode == 0
    assert polikrami(live, "projections", "verify", "message_cards").returncode == 0


def test_the_list_names_every_read_model_with_its_lag(live: LiveSystem) -> None:
    told = polikrami(live, "projections", "list").stdout
    for model in READ_MODELS:
        assert model.name in told


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("projections", "rebuild", "nope"), "There is no read model nope"),
        (("projections", "verify", "nope"), "There is no read model nope"),
        (("jobs", "list", "--state", "nope"), "There is no state nope"),
        (("jobs", "retry", str(uuid.uuid4()), "--note", "x"), "is not parked"),
        (("demo", "--method", "nope"), "There is no method nope"),
        (("demo", "--folder", "/proc/nope"), "can't be a folder"),
        (("serve", "api", "--name", "emulators"), "No such option"),
        (
            ("people", "make-admin", "nobody", "--name", "A", "--password", "uzun parola 2026"),
            "'nobody' is no e-mail address.",
        ),
        (
            ("people", "make-admin", "a@example.com", "--name", " ", "--password", "uzun 2026!"),
            "' ' is no name.",
        ),
        (
            ("people", "make-admin", "a@example.com", "--name", "A", "--password", "short"),
            "at least 10 characters",
        ),
    ],
)
def test_bad_input_gets_one_sentence_and_exit_status_two(
    live: LiveSystem, arguments: tuple[str, ...], sentence: str
) -> None:
    told = polikrami(live, *arguments)
    assert told.returncode == 2
    assert sentence in told.stderr
    assert "Traceback" not in told.stderr


def test_an_admin_made_at_the_shell_exists_once(live: LiveSystem) -> None:
    arguments = ("people", "make-admin", "kurucu@example.com", "--name", "Kurucu")
    for _ in range(2):
        told = polikrami(live, *arguments, "--password", "uzun bir parola 2026")
        assert told.returncode == 0, told.stderr
    rows = live.query("SELECT count(*) FROM read.persons WHERE email = 'kurucu@example.com'")
    assert rows == [(1,)]
