"""Work: draining a backlog of jobs and timers, how long new jobs wait meanwhile, and reacting."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

from eventsourcing.utils import get_topic

from adapters.postgres.jobs import COMMANDS, Jobs, LeasedJob, NewJob, enqueue, job_of
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from adapters.system import SystemClock, UuidIds, jittered_pause
from application import work
from application.bus import HANDLERS, Bus, Command, handles
from application.store import Recorded, Store
from application.work import Intent, Job, Later, Wanted, when
from domain.generation import Generation
from domain.shared.aggregate import Metadata
from domain.wallet import Wallet
from tests.benchmarks.holds import a_hold, appending
from tests.benchmarks.measure import Figure, Latencies, in_flight
from tests.given import NOW
from workers.jobs import WORKS, Worker, works
from workers.reactor import Reactor

BACKLOG = 100_000
TIMERS = 20_000
PLACES = 64
REACTED = 20_000
NEWCOMERS_PER_S = 20


class BenchBacklog(Job, frozen=True, kw_only=True):
    """Does nothing."""

    QUEUE: ClassVar[str] = "bench"


class BenchNewcomer(Job, frozen=True, kw_only=True):
    """Tells when it is run."""

    QUEUE: ClassVar[str] = "bench"


class BenchOther(Job, frozen=True, kw_only=True):
    """Tells when it is run; of another queue."""

    QUEUE: ClassVar[str] = "bench-other"


class OpenBenchWallet(Command, frozen=True, kw_only=True):
    """Open a wallet, as the shortest command with an event."""

    customer_id: UUID


class Arrivals:
    """When new jobs were stored, and how long each then waited until it ran, by kind; and how many
    of the backlog are left.
    """

    def __init__(self, backlog: int) -> None:
        self.stored: dict[UUID, float] = {}
        self.waits: dict[str, Latencies] = defaultdict(Latencies)
        self.left = backlog
        self.drained = asyncio.Event()

    def runs(self, leased: LeasedJob) -> None:
        """A job has begun."""
        stored = self.stored.pop(leased.job_id, None)
        if stored is not None:
            self.waits[leased.kind].each.append(time.perf_counter() - stored)
            return
        self.left -= 1
        if self.left == 0:
            self.drained.set()


async def idle(_job: BenchBacklog, leased: LeasedJob, arrivals: Arrivals) -> None:
    arrivals.runs(leased)


async def arrive(_job: BenchNewcomer, leased: LeasedJob, arrivals: Arrivals) -> None:
    arrivals.runs(leased)


async def arrive_elsewhere(_job: BenchOther, leased: LeasedJob, arrivals: Arrivals) -> None:
    arrivals.runs(leased)


async def open_wallet(command: OpenBenchWallet, store: Store) -> None:
    store.save(Wallet.open(command.customer_id, store.now))


def paint(event: Generation.Previewed) -> Iterator[Intent]:
    """A job and a timer, as painting wants them."""
    yield BenchBacklog()
    yield Later(OpenBenchWallet(customer_id=event.originator_id), NOW + timedelta(days=9_000))


def open_another(event: Wallet.CreditsHeld) -> Iterator[Intent]:
    """A command on an aggregate of its own."""
    yield OpenBenchWallet(customer_id=event.hold_id)


@contextlib.contextmanager
def registered() -> Iterator[None]:
    """The benchmark's own jobs, command and reactions, and no others."""
    registries: list[dict[Any, Any]] = [WORKS, HANDLERS, work.REACTIONS]
    kept = [dict(registry) for registry in registries]
    for each in (idle, arrive, arrive_elsewhere):
        works()(each)
    handles(open_wallet)
    work.REACTIONS.clear()
    when(Generation.Previewed)(paint)
    when(Wallet.CreditsHeld)(open_another)
    try:
        yield
    finally:
        for registry, before in zip(registries, kept, strict=True):
            registry.clear()
            registry.update(before)


async def work_figures(log: PostgresLog, pool: Pool, _database_url: str) -> list[Figure]:
    """A backlog of 100,000 jobs, then one of timers, drained by one worker; then one reactor."""
    with registered():
        bus = Bus(log, {}, clock=SystemClock(), ids=UuidIds(), pause=jittered_pause)
        return [
            *await drain_figures(pool, bus),
            *await timer_figures(pool, bus),
            *await reactor_figures(log, pool, bus=bus),
        ]


