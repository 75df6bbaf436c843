"""Work items over HTTP, in the terminal, and as metrics."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prometheus_client import REGISTRY
from typer.testing import CliRunner

from deploy.bootstrap import running_system
from deploy.cli import app
from deploy.faults import SetupFault
from deploy.settings import load_settings
from deploy.surroundings import with_surroundings
from domain.shared.money import Money
from domain.work_items import WorkItem
from projections import READ_MODELS
from projections.runner import Projector
from tests.core.projecting import catch_up
from tests.given import TestClock
from tests.security.refusals import problem_in
from tests.security.town import Town
from tests.work_items.examples import KIND, NOTE, opened
from workers.work_items import WorkItemWatch

ITEMS = "/finance/work-items"


async def an_item(town: Town) -> UUID:
    """An item of its own, seen by everybody."""
    key = str(uuid4())
    await town.system.bus.execute(opened(key=key, order_id=None, attempt_id=None))
    await town.settle()
    return WorkItem.id_of(KIND, key)


async def resolve(town: Town, item: UUID, body: Any = None, **headers: str) -> httpx.Response:
    """Somebody in finance resolves it."""
    path, said = f"{ITEMS}/{item}/resolve", body or {"resolution": "explained", "note": NOTE}
    return await town.client.post(path, headers=town.headers("finance", **headers), json=said)


async def test_finance_reads_an_item_resolves_it_and_sees_how_it_was(town: Town) -> None:
    item = await an_item(town)
    seen = await town.client.get(f"{ITEMS}/{item}", headers=town.headers("finance"))
    told = seen.json()
    assert (told["state"], told["facts"][0]) == ("open", {"name": "ours", "value": "100.00"})
    assert told["resolutions"] == ["booked", "corrected_by_provider", "explained"]
    done = await resolve(town, item, If_Match=seen.headers["etag"])
    assert (done.status_code, done.json()["state"]) == (200, "resolved")
    await town.settle()
    after = (await town.client.get(f"{ITEMS}/{item}", headers=town.headers("admin"))).json()
    assert (after["state"], after["resolution"], after["note"]) == ("resolved", "explained", NOTE)


async def test_bad_resolutions_get_precise_answers_and_change_nothing(town: Town) -> None:
    item = await an_item(town)
    wrong = problem_in(await resolve(town, item, {"resolution": "sent_back", "note": NOTE}))
    long = problem_in(await resolve(town, item, {"resolution": "explained", "note": "x" * 501}))
    stale = problem_in(await resolve(town, item, If_Match='"7"'))
    nobody = problem_in(await resolve(town, uuid4()))
    assert [each.status for each in (wrong, long, stale, nobody)] == [422, 422, 412, 404]
    assert wrong.code == "unknown_resolution"
    await town.settle()
    seen = await town.client.get(f"{ITEMS}/{item}", headers=town.headers("finance"))
    assert (seen.json()["state"], seen.headers["etag"]) == ("open", '"1"')


async def test_what_another_has_resolved_is_not_resolved_again(town: Town) -> None:
    item = await an_item(town)
    assert (await resolve(town, item)).is_success
    twice = problem_in(await resolve(town, item, {"resolution": "booked", "note": NOTE}))
    assert (twice.status, twice.code) == (409, "work_item_resolved")


async def test_items_are_listed_by_state_and_kind_page_by_page(town: Town) -> None:
    items = [str(await an_item(town)) for _ in range(3)]
    asked = {"state": "open", "kind": KIND, "limit": 2}
    headers = town.headers("finance")
    first = (await town.client.get(ITEMS, headers=headers, params=asked)).json()
    more = asked | {"cursor": first["next"]}
    second = (await town.client.get(ITEMS, headers=headers, params=more)).json()
    shown = [each["item_id"] for each in (*first["items"], *second["items"])]
    assert shown[:3] == items[::-1]
    unknown = await town.client.get(ITEMS, headers=headers, params={"kind": "nothing"})
    assert problem_in(unknown).status == 422


async def test_open_items_are_counted_with_the_age_of_the_oldest(town: Town) -> None:
    await an_item(town)
    clock = TestClock(town.system.clock.now() + timedelta(days=4))
    await WorkItemWatch(town.system.reads, clock).look()
    age = REGISTRY.get_sample_value("open_work_item_age_seconds", {"kind": KIND})
    count = REGISTRY.get_sample_value("open_work_items", {"kind": KIND})
    assert age is not None
    assert age > 3 * 86_400
    assert count


def test_the_terminal_shows_items_and_refuses_unknown_kinds(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("deploy.cli_work_items.console.width", 250)
    env = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path)}

    async def live() -> None:
        async with running_system(load_settings(with_surroundings(env)), name="test") as system:
            await system.bus.execute(opened(amount=Money.of("1.50")))
            await catch_up(Projector(system.pool, system.event_log, READ_MODELS))

    asyncio.run(live())
    shown = CliRunner().invoke(app, ["finance", "work-items"], env=env).output
    assert "ours 100.00, theirs 98.50" in shown
    assert "1.50 TRY" in shown
    wrong = CliRunner().invoke(app, ["finance", "work-items", "--kind", "nothing"], env=env)
    assert isinstance(wrong.exception, SetupFault)
