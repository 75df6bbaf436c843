-- The log: one table, gap-free positions in the order of visibility, never changed.

CREATE TABLE events (
    position       bigint      PRIMARY KEY,
    stream_id      uuid        NOT NULL,
    version        bigint      NOT NULL,
    type           text        NOT NULL,
    schema_version smallint    NOT NULL DEFAULT 1,
    subject_id     uuid,
    payload        bytea       NOT NULL,
    metadata       jsonb       NOT NULL,
    recorded_at    timestamptz NOT NULL,
    transaction_id xid8        NOT NULL DEFAULT pg_current_xact_id(),
    CONSTRAINT events_stream_version UNIQUE (stream_id, version)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.02);

-- What was answered to a request, under the caller's key; written in the commit of its events.
CREATE TABLE answers (
    caller       text        NOT NULL,
    key          text        NOT NULL,
    request_hash bytea       NOT NULL,
    answer       bytea       NOT NULL,
    position     bigint      NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (caller, key)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history can only grow: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER events_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER answers_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON answers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Appends the commands of one batch. Events come flat, each with the number of its command (from 1,
-- ascending); a command that conflicts with stored rows or with an earlier command of the batch is
-- dropped whole. `head` is the position before the first event that was inserted, from which the
-- caller counts on.
--
-- The lock is taken by a statement of its own, so that the statements after it see everything that
-- was committed before it was granted. It is held until the commit: positions become visible in
-- order and without gaps.
CREATE FUNCTION append_events(
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
-- A plan made while the table is empty would scan it whole for ever: hence these settings, and
-- scalar subqueries in place of EXISTS, which can't be turned into joins.
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off SET search_path = public, pg_temp
AS $$
DECLARE
    moment  timestamptz;
    dropped int[];
    grown   bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7065746261);
    moment := clock_timestamp();
    SELECT coalesce((SELECT position FROM events ORDER BY position DESC LIMIT 1), 0) INTO head;

    SELECT coalesce(array_agg(DISTINCT e.command), '{}') INTO conflicting
    FROM (
        SELECT command, stream, version,
               row_number() OVER (PARTITION BY stream, version ORDER BY command) AS nth
        FROM unnest(event_command, event_stream, event_version) AS u(command, stream, version)
    ) AS e
    WHERE e.nth > 1 OR (
        SELECT true FROM events AS x WHERE x.stream_id = e.stream AND x.version = e.version);

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

-- The same rows for eyes: `SELECT * FROM history WHERE stream_id = ... ORDER BY version`.
CREATE VIEW history AS
SELECT position, recorded_at, stream_id, version, type, schema_version,
       convert_from(payload, 'UTF8')::json AS payload, metadata
FROM events;
