"""Which function does which kind of job."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from msgspec import Struct

from application.bus import Command
from application.work import Job

COMMAND_ATTEMPTS = 8
"""How often a command is tried, and a job of which this release knows nothing."""

Outcome = Command | Sequence[Command] | None
Work = Callable[..., Awaitable[Outcome]]
GiveUp = Callable[[Any, str], Command]


class Works(Struct, frozen=True):
    """How a kind of job is done: the function, its ports, and what is recorded at the very end."""

    work: Work
    needs: dict[str, type]
    give_up: GiveUp | None


WORKS: dict[type[Job], Works] = {}


def works(*, give_up: GiveUp | None = None) -> Callable[[Work], Work]:
    """Register a function that does the jobs of its first parameter's type.

    Further parameters are ports, found by their types; one of type `LeasedJob` receives the job's
    own record. It returns the command, or commands, that record the outcome. After the last try
    `give_up(job, error)` is recorded and the job is parked.
    """

    def register(work: Work) -> Work:
        hints = typing.get_type_hints(work)
        names = list(inspect.signature(work).parameters)
        WORKS[hints[names[0]]] = Works(work, {name: hints[name] for name in names[1:]}, give_up)
        return work

    return register


def most_attempts(kind: str) -> int:
    """How often a job of this kind, or a command, is tried before it is parked."""
    job = Job.by_name.get(kind)
    return job.ATTEMPTS if job else COMMAND_ATTEMPTS
