-- Webhooks as they came: their bytes, the headers that matter, and what was made of them.

CREATE TABLE webhooks (
    webhook_id  uuid        PRIMARY KEY,
    provider    text        NOT NULL,
    received_at timestamptz NOT NULL,
    body        bytea       NOT NULL,
    length      int         NOT NULL,
    headers     jsonb       NOT NULL,
    verdict     text        NOT NULL CHECK (verdict IN (
        'accepted', 'duplicate', 'forged', 'unsigned', 'unknown_event', 'unknown_token',
        'unreadable', 'intermediate')),
    event_type  text        NOT NULL,
    status      text        NOT NULL,
    reference   text        NOT NULL,
    attempt_id  uuid,
    handled_at  timestamptz
);

-- A message counts once. What is not signed keeps nothing that is signed from counting.
CREATE UNIQUE INDEX webhooks_once ON webhooks (provider, reference, verdict)
    WHERE verdict IN ('accepted', 'unsigned');
CREATE INDEX webhooks_received ON webhooks (received_at, webhook_id);
CREATE INDEX webhooks_unhandled ON webhooks (received_at) WHERE handled_at IS NULL;
CREATE INDEX webhooks_attempt ON webhooks (attempt_id) WHERE attempt_id IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks TO polikrami_app;

-- Whoever is erased is to leave nothing between the rows.
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON webhooks TO polikrami_app';
    END IF;
END $$;
