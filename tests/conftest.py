"""Real servers for tests: PostgreSQL and Redis from wheels, a fresh database for whoever asks."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from psycopg.sql import SQL, Identifier

from adapters.postgres.log import PostgresLog
from adapters.postgres.migrations import migrate
from adapters.postgres.pool import Pool, connection_pool
from deploy.local.folders import temporary_data_folder
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.redis import EmbeddedRedis
from tests.databases import database_named, open_log, own_database

TEMPLATE = "polikrami_template"

# How long an example takes says something of the machine, not of the product.
settings.register_profile("polikrami", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("polikrami")


@pytest.fixture(scope="session", autouse=True)
def logs_of_commands() -> Iterator[None]:
    """Commands that are run in the tests' own process set up no logs: those of the tests that
    follow would go to the runner's output, which is closed by then.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("deploy.cli_operate.configure_logs", lambda *_: None)
        yield


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server for the session; `TEST_DATABASE_URL` names another one."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    with temporary_data_folder() as folder:
        server = EmbeddedPostgres(folder)
        yield server.start()
        server.stop()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis server for the session; `TEST_REDIS_URL` names another one."""
    if given := os.environ.get("TEST_REDIS_URL"):
        yield given
        return
    with temporary_data_folder() as folder:
        server = EmbeddedRedis(folder)
        yield server.start()
        server.stop()


@pytest.fixture(scope="session")
def template_url(postgres_url: str) -> str:
    """A migrated database from which the others are copied."""
    name = f"{TEMPLATE}_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    url = database_named(postgres_url, name)
    migrate(url)
    return url


@pytest.fixture
def database_url(postgres_url: str, template_url: str) -> Iterator[str]:
    """An empty, migrated database of this test's own; the URL of its owner."""
    with own_database(postgres_url, template_url) as url:
        yield url


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """Connections to the test's database in the role of the running system."""
    async with connection_pool(database_url, name="test", timeout_seconds=30) as opened:
        yield opened


@pytest.fixture
async def event_log(pool: Pool, database_url: str) -> AsyncIterator[PostgresLog]:
    """The log of the test's database."""
    async with open_log(pool, database_url) as log:
        yield log


@pytest.fixture
def fonts() -> Path:
    """The fonts that ship with the product."""
    return Path(__file__).parents[1] / "deploy" / "data" / "fonts"
