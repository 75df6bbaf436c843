-- The log in partitions by position, so that years of it stay fast and old ones can be archived. A
-- stream may span partitions, so its newest version stands in a table of its own. No event of a
-- stream lies before the position `since`; one of version -1 has none.

CREATE TABLE streams (
    stream_id uuid   PRIMARY KEY,
    version   bigint NOT NULL,
    since     bigint NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

INSERT INTO streams SELECT stream_id, max(version), min(position) FROM events GROUP BY stream_id;

CREATE TABLE log_partitions (
    first_position bigint      PRIMARY KEY,
    last_position  bigint      NOT NULL,
    table_name     text        NOT NULL UNIQUE,
    state          text        NOT NULL DEFAULT 'attached' CHECK (state IN ('attached', 'archived')),
    file           text,
    digest         text,
    archived_at    timestamptz,
    CHECK (first_position <= last_position),
    CHECK ((state = 'archived') = (file IS NOT NULL AND digest IS NOT NULL))
);

DROP VIEW history;
ALTER TABLE events RENAME TO events_1;
ALTER TABLE events_1 RENAME CONSTRAINT events_pkey TO events_1_pkey;
ALTER TABLE events_1 RENAME CONSTRAINT events_stream_version TO events_1_stream_version;

CREATE TABLE events (LIKE events_1 INCLUDING DEFAULTS, PRIMARY KEY (position))
    PARTITION BY RANGE (position);

INSERT INTO log_partitions (first_position, last_position, table_name)
SELECT 1, greatest(1, ceil(coalesce(max(position), 0) / 1e7)) * 10000000, 'events_1' FROM events_1;

DO $$
BEGIN
    EXECUTE format('ALTER TABLE events ATTACH PARTITION events_1 FOR VALUES FROM (1) TO (%s)',
                   (SELECT last_position + 1 FROM log_partitions));
END $$;

CREATE TRIGGER events_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER streams_stay BEFORE DELETE OR TRUNCATE ON streams
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Makes room behind the newest partition, of the same size. Attaching an empty table disturbs
-- neither readers nor writers.
CREATE FUNCTION add_partition() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    newest log_partitions;
    first  bigint;
    last   bigint;
    name   text;
BEGIN
    SELECT * INTO newest FROM log_partitions ORDER BY first_position DESC LIMIT 1;
    first := newest.last_position + 1;
    last := newest.last_position + (newest.last_position - newest.first_position + 1);
    name := 'events_' || first;
    EXECUTE format(
        'CREATE TABLE %I (LIKE events INCLUDING DEFAULTS, PRIMARY KEY (position),'
        ' CONSTRAINT %I UNIQUE (stream_id, version)) WITH (autovacuum_vacuum_insert_scale_factor'
        ' = 0.05, autovacuum_analyze_scale_factor = 0.02)', name, name || '_stream_version');
    EXECUTE format(
        'CREATE TRIGGER events_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name);
    EXECUTE format(
        'ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', name, first, last + 1);
    INSERT INTO log_partitions (first_position, last_position, table_name)
    VALUES (first, last, name);
END $$;

-- As in 0001, but that a command's events must follow directly on their stream's newest version (the
-- first is 1; the library also knows 0), and of two commands of one batch that add to the same stream
-- the later one is dropped. Its plans are made
-- once: to make them anew for each call would take longer than an append.
CREATE OR REPLACE FUNCTION append_events(
    event_command  int[],
    event_stream   uuid[],
    event_version  bigint[],
    event_type     text[],
    event_schema   int[],
    event_subject  uuid[],
    event_payload  bytea[],
    command_metadata bytea[],
    command_caller text[],
    command_key    text[],
    command_hash   bytea[],
    command_answer bytea[],
    OUT head        bigint,
    OUT conflicting int[],
    OUT taken       int[]
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off SET plan_cache_mode = force_generic_plan
SET search_path = public, pg_temp
AS $$
DECLARE
    moment  timestamptz;
    dropped int[];
    grown   bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7065746261);
    moment := clock_timestamp();
    SELECT coalesce((SELECT position FROM events ORDER BY position DESC LIMIT 1), 0) INTO head;
    WHILE head + cardinality(event_command) > (
        SELECT last_position FROM log_partitions ORDER BY first_position DESC LIMIT 1)
    LOOP
        PERFORM add_partition();
    END LOOP;

    WITH claims AS MATERIALIZED (
        SELECT u.command, u.stream, min(u.version) AS first, max(u.version) AS last,
               count(*) = max(u.version) - min(u.version) + 1 AS whole,
               row_number() OVER (PARTITION BY u.stream ORDER BY u.command) AS nth
        FROM unnest(event_command, event_stream, event_version) AS u(command, stream, version)
        GROUP BY u.command, u.stream
    ), begun AS (
        INSERT INTO streams AS s (stream_id, version, since)
        SELECT stream, last, head + 1 FROM claims WHERE nth = 1 AND whole AND first <= 1
        ON CONFLICT (stream_id) DO UPDATE SET version = excluded.version
        WHERE s.version < 1 AND s.version < excluded.version
        RETURNING stream_id
    ), continued AS (
        UPDATE streams AS s SET version = c.last FROM claims AS c
        WHERE c.nth = 1 AND c.whole AND c.first > 1
              AND s.stream_id = c.stream AND s.version = c.first - 1
        RETURNING s.stream_id
    ), won AS (
        SELECT stream_id FROM begun UNION ALL SELECT stream_id FROM continued
    )
    SELECT coalesce(array_agg(DISTINCT command), '{}') INTO conflicting
    FROM claims WHERE nth > 1 OR stream NOT IN (SELECT stream_id FROM won);

    IF command_key IS NULL THEN
        taken := '{}';
    ELSE
        SELECT coalesce(array_agg(DISTINCT k.command), '{}') INTO taken
        FROM (
            SELECT command, caller, key,
                   row_number() OVER (PARTITION BY caller, key ORDER BY command) AS nth
            FROM unnest(command_caller, command_key) WITH ORDINALITY AS u(caller, key, command)
            WHERE key IS NOT NULL
        ) AS k
        WHERE k.nth > 1 OR (
            SELECT true FROM answers AS a WHERE a.caller = k.caller AND a.key = k.key);
    END IF;
    dropped := conflicting || taken;

    IF cardinality(dropped) > 0 THEN
        -- What a dropped command had won before it was known to be dropped.
        UPDATE streams AS s SET version = CASE WHEN c.first > 1 THEN c.first - 1 ELSE -1 END
        FROM (SELECT command, stream, min(version) AS first,
                     row_number() OVER (PARTITION BY stream ORDER BY command) AS nth
              FROM unnest(event_command, event_stream, event_version) AS u(command, stream, version)
              GROUP BY command, stream) AS c
        WHERE c.nth = 1 AND c.command = ANY (dropped) AND s.stream_id = c.stream
              AND s.xmin = pg_current_xact_id()::xid;
    END IF;

    INSERT INTO events (position, stream_id, version, type, schema_version, subject_id, payload,
                        metadata, recorded_at)
    SELECT head + row_number() OVER (ORDER BY e.nth), e.stream, e.version, e.type, e.schema,
           e.subject, e.payload, convert_from(command_metadata[e.command], 'UTF8')::jsonb, moment
    FROM unnest(event_command, event_stream, event_version, event_type, event_schema,
                event_subject, event_payload)
         WITH ORDINALITY AS e(command, stream, version, type, schema, subject, payload, nth)
    WHERE e.command <> ALL (dropped);
    GET DIAGNOSTICS grown = ROW_COUNT;

    IF command_key IS NOT NULL THEN
        INSERT INTO answers (caller, key, request_hash, answer, position, recorded_at)
        SELECT k.caller, k.key, k.hash, k.answer,
               head + (SELECT count(*) FROM unnest(event_command) AS e(command)
                       WHERE e.command <= k.command AND e.command <> ALL (dropped)),
               moment
        FROM unnest(command_caller, command_key, command_hash, command_answer)
             WITH ORDINALITY AS k(caller, key, hash, answer, command)
        WHERE k.key IS NOT NULL AND k.command <> ALL (dropped);
    END IF;

    IF grown > 0 THEN
        PERFORM pg_notify('events', (head + grown)::text);
    END IF;
END $$;

CREATE VIEW history AS
SELECT position, recorded_at, stream_id, version, type, schema_version,
       convert_from(payload, 'UTF8')::json AS payload, metadata
FROM events;

GRANT SELECT ON events, streams, log_partitions, history TO polikrami_app;
REVOKE SELECT ON events_1 FROM polikrami_app;
REVOKE EXECUTE ON FUNCTION add_partition FROM PUBLIC;
