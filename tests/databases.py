"""Databases for tests: a fresh one for whoever asks, and the log in it."""

from __future__ import annotations

import base64
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import psycopg
from psycopg.sql import SQL, Identifier

from adapters.crypto import MasterKeys
from adapters.postgres.keys import PersonKeys
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.postgres.writer import Writer

MASTER = MasterKeys.of(bytes(32))
MASTER_SETTING = {"MASTER_KEY": base64.b64encode(bytes(32)).decode()}
"""For processes that open a database whose keys the test has made."""

_numbers = itertools.count(1)


@contextmanager
def own_database(server_url: str, template_url: str) -> Iterator[str]:
    """A copy of the template that is dropped at the end; the URL of its owner."""
    template = template_url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
    name = f"test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template))
        )
    yield database_named(server_url, name)
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@asynccontextmanager
async def open_log(pool: Pool, database_url: str) -> AsyncIterator[PostgresLog]:
    """The log of a database, under a master key that is no secret."""
    writer = Writer(app_url(database_url))
    await writer.start()
    async with open_keys(pool, database_url) as keys:
        log = PostgresLog(pool, writer, keys)
        yield log
    await log.snapshots.stop()
    await writer.stop()


@asynccontextmanager
async def open_keys(
    vault: Pool, vault_url: str, *, master: MasterKeys = MASTER
) -> AsyncIterator[PersonKeys]:
    """The keys of a vault, with their fence."""
    keys = PersonKeys(vault, master, fence_url=app_url(vault_url))
    await keys.start()
    yield keys
    await keys.stop()


def database_named(url: str, name: str) -> str:
    """The same server's URL for another database."""
    base, _, query = url.partition("?")
    return f"{base.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
