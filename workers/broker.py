"""Waking workers through taskiq and Redis. What is due stands in PostgreSQL; losing Redis costs at
most the poll interval.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence

import structlog
from taskiq import AsyncBroker, AsyncTaskiqDecoratedTask
from taskiq.exceptions import TaskiqError
from taskiq.receiver import Receiver
from taskiq_redis import PubSubBroker

log = structlog.get_logger()

RETRY_SECONDS = 2.0


def _broker(redis_url: str, queue: str) -> AsyncBroker:
    # A wake is only a hint, so it is broadcast and not kept: streams would neither return a dead
    # worker's messages while they are idle, nor let go of acknowledged ones.
    return PubSubBroker(redis_url, queue_name=f"wake-{queue}", socket_connect_timeout=2)


class Waker:
    """Tells the workers of a queue that something is due."""

    def __init__(self, redis_url: str | None) -> None:
        self._redis_url = redis_url
        self._brokers: dict[str, AsyncBroker] = {}

    async def wake(self, queue: str) -> None:
        """Wake the queue's workers; without Redis they find out by themselves."""
        if self._redis_url is None:
            return
        try:
            async with asyncio.timeout(1.0):
                await self._task(queue).kiq()
        except (TaskiqError, OSError, TimeoutError) as error:
            log.warning("wake_lost", queue=queue, error=str(error))

    async def close(self) -> None:
        """Close the connections."""
        for broker in self._brokers.values():
            await broker.shutdown()
        self._brokers.clear()

    def _task(self, queue: str) -> AsyncTaskiqDecoratedTask[[], Coroutine[None, None, None]]:
        if queue not in self._brokers:
            self._brokers[queue] = _broker(self._redis_url or "", queue)
        return self._brokers[queue].register_task(_nothing, task_name="wake")


async def listen(redis_url: str | None, queues: Sequence[str], *, ring: Callable[[], None]) -> None:
    """Ring whenever one of the queues is woken, for ever; Redis may come and go."""
    if redis_url is None:
        return
    await asyncio.gather(*(_listen(redis_url, queue, ring=ring) for queue in queues))


async def _listen(redis_url: str, queue: str, *, ring: Callable[[], None]) -> None:
    async def wake() -> None:
        ring()

    while True:
        broker = _broker(redis_url, queue)
        broker.register_task(wake, task_name="wake")
        broker.is_worker_process = True
        try:
            await Receiver(broker, max_async_tasks=1, run_startup=True).listen(asyncio.Event())
        except Exception as error:  # noqa: BLE001  # whatever Redis does, workers also poll
            log.warning("wakes_not_heard", queue=queue, error=str(error))
        finally:
            await broker.shutdown()
        await asyncio.sleep(RETRY_SECONDS)


async def _nothing() -> None:
    return
