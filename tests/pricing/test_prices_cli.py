"""`polikrami prices`: what holds, what was written, and how coupons are used."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.bootstrap import System, running_system
from deploy.cli import app
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from projections.pricing import coupons, price_entries
from projections.runner import Projector
from tests.pricing.examples import a_cover, issue, schedule


async def written(system: System) -> None:
    """A price and a coupon, which the read models show."""
    await system.bus.execute(schedule(a_cover("1300.00"), since=None))
    await system.bus.execute(issue(most_uses=7))
    projector = Projector(system.pool, system.event_log, [coupons, price_entries])
    await projector.prepare()
    while await projector.step():
        pass


def test_prices_and_coupons_are_listed(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.cli_prices.console.width", 250)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}

    async def live() -> None:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            await written(system)

    asyncio.run(live())
    listed = CliRunner().invoke(app, ["prices", "list"], env=env).output
    assert "product/160x240/textured" in listed
    assert "rate/printed_books" in listed
    book = CliRunner().invoke(app, ["prices", "entries", "--key", "product/135x210/matte"], env=env)
    assert "price 1300.00 TRY" in book.output
    other = CliRunner().invoke(app, ["prices", "entries", "--key", "credits"], env=env)
    assert "1300.00" not in other.output
    shown = CliRunner().invoke(app, ["prices", "coupons"], env=env).output
    assert "ILKSIPARIS" in shown
    assert "15 %" in shown
