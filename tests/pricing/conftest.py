"""The application with prices and drafts on a database, for the tests over HTTP."""

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
from projections.drafts import drafts
from projections.orders import orders
from projections.pricing import coupons, price_entries
from projections.reads import Reads
from projections.runner import Projector
from tests.api.shop import Sessions, backend_for
from tests.drafts.studio import Studio
from tests.given import TestClock


@pytest.fixture
def clock() -> TestClock:
    """The shop's clock."""
    return TestClock()


@pytest.fixture
async def studio(
    pool: Pool, event_log: PostgresLog, database_url: str, clock: TestClock
) -> AsyncIterator[Studio]:
    """A shop with empty read models."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    sessions = Sessions()
    bus = Bus(event_log, {Terms: Terms()}, clock=clock, ids=UuidIds())
    backend = backend_for(
        sessions, clock=clock, bus=bus, reads=reads, event_log=event_log, pool=pool
    )
    models: list[AnyReadModel] = [assets, coupons, drafts, orders, price_entries]
    shop = Studio(backend, Projector(pool, event_log, models), sessions)
    await shop.catch_up()
    yield shop
    await reads.stop()
