"""Jobs: what is due, who holds it on lease, how often it was tried, and what was parked."""

from adapters.postgres.jobs.decisions import KindStanding, ListedJob, ShownJob, State
from adapters.postgres.jobs.rows import (
    COMMANDS,
    REACTIONS,
    LeasedJob,
    NewJob,
    enqueue,
    job_of,
    poisoned,
)
from adapters.postgres.jobs.table import Jobs

__all__ = [
    "COMMANDS",
    "REACTIONS",
    "Jobs",
    "KindStanding",
    "LeasedJob",
    "ListedJob",
    "NewJob",
    "ShownJob",
    "State",
    "enqueue",
    "job_of",
    "poisoned",
]
