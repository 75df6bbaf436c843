-- Read models side by side: each build of a version has a table of its own, and one of them serves.

ALTER TABLE projections
    ADD COLUMN build      int         NOT NULL DEFAULT 1,
    ADD COLUMN table_name text,
    ADD COLUMN serving    boolean     NOT NULL DEFAULT false,
    ADD COLUMN failed_at  bigint,
    ADD COLUMN moved_at   timestamptz NOT NULL DEFAULT now();

UPDATE projections SET table_name = name || '_v' || version,
    serving = state = 'live' OR state = 'paused' AND NOT EXISTS (
        SELECT FROM projections AS other
        WHERE other.name = projections.name AND other.version > projections.version);

ALTER TABLE projections
    ALTER COLUMN table_name SET NOT NULL,
    ALTER COLUMN build DROP DEFAULT,
    DROP CONSTRAINT projections_pkey,
    ADD PRIMARY KEY (name, version, build);

CREATE UNIQUE INDEX projections_serving ON projections (name) WHERE serving;

-- An operator's decision that a version of a read model goes on without an event that it can't take.
CREATE TABLE skips (
    name       text        NOT NULL,
    version    int         NOT NULL,
    position   bigint      NOT NULL,
    note       text        NOT NULL,
    operator   text        NOT NULL,
    decided_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, version, position)
);

CREATE TRIGGER skips_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON skips
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who does the work of which only one process may do at a time; a leader that is alive beats.
CREATE TABLE leaders (
    role       text        PRIMARY KEY,
    holder     text        NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    beat_at    timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT ON skips TO polikrami_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON leaders TO polikrami_app;
