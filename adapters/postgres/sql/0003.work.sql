-- Work: where each reader of the log stands, and what is due.

CREATE TABLE projections (
    name       text        NOT NULL,
    version    int         NOT NULL,
    state      text        NOT NULL CHECK (state IN ('building', 'live', 'paused', 'retired')),
    position   bigint      NOT NULL DEFAULT 0,
    error      text,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (name, version)
);

CREATE TABLE reactors (
    name       text        PRIMARY KEY,
    position   bigint      NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE jobs (
    job_id             uuid        PRIMARY KEY,
    queue              text        NOT NULL,
    kind               text        NOT NULL,
    body               bytea       NOT NULL,
    state              text        NOT NULL DEFAULT 'due'
                       CHECK (state IN ('due', 'leased', 'done', 'parked', 'discarded')),
    due_at             timestamptz NOT NULL,
    leased_until       timestamptz,
    leased_by          text,
    attempts           int         NOT NULL DEFAULT 0,
    error              text,
    note               text,
    causation_position bigint,
    correlation_id     uuid,
    created_at         timestamptz NOT NULL DEFAULT now(),
    finished_at        timestamptz
) WITH (fillfactor = 80);

CREATE INDEX jobs_due ON jobs (queue, due_at) WHERE state = 'due';
CREATE INDEX jobs_leased ON jobs (leased_until) WHERE state = 'leased';
CREATE INDEX jobs_parked ON jobs (finished_at) WHERE state = 'parked';
