"""Every test of the contract runs once for each side that can be reached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.payments.contract.sides import SIDES, Side, opened, write_notes

Notes = dict[str, dict[str, dict[str, str]]]


@pytest.fixture(scope="session")
def notes() -> Iterator[Notes]:
    """What was seen, by side and call; the differences are written at the end."""
    seen: Notes = {}
    yield seen
    write_notes(seen)


@pytest.fixture(scope="session", params=SIDES)
async def side(request: pytest.FixtureRequest, notes: Notes) -> AsyncIterator[Side]:
    """A provider."""
    async with opened(request.param, notes) as provider:
        yield provider
