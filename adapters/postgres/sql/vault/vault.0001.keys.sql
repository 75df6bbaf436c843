-- The keys of persons, in whichever database VAULT_URL names. Destroying a row's key makes everything
-- that was encrypted with it unreadable; the row stays as a fence against making it again.

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

-- In the database of the log an earlier release has made these two.
CREATE SCHEMA IF NOT EXISTS vault;

CREATE TABLE IF NOT EXISTS vault.person_keys (
    person_id    uuid        PRIMARY KEY,
    wrapped_key  bytea,
    master_key   text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);

-- What a key is for ('person', or what the law keeps by it) and the last day on which it must be
-- kept. Without a purpose: an earlier release has made it, and nobody has looked yet.
ALTER TABLE vault.person_keys ADD COLUMN purpose text, ADD COLUMN retain_until date;

CREATE INDEX person_keys_living ON vault.person_keys (master_key, person_id)
    WHERE wrapped_key IS NOT NULL;
CREATE INDEX person_keys_unmarked ON vault.person_keys (person_id)
    WHERE purpose IS NULL AND wrapped_key IS NOT NULL;
CREATE INDEX person_keys_retained ON vault.person_keys (retain_until)
    WHERE retain_until IS NOT NULL AND wrapped_key IS NOT NULL;
CREATE INDEX person_keys_destroyed ON vault.person_keys (person_id) WHERE wrapped_key IS NULL;

-- A copy of a vault has the same id.
CREATE TABLE vault.identity (
    only_row bool PRIMARY KEY DEFAULT true CHECK (only_row),
    vault_id uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO vault.identity DEFAULT VALUES;

CREATE OR REPLACE FUNCTION vault.keep_fence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.destroyed_at IS NOT NULL OR NEW.person_id <> OLD.person_id THEN
        RAISE EXCEPTION 'a person''s key can''t come back: % is refused', TG_OP
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.retain_until IS DISTINCT FROM OLD.retain_until
        AND NOT coalesce(NEW.retain_until >= OLD.retain_until, OLD.retain_until IS NULL) THEN
        RAISE EXCEPTION 'a key that is kept until % can''t be kept for less', OLD.retain_until
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.destroyed_at IS NOT NULL
        AND OLD.retain_until >= (now() AT TIME ZONE 'Europe/Istanbul')::date THEN
        RAISE EXCEPTION 'the law wants this key kept until %', OLD.retain_until
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

DROP TRIGGER IF EXISTS person_keys_fence ON vault.person_keys;
CREATE TRIGGER person_keys_fence BEFORE UPDATE OR DELETE ON vault.person_keys
    FOR EACH ROW EXECUTE FUNCTION vault.keep_fence();
CREATE TRIGGER person_keys_are_never_emptied BEFORE TRUNCATE ON vault.person_keys
    FOR EACH STATEMENT EXECUTE FUNCTION vault.keep_fence();

-- Every process keeps keys in memory, and forgets those of which it hears here.
CREATE FUNCTION vault.tell_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('vault_destroyed', NEW.person_id::text);
    RETURN NULL;
END $$;

CREATE TRIGGER person_keys_told AFTER INSERT OR UPDATE ON vault.person_keys
    FOR EACH ROW WHEN (NEW.destroyed_at IS NOT NULL) EXECUTE FUNCTION vault.tell_destroyed();

GRANT USAGE ON SCHEMA vault TO polikrami_app;
REVOKE ALL ON vault.person_keys FROM polikrami_app;
GRANT SELECT, INSERT ON vault.person_keys TO polikrami_app;
GRANT UPDATE (wrapped_key, master_key, destroyed_at, purpose, retain_until)
    ON vault.person_keys TO polikrami_app;
GRANT SELECT ON vault.identity TO polikrami_app;
