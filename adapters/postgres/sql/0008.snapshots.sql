-- States of aggregates with a long history, so that only what came after them is read. They are no
-- history: each can be made again from it. A release reads only those of its own shapes, and two
-- releases may work side by side.

CREATE TABLE snapshots (
    stream_id uuid        NOT NULL,
    shape     text        NOT NULL,
    version   bigint      NOT NULL,
    position  bigint      NOT NULL,
    state     bytea       NOT NULL,
    taken_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream_id, shape)
) WITH (autovacuum_vacuum_scale_factor = 0.05);

-- Ids do not compress; to try would take longer than to read them.
ALTER TABLE snapshots ALTER COLUMN state SET STORAGE EXTERNAL;

GRANT SELECT, INSERT, UPDATE, DELETE ON snapshots TO polikrami_app;
