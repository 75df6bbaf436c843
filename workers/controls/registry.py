"""What a control is: a question to the database, how often it is asked, and of which tables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, LiteralString

from msgspec import Struct
from psycopg import AsyncConnection

from application.store import LogReader
from domain.controls import Finding

Connection = AsyncConnection[tuple[Any, ...]]

MINUTE, HOUR, DAY = 60, 3_600, 86_400


class NotLevel(Exception):
    """The tables that a control compares do not stand at one position, or are not built yet."""


class Scope(Struct, frozen=True, kw_only=True):
    """What a run looks at: one state of the database, in which its read models stand at `position`,
    the log, and the time of day. Up to `passed_position` nothing was wrong the last time.
    """

    connection: Connection
    log: LogReader
    position: int
    passed_position: int
    now: datetime

    async def rows(
        self, query: LiteralString, parameters: dict[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """All rows of a question."""
        cursor = await self.connection.execute(query, parameters)
        return await cursor.fetchall()


class Found(Struct, frozen=True):
    """How many things were checked, and all that is wrong with them."""

    checked: int
    findings: list[Finding]


Check = Callable[[Scope], Awaitable[Found]]


class Control(Struct, frozen=True, kw_only=True):
    """A control: its name in one word with dashes, what it promises, and how often it runs.

    It is only run while the read models it compares stand at the same position.
    """

    name: str
    promise: str
    every_seconds: float
    models: tuple[str, ...]
    check: Check


CONTROLS: dict[str, Control] = {}
"""Every control by its name."""


def control(*models: str, every_seconds: float) -> Callable[[Check], Check]:
    """Register a check as a control over these read models; it is named by the function, and its
    docstring is the promise that it watches.
    """

    def register(check: Check) -> Check:
        name = check.__name__.replace("_", "-")
        promise = (check.__doc__ or "").strip().splitlines()[0]
        CONTROLS[name] = Control(
            name=name, promise=promise, every_seconds=every_seconds, models=models, check=check
        )
        return check

    return register
