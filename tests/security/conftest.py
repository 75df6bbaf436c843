"""One town for all tests: they ask it, and what they change in it matters to none of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.local.folders import temporary_data_folder
from tests.databases import own_database
from tests.security.town import Town, open_town


@pytest.fixture
async def town(shared_town: Town) -> Town:
    """The town, in which everybody is logged in."""
    await shared_town.log_back_in()
    return shared_town


@pytest.fixture(scope="session")
async def shared_town(postgres_url: str, template_url: str) -> AsyncIterator[Town]:
    """A whole system with people, and one of everything that belongs to somebody."""
    with own_database(postgres_url, template_url) as url, temporary_data_folder() as folder:
        async with open_town(url, folder) as opened:
            yield opened
