"""The application under test: one for all tests, each of which brings its own persons."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url, connection_pool
from adapters.system import UuidIds
from adapters.tokens import KeyedClaims
from application.bus import Bus
from application.identity import Claims
from application.terms import Terms
from projections.base import AnyReadModel
from projections.purchases import credit_purchases
from projections.reads import Reads
from projections.runner import Projector
from projections.wallet import wallet_balances, wallet_statements
from projections.wallet_lots import wallet_entries, wallet_uses
from tests.api.activities import told_activities
from tests.api.shop import Sessions, Shop, backend_for
from tests.databases import open_log, own_database
from tests.given import TestClock


@pytest.fixture(scope="session")
async def shared_shop(postgres_url: str, template_url: str) -> AsyncIterator[Shop]:
    """The application on a database that the tests of this folder share."""
    with own_database(postgres_url, template_url) as url:
        async with (
            connection_pool(url, name="api tests") as pool,
            open_log(pool, url) as event_log,
        ):
            reads = Reads(pool, app_url(url))
            await reads.start()
            yield shop_on(pool, event_log, reads)
            await reads.stop()


@pytest.fixture
async def shop(shared_shop: Shop) -> AsyncIterator[Shop]:
    """The shared application; what a test changes in it is as it was for the next one."""
    await shared_shop.begin()
    yield shared_shop
    await shared_shop.restore()


@pytest.fixture
async def lonely_shop(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Shop]:
    """An application on an empty database of the test's own."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    shop = shop_on(pool, event_log, reads)
    await shop.begin()
    yield shop
    await reads.stop()


def shop_on(pool: Pool, event_log: PostgresLog, reads: Reads) -> Shop:
    """The application with the read models that these tests look at."""
    clock, sessions = TestClock(), Sessions()
    bus = Bus(
        event_log,
        {Terms: Terms(), Claims: KeyedClaims(b"c" * 32)},
        clock=clock,
        ids=UuidIds(),
    )
    backend = backend_for(
        sessions, clock=clock, bus=bus, reads=reads, event_log=event_log, pool=pool
    )
    models: list[AnyReadModel] = [
        wallet_balances,
        credit_purchases,
        wallet_entries,
        wallet_statements,
        wallet_uses,
        told_activities(),
    ]
    return Shop(backend, Projector(pool, event_log, models), sessions)
