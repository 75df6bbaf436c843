"""Health tells operators the truth."""

from __future__ import annotations

import pytest
from prometheus_client import REGISTRY
from redis.asyncio import Redis

from adapters.postgres.pool import Pool
from api.backend import Limits
from application.wallet import OpenWallet
from projections import standing
from tests.api.shop import Shop
from tests.core.projecting import asked

READY = "https://cover.test/health/ready"
LEADERS = "INSERT INTO leaders (role, holder) VALUES ('projector 1a2b', 'a'), ('reactor', 'b')"


async def test_all_is_well_when_everything_is_at_the_head(lonely_shop: Shop, pool: Pool) -> None:
    ayse = lonely_shop.person()
    await asked(pool, LEADERS)
    await lonely_shop.backend.bus.execute(OpenWallet(customer_id=ayse.id))
    late = (await lonely_shop.client.get(READY)).json()
    assert (late["status"], late["projector_lag"], late["reactor_lag"]) == ("ready", 2, 2)
    await lonely_shop.catch_up()
    await asked(pool, "INSERT INTO reactors (name, position) VALUES ('reactions', 2)")
    health = (await lonely_shop.client.get(READY)).json()
    assert (health["projector_lag"], health["reactor_lag"]) == (0, 0)
    assert (health["projector_lag_seconds"], health["reactor_lag_seconds"]) == (0, 0)
    assert health["late_read_models"] == {}


async def test_lag_is_told_though_no_projector_lives(lonely_shop: Shop, pool: Pool) -> None:
    await asked(pool, LEADERS)
    ayse = lonely_shop.person()
    await lonely_shop.backend.bus.execute(OpenWallet(customer_id=ayse.id))
    health = (await lonely_shop.client.get(READY)).json()
    assert health["late_read_models"]["wallet_balances"]["events"] == 2
    assert 0 < health["late_read_models"]["wallet_balances"]["seconds"] < 60
    assert health["projector_lag_seconds"] >= health["late_read_models"]["activities"]["seconds"]
    told = REGISTRY.get_sample_value("reader_lag_events", {"reader": "wallet_balances"})
    assert told == 2


async def test_what_stands_still_is_named(lonely_shop: Shop, pool: Pool) -> None:
    await asked(pool, LEADERS)
    await asked(pool, "UPDATE projections SET state = 'paused' WHERE name = 'wallet_balances'")
    await asked(
        pool,
        "INSERT INTO jobs (job_id, queue, kind, body, due_at, state)"
        " VALUES (gen_random_uuid(), 'work', 'X', '', now(), 'parked')",
    )
    health = (await lonely_shop.client.get(READY)).json()
    assert health["status"] == "degraded"
    assert health["paused_read_models"] == ["wallet_balances"]
    assert health["parked_jobs"] == 1


async def test_a_reader_that_is_behind_and_does_not_move_is_an_alarm(
    lonely_shop: Shop, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asked(pool, LEADERS)
    monkeypatch.setattr(standing, "STILL_SECONDS", 0.0)
    await lonely_shop.catch_up()
    await asked(pool, "INSERT INTO reactors (name, position) VALUES ('reactions', 0)")
    well = (await lonely_shop.client.get(READY)).json()
    assert (well["status"], well["standing_still"]) == ("ready", [])
    ayse = lonely_shop.person()
    await lonely_shop.backend.bus.execute(OpenWallet(customer_id=ayse.id))
    stuck = (await lonely_shop.client.get(READY)).json()
    assert stuck["status"] == "degraded"
    assert {"activities", "reactions"} <= set(stuck["standing_still"])
    assert REGISTRY.get_sample_value("reader_standing_still", {"reader": "activities"}) == 1


async def test_a_role_without_a_leader_is_an_alarm(lonely_shop: Shop, pool: Pool) -> None:
    nobody = (await lonely_shop.client.get(READY)).json()
    assert (nobody["status"], nobody["leaderless"]) == ("degraded", ["projector", "reactor"])
    await asked(pool, LEADERS)
    assert (await lonely_shop.client.get(READY)).json()["leaderless"] == []
    await asked(pool, "UPDATE leaders SET beat_at = now() - interval '1 minute' WHERE holder = 'a'")
    silent = (await lonely_shop.client.get(READY)).json()
    assert (silent["status"], silent["leaderless"]) == ("degraded", ["projector"])
    assert REGISTRY.get_sample_value("leaderless", {"role": "projector"}) == 1


async def test_redis_that_is_away_degrades(lonely_shop: Shop) -> None:
    lonely_shop.with_limits(Limits(), Redis(host="127.0.0.1", port=1))
    answer = await lonely_shop.client.get(READY)
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


async def test_without_its_database_the_system_is_not_ready_but_alive(
    lonely_shop: Shop, pool: Pool
) -> None:
    await pool.close()
    answer = await lonely_shop.client.get(READY)
    assert (answer.status_code, answer.json()["status"]) == (503, "unready")
    assert (await lonely_shop.client.get("https://cover.test/health/live")).status_code == 200
    refused = await lonely_shop.client.get("/wallet", headers=lonely_shop.person().bearer)
    assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
