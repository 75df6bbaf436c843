"""The API as an ASGI application, made in the process that serves it."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator

from litestar import Litestar
from redis.asyncio import Redis

from adapters.logs import configure_logs
from adapters.tracing import send_traces
from api.access import AccessLog, QuickAccessLog, UsualAccessLog
from api.app import create_app
from api.auth import Tokens
from api.backend import Backend, Limits
from api.standings import KeptStandings
from deploy.bootstrap import System, build_system, leave_in_memory
from deploy.settings import Settings, load_settings
from projections.identity import session_standing

LIMITS = {
    "production": Limits(per_address=1_200, per_account=600),
    "local": Limits(per_address=60_000, per_account=60_000),
}
"""Requests a minute; on one machine everybody has the same address, and measures."""


def create() -> Litestar:
    """The application for this process's environment; uvicorn calls this."""
    settings = load_settings(os.environ)
    configure_logs(settings.logs.format, settings.logs.level)
    if settings.logs.traces_url:
        send_traces(settings.logs.traces_url, process="api")
    system = build_system(settings, name="api", pool_size=16, lined=True)
    return application(system)


def application(system: System) -> Litestar:
    """The application on a system, which it opens and closes in its own event loop."""
    backend = backend_of(system)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        async with system.opened():
            leave_in_memory()
            yield
        if isinstance(backend.access_log, QuickAccessLog):
            backend.access_log.flush()

    return create_app(backend, lifespan=[lifespan])


def backend_of(system: System) -> Backend:
    """What the API sees of a system."""
    settings = system.settings
    redis_url = settings.connections.redis_url
    return Backend(
        bus=system.bus,
        reads=system.reads,
        event_log=system.event_log,
        clock=system.clock,
        ids=system.ids,
        pool=system.pool,
        ports=system.ports,
        tokens=tokens_of(settings),
        standing=KeptStandings(session_standing),
        public_url=settings.web.public_url,
        secure=settings.web.public_url.startswith("https://"),
        limits=LIMITS[settings.mode],
        redis=Redis.from_url(redis_url.text) if redis_url else None,
        access_log=access_log_of(settings),
    )


def access_log_of(settings: Settings) -> AccessLog:
    """Lines as JSON go out together; people at a console see each at once."""
    if settings.logs.format == "json" and settings.logs.level == "info":
        return QuickAccessLog(sys.stderr.buffer)
    return UsualAccessLog()


def tokens_of(settings: Settings) -> Tokens:
    """Tokens under this installation's keys."""
    keys, public_url = settings.keys, settings.web.public_url
    return Tokens(
        keys.access_token.raw, keys.csrf.raw, issuer=public_url, audience=f"{public_url}/api/v1"
    )
