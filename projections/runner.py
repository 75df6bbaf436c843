"""The projector: one reader of the log that keeps every read model up to date, page by page."""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import psycopg
import structlog
from prometheus_client import Counter, Histogram

from adapters.postgres.pool import Pool
from application.store import LogReader, LogUnavailable
from application.tracing import links_to, span
from projections import following, standing
from projections.base import AnyReadModel, Unfoldable
from projections.following import Sorted, Standing
from projections.reads import Announcement
from projections.tables import Connection, ReadTable

log = structlog.get_logger()

PAGE = 5_000
"""The most events of one page."""
PAGE_BEHIND = 2_000
"""The most for a build that is behind the others, which wait for it meanwhile."""
NARROWING = 8
"""By how much a page shrinks when it failed, until it is the one event that can't be taken."""
TRIES = 6
"""How often one event is tried before its read model is paused."""
BACKOFF_SECONDS = 0.05
LONGEST_BACKOFF_SECONDS = 1.0
LOOK_SECONDS = 1.0
"""How often the projector looks what there is to follow."""
NOT_THE_MODELS_FAULT = ("08", "40", "53", "55", "57", "58")
"""Classes of errors that come from the database's state, and pass."""

projected_events = Counter("projected_events", "Events that the projector has read")
page_seconds = Histogram(
    "projection_page_seconds",
    "Time for one page, from the query to the commit",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0),
)
projection_failures = Counter("projection_failures", "Pages that a read model can't take", ["name"])

Switch = Literal["auto", "operator"]


class NotApplied(Exception):
    """A read model's rows can't be read or written; neither its fold nor the database said why."""


FAULTS = (Unfoldable, NotApplied, psycopg.Error)
"""What stops one read model and must not stop the others."""


