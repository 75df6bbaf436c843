"""Hears in every process of keys that were destroyed in any other."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from uuid import UUID

import psycopg
import structlog
from prometheus_client import Gauge
from psycopg import AsyncConnection

from application.person_keys import FENCE_SECONDS

log = structlog.get_logger()

CHANNEL = "vault_destroyed"
BEAT_SECONDS = 1.0
"""How often it is made sure that the connection still lives."""
UNHEARD_SECONDS = 2.0
"""How long the answer may take."""
AGAIN_SECONDS = 0.5

unheard = Gauge(
    "key_fence_unheard",
    "1 while this process is not told of keys that are destroyed, and asks for each instead",
)


class Fence:
    """A connection to the vault that tells which keys were destroyed.

    `destroyed` is called with each of them, and `lost` whenever notices may have been missed: when
    the connection breaks, and when it stands again. What was known before is then worth nothing.
    """

    def __init__(
        self, vault_url: str, *, destroyed: Callable[[UUID], None], lost: Callable[[], None]
    ) -> None:
        self._url = vault_url
        self._destroyed = destroyed
        self._lost = lost
        self._alive_at = -math.inf
        self._task: asyncio.Task[None] | None = None

    @property
    def is_heard(self) -> bool:
        """Whether a notice would have been heard until `FENCE_SECONDS` ago, and likely until now.

        It depends on nothing that somebody has to do when the connection dies: it just runs out.
        """
        if self._task is None:
            return False
        return asyncio.get_running_loop().time() - self._alive_at < FENCE_SECONDS

    async def start(self) -> None:
        """Begin to listen; returns at once."""
        self._task = asyncio.create_task(self._listen(), name="key-fence")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
            unheard.set(0)

    async def _listen(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._url,
                    autocommit=True,
                    connect_timeout=5,
                    application_name="polikrami key fence",
                ) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    await self._hear(connection)
            except (psycopg.Error, OSError) as error:  # a TimeoutError is an OSError
                log.warning("key_fence_broken", error=str(error) or type(error).__name__)
            finally:
                self._alive_at = -math.inf
                unheard.set(1)
                self._lost()
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self, connection: AsyncConnection[tuple[object, ...]]) -> None:
        loop = asyncio.get_running_loop()
        self._lost()
        unheard.set(0)
        while True:
            asked_at = loop.time()
            async with asyncio.timeout(UNHEARD_SECONDS):
                await connection.execute("SELECT")
            self._alive_at = asked_at
            async for notice in connection.notifies(timeout=BEAT_SECONDS):
                self._destroyed(UUID(notice.payload))
