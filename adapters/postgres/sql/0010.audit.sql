-- The audit chain: what the sealer goes on from, and the outcomes of its controls. Neither is
-- trusted: what counts are the checkpoints that were published outside of this database.

-- A tree over the first `size` events; `roots` are those of its full subtrees, the biggest first.
CREATE TABLE audit_seals (
    size      bigint      PRIMARY KEY CHECK (size > 0),
    roots     bytea       NOT NULL,
    note      text        NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- A control read the events behind `after` up to `until`; `fault` says what was wrong.
CREATE TABLE audit_controls (
    control_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    after        bigint      NOT NULL,
    until        bigint      NOT NULL,
    first_bad    bigint,
    fault        text,
    finished_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TRIGGER audit_seals_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_controls_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_controls
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON audit_seals, audit_controls TO polikrami_app;
