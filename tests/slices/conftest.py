"""A town whose history is sliced, and databases in which slices are replayed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from typer.testing import CliRunner, Result

from deploy.cli import app
from deploy.faults import SetupFault
from deploy.local.folders import temporary_data_folder
from tests.databases import database_named, own_database
from tests.security.town import Town, open_town

Polikrami = Callable[..., Result]
EMPTY = "slice_target"


@pytest.fixture(scope="session")
async def town(postgres_url: str, template_url: str) -> AsyncIterator[Town]:
    """A whole system with people who did all sorts of things; nobody changes it any more."""
    with own_database(postgres_url, template_url) as url, temporary_data_folder() as folder:
        async with open_town(url, folder) as opened:
            await opened.settle()
            yield opened


@pytest.fixture
def source(town: Town) -> dict[str, str]:
    """The settings of the town's installation."""
    database_url = town.system.settings.connections.database_url
    assert database_url is not None
    return {"DATABASE_URL": database_url.text, "DATA_DIR": str(town.system.settings.data_dir)}


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """The URL of a database in which there is nothing at all."""
    with _database(postgres_url, EMPTY) as url:
        yield url


@pytest.fixture
def polikrami(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Polikrami:
    """Runs `polikrami` with some settings."""
    monkeypatch.setattr("deploy.cli_slice.console.width", 250)
    monkeypatch.chdir(tmp_path)
    return lambda env, *arguments: CliRunner().invoke(app, arguments, env=env)


def refused(result: Result) -> str:
    """The one sentence with which `polikrami` ends with status 2."""
    assert isinstance(result.exception, SetupFault), (result.exception, result.output)
    return str(result.exception)


@contextmanager
def _database(server_url: str, name: str) -> Iterator[str]:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield database_named(server_url, name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
