"""Redis only wakes workers: killed, flushed or never there, no work is lost, it is only slower."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from deploy.local.folders import temporary_data_folder
from deploy.local.redis import EmbeddedRedis
from tests.core.desk import Desk, registered_work
from workers import broker
from workers.broker import Waker, listen

SOON = 15.0


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    with registered_work():
        yield


@pytest.fixture
def desk(pool: Pool, event_log: PostgresLog) -> Desk:
    return Desk(pool, event_log)


@pytest.fixture
def redis() -> Iterator[EmbeddedRedis]:
    """A server of the test's own, to be killed."""
    with temporary_data_folder() as folder:
        server = EmbeddedRedis(folder)
        yield server
        server.stop()


@contextlib.asynccontextmanager
async def working(desk: Desk, redis_url: str) -> AsyncIterator[Waker]:
    """A worker that hears the wakes of this Redis; the proofreader is always there."""

    async def proofread() -> str:
        return "Ada"

    desk.proofreader.proofread = proofread  # type: ignore[method-assign]  # without a script
    waker = Waker(redis_url)
    tasks = [
        asyncio.create_task(desk.worker.run(["test"])),
        asyncio.create_task(listen(redis_url, ["test"], ring=desk.worker.wake)),
    ]
    try:
        yield waker
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await waker.close()


async def done(desk: Desk, waker: Waker) -> None:
    """One more job is asked for, and done soon."""
    note_id = await desk.write("job")
    await desk.react()
    for queue in desk.woken:
        await waker.wake(queue)
    async with asyncio.timeout(SOON):
        while await desk.readers(note_id) != ["Ada"]:
            pass


async def test_jobs_are_done_though_redis_is_killed_flushed_and_comes_back(
    desk: Desk, redis: EmbeddedRedis
) -> None:
    redis_url = await asyncio.to_thread(redis.start)
    async with working(desk, redis_url) as waker:
        await done(desk, waker)
        async with Redis.from_url(redis_url) as client:
            await client.flushall()
        await done(desk, waker)
        await asyncio.to_thread(redis.kill)
        await done(desk, waker)
        await asyncio.to_thread(redis.start)
        await done(desk, waker)
    assert len(await desk.jobs.listed("done")) == 4


async def test_jobs_are_done_though_redis_was_never_there(desk: Desk, tmp_path: Path) -> None:
    async with working(desk, f"unix://{tmp_path}/nobody.sock") as waker:
        await done(desk, waker)


async def test_whoever_wakes_does_not_wait_for_redis(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = asyncio.Event()
    monkeypatch.setattr(Waker, "_ring_once", lambda *_: never.wait())
    waker = Waker(redis_url)
    async with asyncio.timeout(1):
        for _ in range(1_000):
            await waker.wake("test")
    await waker.close()


async def test_many_wakes_in_a_short_while_are_few(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = asyncio.Event()
    monkeypatch.setattr(broker, "SPACING_SECONDS", 0.05)
    waker = Waker(redis_url)
    listening = asyncio.create_task(listen(redis_url, ["often"], ring=lambda _: heard.set()))
    async with asyncio.timeout(SOON):
        while not heard.is_set():
            await waker.wake("often")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(heard.wait(), 0.05)
    before = sent()
    for _ in range(500):
        await waker.wake("often")
    heard.clear()
    async with asyncio.timeout(SOON):
        await heard.wait()
    assert sent() - before <= 3
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await waker.close()


def sent() -> float:
    return REGISTRY.get_sample_value("wakes_sent_total", {"queue": "often"}) or 0.0
