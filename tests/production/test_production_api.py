"""The workshop's list over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Call
from application.production import RecordPrintFileMade, RequestPrint
from tests.production.examples import CUSTOMER, ORDER, a_paid_order, keep
from tests.production.front import Front, open_front
from tests.production.test_production import FACTS


@pytest.fixture
async def front(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, event_log, database_url=database_url) as front:
        await keep(event_log, a_paid_order(), a_paid_order(CUSTOMER))
        for order_id in (ORDER, a_paid_order(CUSTOMER).id):
            await front.bus.execute(RequestPrint(order_id=order_id))
        made = RecordPrintFileMade(order_id=ORDER, facts=FACTS)
        await front.bus.execute(made, Call(key="made"))
        await front.catch_up()
        yield front


async def test_admins_see_what_is_to_be_printed(front: Front) -> None:
    admin = front.person("admin")
    first = (await front.client.get("/print-jobs?limit=1", headers=admin)).json()
    rest = await front.client.get(
        "/print-jobs", params={"limit": 1, "cursor": first["next"]}, headers=admin
    )
    by_state = {item["state"]: item for item in first["items"] + rest.json()["items"]}
    assert by_state["file_made"]["order_id"] == str(ORDER)
    assert by_state["file_made"]["artwork_ppi"] == 300
    assert by_state["file_made"]["file"].startswith("/api/v1/files/")
    assert by_state["requested"]["file"] is None


async def test_only_admins_see_the_workshop(front: Front) -> None:
    for roles in ("customer", "finance", "designer"):
        answer = await front.client.get("/print-jobs", headers=front.person(roles))
        assert answer.status_code == 403
    assert (await front.client.get("/print-jobs")).status_code == 401
