"""Health tells operators the truth."""

from __future__ import annotations

from redis.asyncio import Redis

from adapters.postgres.pool import Pool
from api.backend import Limits
from application.wallet import OpenWallet
from tests.api.shop import Shop

READY = "https://cover.test/health/ready"


async def test_all_is_well_when_everything_is_at_the_head(lonely_shop: Shop, pool: Pool) -> None:
    ayse = lonely_shop.person()
    await lonely_shop.backend.bus.execute(OpenWallet(customer_id=ayse.id))
    late = (await lonely_shop.client.get(READY)).json()
    assert (late["status"], late["projector_lag"], late["reactor_lag"]) == ("ready", 2, 2)
    await lonely_shop.catch_up()
    async with pool.connection() as connection:
        await connection.execute("INSERT INTO reactors VALUES ('reactions', 2)")
    health = (await lonely_shop.client.get(READY)).json()
    assert (health["projector_lag"], health["reactor_lag"]) == (0, 0)


async def test_what_stands_still_is_named(lonely_shop: Shop, pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute(
            "UPDATE projections SET state = 'paused' WHERE name = 'wallet_balances'"
        )
        await connection.execute(
            "INSERT INTO jobs (job_id, queue, kind, body, due_at, state)"
            " VALUES (gen_random_uuid(), 'work', 'X', '', now(), 'parked')"
        )
    health = (await lonely_shop.client.get(READY)).json()
    assert health["status"] == "degraded"
    assert health["paused_read_models"] == ["wallet_balances"]
    assert health["parked_jobs"] == 1


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
