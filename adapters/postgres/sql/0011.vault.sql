-- The vault that holds the keys with which this log is encrypted. It may be in another database, and
-- whoever opens the log with any other vault is refused before new keys are made in it.

CREATE TABLE vault_of_log (
    only_row bool PRIMARY KEY DEFAULT true CHECK (only_row),
    vault_id uuid NOT NULL
);

GRANT SELECT ON vault_of_log TO polikrami_app;
