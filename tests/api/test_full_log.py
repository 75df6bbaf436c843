"""When more is asked than the log can take, some are put off at once and the rest is served."""

from __future__ import annotations

import asyncio

import httpx
import psycopg
import pytest

from adapters.postgres import writer
from tests.api.shop import Person, Shop

REQUESTS = 60
WAITING = 8


async def test_requests_that_the_log_can_not_take_are_put_off_at_once_and_served_when_they_return(
    lonely_shop: Shop, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "WAITING", WAITING)
    monkeypatch.setattr(writer, "GROUP", WAITING)
    shop = lonely_shop

    async def open_wallet(person: Person) -> httpx.Response:
        headers = person.bearer | {"Idempotency-Key": "first"}
        return await shop.client.post("/desk/wallet", headers=headers)

    people = [shop.person() for _ in range(REQUESTS)]
    with psycopg.connect(database_url) as owner:
        owner.execute("LOCK TABLE events IN EXCLUSIVE MODE")
        asked = {asyncio.create_task(open_wallet(person)): person for person in people}
        refused: set[asyncio.Task[httpx.Response]] = set()
        waiting = set(asked)
        async with asyncio.timeout(4):
            while len(refused) < REQUESTS - 3 * WAITING:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                refused |= done
    served = [answer.status_code for answer in await asyncio.gather(*waiting)]
    assert set(served) <= {201, 503}
    assert served.count(201) >= WAITING
    for task in refused:
        answer = task.result()
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert answer.json()["retryable"] is True
        assert (await open_wallet(asked[task])).status_code == 201
    await shop.catch_up()
