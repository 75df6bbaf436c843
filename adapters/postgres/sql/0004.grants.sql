-- The role that the running system takes: it reads the log and appends by the one function.

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'polikrami_app') THEN
        BEGIN
            CREATE ROLE polikrami_app NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this cluster was migrated at the same moment
        END;
    END IF;
    EXECUTE format('GRANT polikrami_app TO %I', current_user);
END $$;

CREATE SCHEMA read;

GRANT USAGE ON SCHEMA public, vault TO polikrami_app;
GRANT USAGE, CREATE ON SCHEMA read TO polikrami_app;
GRANT SELECT ON events, answers, history TO polikrami_app;
REVOKE EXECUTE ON FUNCTION append_events FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_events TO polikrami_app;
GRANT SELECT, INSERT, UPDATE ON vault.person_keys TO polikrami_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON projections, reactors, jobs TO polikrami_app;
