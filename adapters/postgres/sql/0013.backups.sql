-- Backups, restores and accepted losses, as far as this database knows of them. The backups
-- themselves lie elsewhere; these rows say how old the newest is, and from where history goes on.

CREATE TABLE backups (
    backup_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind      text        NOT NULL CHECK (kind IN ('log', 'keys', 'physical', 'check')),
    name      text        NOT NULL,
    position  bigint      NOT NULL,
    bytes     bigint      NOT NULL,
    made_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- From `position` on, history is not that which the backed-up system went on to have.
CREATE TABLE restores (
    restore_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    backup      text        NOT NULL,
    position    bigint      NOT NULL,
    backup_at   timestamptz NOT NULL,
    restored_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- An operator's decision that the sealed events behind `kept` up to `lost` will not come back.
CREATE TABLE audit_losses (
    loss_id    bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kept       bigint      NOT NULL,
    lost       bigint      NOT NULL CHECK (lost > kept),
    statement  text        NOT NULL,
    note       text        NOT NULL,
    operator   text        NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TRIGGER backups_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON backups
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER restores_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON restores
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_losses_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_losses
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT ON backups, restores TO polikrami_app;
GRANT SELECT, INSERT ON audit_losses TO polikrami_app;
