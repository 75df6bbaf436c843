"""Being the reactor: one process is, others stand by, and a release that is too old makes room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import structlog

from adapters.postgres.leader import Leadership
from workers.reactor import NewerEvent, Reactor, reactor_blocked
from workers.watch import Watch

log = structlog.get_logger()

ASIDE_SECONDS = 10.0
"""How long a release that knows too little leaves the leadership to others before it asks again."""


async def react_in_turn(
    leadership: Leadership,
    reactor: Callable[[], Reactor],
    *,
    watch: Watch,
    wait: Callable[[], Awaitable[None]],
) -> None:
    """React for ever while this process leads; `wait` returns when there may be something new.

    Whoever leads also tells how work stands. At an event that only a newer release can react to it
    gives the leadership up.
    """

    async def shift() -> None:
        watching = asyncio.create_task(watch.run(), name="watch")
        try:
            await reactor().run(wait)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    while True:
        try:
            await leadership.lead(shift)
        except NewerEvent as newer:
            reactor_blocked.set(newer.position)
            log.error("reactor_blocked", position=newer.position, error=str(newer))  # noqa: TRY400  # where it was raised says nothing
            await asyncio.sleep(ASIDE_SECONDS)
            await _ask_whether_passed(reactor(), newer.position)


async def _ask_whether_passed(reactor: Reactor, position: int) -> None:
    try:
        if await reactor.standing() >= position:
            reactor_blocked.set(0)
    except (psycopg.OperationalError, OSError) as error:
        log.warning("reactor_waits", error=str(error))
