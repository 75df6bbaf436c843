"""A whole system of its own, whose mails are counted."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from deploy.local.folders import temporary_data_folder
from tests.databases import own_database
from tests.security.town import Town, open_town


@pytest.fixture(scope="module")
async def post_town(postgres_url: str, template_url: str) -> AsyncIterator[Town]:
    """People with orders, and a mailer that keeps what it was given."""
    with own_database(postgres_url, template_url) as url, temporary_data_folder() as folder:
        async with open_town(url, folder) as opened:
            yield opened
