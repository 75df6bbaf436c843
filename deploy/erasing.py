"""What a worker needs to forget a person; it reaches further than other jobs do."""

from __future__ import annotations

from application.erasure import Letterbox
from application.person_keys import ErasureRegister, PersonKeyring
from application.ports import FileStore
from application.store import LogReader
from deploy.bootstrap import System
from projections import READ_MODELS
from projections.replay import Workshop
from projections.replay.forgetting import Forgetting
from workers.erasure import Traces, Vault


def let_forget(system: System) -> None:
    """Give the jobs of this system what erasures need."""
    ports = system.ports
    vault = Vault(keys=ports.of(PersonKeyring), register=ports.of(ErasureRegister))
    traces = Traces(
        reads=system.reads,
        rows=Forgetting(Workshop(system.pool, system.event_log, READ_MODELS)),
        files=ports.of(FileStore),
        letters=ports.of(Letterbox),
        jobs=system.jobs,
    )
    ports.add(Vault, vault)
    ports.add(Traces, traces)
    ports.add(LogReader, system.event_log)
