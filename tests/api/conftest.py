"""The application under test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.system import UuidIds
from application.bus import Bus
from application.terms import Terms
from projections.reads import Reads
from projections.runner import Projector
from projections.wallet import wallet_balances, wallet_statements
from tests.api.activities import told_activities
from tests.api.shop import Sessions, Shop, backend_for
from tests.given import TestClock


@pytest.fixture
async def reads(pool: Pool, database_url: str) -> AsyncIterator[Reads]:
    """The reading side, listening to the projector."""
    reading = Reads(pool, app_url(database_url))
    await reading.start()
    yield reading
    await reading.stop()


@pytest.fixture
def projector(pool: Pool, event_log: PostgresLog) -> Projector:
    """Keeps the read models of these tests, when it is told to."""
    return Projector(pool, event_log, [wallet_balances, wallet_statements, told_activities()])


@pytest.fixture
async def shop(pool: Pool, event_log: PostgresLog, reads: Reads, projector: Projector) -> Shop:
    """The application with empty read models."""
    clock, sessions = TestClock(), Sessions()
    bus = Bus(event_log, {Terms: Terms()}, clock=clock, ids=UuidIds())
    backend = backend_for(
        sessions, clock=clock, bus=bus, reads=reads, event_log=event_log, pool=pool
    )
    shop = Shop(backend, projector, sessions)
    await shop.catch_up()
    return shop
