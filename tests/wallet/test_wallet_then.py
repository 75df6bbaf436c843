"""The wallet of another time, and why it is what it is, over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.store import Append, Store
from application.wallet import OpenWallet
from domain.shared.aggregate import Event, Metadata
from domain.wallet import Grant, Wallet
from tests.api.moments import ask, head, must_be_told_again, seen_by, told
from tests.api.shop import Person, Shop
from tests.core.long_wallets import appending, live
from tests.given import NOW

QUERIES = ("/wallet", "/wallet/history?limit=100", "/wallet/history?limit=2")
DEEDS = st.lists(st.sampled_from(["grant", "hold", "capture", "release", "expire"]), max_size=8)
STAFF = uuid4()


async def opened(bank: Shop) -> Person:
    """Somebody with the welcome credits."""
    person = bank.person()
    await bank.backend.bus.execute(OpenWallet(customer_id=person.id))
    await bank.catch_up()
    return person


async def happens(bank: Shop, person: Person, deed: str, **metadata: Any) -> None:
    """Let something happen to the wallet, and let the read models see it."""
    store = Store(bank.backend.event_log, bank.clock.now())
    wallet = await store.get(Wallet, Wallet.id_of(person.id))
    match deed:
        case "grant":
            end = store.now + timedelta(minutes=1)
            wallet.grant(
                uuid4(),
                Grant(credits=70, credit_class="promotional", origin="manual", expires_at=end),
            )
        case "hold" if wallet.available > 30:
            wallet.hold(uuid4(), credits=30, purpose="generation", deadline=store.now)
        case "capture" if wallet.holds:
            wallet.capture(next(iter(wallet.holds)))
        case "release" if wallet.holds:
            wallet.release(next(iter(wallet.holds)), reason="failed")
        case "expire":
            bank.clock.pass_(minutes=1)
            wallet.at(bank.clock.now()).expire()
    events = [each for each in wallet.collect_events() if isinstance(each, Event)]
    command_id = uuid4()
    said: dict[str, Any] = {"command": "Test", "correlation_id": command_id} | metadata
    facts = Metadata(command_id=command_id, **said)
    await bank.backend.event_log.append(Append(events=events, metadata=facts))
    await bank.catch_up()


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
async def test_what_was_is_told_as_it_was_told_then(bank: Shop, deeds: list[str]) -> None:
    ayse, mehmet = await opened(bank), await opened(bank)
    seen = []
    for deed in ["", *deeds]:
        await happens(bank, ayse, deed)
        seen.append(await seen_by(bank, ayse, QUERIES))
        await happens(bank, mehmet, "grant")
    for each in seen:
        await must_be_told_again(bank, ayse, each)
    now = (await head(bank))[1].isoformat()
    assert await told(bank, ayse, QUERIES, as_of=now) == await told(bank, ayse, QUERIES)


async def test_an_answer_about_the_past_says_so(bank: Shop) -> None:
    ayse = await opened(bank)
    position, _ = await head(bank)
    await happens(bank, ayse, "grant")
    answer = await ask(bank, ayse, "/wallet", as_of=position)
    assert answer.json() == {
        "balance": 500,
        "held": 0,
        "available": 500,
        "expiring": [{"credits": 500, "expires_at": "2026-05-30T09:00:00Z"}],
    }
    assert answer.headers["Consistency"] == "historical"
    assert answer.headers["Position"] == str(position)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


@pytest.mark.parametrize(
    "bad",
    ["", "x", "-1", "1.5", "2026-03-01", "2026-03-01T09:00:00", "2026-13-01T09:00:00Z", "9" * 16],
)
@pytest.mark.parametrize("query", QUERIES[:2])
async def test_a_moment_is_a_position_or_an_instant(bank: Shop, query: str, bad: str) -> None:
    answer = await ask(bank, await opened(bank), query, as_of=bad)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameters")
    (fault,) = answer.json()["errors"]
    assert (fault["parameter"], fault["code"]) == ("as_of", "as_of_malformed")


async def test_nobody_sees_the_future(bank: Shop) -> None:
    ayse = await opened(bank)
    position, instant = await head(bank)
    for moment in (position + 1, (instant + timedelta(days=1)).isoformat()):
        answer = await ask(bank, ayse, "/wallet", as_of=moment)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "as_of_in_future"
        assert str(position) in answer.json()["errors"][0]["detail"]


async def test_before_it_was_opened_there_was_no_wallet(bank: Shop) -> None:
    await opened(bank)
    before, instant = await head(bank)
    ayse = await opened(bank)
    for moment in (0, before, instant.isoformat(), "0001-01-01T00:00:00Z"):
        answer = await ask(bank, ayse, "/wallet", as_of=moment)
        assert (answer.status_code, answer.json()["code"]) == (404, "nothing_yet")
        lines = await ask(bank, ayse, "/wallet/history", as_of=moment)
        assert lines.json() == {"items": [], "next": None}


async def test_an_old_statement_is_read_page_by_page(bank: Shop) -> None:
    ayse = await opened(bank)
    for _ in range(4):
        await happens(bank, ayse, "grant")
    position, _ = await head(bank)
    await happens(bank, ayse, "grant")
    seen, cursor = [], None
    while True:
        more: dict[str, str] = {"cursor": cursor} if cursor else {}
        page = (await ask(bank, ayse, "/wallet/history?limit=2", as_of=position, **more)).json()
        seen += [item["position"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [position, position - 1, position - 2, position - 3, position - 4]


async def test_a_balance_names_what_made_it(bank: Shop) -> None:
    ayse = await opened(bank)
    position, instant = await head(bank)
    await happens(bank, ayse, "hold", actor_id=ayse.id, command="RequestGeneration")
    await happens(bank, ayse, "capture", causation_position=position, command="Finish")
    await happens(bank, ayse, "grant", actor_id=STAFF)
    shown = (await ask(bank, ayse, "/wallet", explain="true")).json()
    assert shown["explanation"]["earlier"] is None
    granted, held, captured, more = shown["explanation"]["events"]
    assert granted | {"at": ""} == {
        "position": position,
        "at": "",
        "event": "wallet.credits_granted",
        "command": "OpenWallet",
        "actor": "system",
        "cause": None,
        "documents": [],
        "changes": {"balance": 500, "available": 500},
    }
    assert datetime.fromisoformat(granted["at"]) == instant
    assert (held["actor"], held["command"]) == ("you", "RequestGeneration")
    assert held["changes"] == {"held": 30, "available": -30}
    assert [each["kind"] for each in held["documents"]] == ["generation"]
    assert captured["cause"] == {"position": position, "event": "wallet.credits_granted"}
    assert captured["changes"] == {"balance": -30, "held": -30}
    assert more["actor"] == "staff"
    assert str(STAFF) not in str(shown)
    for name in ("balance", "held", "available"):
        sums = [each["changes"].get(name, 0) for each in shown["explanation"]["events"]]
        assert sum(sums) == shown[name]


async def test_an_old_balance_names_only_what_had_happened(bank: Shop) -> None:
    ayse = await opened(bank)
    position, _ = await head(bank)
    await happens(bank, ayse, "grant")
    shown = (await ask(bank, ayse, "/wallet", as_of=position, explain="true")).json()
    assert [each["position"] for each in shown["explanation"]["events"]] == [position]


async def test_each_line_of_a_statement_names_its_event(bank: Shop) -> None:
    ayse = await opened(bank)
    await happens(bank, ayse, "hold", actor_id=ayse.id)
    for moment in ({}, {"as_of": (await head(bank))[0]}):
        lines = (await ask(bank, ayse, "/wallet/history", explain="true", **moment)).json()["items"]
        assert [line["because"]["position"] for line in lines] == [
            line["position"] for line in lines
        ]
        assert [line["because"]["changes"] for line in lines] == [
            {"credits": -30},
            {"credits": 500},
        ]
    plain = (await ask(bank, ayse, "/wallet/history")).json()["items"]
    assert "because" not in plain[0]


async def test_a_long_life_is_told_from_a_sum_on(bank: Shop) -> None:
    ayse = bank.person()
    await bank.backend.event_log.append(appending(live(Wallet.open(ayse.id, NOW), 1_100)))
    await bank.catch_up()
    shown = (await ask(bank, ayse, "/wallet", explain="true")).json()
    earlier, events = shown["explanation"]["earlier"], shown["explanation"]["events"]
    assert (earlier["events"], len(events)) == (100, 1_000)
    assert earlier["until"] == events[0]["position"] - 1
    for name in ("balance", "held", "available"):
        sums = [each["changes"].get(name, 0) for each in (earlier, *events)]
        assert sum(sums) == shown[name]


async def test_staff_see_who_it_was(bank: Shop) -> None:
    finance = bank.person("finance")
    await bank.backend.bus.execute(OpenWallet(customer_id=finance.id))
    await bank.catch_up()
    await happens(bank, finance, "grant", actor_id=STAFF)
    shown = (await ask(bank, finance, "/wallet", explain="true")).json()
    assert shown["explanation"]["events"][-1]["actor"] == str(STAFF)


async def test_what_operators_left_out_is_left_out_of_the_past_too(bank: Shop) -> None:
    ayse = await opened(bank)
    position, _ = await head(bank)
    await happens(bank, ayse, "grant")
    async with bank.backend.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO skips (name, version, position, note, operator)"
            " VALUES ('wallet_balances', 1, %s, 'test', 'test')",
            (position + 1,),
        )
    assert (await ask(bank, ayse, "/wallet", as_of=position + 1)).json()["balance"] == 500
