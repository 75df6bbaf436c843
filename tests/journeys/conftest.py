"""One running system for all journeys."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from deploy.bootstrap import running_system
from deploy.demo import town_of
from deploy.demo.journey import Town
from projections import READ_MODELS
from projections.replay import verify
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


@pytest.fixture(autouse=True)
async def every_table_equals_its_fold(live: LiveSystem) -> AsyncIterator[None]:
    """Whatever a journey does, each read model is what the log says when it has ended."""
    yield
    async with running_system(live.settings, name="verify", pool_size=3) as system:
        for model in READ_MODELS:
            verdict = await verify(
                system.pool, system.event_log, model=model, tell=lambda _progress: None
            )
            assert verdict.equal, f"{model.name} differs: {verdict}"
