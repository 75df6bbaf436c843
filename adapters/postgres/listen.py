"""Waking up when the log grows, with polling as a safety net."""

from __future__ import annotations

import asyncio

import psycopg
import structlog
from psycopg import AsyncConnection

log = structlog.get_logger()


class Bell:
    """Rings when PostgreSQL notifies a channel; `wait` returns at once if it rang meanwhile."""

    def __init__(self, database_url: str, channel: str, *, poll_seconds: float = 1.0) -> None:
        self._url = database_url
        self._channel = channel
        self._poll_seconds = poll_seconds
        self._rung = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to listen."""
        self._task = asyncio.create_task(self._listen(), name=f"listen-{self._channel}")

    async def stop(self) -> None:
        """Stop listening."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def ring(self) -> None:
        """Wake whoever waits."""
        self._rung.set()

    async def wait(self) -> None:
        """Wait for the next notice, or for the poll interval."""
        try:
            async with asyncio.timeout(self._poll_seconds):
                await self._rung.wait()
        except TimeoutError:
            return
        self._rung.clear()

    async def _listen(self) -> None:
        while True:
            try:
                async with await AsyncConnection.connect(
                    self._url, autocommit=True, application_name="polikrami bell"
                ) as connection:
                    await connection.execute(f"LISTEN {self._channel}")
                    self._rung.set()
                    async for _ in connection.notifies():
                        self._rung.set()
            except (psycopg.OperationalError, OSError) as error:
                log.warning("bell_silent", channel=self._channel, error=str(error))
                await asyncio.sleep(0.5)
