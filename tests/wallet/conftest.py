"""The application with wallets, for the tests of what can be read of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.pool import app_url, connection_pool
from projections.reads import Reads
from tests.api.conftest import shop_on
from tests.api.shop import Shop
from tests.databases import open_log, own_database


@pytest.fixture(scope="session")
async def shared_bank(postgres_url: str, template_url: str) -> AsyncIterator[Shop]:
    """The application on a database that the tests of this folder share."""
    with own_database(postgres_url, template_url) as url:
        async with (
            connection_pool(url, name="wallet tests") as pool,
            open_log(pool, url) as event_log,
        ):
            reads = Reads(pool, app_url(url))
            await reads.start()
            yield shop_on(pool, event_log, reads)
            await reads.stop()


@pytest.fixture
async def bank(shared_bank: Shop) -> AsyncIterator[Shop]:
    """The shared application, on which each test brings its own persons."""
    await shared_bank.begin()
    yield shared_bank
    await shared_bank.restore()
