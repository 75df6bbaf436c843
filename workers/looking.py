"""Looking at something now and then, and telling what is seen as a metric."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from application.store import LogUnavailable

log = structlog.get_logger()


async def look_now_and_then(
    look: Callable[[], Awaitable[object]],
    forget: Callable[[], None],
    *,
    what: str,
    seconds: float,
) -> None:
    """Go on until cancelled, also while the database is away. What was told is then taken back,
    because another process tells it.
    """
    try:
        while True:
            try:
                await look()
            except (psycopg.Error, LogUnavailable, OSError) as error:
                log.warning("not_seen", what=what, error=str(error))
            await asyncio.sleep(seconds)
    finally:
        forget()
