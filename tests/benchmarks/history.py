"""A long history, made fast, to measure on: what the product would have after years."""

from __future__ import annotations

import os

import psycopg

LONG = int(os.environ.get("BENCH_HISTORY", "10000000"))
"""Events of a long history."""
SHORT = 10_000

PAYLOAD_BYTES = 330
EVENTS_EACH = 10

FILL = (
    "ALTER TABLE events DETACH PARTITION events_1",
    "ALTER TABLE events_1 DROP CONSTRAINT events_1_pkey, DROP CONSTRAINT events_1_stream_version",
    """
    INSERT INTO events_1 (position, stream_id, version, type, payload, metadata, recorded_at)
    SELECT n, md5(((n - 1) / %(each)s)::text)::uuid, 1 + (n - 1) %% %(each)s,
           'wallet.credits_held', convert_to(rpad('{"n":' || n, %(bytes)s, ' '), 'UTF8') || '}',
           jsonb_build_object('command_id', md5(n::text)::uuid, 'command', 'HoldCredits',
                              'correlation_id', md5(n::text)::uuid),
           now()
    FROM generate_series(1, %(events)s) AS n
    """,
    """
    INSERT INTO streams
    SELECT md5(n::text)::uuid, %(each)s, n * %(each)s + 1
    FROM generate_series(0, %(events)s / %(each)s - 1) AS n
    """,
    "SET maintenance_work_mem = '1GB'",
    "ALTER TABLE events_1 ADD PRIMARY KEY (position)",
    "ALTER TABLE events_1 ADD CONSTRAINT events_1_stream_version UNIQUE (stream_id, version)",
    "UPDATE log_partitions SET last_position = greatest(last_position, %(events)s)",
)
ATTACH = "ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES FROM (1) TO ({})"


def fill(database_url: str, events: int) -> None:
    """Put so many events, ten to a stream, into an empty log, with indexes and statistics."""
    facts = {"events": events, "each": EVENTS_EACH, "bytes": PAYLOAD_BYTES}
    with psycopg.connect(database_url, autocommit=True) as connection:
        for statement in FILL:
            connection.execute(statement, facts if "%(" in statement else None)
        found = connection.execute("SELECT last_position FROM log_partitions").fetchone()
        assert found is not None
        connection.execute(ATTACH.format(found[0] + 1).encode())
        connection.execute("VACUUM ANALYZE events")
        connection.execute("VACUUM ANALYZE streams")
