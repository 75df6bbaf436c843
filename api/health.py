"""Whether this process is alive, and whether the system behind it can do its work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

import psycopg
import structlog
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from msgspec import Struct
from redis.exceptions import RedisError

from api.backend import Backend
from projections import standing
from projections.standing import Leader, Reader

log = structlog.get_logger()

PATIENCE_SECONDS = 2.0
JOBS = (
    "SELECT (SELECT coalesce(max(position), 0) FROM events) AS position,"
    " (SELECT count(*) FROM jobs WHERE state = 'parked') AS parked,"
    " (SELECT count(*) FROM jobs WHERE state = 'due' AND due_at < now() - interval '1 minute')"
    " AS overdue"
)


class Lag(Struct, frozen=True):
    """How far behind the log: in events, and the age of the oldest one not taken, in seconds."""

    events: int
    seconds: float


class Health(Struct, frozen=True, kw_only=True):
    """`ready` takes requests and all is well; `degraded` takes them, but something is late, paused
    or away; `unready` can't. Lags are in events, or in seconds where the name says so.

    `projector_lag` is that of the read model furthest behind, and `late_read_models` names all that
    are behind. `standing_still` names readers that have had work for 30 s and do not move;
    `leaderless` are roles that no process has had for 5 s.
    """

    status: Literal["ready", "degraded", "unready"]
    database: bool
    redis: bool | None = None
    position: int | None = None
    projector_lag: int | None = None
    projector_lag_seconds: float | None = None
    late_read_models: dict[str, Lag] = {}
    paused_read_models: list[str] = []
    reactor_lag: int | None = None
    reactor_lag_seconds: float | None = None
    standing_still: list[str] = []
    leaderless: list[str] = []
    parked_jobs: int | None = None
    overdue_jobs: int | None = None


class HealthController(Controller):
    path = "/health"
    tags = ("health",)

    @get("/live", operation_id="HealthLive", summary="Whether this process answers")
    async def live(self) -> dict[str, str]:
        """Always 200 while the process runs."""
        return {"status": "live"}

    @get("/ready", operation_id="HealthReady", summary="Whether the system can do its work")
    async def ready(self, backend: NamedDependency[Backend]) -> Response[Health]:
        """200 when ready or degraded, 503 when the database can't be reached."""
        health = await health_of(backend)
        return Response(health, status_code=503 if health.status == "unready" else 200)


class Found(Struct, frozen=True):
    """What the database says of those who work on it."""

    position: int
    parked: int
    overdue: int
    readers: list[Reader]
    leaders: list[Leader]


async def health_of(backend: Backend) -> Health:
    """How the parts behind the API stand now."""
    redis, found = await asyncio.gather(_redis_answers(backend), _found(backend))
    if found is None:
        return Health(status="unready", database=False, redis=redis)
    leaderless = standing.leaderless(found.leaders)
    standing.tell(found.readers, leaderless)
    serving = [each for each in found.readers if each.serving and each.state == "live"]
    last = max(serving, key=lambda each: each.behind, default=None)
    reactors = [each for each in found.readers if each.state == "reactor"]
    reactor = max(reactors, key=lambda each: each.behind, default=None)
    paused = [each.name for each in found.readers if each.is_stopped]
    still = [each.name for each in found.readers if each.stands_still]
    worried = (paused, still, leaderless, found.parked, found.overdue, redis is False)
    return Health(
        status="degraded" if any(worried) else "ready",
        database=True,
        redis=redis,
        position=found.position,
        projector_lag=last.behind if last else found.position,
        projector_lag_seconds=max((each.behind_seconds for each in serving), default=None),
        late_read_models={
            each.name: Lag(each.behind, each.behind_seconds) for each in serving if each.behind
        },
        paused_read_models=paused,
        reactor_lag=reactor.behind if reactor else found.position,
        reactor_lag_seconds=reactor.behind_seconds if reactor else None,
        standing_still=still,
        leaderless=leaderless,
        parked_jobs=found.parked,
        overdue_jobs=found.overdue,
    )


async def _found(backend: Backend) -> Found | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            position, parked, overdue = (await backend.reads.rows(JOBS))[0]
            readers = await backend.reads.all(Reader, standing.READERS)
            leaders = await backend.reads.all(Leader, standing.LEADERS)
            return Found(position, parked, overdue, readers, leaders)
    except (psycopg.OperationalError, TimeoutError, OSError) as error:
        log.warning("database_away", error=str(error))
        return None


async def _redis_answers(backend: Backend) -> bool | None:
    if backend.redis is None:
        return None
    try:
        ping: Callable[[], Awaitable[bool]] = backend.redis.ping
        async with asyncio.timeout(PATIENCE_SECONDS):
            return bool(await ping())
    except (RedisError, TimeoutError, OSError):
        return False
