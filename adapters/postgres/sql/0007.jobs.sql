-- Jobs: fair turns, leases that are renewed, decisions with a name, and an end for what is finished.

ALTER TABLE jobs
    ADD COLUMN not_before timestamptz,
    ADD COLUMN retried    int NOT NULL DEFAULT 0,
    ADD COLUMN decided_by text,
    ADD COLUMN decided_at timestamptz,
    ADD COLUMN origin     text;

ALTER TABLE jobs SET (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.02,
                      autovacuum_vacuum_cost_delay = 0);

DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (queue, kind, due_at) WHERE state = 'due';
CREATE INDEX jobs_finished ON jobs (finished_at) WHERE state IN ('done', 'discarded');

-- Takes up to `most` due jobs of a queue for a worker, all kinds in equal parts as far as they have
-- any. `held_kinds` says, place for place, what the worker runs already: who has least comes first.
-- The oldest of a kind come first; with `mixed`, an eighth of its share goes to the newest ones, so
-- that somebody who asks now does not wait for the end of a backlog.
--
-- Nothing is lost when a lease or an end is forgotten in a crash of the server: the job is done once
-- more under the same id. So neither waits for the disk.
CREATE FUNCTION lease_jobs(
    wanted_queue text,
    worker       text,
    most         int,
    seconds      float8,
    held_kinds   text[],
    spared_kinds text[],
    mixed        boolean
) RETURNS TABLE (
    job_id uuid, queue text, kind text, body bytea, attempts int, retried int, waited float8,
    not_before timestamptz, former text, causation_position bigint, correlation_id uuid,
    origin text
) LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashjoin = off
SET enable_mergejoin = off SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    kinds  text[];
    helds  int[];
    chosen uuid[] := '{}';
    picked   uuid[];
    places int := most;
    share  int;
    newest int;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    WITH RECURSIVE known(kind) AS (
        (SELECT j.kind FROM jobs AS j WHERE j.state = 'due' AND j.queue = wanted_queue
         ORDER BY j.kind LIMIT 1)
        UNION ALL
        SELECT (SELECT j.kind FROM jobs AS j
                WHERE j.state = 'due' AND j.queue = wanted_queue AND j.kind > known.kind
                ORDER BY j.kind LIMIT 1)
        FROM known WHERE known.kind IS NOT NULL
    ), turns AS (
        SELECT known.kind, cardinality(array_positions(held_kinds, known.kind)) AS held
        FROM known WHERE known.kind IS NOT NULL AND known.kind <> ALL (spared_kinds)
    )
    SELECT array_agg(t.kind ORDER BY t.held, random()), array_agg(t.held ORDER BY t.held)
    INTO kinds, helds FROM turns AS t;

    -- In the second round those who have more take what the others left.
    FOR round IN 1..2 LOOP
        FOR turn IN 1..coalesce(cardinality(kinds), 0) LOOP
            EXIT WHEN places <= 0;
            share := places;
            IF round = 1 THEN
                SELECT ceil((places + sum(held)) / count(*)) - helds[turn] INTO share
                FROM unnest(helds[turn:]) AS u(held);
            END IF;
            share := least(share, places);
            newest := CASE WHEN mixed THEN floor(share / 8.0 + random()) ELSE 0 END;
            IF newest > 0 THEN
                SELECT coalesce(array_agg(n.job_id), '{}') INTO picked FROM (
                    SELECT j.job_id FROM jobs AS j
                    WHERE j.state = 'due' AND j.queue = wanted_queue AND j.kind = kinds[turn]
                        AND j.due_at <= now() AND j.job_id <> ALL (chosen)
                    ORDER BY j.due_at DESC LIMIT newest FOR UPDATE SKIP LOCKED) AS n;
                chosen := chosen || picked;
                places := places - cardinality(picked);
                share := share - cardinality(picked);
            END IF;
            CONTINUE WHEN share <= 0;
            SELECT coalesce(array_agg(o.job_id), '{}') INTO picked FROM (
                SELECT j.job_id FROM jobs AS j
                WHERE j.state = 'due' AND j.queue = wanted_queue AND j.kind = kinds[turn]
                    AND j.due_at <= now() AND j.job_id <> ALL (chosen)
                ORDER BY j.due_at LIMIT share FOR UPDATE SKIP LOCKED) AS o;
            chosen := chosen || picked;
            places := places - cardinality(picked);
        END LOOP;
    END LOOP;

    RETURN QUERY
    UPDATE jobs SET state = 'leased', leased_by = worker, attempts = jobs.attempts + 1,
        leased_until = now() + make_interval(secs => seconds)
    FROM (SELECT j.job_id, j.leased_by FROM jobs AS j WHERE j.job_id = ANY (chosen)) AS before
    WHERE jobs.job_id = before.job_id
    RETURNING jobs.job_id, jobs.queue, jobs.kind, jobs.body, jobs.attempts, jobs.retried,
        extract(epoch FROM now() - jobs.due_at)::float8, jobs.not_before, before.leased_by,
        jobs.causation_position, jobs.correlation_id, jobs.origin;
END $$;

-- The outcomes of these tries are recorded. Only tries that still hold their lease end their job.
CREATE FUNCTION finish_jobs(ids uuid[], tries int[], workers text[]) RETURNS SETOF uuid
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN QUERY
    UPDATE jobs SET state = 'done', finished_at = now(), leased_until = NULL, error = NULL
    FROM unnest(ids, tries, workers) AS f(id, try, worker)
    WHERE job_id = f.id AND state = 'leased' AND leased_by = f.worker AND attempts = f.try
    RETURNING job_id;
END $$;

-- What a living worker still holds stays its own; what is missing in the answer it has lost.
CREATE FUNCTION keep_jobs(ids uuid[], worker text, seconds float8) RETURNS SETOF uuid
LANGUAGE plpgsql VOLATILE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off
AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN QUERY
    UPDATE jobs SET leased_until = now() + make_interval(secs => seconds)
    WHERE job_id = ANY (ids) AND state = 'leased' AND leased_by = worker
    RETURNING job_id;
END $$;

GRANT EXECUTE ON FUNCTION lease_jobs, finish_jobs, keep_jobs TO polikrami_app;
