"""Every place of a running system in which words may lie."""

from __future__ import annotations

from typing import Any

import psycopg
import redis
from psycopg.sql import SQL, Identifier

from tests.erasure.needles import Search
from tests.live import LiveSystem

TABLES = (
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'm') AND n.nspname <> 'pg_toast'"
)


def everywhere(live: LiveSystem, search: Search) -> dict[str, set[str]]:
    """Where words are found: files by their path below the data folder (those of PostgreSQL among
    them, with what lies between rows), rows of all tables as SQL gives them, and Redis.
    """
    settle(live)
    root = live.folder.resolve()
    below = search.below([root, (root / "postgres").resolve()])
    found = {path.removeprefix(f"{root}/"): names for path, names in below.items()}
    found |= _tables(live, search)
    if names := _redis(live, search):
        found["redis"] = names
    return found


def settle(live: LiveSystem) -> None:
    """Let PostgreSQL write everything down, and let its old write-ahead log go instead of keeping
    the files for later use.
    """
    live.query("ALTER SYSTEM SET wal_recycle = off")
    live.query("SELECT pg_reload_conf()")
    for _ in range(3):
        live.query("SELECT pg_switch_wal()")
        live.query("CHECKPOINT")


def _tables(live: LiveSystem, search: Search) -> dict[str, set[str]]:
    found = {}
    with psycopg.connect(live.database_url, autocommit=True) as connection:
        for schema, name in connection.execute(TABLES).fetchall():
            query = SQL("COPY (SELECT * FROM {}) TO STDOUT").format(Identifier(schema, name))
            with connection.cursor().copy(query) as copy:
                content = b"".join(bytes(part) for part in copy)
            if names := search.among(content.replace(b"\\\\", b"\\")):
                found[f"{schema}.{name}"] = names
    return found


def _redis(live: LiveSystem, search: Search) -> set[str]:
    client: Any = redis.Redis.from_url(live.env["REDIS_URL"])
    with client:
        return {
            name
            for key in client.scan_iter()
            for name in search.among(bytes(key)) | search.among(client.dump(key) or b"")
        }
