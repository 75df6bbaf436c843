"""Reconciliation over HTTP: finance and admins read it, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from api import app
from api.reconciliation import ReconciliationController
from projections.reads import Reads
from tests.api.shop import Sessions, backend_for, client_of
from tests.ledger.desk import LedgerDesk
from tests.reconciliation.books import MONDAY, Sale, TwoBooks, our_line

SALES = [Sale(name=str(number)) for number in range(5)]
PATHS = (
    "/finance/reconciliation/days",
    "/finance/reconciliation/lines",
    f"/finance/reconciliation/changes?line_key=p:{our_line(SALES[0]).movement_id}",
    "/finance/reconciliation/settlements",
)


@pytest.fixture
async def desk(
    books: TwoBooks, pool: Pool, event_log: PostgresLog, database_url: str
) -> AsyncIterator[LedgerDesk]:
    """Five lines were sold and one of them was never paid out."""
    books.sell(*SALES)
    for sale in SALES[1:]:
        books.pay_out(sale, day=MONDAY, reference="STL-1")
    await books.run(MONDAY)
    await books.follow()
    reads, sessions = Reads(pool, app_url(database_url)), Sessions()
    await reads.start()
    backend = backend_for(
        sessions, clock=books.clock, bus=books.bus, reads=reads, event_log=event_log, pool=pool
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "CONTROLLERS", (ReconciliationController,))
        made = app.create_app(backend)
    yield LedgerDesk(client_of(made), sessions, books.clock)
    await reads.stop()


@pytest.mark.parametrize("path", PATHS)
async def test_finance_and_admins_read_it(desk: LedgerDesk, path: str) -> None:
    assert await desk.status(path) == 401
    assert await desk.status(path, "customer", "designer") == 403
    assert await desk.status(path, "finance") == 200
    assert await desk.status(path, "admin") == 200


async def test_days_tell_how_their_lines_stand(desk: LedgerDesk) -> None:
    [day] = (await desk.get("/finance/reconciliation/days"))["items"]
    assert (day["day"], day["matched"], day["aged"]) == (str(MONDAY), 4, 1)
    assert day["ended_at"]


async def test_lines_are_sieved_and_told_page_by_page(desk: LedgerDesk) -> None:
    path = "/finance/reconciliation/lines"
    [aged] = (await desk.get(path, status="aged", day=str(MONDAY)))["items"]
    assert aged["faults"] == ["not_paid_out"]
    assert aged["order_id"] == str(SALES[0].order_id)
    seen: list[str] = []
    asked: dict[str, str] | None = {}
    while asked is not None:
        page = await desk.get(path, limit=2, **asked)
        seen += [line["line_key"] for line in page["items"]]
        asked = {"cursor": page["next"]} if page["next"] else None
    assert len(seen) == len(set(seen)) == 5
    [one] = (await desk.get(path, attempt_id=str(SALES[3].attempt_id)))["items"]
    assert one["payout_references"] == ["STL-1"]


async def test_a_line_tells_how_it_came_to_stand_so(desk: LedgerDesk) -> None:
    path = "/finance/reconciliation/changes"
    key = f"p:{our_line(SALES[0]).movement_id}"
    [change] = await desk.get(path, line_key=key)
    assert (change["was"], change["status"], change["run_day"]) == (None, "aged", str(MONDAY))
    assert await desk.get(path, line_key="p:1") == []


async def test_settlements_in_transit_are_told(desk: LedgerDesk) -> None:
    [transfer] = (await desk.get(PATHS[3], in_transit="true"))["items"]
    assert (transfer["reference"], transfer["lines"]) == ("STL-1", 4)
    assert transfer["in_transit"] == transfer["payout"]
