"""The application with designers, for tests over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.system import UuidIds
from application.bus import Bus
from application.terms import Terms
from projections.assets import assets
from projections.base import AnyReadModel
from projections.design import design_jobs, design_steps
from projections.designers import designers
from projections.drafts import drafts
from projections.reads import Reads
from projections.reviews import reviews
from projections.runner import Projector
from tests.api.shop import Sessions, backend_for
from tests.design.atelier import Atelier
from tests.given import TestClock


@pytest.fixture
async def atelier(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Atelier]:
    """A shop with empty read models."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    clock, sessions = TestClock(), Sessions()
    bus = Bus(event_log, {Terms: Terms()}, clock=clock, ids=UuidIds())
    backend = backend_for(
        sessions, clock=clock, bus=bus, reads=reads, event_log=event_log, pool=pool
    )
    models: list[AnyReadModel] = [drafts, assets, designers, design_jobs, design_steps, reviews]
    shop = Atelier(backend, Projector(pool, event_log, models), sessions)
    await shop.catch_up()
    yield shop
    await reads.stop()