async def drain_figures(pool: Pool, bus: Bus) -> list[Figure]:
    """One kind has 100,000 due jobs; meanwhile new ones of this and of other kinds are stored."""
    await store_jobs(pool, [new_job(BenchBacklog()) for _ in range(BACKLOG)])
    arrivals = Arrivals(BACKLOG)
    async with working(pool, bus, arrivals) as worker:
        began, used = time.perf_counter(), time.process_time()
        new = (BenchNewcomer(), BenchOther(), BenchBacklog())
        await asyncio.gather(
            *(keep_arriving(pool, worker, job=job, arrivals=arrivals) for job in new)
        )
        seconds, used = time.perf_counter() - began, time.process_time() - used
    same, others = arrivals.waits[BenchBacklog.__name__], Latencies()
    others.each = [
        *arrivals.waits[BenchNewcomer.__name__].each,
        *arrivals.waits[BenchOther.__name__].each,
    ]
    beside = f"{len(others.each)} of other kinds and queues, while {BACKLOG:,} are drained"
    return [
        Figure(
            name="jobs_drained_per_s",
            value=BACKLOG / seconds,
            unit="jobs/s",
            beside=f"{BACKLOG:,} due, {PLACES} places, {BACKLOG / used:,.0f} per s of processor",
        ),
        Figure(
            name="new_job_wait_p50_ms", value=others.percentile_ms(50), unit="ms", beside=beside
        ),
        Figure(name="new_job_wait_p99_ms", value=others.percentile_ms(99), unit="ms"),
        Figure(
            name="new_job_of_same_kind_wait_p50_ms",
            value=same.percentile_ms(50),
            unit="ms",
            beside=f"{len(same.each)} of the backlog's own kind",
        ),
        Figure(name="new_job_of_same_kind_wait_p99_ms", value=same.percentile_ms(99), unit="ms"),
    ]


async def timer_figures(pool: Pool, bus: Bus) -> list[Figure]:
    """Due commands, each of which appends an event under the job's key."""
    commands = [OpenBenchWallet(customer_id=uuid4()) for _ in range(TIMERS)]
    await store_jobs(pool, [new_job(Later(command, NOW)) for command in commands])
    worker = Worker(Jobs(pool), bus, {}, name="bench-timers", at_once=PLACES)
    began = time.perf_counter()
    assert await worker.drain(COMMANDS) == TIMERS
    seconds = time.perf_counter() - began
    return [Figure(name="timers_drained_per_s", value=TIMERS / seconds, unit="commands/s")]


async def reactor_figures(log: PostgresLog, pool: Pool, *, bus: Bus) -> list[Figure]:
    """Events that want a job and a timer each, events that want a command each, and others."""
    reactor = Reactor(pool, log, bus, _nobody_waits)
    await react(reactor)

    async def measured(*, events: int) -> float:
        began = time.perf_counter()
        await react(reactor)
        return events / (time.perf_counter() - began)

    await in_flight(64, REACTED // 64, lambda: log.append(appending(a_preview())))
    with_jobs = await measured(events=REACTED // 64 * 64)
    await in_flight(64, REACTED // 64, lambda: log.append(appending(an_opening())))
    unheard = await measured(events=REACTED // 64 * 64)
    await in_flight(64, REACTED // 256, lambda: log.append(appending(a_hold())))
    with_commands = await measured(events=REACTED // 256 * 64)
    return [
        Figure(
            name="reactor_events_per_s",
            value=with_jobs,
            unit="events/s",
            beside="each wants a job and a timer",
        ),
        Figure(
            name="reactor_commands_per_s",
            value=with_commands,
            unit="events/s",
            beside="each wants a command at once",
        ),
        Figure(name="reactor_unheard_per_s", value=unheard, unit="events/s"),
    ]


@contextlib.asynccontextmanager
async def working(pool: Pool, bus: Bus, arrivals: Arrivals) -> AsyncIterator[Worker]:
    """A worker of both queues."""
    worker = Worker(Jobs(pool), bus, {Arrivals: arrivals}, name="bench", at_once=PLACES)
    running = asyncio.create_task(worker.run([BenchBacklog.QUEUE, BenchOther.QUEUE]))
    try:
        yield worker
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def keep_arriving(pool: Pool, worker: Worker, *, job: Job, arrivals: Arrivals) -> None:
    """Store a new job now and then, and wake the worker, as the reactor does, until the backlog is
    drained.
    """
    while not arrivals.drained.is_set():
        new = new_job(job)
        arrivals.stored[new.id] = time.perf_counter()
        async with pool.connection() as connection:
            await enqueue(connection, [new])
        worker.wake(job.QUEUE)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(arrivals.drained.wait(), 1 / NEWCOMERS_PER_S)


async def react(reactor: Reactor) -> None:
    """Until the head of the log."""
    while await reactor.step():
        pass


async def store_jobs(pool: Pool, jobs: list[NewJob]) -> None:
    """Some thousands at a time."""
    for first in range(0, len(jobs), 5_000):
        async with pool.connection() as connection:
            await enqueue(connection, jobs[first : first + 5_000])


def new_job(intent: Intent) -> NewJob:
    """A job as the reactor would store it."""
    return job_of(Wanted(id=uuid4(), intent=intent, cause=CAUSE))


def a_preview() -> Generation.Previewed:
    """An event of the kind that wants a job and a timer."""
    return Generation.Previewed(
        originator_id=uuid4(),
        originator_version=1,
        timestamp=NOW,
        customer_id=uuid4(),
        draft_id=uuid4(),
        variant=1,
        preview_digest="0" * 64,
    )


def an_opening() -> Wallet.Opened:
    """An event that nobody hears."""
    customer_id = uuid4()
    return Wallet.Opened(
        originator_id=customer_id,
        originator_version=1,
        timestamp=NOW,
        originator_topic=get_topic(Wallet),
        customer_id=customer_id,
    )


CAUSE = Recorded(
    1,
    a_hold(),
    Metadata(command_id=UUID(int=1), command="Bench", correlation_id=UUID(int=1)),
)


async def _nobody_waits(_queue: str) -> None:
    return
