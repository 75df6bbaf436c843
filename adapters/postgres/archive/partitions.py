"""The partitions of the log: making, filling, attaching and letting go of their tables."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, LiteralString

import psycopg
import pyarrow as pa
from psycopg.rows import args_row
from psycopg.sql import SQL, Identifier, Literal

from adapters.postgres.archive.faults import LogKept
from adapters.postgres.archive.parts import PARTS, Partition
from adapters.postgres.archive.rows import COPY, COPY_HEADER, COPY_TRAILER, copy_bytes

Connection = psycopg.Connection[Any]
Tell = Callable[[int, int], None]
"""Receives how much is done, and of how much."""

ALONE = 7_065_746_270
"""The lock of whoever changes partitions."""
PATIENCE = "2s"
"""How long it is waited for: a process that has ended may keep it for a moment."""
LOCK_TRIES = 20
LOCK_WAIT_SECONDS = 0.5
"""The longest that others wait for a change to the partitions."""


def partitions(connection: Connection) -> list[Partition]:
    """All partitions, the oldest first."""
    with connection.cursor(row_factory=args_row(Partition)) as cursor:
        return cursor.execute(PARTS).fetchall()


def head(connection: Connection) -> int:
    """The position of the newest event; 0 when there is none."""
    row = connection.execute("SELECT coalesce(max(position), 0) FROM events").fetchone()
    assert row is not None
    return int(row[0])


def be_alone(connection: Connection) -> None:
    """Keep others from changing partitions until the connection ends. Raises `LogKept`."""
    _lock(connection, "SELECT pg_advisory_lock(%s)")


def keep_them(connection: Connection) -> None:
    """Let partitions stay as they are until the connection ends. Raises `LogKept`."""
    _lock(connection, "SELECT pg_advisory_lock_shared(%s)")


def _lock(connection: Connection, query: LiteralString) -> None:
    try:
        with connection.transaction():
            connection.execute("SELECT set_config('lock_timeout', %s, true)", (PATIENCE,))
            connection.execute(query, (ALONE,))
    except psycopg.errors.LockNotAvailable as error:
        raise LogKept(
            "Another process archives, restores or imports events at this moment."
        ) from error


def create(connection: Connection, partition: Partition) -> None:
    """A table without indexes, which can be filled fast."""
    connection.execute(
        SQL(
            "CREATE TABLE {} (LIKE events INCLUDING DEFAULTS, CONSTRAINT {} CHECK ("
            "position >= {} AND position <= {})) WITH (autovacuum_vacuum_insert_scale_factor"
            " = 0.05, autovacuum_analyze_scale_factor = 0.02)"
        ).format(
            Identifier(partition.table),
            Identifier(f"{partition.table}_range"),
            Literal(partition.first),
            Literal(partition.last),
        )
    )


def copy_into(
    connection: Connection,
    table: str,
    *,
    pages: Iterable[pa.RecordBatch],
    transactions: bool = False,
    fresh: bool = True,
) -> None:
    """Fill a table; a `fresh` one was made by the same transaction. With `transactions` the rows
    keep the numbers of those that wrote them.
    """
    query = SQL(COPY).format(
        Identifier(table),
        SQL(", transaction_id" if transactions else ""),
        SQL(", FREEZE" if fresh else ""),
    )
    with connection.cursor().copy(query) as copy:
        copy.write(COPY_HEADER)
        for page in pages:
            copy.write(copy_bytes(page, transactions=transactions))
        copy.write(COPY_TRAILER)


def index(connection: Connection, partition: Partition) -> None:
    """Give a filled table the indexes and the guard of its siblings."""
    connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
    # Enough to plan with at once; autovacuum looks more closely later.
    connection.execute("SET LOCAL default_statistics_target = 10")
    table = Identifier(partition.table)
    unique = Identifier(f"{partition.table}_stream_version")
    for statement in (
        SQL("ALTER TABLE {} ADD PRIMARY KEY (position)").format(table),
        SQL("ALTER TABLE {} ADD CONSTRAINT {} UNIQUE (stream_id, version)").format(table, unique),
        SQL(
            "CREATE TRIGGER events_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON {}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        ).format(table),
        SQL("ANALYZE {}").format(table),
    ):
        connection.execute(statement)


def attach(connection: Connection, partition: Partition) -> None:
    """Make an indexed table a part of the log. The check that it was filled under spares reading
    it again.
    """
    table, check = Identifier(partition.table), Identifier(f"{partition.table}_range")
    connection.execute(
        SQL("ALTER TABLE events ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            table, Literal(partition.first), Literal(partition.last + 1)
        )
    )
    connection.execute(SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(table, check))


def rename(connection: Connection, partition: Partition, *, name: str) -> None:
    """Give a table, which was attached, and its indexes another name."""
    old, new = partition.table, name
    for end in ("_pkey", "_stream_version"):
        connection.execute(
            SQL("ALTER TABLE {} RENAME CONSTRAINT {} TO {}").format(
                Identifier(old), Identifier(old + end), Identifier(new + end)
            )
        )
    connection.execute(SQL("ALTER TABLE {} RENAME TO {}").format(Identifier(old), Identifier(new)))


def let_go(connection: Connection, partition: Partition) -> None:
    """Take a table out of the log and drop it."""
    table = Identifier(partition.table)
    connection.execute(SQL("ALTER TABLE events DETACH PARTITION {}").format(table))
    connection.execute(SQL("DROP TABLE {}").format(table))


def when_free(connection: Connection, change: Callable[[], None]) -> None:
    """Do a change that needs the log for itself, in one transaction. Raises `LogKept` when others
    never let go of it.
    """
    for _ in range(LOCK_TRIES):
        try:
            with connection.transaction():
                connection.execute(
                    SQL("SET LOCAL lock_timeout = {}").format(Literal(f"{LOCK_WAIT_SECONDS}s"))
                )
                connection.execute("LOCK TABLE events IN ACCESS EXCLUSIVE MODE")
                change()
        except psycopg.errors.LockNotAvailable:
            time.sleep(LOCK_WAIT_SECONDS)
        else:
            return
    raise LogKept("Others read or write the log without a pause; try again later.")
