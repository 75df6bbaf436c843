-- Keys of persons, apart from the log and from its backups: destroying a row's key makes everything
-- that was encrypted with it unreadable, and the row stays as a fence against making it again.

CREATE SCHEMA vault;

CREATE TABLE vault.person_keys (
    person_id    uuid        PRIMARY KEY,
    wrapped_key  bytea,
    master_key   text        NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    CHECK ((wrapped_key IS NULL) = (destroyed_at IS NOT NULL))
);

CREATE FUNCTION vault.keep_fence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.destroyed_at IS NULL THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a person''s key can''t come back: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER person_keys_fence BEFORE UPDATE OR DELETE ON vault.person_keys
    FOR EACH ROW EXECUTE FUNCTION vault.keep_fence();
