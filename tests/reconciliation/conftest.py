"""Two books for a test, with nothing in them."""

from __future__ import annotations

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from tests.reconciliation.books import TwoBooks


@pytest.fixture
async def books(pool: Pool, event_log: PostgresLog, database_url: str) -> TwoBooks:
    """Nothing was paid."""
    made = TwoBooks(pool, event_log, database_url)
    await made.follow()
    return made
