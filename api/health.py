"""Whether this process is alive, and whether the system behind it can do its work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import psycopg
import structlog
from litestar import Controller, Response, get
from litestar.di import NamedDependency
from msgspec import Struct
from redis.exceptions import RedisError

from api.backend import Backend

log = structlog.get_logger()

PATIENCE_SECONDS = 2.0
STANDINGS = (
    "SELECT (SELECT coalesce(max(position), 0) FROM events),"
    " (SELECT coalesce(jsonb_object_agg(name, position), '{}') FROM projections"
    " WHERE state = 'live'),"
    " (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM projections"
    " WHERE state = 'paused'),"
    " (SELECT max(position) FROM reactors),"
    " (SELECT count(*) FROM jobs WHERE state = 'parked'),"
    " (SELECT count(*) FROM jobs WHERE state = 'due' AND due_at < now() - interval '1 minute')"
)


class Health(Struct, frozen=True, kw_only=True):
    """`ready` takes requests and all is well; `degraded` takes them, but something is late, paused
    or away; `unready` can't. Lags are in events.
    """

    status: Literal["ready", "degraded", "unready"]
    database: bool
    redis: bool | None = None
    position: int | None = None
    projector_lag: int | None = None
    paused_read_models: list[str] = []
    reactor_lag: int | None = None
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


async def health_of(backend: Backend) -> Health:
    """How the parts behind the API stand now."""
    redis, rows = await asyncio.gather(_redis_answers(backend), _standings(backend))
    if rows is None:
        return Health(status="unready", database=False, redis=redis)
    position, live, paused, reactor, parked, overdue = rows
    lag = position - min(live.values(), default=0)
    worried = paused or parked or overdue or redis is False
    return Health(
        status="degraded" if worried else "ready",
        database=True,
        redis=redis,
        position=position,
        projector_lag=lag,
        paused_read_models=paused,
        reactor_lag=position - (reactor or 0),
        parked_jobs=parked,
        overdue_jobs=overdue,
    )


async def _standings(backend: Backend) -> tuple[Any, ...] | None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await backend.reads.rows(STANDINGS))[0]
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
