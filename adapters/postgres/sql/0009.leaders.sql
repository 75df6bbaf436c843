-- Ending sessions of this system whose process is dead, frozen or cut off. The role of the running
-- system may not see or end them itself: the sessions belong to the role that logged in. Where that
-- is not the role that migrates, the latter needs pg_signal_backend and pg_read_all_stats.

-- All sessions of one process, which is named at the end of their application_name; how many.
CREATE FUNCTION end_sessions(holder text) RETURNS int
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 1000))::int
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND length(holder) >= 8
        AND starts_with(application_name, 'polikrami ')
        AND right(application_name, length(holder) + 1) = ' ' || holder
$$;

-- Ends one session, named by its process id and its start so that no other one with the same id is
-- hit; whether it is gone.
CREATE FUNCTION session_ended(process_id int, started_at timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT coalesce(bool_and(pg_terminate_backend(pid, 4000)), true)
    FROM pg_stat_activity
    WHERE datname = current_database() AND pid = process_id AND pid <> pg_backend_pid()
        AND backend_start = started_at AND starts_with(application_name, 'polikrami ')
$$;

-- What names the caller's own session for `session_ended`.
CREATE FUNCTION this_session(OUT process_id int, OUT started_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()
$$;

REVOKE EXECUTE ON FUNCTION end_sessions, session_ended, this_session FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_sessions, session_ended, this_session TO polikrami_app;

-- An operator's decision that a paused read model tries again, for instance after a repair.
CREATE TABLE resumptions (
    name       text        NOT NULL,
    version    int         NOT NULL,
    build      int         NOT NULL,
    position   bigint      NOT NULL,
    note       text        NOT NULL,
    operator   text        NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER resumptions_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON resumptions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON resumptions TO polikrami_app;

-- Whoever listens for positions looks again when another build serves, or one begins or stops to be
-- followed. Positions themselves are announced by those who move them.
CREATE FUNCTION announce_builds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('projected', '{}');
    RETURN NULL;
END $$;

CREATE TRIGGER projections_announced
    AFTER INSERT OR DELETE OR UPDATE OF state, serving, table_name ON projections
    FOR EACH STATEMENT EXECUTE FUNCTION announce_builds();
