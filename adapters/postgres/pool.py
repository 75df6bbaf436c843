"""Connections to PostgreSQL, in the role of the running system."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from adapters.postgres.arrays import register

Pool = AsyncConnectionPool[AsyncConnection[tuple[Any, ...]]]

ROLE = "polikrami_app"
PATIENCE = {
    "keepalives_idle": "10",
    "keepalives_interval": "3",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}


def app_url(database_url: str) -> str:
    """The URL with the role of the running system, which can't change history."""
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query))
    # A plan that is made while a table is empty would read the whole of it for ever after, or half
    # of an index to narrow down another one.
    plans = "-c enable_seqscan=off -c enable_bitmapscan=off"
    # A connection through which nothing comes any more is given up after some seconds, not hours.
    query = PATIENCE | query
    query["options"] = f"{query.get('options', '')} -c role={ROLE} {plans}".strip()
    return parts._replace(query=urlencode(query, safe="/")).geturl().replace("+", "%20")


def connection_pool(
    database_url: str, *, name: str, size: int = 8, timeout_seconds: float = 5.0
) -> Pool:
    """A closed pool; open it inside the event loop that uses it."""
    return AsyncConnectionPool(
        app_url(database_url),
        kwargs={"autocommit": True, "application_name": f"polikrami {name}"},
        configure=_configure,
        min_size=1,
        max_size=size,
        timeout=timeout_seconds,
        max_waiting=512,
        open=False,
        name=name,
    )


async def _configure(connection: AsyncConnection[tuple[Any, ...]]) -> None:
    register(connection)
