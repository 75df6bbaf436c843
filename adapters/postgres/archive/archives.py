"""The archived parts of the log, as the log reads them beside its table.

Which parts are archived is remembered, and compared with `MARK`, which queries read by the same
statement as the events: so no events are missed while an archive is made.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import psycopg
from prometheus_client import Counter
from psycopg_pool import PoolTimeout

from adapters.postgres.archive.faults import FileUnreadable
from adapters.postgres.archive.parts import PARTS, Partition
from adapters.postgres.pool import Pool
from application.store import LogUnavailable

if TYPE_CHECKING:
    from adapters.postgres.archive.opened import Opened

T = TypeVar("T")
Rows = list[tuple[Any, ...]]

AT_ONCE = 2
"""How many threads read files at the same time."""
FILES_OPEN = 8
MARK = (
    "(SELECT coalesce(string_agg(first_position::text, ',' ORDER BY first_position), '')"
    " FROM log_partitions WHERE state = 'archived')"
)
"""Which parts are archived, in SQL."""

unreadable_files = Counter(
    "archive_unreadable", "Reads that failed because an archived part of the log can't be read"
)


class Archives:
    """Reads what was archived to `folder`. Every method raises `LogUnavailable`, which it is also
    when a file can't be read.
    """

    def __init__(self, pool: Pool, folder: Path | None) -> None:
        self.mark = ""
        self._pool = pool
        self._folder = folder
        self._known: list[Partition] = []
        self._open: dict[str | None, Opened] = {}
        self._lock = threading.Lock()
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def refresh(self) -> bool:
        """Learn anew which parts are archived; whether that has changed."""
        try:
            async with self._pool.connection() as connection:
                rows = await (await connection.execute(PARTS)).fetchall()
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise LogUnavailable("the log can't be reached") from error
        parts = [Partition(*row) for row in rows]
        self._known = [each for each in parts if each.state == "archived"]
        before, self.mark = self.mark, ",".join(str(each.first) for each in self._known)
        return self.mark != before

    def bound(self, after: int, until: int) -> int:
        """The last position up to which whatever stands behind `after` stands at one place."""
        return min([until, *(each.first - 1 for each in self._known if each.first > after + 1)])

    async def part(
        self,
        after: int,
        limit: int,
        *,
        topics: Collection[str] | None = None,
        whole: bool = True,
    ) -> tuple[Rows, int] | None:
        """Rows of up to `limit` positions behind `after`, and the last of these positions; None if
        they are in no file.
        """
        for each in self._known:
            if each.holds(after + 1):
                break
        else:
            return None
        try:
            return await self._in_thread(
                lambda: self._opened(each).part(after, limit, topics=topics, whole=whole)
            )
        except FileUnreadable:
            if not await self.refresh():
                raise
            return await self.part(after, limit, topics=topics, whole=whole)

    async def history(self, stream_id: UUID, *, since: int) -> Rows | None:
        """All archived rows of a stream, of which none stands before the position `since`; None if
        it has changed which parts are archived.
        """
        parts = [each for each in self._known if each.last >= since]
        try:
            return await self._in_thread(
                lambda: [
                    row
                    for each in parts
                    for row in self._opened(each).history(stream_id, since=since)
                ]
            )
        except FileUnreadable:
            if not await self.refresh():
                raise
            return None

    def _opened(self, part: Partition) -> Opened:
        # Arrow needs much memory, which a process that meets no archive can do without.
        from adapters.postgres.archive.opened import Opened  # noqa: PLC0415

        with self._lock:
            found = self._open.pop(part.digest, None) or Opened(self._folder, part)
            self._open[part.digest] = found
            if len(self._open) > FILES_OPEN:
                self._open.pop(next(iter(self._open)))
            return found

    async def _in_thread(self, read: Callable[[], T]) -> T:
        async with self._turns:
            try:
                return await asyncio.to_thread(read)
            except FileUnreadable:
                unreadable_files.inc()
                raise


def in_order(rows: Sequence[tuple[Any, ...]]) -> Rows:
    """Rows by position."""
    return sorted(rows, key=lambda row: int(row[0]))
