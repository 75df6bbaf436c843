"""Waking workers through taskiq and Redis. What is due stands in PostgreSQL; losing Redis costs at
most the poll interval.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence

import structlog
from prometheus_client import Counter
from taskiq import AsyncBroker, AsyncTaskiqDecoratedTask
from taskiq.exceptions import TaskiqError
from taskiq.receiver import Receiver
from taskiq_redis import PubSubBroker

log = structlog.get_logger()

RETRY_SECONDS = 2.0
ANSWER_SECONDS = 1.0
"""How long Redis may take for one wake."""
SPACING_SECONDS = 0.02
"""How far apart the wakes of a queue are at least; those in between are one."""

wakes_sent = Counter("wakes_sent", "Wakes that Redis took", ["queue"])
wakes_lost = Counter("wakes_lost", "Wakes that Redis did not take; workers poll", ["queue"])


def _broker(redis_url: str, queue: str) -> AsyncBroker:
    # A wake is only a hint, so it is broadcast and not kept: streams would neither return a dead
    # worker's messages while they are idle, nor let go of acknowledged ones.
    return PubSubBroker(redis_url, queue_name=f"wake-{queue}", socket_connect_timeout=2)


class Waker:
    """Tells the workers of a queue that something is due."""

    def __init__(self, redis_url: str | None) -> None:
        self._redis_url = redis_url
        self._brokers: dict[str, AsyncBroker] = {}
        self._wanted: set[str] = set()
        self._ringing: dict[str, asyncio.Task[None]] = {}

    async def wake(self, queue: str) -> None:
        """Wake the queue's workers, without waiting for it; without Redis they find out by
        themselves. Any number of calls in a short while are one wake.
        """
        if self._redis_url is None:
            return
        self._wanted.add(queue)
        if queue not in self._ringing:
            self._ringing[queue] = asyncio.create_task(self._ring(queue), name=f"wake-{queue}")

    async def close(self) -> None:
        """Close the connections."""
        ringing = list(self._ringing.values())
        for task in ringing:
            task.cancel()
        await asyncio.gather(*ringing, return_exceptions=True)
        for broker in self._brokers.values():
            await broker.shutdown()
        self._brokers.clear()

    async def _ring(self, queue: str) -> None:
        try:
            while queue in self._wanted:
                self._wanted.discard(queue)
                await asyncio.sleep(await self._ring_once(queue))
        finally:
            self._ringing.pop(queue, None)

    async def _ring_once(self, queue: str) -> float:
        """Return how long to pause afterwards."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._task(queue).kiq()
        except (TaskiqError, OSError, TimeoutError) as error:
            wakes_lost.labels(queue).inc()
            log.warning("wake_lost", queue=queue, error=str(error))
            return RETRY_SECONDS
        wakes_sent.labels(queue).inc()
        return SPACING_SECONDS

    def _task(self, queue: str) -> AsyncTaskiqDecoratedTask[[], Coroutine[None, None, None]]:
        if queue not in self._brokers:
            self._brokers[queue] = _broker(self._redis_url or "", queue)
        return self._brokers[queue].register_task(_nothing, task_name="wake")


async def listen(
    redis_url: str | None, queues: Sequence[str], *, ring: Callable[[str], None]
) -> None:
    """Ring with the name of each queue that is woken, for ever; Redis may come and go."""
    if redis_url is None:
        return
    await asyncio.gather(*(_listen(redis_url, queue, ring=ring) for queue in queues))


async def _listen(redis_url: str, queue: str, *, ring: Callable[[str], None]) -> None:
    async def wake() -> None:
        ring(queue)

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
