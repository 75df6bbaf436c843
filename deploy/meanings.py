"""What each environment variable means, as `polikrami settings` and refusals tell it."""

from __future__ import annotations

from deploy import iyzico, till
from deploy.settings_bank import BANK_MEANINGS
from deploy.settings_printing import PRINTING_MEANINGS
from deploy.settings_shipping import SHIPPING_MEANINGS

SELLER_SAMPLE = {
    "SELLER_NAME": "Polikrami Örnek Ticaret A.Ş.",
    "SELLER_TAX_OFFICE": "Örnek",
    "SELLER_TAX_NUMBER": "1111111111",
    "SELLER_ADDRESS": "Örnek Sokak 1",
    "SELLER_DISTRICT": "Kadıköy",
    "SELLER_PROVINCE": "İstanbul",
    "SELLER_EMAIL": "fatura@polikrami.example",
    "SELLER_PHONE": "+902120000000",
    "SELLER_WEBSITE": "https://polikrami.example",
}
MEANINGS: dict[str, str] = {
    "MODE": "local (the default) or production; always written POLIKRAMI_MODE",
    "DATABASE_URL": "postgresql://…; without it an own PostgreSQL runs in DATA_DIR",
    "VAULT_URL": "postgresql://… for the keys of persons, with backups of its own (DATABASE_URL)",
    "REDIS_URL": "redis://, rediss:// or unix://; without it an own Redis runs in DATA_DIR",
    "SMTP_URL": "smtp://, smtps:// or smtp+starttls://; without it mail goes to the mailbox page",
    **iyzico.MEANINGS,
    **till.MEANINGS,
    "IYZICO_WEBHOOK_POLICY": "hints (the default), or strict: webhooks without a signature get 401",
    "WEBHOOK_DAYS": "how long received webhooks are kept (30)",
    "WEBHOOK_MEGABYTES": "how much of them is kept; the oldest and least useful go first (64)",
    "CARRIER_URL": "the carrier's API; without it parcels are simulated",
    **PRINTING_MEANINGS,
    **SHIPPING_MEANINGS,
    "PUBLIC_URL": "the address shoppers see; follows HOST and PORT on one machine",
    "HOST": "the address the API listens on (127.0.0.1)",
    "PORT": "the port the API listens on (8000)",
    "METRICS_PORT": "the port of the Prometheus metrics (9464)",
    "EMULATORS_PORT": "the first port of the emulators, payment before all others (8090)",
    "WEB_CONCURRENCY": "API processes (1)",
    "ARCHIVE_DIR": "where archived parts of the log lie, for all processes (DATA_DIR/archive)",
    "DATA_DIR": "where local data, files, mails, logs and keys lie (.var)",
    "ACCESS_TOKEN_KEY": "signs access tokens; at least 32 random characters",
    "MASTER_KEY": "wraps each person's key; 32 random bytes in base64, never to be lost",
    "MASTER_KNOWN_KEYS": "further master keys: earlier ones, or the next one, by spaces",
    "ERASURES_COPY_DIR": "a second folder for the register of erasures (DATA_DIR/erasures-copy)",
    "CLAIM_KEY": "hides what uniqueness claims are about; never to be changed",
    "LINK_KEY": "signs file links and webhooks",
    "CSRF_KEY": "signs CSRF tokens",
    "AUDIT_KEY": "signs checkpoints of the log: an Ed25519 seed, 32 random bytes in base64",
    "AUDIT_KNOWN_KEYS": "public keys of earlier AUDIT_KEYs, as `audit key` prints them, by spaces",
    "AUDIT_COPY_DIR": "a second folder for checkpoints, of another machine (DATA_DIR/audit-copy)",
    "REQUIRE_VERIFIED_PHONE": "whether an order needs a verified phone (local: no)",
    "INVOICE_SERIES": "three capital letters or digits (PLK)",
    "INVOICE_SAMPLE": "whether invoices are marked as samples (local: yes)",
    "LOG_FORMAT": "console (local) or json (production)",
    "LOG_LEVEL": "debug, info, warning or error (info)",
    "TRACES_URL": "an OpenTelemetry collector (OTLP over HTTP); without it nothing is traced",
    "SWITCH_PROJECTIONS": "auto (local) or operator: who lets a new read model serve",
    "GENERATION_DEADLINE_SECONDS": "after this a generation has failed, its credits return (240)",
    **BANK_MEANINGS,
    **dict.fromkeys(SELLER_SAMPLE, "stands on invoices"),
}
