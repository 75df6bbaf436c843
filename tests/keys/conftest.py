"""The keys in the test's database, and another process's look at them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from adapters.postgres.keys import PersonKeys
from adapters.postgres.pool import Pool
from tests.databases import database_named, open_keys
from tests.keys.vaults import until


@pytest.fixture
async def keys(pool: Pool, database_url: str) -> AsyncIterator[PersonKeys]:
    """The keys, with their fence up."""
    async with open_keys(pool, database_url) as opened:
        await fenced(opened)
        yield opened


@pytest.fixture
async def others(pool: Pool, database_url: str) -> AsyncIterator[PersonKeys]:
    """The same keys as another process has them, with its own memory and its own fence."""
    async with open_keys(pool, database_url) as opened:
        await fenced(opened)
        yield opened


async def fenced(keys: PersonKeys) -> None:
    """Wait until the fence stands."""
    await until(lambda: keys.is_fenced)


@pytest.fixture
def vault_url(postgres_url: str) -> Iterator[str]:
    """A database in which nothing is, for the keys alone."""
    name = f"vault_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield database_named(postgres_url, name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
