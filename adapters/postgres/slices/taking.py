"""Puts the events of a slice into an empty database, each at its own position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from adapters.postgres.migrations import migrate
from adapters.postgres.slices.rows import SlicedEvent
from adapters.postgres.transfer.faults import TransferRefused

TABLES = (
    "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_|^information_schema$'"
)
KNOWN = "SELECT to_regclass('public.events') IS NOT NULL"
HELD = "SELECT EXISTS (SELECT FROM events) OR EXISTS (SELECT FROM streams)"
ROOM = "SELECT max(last_position) FROM log_partitions"
EVENTS = (
    "COPY events (position, stream_id, version, type, schema_version, subject_id, payload,"
    " metadata, recorded_at) FROM STDIN"
)
STREAMS = (
    "INSERT INTO streams (stream_id, version, since)"
    " SELECT stream_id, max(version), min(position) FROM events GROUP BY stream_id"
)


REACTED = "INSERT INTO reactors (name, position) VALUES (%s, %s)"


def take(
    database_url: str, events: Sequence[SlicedEvent], *, name: str, reactor: str, last: int
) -> None:
    """Bring an empty database to the present schema, and these events into its log: all or none.
    `name` is that of the database for people. The reactor of this name has reacted to all up to
    `last`. Raises `TransferRefused` when the database is not empty.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        if _one(connection, TABLES) and not _one(connection, KNOWN):
            raise TransferRefused(f"{name} has tables of others; give an empty database.")
        if _one(connection, KNOWN) and _one(connection, HELD):
            raise TransferRefused(f"{name} has events already; give an empty database.")
    migrate(database_url)
    with psycopg.connect(database_url) as connection:
        while _one(connection, ROOM) < events[-1].position:
            connection.execute("SELECT add_partition()")
        with connection.cursor() as cursor, cursor.copy(EVENTS) as copy:
            for each in events:
                copy.write_row(
                    (
                        each.position,
                        each.stream_id,
                        each.version,
                        each.type,
                        each.schema_version,
                        each.subject_id,
                        bytes(each.payload),
                        bytes(each.metadata).decode(),
                        each.recorded_at,
                    )
                )
        connection.execute(STREAMS)
        connection.execute(REACTED, (reactor, last))


def _one(connection: psycopg.Connection[Any], query: Any) -> Any:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]
