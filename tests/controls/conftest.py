"""The books of a test: a bus on a real log, read models that follow it, and the controls."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from projections.reads import Reads
from tests.controls.books import Books


@pytest.fixture
async def books(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Books]:
    """Nothing has happened yet."""
    reads = Reads(pool, database_url)
    await reads.start()
    yield Books(pool, event_log, reads, database_url)
    await reads.stop()
