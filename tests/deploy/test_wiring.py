"""Whatever a handler, a job or a route needs stands behind a port of the composition root."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.postgres.jobs import LeasedJob
from application.bus import HANDLERS
from deploy.bootstrap import System, build_system
from deploy.serve import REGISTERED
from deploy.settings import load_settings
from workers.jobs import WORKS


@pytest.fixture
def system(tmp_path: Path, database_url: str) -> System:
    env = {"DATA_DIR": str(tmp_path), "DATABASE_URL": database_url}
    return build_system(load_settings(env), name="test")


def test_every_handler_and_every_job_finds_its_ports(system: System) -> None:
    assert REGISTERED
    needs = [entry.needs for entry in HANDLERS.values()]
    needs += [entry.needs for entry in WORKS.values()]
    needed = {need for each in needs for need in each.values()}
    assert needed - {LeasedJob} <= set(system.ports)


async def test_every_adapter_can_be_made_and_closed(system: System) -> None:
    for port in list(system.ports):
        assert system.ports[port] is not None
    await system.ports.close()
