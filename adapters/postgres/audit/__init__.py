"""The audit chain over the log in PostgreSQL: sealing it, and comparing it with what was sealed."""

from adapters.postgres.audit.evidence import Evidence, gathered
from adapters.postgres.audit.losses import Loss, LossRefused, Missing
from adapters.postgres.audit.reading import LogSource
from adapters.postgres.audit.sealing import Chain, ChainBroken, Control, Sealed
from adapters.postgres.audit.verifying import Report, Verification

__all__ = [
    "Chain",
    "ChainBroken",
    "Control",
    "Evidence",
    "LogSource",
    "Loss",
    "LossRefused",
    "Missing",
    "Report",
    "Sealed",
    "Verification",
    "gathered",
]
