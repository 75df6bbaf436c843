"""The audit chain: comparing, sealing, and appends with and without a sealer beside them."""

from __future__ import annotations

import asyncio
import hashlib
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from uuid import uuid4

from adapters.audit.tree import Frontier
from adapters.postgres.audit import Chain, LogSource, Verification
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from tests.audit.sealed import chain_of
from tests.benchmarks.holds import a_hold, appending
from tests.benchmarks.measure import Figure, in_flight, ratio
from tests.core.parts import nothing_told
from tests.core.writing import commanding, hold

EVENTS = 600_000
EVENTS_EACH = 8
SEAL_SECONDS = 1.0
"""Ten times as often as the sealer does."""
ROUNDS = 3
"""Appends are measured so often with a sealer and without, in turns."""


async def audit_figures(log: PostgresLog, _pool: Pool, database_url: str) -> list[Figure]:
    """Appends in turns with a sealer and without, then everything sealed and compared."""
    with tempfile.TemporaryDirectory() as name:
        chain = chain_of(database_url, Path(name))
        await _fill(log)
        began = time.perf_counter()
        sealed = await asyncio.to_thread(_seal_all, chain)
        rate = sealed / (time.perf_counter() - began)
        figures = [Figure(name="audit_seal_per_s", value=rate, unit="events/s")]
        figures += await asyncio.to_thread(_compared, chain)
        return figures + await _beside(log, chain, database_url=database_url)


async def _fill(log: PostgresLog) -> None:
    async def append() -> None:
        stream = uuid4()
        await log.append(commanding(hold(stream, n) for n in range(1, EVENTS_EACH + 1)))

    await in_flight(64, EVENTS // EVENTS_EACH // 64 + 1, append)


def _seal_all(chain: Chain) -> int:
    while (sealed := chain.seal()).lag_seconds > 0:
        pass
    return sealed.size


def _compared(chain: Chain) -> list[Figure]:
    verification = Verification(
        source=LogSource(database_url=chain.database_url, archive_dir=chain.archive_dir),
        evidence=chain.evidence(),
        hashes=chain.hashes,
    )
    beside = _plain()
    began, used = time.perf_counter(), time.process_time()
    report = verification.run(nothing_told)
    rate = report.until / (time.perf_counter() - began)
    used = time.process_time() - used
    assert report.is_good, report.fault
    return [
        Figure(
            name="audit_verify_per_s",
            value=rate,
            unit="events/s",
            beside="hashing such events in memory alone, by one process",
            ratio=ratio(rate, beside),
        ),
        Figure(
            name="audit_verify_own_cpu_us",
            value=used / report.until * 1e6,
            unit="µs/event",
            beside="without PostgreSQL's share",
        ),
    ]


def _plain() -> float:
    entry, count = bytes(700), 200_000
    began = time.perf_counter()
    leaves = [hashlib.sha256(entry).digest() for _ in range(count)]
    tree = Frontier()
    tree.extend(leaves)
    return count / (time.perf_counter() - began)


@contextmanager
def _sealer(database_url: str, folder: Path) -> Iterator[None]:
    """A process that seals all the while; it has begun."""
    context = multiprocessing.get_context("spawn")
    begun, enough = context.Event(), context.Event()
    process = context.Process(target=_seal_beside, args=(database_url, folder, begun, enough))
    process.start()
    begun.wait()
    yield
    enough.set()
    process.join()


def _seal_beside(database_url: str, *arguments: Any) -> None:
    folder, begun, enough = arguments
    chain = chain_of(database_url, folder)
    chain.seal()
    begun.set()
    while not enough.wait(SEAL_SECONDS):
        chain.seal()


async def _beside(log: PostgresLog, chain: Chain, *, database_url: str) -> list[Figure]:
    async def append() -> None:
        await log.append(appending(a_hold()))

    rates: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(2 * ROUNDS):
        with_sealer = bool(turn % 2)
        with _sealer(database_url, chain.folder.parent) if with_sealer else nullcontext():
            run = await in_flight(64, 800, append)
        rates[with_sealer].append(run.per_second)
        await asyncio.to_thread(_seal_all, chain)
    alone, beside = (sorted(rates[with_sealer])[ROUNDS // 2] for with_sealer in (False, True))
    return [
        Figure(
            name="append_beside_sealer_per_s",
            value=beside,
            unit="events/s",
            beside="without a sealer, in turns",
            ratio=ratio(beside, alone),
        )
    ]
