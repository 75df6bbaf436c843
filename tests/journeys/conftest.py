"""One running system for all journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.demo import town_of
from deploy.demo.journey import Town
from tests.live import LiveSystem, live_system


@pytest.fixture(scope="session")
def live() -> Iterator[LiveSystem]:
    """Every process of the system, with demo data."""
    with live_system() as system:
        yield system


@pytest.fixture
def town(live: LiveSystem) -> Town:
    """Where the running system is, and who is who in it."""
    return town_of(live.settings)
