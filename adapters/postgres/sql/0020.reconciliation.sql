-- Reconciliation: what payment providers report, and how it agrees with what we recorded. Reports
-- are kept as they were read: a row that a later reading does not show again is marked as gone, and
-- what a reading shows anew is added.

CREATE TABLE recon_fetches (
    fetch_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider   text        NOT NULL,
    report     text        NOT NULL CHECK (report IN ('transactions', 'payouts', 'bounces')),
    day        date        NOT NULL,
    digest     bytea       NOT NULL,
    rows       int         NOT NULL,
    appeared   int         NOT NULL,
    vanished   int         NOT NULL,
    fetched_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX recon_fetches_by_day ON recon_fetches (provider, report, day, fetch_id);

-- Of rows that are equal in all they say (`fingerprint`), `copy` is the number, from 1.
CREATE TABLE recon_transactions (
    row_id           bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider         text    NOT NULL,
    day              date    NOT NULL,
    fingerprint      uuid    NOT NULL,
    copy             int     NOT NULL,
    kind             text    NOT NULL CHECK (kind IN ('payment', 'refund', 'cancel')),
    reported_id      text    NOT NULL,
    transaction_id   text    NOT NULL,
    payment_id       text    NOT NULL,
    conversation_id  text    NOT NULL,
    basket_id        text    NOT NULL,
    paid             numeric NOT NULL,
    currency         text    NOT NULL,
    commission       numeric NOT NULL,
    fee              numeric NOT NULL,
    payout           numeric NOT NULL,
    succeeded        boolean NOT NULL,
    after_settlement boolean NOT NULL,
    seen_by          bigint  NOT NULL REFERENCES recon_fetches,
    gone_by          bigint  REFERENCES recon_fetches
);
CREATE UNIQUE INDEX recon_transactions_present
    ON recon_transactions (provider, day, fingerprint, copy) WHERE gone_by IS NULL;
CREATE INDEX recon_transactions_by_transaction ON recon_transactions (transaction_id);
CREATE INDEX recon_transactions_by_day ON recon_transactions (day);

CREATE TABLE recon_payouts (
    row_id         bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider       text    NOT NULL,
    day            date    NOT NULL,
    fingerprint    uuid    NOT NULL,
    copy           int     NOT NULL,
    transaction_id text    NOT NULL,
    amount         numeric NOT NULL,
    currency       text    NOT NULL,
    kind           text    NOT NULL,
    reference      text    NOT NULL,
    seen_by        bigint  NOT NULL REFERENCES recon_fetches,
    gone_by        bigint  REFERENCES recon_fetches
);
CREATE UNIQUE INDEX recon_payouts_present
    ON recon_payouts (provider, day, fingerprint, copy) WHERE gone_by IS NULL;
CREATE INDEX recon_payouts_by_transaction ON recon_payouts (transaction_id);
CREATE INDEX recon_payouts_by_reference ON recon_payouts (reference);
CREATE INDEX recon_payouts_by_day ON recon_payouts (day);

CREATE TABLE recon_bounces (
    row_id      bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider    text    NOT NULL,
    day         date    NOT NULL,
    fingerprint uuid    NOT NULL,
    copy        int     NOT NULL,
    reference   text    NOT NULL,
    amount      numeric NOT NULL,
    currency    text    NOT NULL,
    reason      text    NOT NULL,
    seen_by     bigint  NOT NULL REFERENCES recon_fetches,
    gone_by     bigint  REFERENCES recon_fetches
);
CREATE UNIQUE INDEX recon_bounces_present
    ON recon_bounces (provider, day, fingerprint, copy) WHERE gone_by IS NULL;
CREATE INDEX recon_bounces_by_reference ON recon_bounces (reference);

CREATE TABLE recon_runs (
    run_id     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider   text        NOT NULL,
    day        date        NOT NULL,
    since      date        NOT NULL,
    as_of      date        NOT NULL,
    looked_at  int         NOT NULL,
    changed    int         NOT NULL,
    began_at   timestamptz NOT NULL,
    matched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at   timestamptz
);
CREATE INDEX recon_runs_by_day ON recon_runs (provider, day, run_id);

-- How each of our movements, and each of theirs that is none of ours, stands by the last run.
CREATE TABLE recon_lines (
    line_key          text        PRIMARY KEY,
    provider          text        NOT NULL,
    side              text        NOT NULL CHECK (side IN ('ours', 'theirs', 'both')),
    kind              text        NOT NULL CHECK (kind IN ('payment', 'refund', 'payout')),
    day               date        NOT NULL,
    attempt_id        uuid,
    order_id          uuid,
    line_id           uuid,
    refund_id         uuid,
    transaction_id    text        NOT NULL,
    conversation_id   text        NOT NULL,
    currency          text        NOT NULL,
    ours              numeric,
    theirs            numeric,
    our_commission    numeric,
    their_commission  numeric,
    our_fee           numeric,
    their_fee         numeric,
    due               numeric,
    paid_out          numeric,
    due_on            date,
    payout_references text[]      NOT NULL,
    status            text        NOT NULL
                      CHECK (status IN ('matched', 'expected', 'mismatched', 'aged')),
    faults            text[]      NOT NULL,
    difference        numeric     NOT NULL,
    run_id            bigint      NOT NULL REFERENCES recon_runs,
    changed_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    told              text        NOT NULL DEFAULT ''
);
CREATE INDEX recon_lines_by_day ON recon_lines (day, line_key);
CREATE INDEX recon_lines_by_status ON recon_lines (status, day, line_key);
CREATE INDEX recon_lines_open ON recon_lines (transaction_id) WHERE status <> 'matched';
CREATE INDEX recon_lines_by_transaction ON recon_lines (transaction_id);
CREATE INDEX recon_lines_by_attempt ON recon_lines (attempt_id);
CREATE INDEX recon_lines_by_order ON recon_lines (order_id);

CREATE TABLE recon_changes (
    change_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    line_key   text        NOT NULL,
    run_id     bigint      NOT NULL REFERENCES recon_runs,
    was        text,
    status     text        NOT NULL,
    faults     text[]      NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX recon_changes_by_line ON recon_changes (line_key, change_id);

CREATE TRIGGER recon_fetches_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON recon_fetches
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER recon_changes_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON recon_changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON recon_fetches, recon_transactions, recon_payouts, recon_bounces,
    recon_runs, recon_lines, recon_changes TO polikrami_app;
GRANT UPDATE (gone_by) ON recon_transactions, recon_payouts, recon_bounces TO polikrami_app;
GRANT UPDATE (ended_at) ON recon_runs TO polikrami_app;
GRANT UPDATE ON recon_lines TO polikrami_app;
