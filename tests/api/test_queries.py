"""Queries over HTTP: as new as the caller needs them, and lists that keep still."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from application.store import Append, Store
from application.wallet import OpenWallet
from domain.shared.aggregate import Event, Metadata
from domain.wallet import Grant, Wallet
from tests.api.shop import Shop

WALLET = "/wallet"


async def test_there_is_no_wallet_before_it_is_open(shop: Shop) -> None:
    answer = await shop.client.get(WALLET, headers=shop.person().bearer)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_an_open_wallet_has_the_welcome_bonus(shop: Shop) -> None:
    ayse = shop.person()
    done = await shop.command("/desk/wallet", ayse)
    token = {"Consistency-Token": done.headers["Consistency-Token"]}
    answer = await shop.client.get(WALLET, headers=ayse.bearer | token)
    shown = answer.json()
    assert (shown["balance"], shown["held"], shown["available"]) == (500, 0, 500)
    assert [each["credits"] for each in shown["expiring"]] == [500]
    assert answer.headers["Consistency"] == "fresh"
    assert answer.headers["Position"] == str(shop.head + 2)


async def test_an_old_answer_says_so(shop: Shop) -> None:
    ayse = shop.person()
    await shop.command("/desk/wallet", ayse)
    headers = ayse.bearer | {"Consistency-Token": str(shop.head + 3)}
    answer = await shop.client.get(WALLET, headers=headers)
    assert (answer.status_code, answer.headers["Consistency"]) == (200, "behind")


async def test_who_insists_gets_no_old_answer(shop: Shop) -> None:
    token = str(shop.head + 3)
    headers = shop.person().bearer | {"Consistency-Token": token, "Prefer": "handling=strict"}
    answer = await shop.client.get(WALLET, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (503, "read_model_behind")
    assert answer.headers["Retry-After"] == "1"


async def test_a_browsers_token_is_its_cookie(shop: Shop) -> None:
    ayse = shop.person()
    done = await shop.command("/desk/wallet", ayse)
    assert f"__Host-consistency={shop.head + 2};" in done.headers["Set-Cookie"]
    seen, unseen = str(shop.head + 2), str(shop.head + 3)
    for cookie, said in ((seen, "fresh"), (unseen, "behind"), ("x", "fresh")):
        headers = {"Cookie": f"{ayse.browser()['Cookie']}; __Host-consistency={cookie}"}
        answer = await shop.client.get(WALLET, headers=headers)
        assert answer.headers["Consistency"] == said


async def test_a_paused_read_model_is_behind_at_once(lonely_shop: Shop) -> None:
    ayse = lonely_shop.person()
    await lonely_shop.command("/desk/wallet", ayse)
    async with lonely_shop.backend.pool.connection() as connection:
        await connection.execute("UPDATE projections SET state = 'paused'")
    await lonely_shop.until(lambda: not lonely_shop.backend.reads.serves(["wallet_statements"]))
    answer = await lonely_shop.client.get("/desk/lines", headers=ayse.bearer)
    assert (answer.status_code, answer.headers["Consistency"]) == (200, "behind")


@pytest.mark.parametrize("token", ["-1", "x", "9" * 30])
async def test_a_token_is_a_position(shop: Shop, token: str) -> None:
    headers = shop.person().bearer | {"Consistency-Token": token}
    assert (await shop.client.get(WALLET, headers=headers)).status_code == 422


async def test_a_versioned_answer_has_an_etag(shop: Shop) -> None:
    answer = await shop.client.get("/desk/versioned", headers=shop.person().bearer)
    assert answer.headers["ETag"] == '"7"'


async def granted(shop: Shop, person_id: UUID, times: int) -> None:
    """Let credits come into the person's wallet."""
    for _ in range(times):
        store = Store(shop.backend.event_log, shop.clock.now())
        wallet = await store.get(Wallet, Wallet.id_of(person_id))
        wallet.grant(
            uuid4(), Grant(credits=1, credit_class="purchased", origin="manual", expires_at=None)
        )
        command_id = uuid4()
        facts = Metadata(command_id=command_id, command="Test", correlation_id=command_id)
        events = [each for each in wallet.collect_events() if isinstance(each, Event)]
        await shop.backend.event_log.append(Append(events=events, metadata=facts))
    await shop.catch_up()


async def test_a_cursor_is_stable_while_events_arrive(shop: Shop) -> None:
    ayse = shop.person()
    await shop.backend.bus.execute(OpenWallet(customer_id=ayse.id))
    await granted(shop, ayse.id, 4)
    first = (await shop.client.get("/desk/lines?limit=2", headers=ayse.bearer)).json()
    await granted(shop, ayse.id, 3)
    seen = [item["position"] for item in first["items"]]
    cursor = first["next"]
    while cursor:
        page = await shop.client.get(f"/desk/lines?limit=2&cursor={cursor}", headers=ayse.bearer)
        seen += [item["position"] for item in page.json()["items"]]
        cursor = page.json()["next"]
    assert [position - shop.head for position in seen] == [6, 5, 4, 3, 2]


async def test_a_cursor_belongs_to_its_list(shop: Shop) -> None:
    ayse = shop.person()
    await shop.backend.bus.execute(OpenWallet(customer_id=ayse.id))
    await granted(shop, ayse.id, 2)
    page = (await shop.client.get("/wallet/history?limit=1", headers=ayse.bearer)).json()
    for bad in (page["next"], "AAAA", "!", page["next"][:-2]):
        answer = await shop.client.get(f"/desk/lines?cursor={bad}", headers=ayse.bearer)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "9999999999999999999999"])
async def test_a_page_has_one_to_a_hundred_items(shop: Shop, limit: str) -> None:
    answer = await shop.client.get(f"/desk/lines?limit={limit}", headers=shop.person().bearer)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "limit"
