"""The application with designers and their reviews, for tests over HTTP."""

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
from projections.erasures import erasures
from projections.reads import Reads
from projections.reviews import reviews
from projections.runner import Projector
from tests.api.shop import Sessions, backend_for
from tests.given import TestClock
from tests.reviews.gallery import Gallery

MODELS: list[AnyReadModel] = [
    assets,
    design_jobs,
    design_steps,
    designers,
    drafts,
    erasures,
    reviews,
]


@pytest.fixture
async def gallery(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Gallery]:
    """A shop with empty read models."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    clock, sessions = TestClock(), Sessions()
    bus = Bus(event_log, {Terms: Terms()}, clock=clock, ids=UuidIds())
    backend = backend_for(
        sessions, clock=clock, bus=bus, reads=reads, event_log=event_log, pool=pool
    )
    shop = Gallery(backend, Projector(pool, event_log, MODELS), sessions)
    await shop.catch_up()
    yield shop
    await reads.stop()
