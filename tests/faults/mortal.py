"""A process that dies once, just before or just after one of its commits."""

from __future__ import annotations

from typing import Any

from adapters.postgres.log import PostgresLog
from application.store import Append


class Died(BaseException):
    """The process is gone: nothing after this line has run."""


class MortalLog:
    """A log whose process dies once, before or after one of its commits."""

    def __init__(self, log: PostgresLog) -> None:
        self._log = log
        self.commits = 0
        self.dies_at = 0
        self.after = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    async def append(self, append: Append) -> int:
        self.commits += 1
        dies = self.commits == self.dies_at
        if dies and not self.after:
            raise Died
        position = await self._log.append(append)
        if dies:
            raise Died
        return position
