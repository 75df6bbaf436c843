"""The processes of a running system: each function runs one until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
import uvicorn
import uvloop

from adapters.logs import configure_logs
from adapters.postgres.jobs import COMMANDS
from adapters.postgres.leader import Leadership, process_identity
from adapters.postgres.listen import Bell
from adapters.tracing import send_traces
from application.ports import Carriers, FileStore, Noticeboard
from deploy.bootstrap import (
    System,
    audit_chain,
    controls_of,
    leave_in_memory,
    reconciliation_of,
    running_system,
)
from deploy.emulators import emulate
from deploy.inbox import inbox_keeper
from deploy.metrics import metrics_of_children, tell_metrics
from deploy.settings import Settings
from projections import READ_MODELS, standing
from projections.following import release_of
from projections.runner import Projector
from workers.broker import listen
from workers.controls import Controlling
from workers.expiring import Expiring
from workers.jobs import WORKS, Worker
from workers.parcels import ParcelWatch
from workers.print_watch import PrintWatch
from workers.reactor import Reactor
from workers.reconciliation import Reconciling
from workers.safekeeping import BackupWatch
from workers.sealing import Sealing
from workers.shifts import react_in_turn
from workers.stories import JOBS, PROCESSES, STORIES
from workers.watch import Watch
from workers.work_items import WorkItemWatch

log = structlog.get_logger()

REGISTERED = (*STORIES, *PROCESSES, *JOBS)
"""Importing them was what registered their handlers, reactions and jobs."""

RENDERER_QUEUES = ("render",)
WORKER_QUEUES = tuple(sorted({COMMANDS} | {job.QUEUE for job in WORKS} - set(RENDERER_QUEUES)))


def projector(settings: Settings) -> None:
    """Keep all read models up to date."""
    _run(settings, "projector", serve=_projector)


def reactor(settings: Settings) -> None:
    """Have done what follows from events."""
    _run(settings, "reactor", serve=_reactor)


def worker(settings: Settings) -> None:
    """Do jobs: mail, payments, documents, parcels, and what is due by the clock."""
    _run(settings, "worker", serve=_worker(WORKER_QUEUES, at_once=8))


def renderer(settings: Settings) -> None:
    """Do the jobs that paint."""
    _run(settings, "renderer", serve=_renderer)


def sealer(settings: Settings) -> None:
    """Watch over the books: seal, control and reconcile them, look after keys and backups."""
    _run(settings, "sealer", serve=_sealer)


def emulators(settings: Settings) -> None:
    """Stand in for the world outside."""
    configure_logs(settings.logs.format, settings.logs.level)
    uvloop.run(_until_stopped(emulate(settings)))


def api(settings: Settings) -> None:
    """Answer HTTP."""
    configure_logs(settings.logs.format, settings.logs.level)
    several = settings.web.processes > 1
    with contextlib.ExitStack() as stack:
        if several:
            stack.enter_context(metrics_of_children(settings, "api"))
        else:
            tell_metrics(settings, "api")
        uvicorn.run(
            "deploy.asgi:create",
            factory=True,
            host=settings.web.host,
            port=settings.web.port,
            workers=settings.web.processes if several else None,
            loop="uvloop",
            log_config=None,
            access_log=False,
            proxy_headers=settings.mode == "production",
            timeout_graceful_shutdown=5,
            server_header=False,
        )


async def _projector(system: System) -> None:
    async def follow() -> None:
        bell = Bell(system.database_url, "events")
        await bell.start()
        try:
            projector = Projector(
                system.pool,
                system.event_log,
                READ_MODELS,
                switch=system.settings.switch_projections,
            )
            await projector.run(bell.wait)
        finally:
            standing.fall_silent()
            await bell.stop()

    # Releases with other read models follow other builds, so each has a leader while both run.
    role = f"projector {release_of(READ_MODELS)}"
    await Leadership(system.database_url, role).lead(follow)


async def _reactor(system: System) -> None:
    def reacting() -> Reactor:
        return Reactor(system.pool, system.event_log, system.bus, system.waker.wake)

    bell = Bell(system.database_url, "events")
    leadership = Leadership(system.database_url, "reactor")
    await bell.start()
    try:
        await react_in_turn(leadership, reacting, watch=Watch(system.jobs), wait=bell.wait)
    finally:
        await bell.stop()


async def _sealer(system: System) -> None:
    sealing = Sealing(audit_chain(system.settings), system.ports.of(Noticeboard))
    expiring = Expiring(system.keys, system.event_log, system.ports.of(FileStore))
    backups = BackupWatch(system.pool)
    controlling = Controlling(controls_of(system), system.clock)
    inbox = inbox_keeper(system.ports, system.settings)
    items = WorkItemWatch(system.reads, system.clock)
    printing = PrintWatch(system.reads, system.clock)
    parcels = ParcelWatch(
        system.reads, system.bus, carriers=system.ports.of(Carriers), clock=system.clock
    )
    reconciling = Reconciling(reconciliation_of(system), system.pool, system.clock)
    watches = (items, parcels, printing)
    keepers = (sealing, expiring, controlling, backups, inbox, *watches, reconciling)

    async def watch_over() -> None:
        async with asyncio.TaskGroup() as tasks:
            for each in keepers:
                tasks.create_task(each.run())

    await Leadership(system.database_url, "sealer").lead(watch_over)


async def _renderer(system: System) -> None:
    await system.ports.warm_painter()
    await _worker(RENDERER_QUEUES, at_once=2)(system)


def _worker(queues: tuple[str, ...], *, at_once: int) -> Callable[[System], Awaitable[None]]:
    async def work(system: System) -> None:
        name = f"{queues[0]}-{process_identity()}"
        working = Worker(system.jobs, system.bus, system.ports, name=name, at_once=at_once)
        redis_url = system.settings.connections.redis_url
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(
                listen(redis_url.text if redis_url else None, queues, ring=working.wake)
            )
            tasks.create_task(working.run(queues))

    return work


def _run(settings: Settings, name: str, *, serve: Callable[[System], Awaitable[None]]) -> None:
    configure_logs(settings.logs.format, settings.logs.level)
    tell_metrics(settings, name)
    if settings.logs.traces_url:
        send_traces(settings.logs.traces_url, process=name)
    uvloop.run(_until_stopped(_in_system(settings, name, serve=serve)))


async def _in_system(
    settings: Settings, name: str, *, serve: Callable[[System], Awaitable[None]]
) -> None:
    async with running_system(settings, name=f"{name} {process_identity()}") as system:
        leave_in_memory()
        log.info("started", process=name)
        await serve(system)


async def _until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Run until SIGINT or SIGTERM; then let the work clean up after itself."""
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
