"""The ledger over HTTP: finance reads it at any moment, from a total down to the event."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from domain.ledger import CHART
from domain.shared.months import month_at
from tests.core.projecting import asked
from tests.given import TestClock
from tests.ledger.desk import LedgerDesk, open_ledger_desk
from tests.ledger.lives import an_order_paid_and_partly_returned, append, some_lives
from tests.orders.examples import CUSTOMER, ORDER

PATHS = (
    "/finance/accounts",
    "/finance/trial-balance",
    "/finance/accounts/bank",
    "/finance/accounts/bank/entries",
    "/finance/entries/1",
    f"/finance/orders/{ORDER}/entries",
    f"/finance/customers/{CUSTOMER}/statement",
    f"/finance/customers/{CUSTOMER}/accounts",
    "/finance/roll-forward?group=purchased",
    "/finance/deferred",
    "/finance/movers?account=bank&period=2026-03",
    "/finance/holds",
    "/finance/holds/ages",
    "/finance/gaps",
)
NOW = datetime.now(UTC)


@pytest.fixture
async def desk(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[LedgerDesk]:
    await append(event_log, list(an_order_paid_and_partly_returned(delivered_first=True)))
    await some_lives(event_log, seed=6)
    clock = TestClock(datetime.now(UTC) + timedelta(seconds=5))
    async with open_ledger_desk(pool, event_log, database_url=database_url, clock=clock) as opened:
        yield opened


@pytest.mark.parametrize("path", PATHS)
async def test_only_finance_reads_the_books(desk: LedgerDesk, path: str) -> None:
    assert await desk.status(path) == 401
    assert await desk.status(path, "customer", "designer", "admin") == 403
    assert await desk.status(path, "finance") in {200, 404}


async def test_the_trial_balance_is_zero_and_names_every_account(desk: LedgerDesk) -> None:
    seen = await desk.get("/finance/trial-balance")
    assert seen["balanced"]
    assert [each["account"] for each in seen["accounts"]] == [each.key for each in CHART]
    assert {each["unit"]: each["difference"] for each in seen["totals"]} == {
        "TRY": "0.00",
        "promotional": "0",
        "purchased": "0",
    }
    covers = next(each for each in seen["accounts"] if each["account"] == "revenue_covers")
    assert (covers["code"], covers["balance"], covers["credits"]) == (
        "600.01",
        "1050.00",
        "1050.00",
    )
    assert (covers["name_tr"], covers["name_en"]) == ("Kapak satışları", "Sales of covers")


async def test_the_books_are_told_as_they_were_at_a_position_and_at_an_instant(
    desk: LedgerDesk,
) -> None:
    now = await desk.get("/finance/trial-balance")
    first = await desk.get("/finance/trial-balance", as_of="1")
    assert (first["position"], first["balanced"]) == (1, True)
    assert all(each["entries"] == 0 for each in first["accounts"])
    instant = (NOW + timedelta(days=0, seconds=3600)).isoformat()
    assert await desk.status("/finance/trial-balance", "finance", as_of=instant) == 422
    there = await desk.get("/finance/trial-balance", as_of=str(now["position"]))
    assert there == now
    for account in ("held_purchased", "deferred_credits"):
        one = await desk.get(f"/finance/accounts/{account}", as_of=str(now["position"] // 2))
        then = await desk.get("/finance/trial-balance", as_of=str(now["position"] // 2))
        assert one["account"] in then["accounts"]
    assert await desk.status("/finance/accounts/nothing", "finance") == 404


async def test_a_total_leads_to_its_entries_and_an_entry_to_its_event(desk: LedgerDesk) -> None:
    total = (await desk.get("/finance/accounts/customer_prepayments"))["account"]
    path = "/finance/accounts/customer_prepayments/entries"
    items: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = await desk.get(path, limit=2, **cursor)
        items += page["items"]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert sum(Decimal(each["amount"]) for each in items) == -Decimal(total["balance"])
    assert len(items) == total["entries"]
    entry = await desk.get(f"/finance/entries/{items[0]['position']}")
    assert sum(Decimal(each["amount"]) for each in entry["lines"]) == 0
    assert entry["lines"][0]["topic"] == "order.money_returned"
    assert entry["lines"][0]["history"] == f"/api/v1/history/{ORDER}/steps"
    for nothing in ("999999", "0x1", "1" * 40):
        assert await desk.status(f"/finance/entries/{nothing}", "finance") == 404
    returned = await desk.get(path, movement="returned", period=month_at(NOW))
    assert {each["topic"] for each in returned["items"]} == {"order.money_returned"}
    of_order = await desk.get(f"/finance/orders/{ORDER}/entries", limit=100)
    assert {each["order_id"] for each in of_order["items"]} == {str(ORDER)}
    nobody = await desk.get(path, customer_id="00000000-0000-0000-0000-000000000001")
    assert nobody["items"] == []
    assert await desk.get(path, as_of="1") == {"items": [], "next": None}


async def test_a_customers_statement_ends_with_what_stands_on_their_accounts(
    desk: LedgerDesk,
) -> None:
    known = await desk.get(f"/finance/customers/{CUSTOMER}/accounts")
    first = (await desk.get(f"/finance/customers/{CUSTOMER}/statement", limit=100))["items"]
    latest = {each["account"]: each["net"] for each in reversed(first)}
    assert latest == {
        each["account"]: str(Decimal(each["debits"]) - Decimal(each["credits"]))
        for each in known["accounts"]
    }
    one = await desk.get(f"/finance/customers/{CUSTOMER}/statement", account="kdv_payable", limit=1)
    assert (one["items"][0]["account"], one["items"][0]["net"]) == ("kdv_payable", "71.67")
    path = "/finance/customers/00000000-0000-0000-0000-000000000001/accounts"
    assert await desk.status(path, "finance") == 404


async def test_months_deferred_and_movers_tie_to_the_trial_balance(desk: LedgerDesk) -> None:
    balances = {
        each["account"]: each["balance"]
        for each in (await desk.get("/finance/trial-balance"))["accounts"]
    }
    rolled = await desk.get("/finance/roll-forward", group="purchased")
    closing = rolled["months"][-1]["closing"]
    assert int(closing) == sum(int(balances[each]) for each in rolled["accounts"])
    deferred = await desk.get("/finance/deferred")
    assert deferred["credits"] == balances["deferred_credits"]
    assert deferred["breakage_by_month"][-1]["closing"] == balances["breakage_revenue"]
    movers = await desk.get(
        "/finance/movers", account="consumed_purchased", period=month_at(NOW), limit=2
    )
    changes = [abs(int(each["change"])) for each in movers["movers"]]
    assert changes == sorted(changes, reverse=True)
    assert len(changes) == 2
    asked_nothing = await desk.get("/finance/movers")
    assert asked_nothing["account"] == "customer_credits_purchased"
    assert asked_nothing["period"] == month_at(NOW)
    assert await desk.get("/finance/roll-forward") == rolled


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("/finance/roll-forward", {"group": "gold"}),
        ("/finance/roll-forward", {"group": "purchased", "since": "2026-13"}),
        ("/finance/movers", {"account": "bank", "period": "March"}),
        ("/finance/accounts/bank/entries", {"period": "2026"}),
        ("/finance/accounts/bank/entries", {"movement": "stolen"}),
        ("/finance/accounts/bank/entries", {"cursor": "x"}),
        ("/finance/trial-balance", {"as_of": "yesterday"}),
        ("/finance/gaps", {"span": "0"}),
    ],
)
async def test_what_makes_no_sense_is_refused(
    desk: LedgerDesk, path: str, parameters: dict[str, str]
) -> None:
    assert await desk.status(path, "finance", **parameters) == 422


async def test_holds_are_listed_the_oldest_first_and_counted_by_age(desk: LedgerDesk) -> None:
    everything = await desk.get("/finance/holds", limit=100)
    first = await desk.get("/finance/holds", limit=1)
    rest = await desk.get("/finance/holds", limit=99, cursor=first["next"])
    assert first["items"] + rest["items"] == everything["items"]
    ages = (await desk.get("/finance/holds/ages"))["ages"]
    assert sum(each["holds"] for each in ages) == len(everything["items"])


async def test_books_without_gaps_say_so(desk: LedgerDesk) -> None:
    seen = await desk.get("/finance/gaps")
    assert seen["complete"]
    assert (seen["first"], seen["positions"], seen["versions"]) == (1, [], [])
    part = await desk.get("/finance/gaps", as_of="20", span=5)
    assert (part["first"], part["last"], part["complete"]) == (16, 20, True)


async def test_missing_positions_and_versions_are_reported(
    desk: LedgerDesk, pool: Pool, event_log: PostgresLog, database_url: str
) -> None:
    head = await event_log.head()
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute("SET session_replication_role = replica")
        gone = [head // 2, head // 2 + 1, head]
        await owner.execute("DELETE FROM events WHERE position = ANY (%s)", (gone,))
    seen = await desk.get("/finance/gaps")
    assert not seen["complete"]
    assert seen["positions"] == [{"first": head // 2, "last": head // 2 + 1}]
    assert seen["versions"]
    assert await asked(pool, "SELECT max(position) FROM events") == [(head - 1,)]
