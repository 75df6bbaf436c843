"""What jobs need to forget a person; it reaches further than what others need."""

from __future__ import annotations

from adapters.postgres.jobs import Jobs
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.postgres.webhooks import PostgresWebhooks
from application.erasure import Letterbox
from application.person_keys import ErasureRegister, PersonKeyring
from application.ports import FileStore, PrintHouse
from application.store import LogReader
from deploy.adapters import Ports
from projections import READ_MODELS
from projections.reads import Reads
from projections.replay import Workshop
from projections.replay.forgetting import Forgetting
from workers.erasure import Traces, Vault


def offer_forgetting(
    ports: Ports, log: PostgresLog, *, pool: Pool, reads: Reads, jobs: Jobs
) -> None:
    """Let the jobs that forget find what they need."""

    def traces() -> Traces:
        return Traces(
            reads=reads,
            rows=Forgetting(Workshop(pool, log, READ_MODELS)),
            files=ports.of(FileStore),
            house=ports.of(PrintHouse),
            letters=ports.of(Letterbox),
            jobs=jobs,
            webhooks=PostgresWebhooks(pool),
        )

    def vault() -> Vault:
        return Vault(keys=ports.of(PersonKeyring), register=ports.of(ErasureRegister))

    ports.add(LogReader, log)
    ports.offer(Traces, traces)
    ports.offer(Vault, vault)