class Projector:
    """Keeps the builds of these read models up to date, live ones first.

    A version that has no build yet gets one: it serves at once when nothing else does, else it is
    built beside what serves, and takes over by itself only with `switch="auto"`. A second projector
    on the same database does no harm, and no good.
    """

    def __init__(
        self,
        pool: Pool,
        event_log: LogReader,
        models: Sequence[AnyReadModel],
        *,
        switch: Switch = "auto",
    ) -> None:
        self._pool = pool
        self._log = event_log
        self._models = {(model.name, model.version): model for model in models}
        self._switch = switch
        self._complete = False
        self._serving: dict[str, int] = {}
        self._looked_at = float("-inf")
        self.standings: list[Standing] = []

    async def prepare(self) -> None:
        """Make missing tables, and find out what to follow and where it stands."""
        known = {each.identity: each for each in self.standings}
        async with self._pool.connection() as connection:
            census = await following.census(connection, self._models, size=PAGE)
        for found in census.standings:
            former = known.get(found.identity)
            if former and former.position == found.position:
                found.size, found.suspect = former.size, former.suspect
                found.failures, found.not_before = former.failures, former.not_before
        self.standings = census.standings
        self._complete, self._serving = census.complete, census.serving
        self._looked_at = _now()

    async def step(self) -> int:
        """Take one page for the builds in front, and one for those furthest behind; how many."""
        now = _now()
        ready = [each for each in self.standings if each.not_before <= now]
        front = max((each.position for each in ready), default=0)
        read = await self._take([each for each in ready if each.position == front], PAGE)
        behind = [each for each in ready if each.position < front and each in self.standings]
        if behind:
            last = min(each.position for each in behind)
            next_one = min(each.position for each in ready if each.position > last)
            group = [each for each in behind if each.position == last]
            read += await self._take(group, min(PAGE_BEHIND, next_one - last))
        return read

    async def run(self, wake: Callable[[], Awaitable[None]]) -> None:
        """Keep up for ever; `wake` returns when there may be something new."""
        while True:
            try:
                if not self.standings or _now() - self._looked_at > LOOK_SECONDS:
                    await self.prepare()
                    await self._tell()
                if await self.step():
                    continue
                await self._switch_over()
            except (psycopg.OperationalError, LogUnavailable, OSError) as error:
                log.warning("projector_waits", error=str(error))
                self.standings = []
                await asyncio.sleep(0.2)
                continue
            await self._rest(wake)

    async def _take(self, group: Sequence[Standing], most: int) -> int:
        """Bring these, which stand at one position, one page further; the page's length."""
        if not group:
            return 0
        with page_seconds.time():
            events = await self._log.page(
                group[0].position, min(most, *(each.size for each in group))
            )
            if not events:
                return 0
            links = links_to(recorded.metadata for recorded in events)
            with span("projection page", links=links, events=len(events)):
                await self._project(group, Sorted(events))
        projected_events.inc(len(events))
        return len(events)

    async def _project(self, group: Sequence[Standing], page: Sorted) -> None:
        try:
            if any(each.failures for each in group):
                await self._apply_with_care(group, page)
            else:
                await self._apply(group, page)
        except FAULTS as error:
            if _passes(error):
                raise
            await self._apply_with_care(group, page)

    async def _apply(self, group: Sequence[Standing], page: Sorted) -> None:
        async with self._pool.connection() as connection, connection.transaction():
            free = await self._lock(connection, group)
            changed = [each for each in free if await _apply_one(connection, each, page=page)]
            await self._advance(connection, free, page=page, changed=changed)
        _moved(free, page.last)

    async def _apply_with_care(self, group: Sequence[Standing], page: Sorted) -> None:
        """The same, but what one read model can't take is undone for that one alone."""
        failed: list[tuple[Standing, Exception]] = []
        async with self._pool.connection() as connection, connection.transaction():
            done, changed = [], []
            for each in await self._lock(connection, group):
                try:
                    async with connection.transaction():
                        if await _apply_one(connection, each, page=page):
                            changed.append(each)
                except FAULTS as error:
                    if _passes(error):
                        raise
                    failed.append((each, error))
                else:
                    done.append(each)
            paused = [
                each for each, _ in failed if len(page.page) == 1 and each.failures + 1 >= TRIES
            ]
            for each, why in failed:
                if each in paused:
                    at = page.first
                    await following.pause(connection, each, error=str(why), failed_at=at)
                    trace = "".join(traceback.format_exception(why))
                    log.error("read_model_paused", read_model=each.model.name, trace=trace)
            await self._advance(connection, done, page=page, changed=changed)
        _moved(done, page.last)
        for each, why in failed:
            _note_failure(each, page, error=why)
        self.standings = [each for each in self.standings if each not in paused]

    async def _lock(self, connection: Connection, group: Sequence[Standing]) -> list[Standing]:
        """Those of the group that can be followed now; others are looked at anew."""
        free = await following.lock(connection, group)
        for each in group:
            if each not in free:
                each.not_before = _now() + LOOK_SECONDS
                if each.state == "live":
                    self.standings = []
        return free

    async def _advance(
        self,
        connection: Connection,
        done: Sequence[Standing],
        *,
        page: Sorted,
        changed: Sequence[Standing],
    ) -> None:
        if not done:
            return
        announcement = None
        if moved := [each.model.name for each in done if each.serving and each.state == "live"]:
            everybody = self._complete and len(moved) == len(self._served())
            announcement = Announcement(
                at=page.last,
                all_of=len(moved) if everybody else 0,
                moved=[] if everybody else moved,
                changed=[each.model.name for each in changed if each.serving],
            )
        await following.advance(connection, done, position=page.last, announcement=announcement)

    async def _switch_over(self) -> None:
        """Let builds that have caught up serve, where that is for the projector to decide."""
        for each in self.standings:
            serving = self._serving.get(each.model.name)
            newer = serving is None or (self._switch == "auto" and each.model.version > serving)
            if each.state == "building" and newer and each.position == self._front():
                async with self._pool.connection() as connection, connection.transaction():
                    locked = await following.lock(connection, [each])
                    if locked and await following.switch(connection, each):
                        log.info("switched", read_model=each.model.name, version=each.model.version)
                self._looked_at = float("-inf")

    def _served(self) -> list[Standing]:
        return [each for each in self.standings if each.serving]

    def _front(self) -> int:
        return max((each.position for each in self.standings), default=0)

    async def _tell(self) -> None:
        async with self._pool.connection() as connection:
            standing.tell(await standing.readers(connection))

    async def _rest(self, wake: Callable[[], Awaitable[None]]) -> None:
        """Sleep until there may be something new, or something is to be tried again."""
        now = _now()
        moments = [each.not_before - now for each in self.standings if each.not_before > now]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(moments, default=None)):
                await wake()


async def _apply_one(connection: Connection, each: Standing, *, page: Sorted) -> bool:
    """Bring one table behind the page; whether it had anything to take."""
    wanted = page.wanted_by(each)
    if not wanted:
        return False
    try:
        await ReadTable(connection, each.model, each.table_name).apply(wanted)
    except FAULTS:
        raise
    except Exception as error:
        raise NotApplied(f"{each.model.name} can't be written: {error!r}") from error
    return True


def _moved(done: Sequence[Standing], position: int) -> None:
    for each in done:
        each.position, each.failures = position, 0
        if position >= each.suspect:
            each.size = PAGE


def _note_failure(each: Standing, page: Sorted, *, error: Exception) -> None:
    """Come closer to the event that can't be taken, or wait a little before it is tried again."""
    first, last = page.first, page.last
    each.failures = each.failures + 1 if len(page.page) == 1 else 1
    wait = min(BACKOFF_SECONDS * 2 ** (each.failures - 1), LONGEST_BACKOFF_SECONDS)
    each.not_before = _now() + wait
    if isinstance(error, Unfoldable):
        each.size, each.suspect = max(1, error.position - first), error.position
    else:
        each.size, each.suspect = max(1, len(page.page) // NARROWING), last
    projection_failures.labels(each.model.name).inc()
    log.warning(
        "projection_failed",
        read_model=each.model.name,
        version=each.model.version,
        first=first,
        last=last,
        failures=each.failures,
        error=str(error),
    )


def _passes(error: Exception) -> bool:
    """Whether the error comes from the state of the database and not from the read model."""
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate:
        return error.sqlstate.startswith(NOT_THE_MODELS_FAULT)
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def _now() -> float:
    return asyncio.get_running_loop().time()
