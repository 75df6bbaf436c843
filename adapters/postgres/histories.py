"""What the log is asked by those who look back: streams up to a position, and names of events."""

from __future__ import annotations

# One row for each stream that begins in files, without a type; then the events of all the others.
# The limits keep PostgreSQL on the indexes, whatever it believed when it made the plan.
HISTORIES = """
WITH asked AS MATERIALIZED (
    SELECT s.stream_id, s.since, s.since <= (
        SELECT max(last_position) FROM log_partitions WHERE state = 'archived') AS in_files
    FROM unnest((SELECT %b::uuid[])) AS wanted (stream_id)
    CROSS JOIN LATERAL (
        SELECT * FROM streams WHERE streams.stream_id = wanted.stream_id LIMIT 1) AS s
)
SELECT 0 AS position, NULL AS type, NULL::smallint AS schema_version, stream_id AS subject_id,
       NULL::bytea AS payload, NULL::timestamptz AS recorded_at, NULL AS metadata
FROM asked WHERE in_files
UNION ALL
SELECT e.* FROM asked CROSS JOIN LATERAL (
    SELECT position, type, schema_version, subject_id, payload, recorded_at, metadata::text
    FROM events
    WHERE events.stream_id = asked.stream_id AND position >= asked.since
        AND position <= (SELECT %b::bigint)
    ORDER BY version LIMIT 10000000
) AS e
WHERE in_files IS NOT TRUE
ORDER BY position
"""
TOPICS = "SELECT position, type FROM events WHERE position = ANY (%b::bigint[])"
