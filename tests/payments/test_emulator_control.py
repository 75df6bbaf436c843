"""The control API: only for this machine, only in JSON, and it keeps no secrets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from adapters.iyzico.emulator import create_emulator, running
from adapters.iyzico.emulator.shopper import PAYS
from tests.payments.merchant import INITIALIZE, call
from tests.payments.till import API_KEY, SECRET_KEY, SETTINGS, Till, till_at

HERE = ("127.0.0.1", 50000)
ELSEWHERE = ("192.0.2.7", 50000)


async def status_of(till: Till, order: str, body: object) -> int:
    """What the control API says to an order, as an HTTP status."""
    reply = await till.browser.post(f"{till.base_url}/_control/{order}", json=body)
    return reply.status_code


async def test_it_lists_all_it_can_do_and_each_can_be_read(fresh_till: Till) -> None:
    listed = await fresh_till.look("")
    for name in listed["GET"]:
        reply = await fresh_till.browser.get(f"{fresh_till.base_url}/_control/{name}")
        assert reply.status_code == httpx.codes.OK, name
    assert {"faults", "plans", "clock", "pay", "settle", "bounce"} <= set(listed["POST"])


async def test_without_it_the_front_page_names_no_payment_page() -> None:
    for enabled in (True, False):
        async with till_at(replace(SETTINGS, control_enabled=enabled)) as till:
            visit = await till.visit()
            front = await till.browser.get(f"{till.base_url}/?lang=en")
            assert front.status_code == httpx.codes.OK
            assert (visit.form.token in front.text) is enabled


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_an_order_that_is_not_json_is_refused(till: Till, media_type: str) -> None:
    reply = await till.browser.post(
        f"{till.base_url}/_control/clock",
        content=b'{"advance_seconds": 5}',
        headers={"content-type": media_type},
    )
    assert reply.status_code == httpx.codes.UNSUPPORTED_MEDIA_TYPE


async def test_json_may_tell_its_character_set(till: Till) -> None:
    reply = await till.browser.post(
        f"{till.base_url}/_control/faults/clear",
        content=b"{}",
        headers={"content-type": "application/json; charset=utf-8"},
    )
    assert reply.status_code == httpx.codes.OK


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_name_that_only_leads_here_is_refused(till: Till, method: str) -> None:
    reply = await till.browser.request(
        method, f"{till.base_url}/_control/book", headers={"host": "shop.example.org"}
    )
    assert reply.status_code == httpx.codes.FORBIDDEN


@pytest.mark.parametrize(
    ("order", "body"),
    [
        ("faults", {"call": "refund", "kind": "html", "times": 0}),
        ("faults", {"kind": "html"}),
        ("plans", {"plan": "lose"}),
        ("plans", {"plan": "drop", "times": -1}),
        ("clock", {"advance_seconds": -1}),
        ("clock", {"to": "2020-01-01T00:00:00Z"}),
        ("clock", {"to": "2030-01-01T00:00:00"}),
        ("clock", {"advance": 5}),
        ("target", {"signd": True}),
        ("habits", {"failure_status": 418}),
        ("review", {"times": -1}),
        ("ruling", {"payment_id": 1, "fraud_status": 1}),
        ("ruling", {"payment_id": 1, "fraud_status": 7}),
        ("expire", {"token": "none"}),
        ("pay", {"token": "none"}),
        ("notice", {"token": "none"}),
        ("refund_notice", {"payment_id": 1}),
        ("refunds", {"seconds": -5}),
        ("bounce", {"reference": "none"}),
        ("commission_off", {"kurus": "much"}),
        ("custom", {"token": None}),
        ("send", [1]),
    ],
)
async def test_an_order_that_can_not_be_carried_out_is_refused_and_changes_nothing(
    till: Till, order: str, body: object
) -> None:
    before = await till.look("clock")
    assert await status_of(till, order, body) == httpx.codes.UNPROCESSABLE_ENTITY
    assert (await till.look("faults"), await till.look("plans")) == ([], [])
    assert (await till.look("clock"))["now"][:16] >= before["now"][:16]


async def test_an_order_nobody_knows_is_not_found(till: Till) -> None:
    assert await status_of(till, "earthquake", {}) == httpx.codes.NOT_FOUND


async def test_a_paid_page_is_not_paid_again(till: Till) -> None:
    visit = await till.visit()
    await till.pay(visit, PAYS)
    order = {"token": visit.form.token}
    assert await status_of(till, "pay", order) == httpx.codes.UNPROCESSABLE_ENTITY


async def test_orders_that_wait_can_be_seen_and_taken_back(fresh_till: Till) -> None:
    await fresh_till.control("faults", call="refund", kind="html", times=2)
    await fresh_till.control("plans", plan="drop", token="one")
    await fresh_till.control("review", times=3)
    assert [fault["kind"] for fault in await fresh_till.look("faults")] == ["html", "html"]
    assert [plan["token"] for plan in await fresh_till.look("plans")] == ["one"]
    await fresh_till.control("faults/clear")
    assert (await fresh_till.look("faults"), await fresh_till.look("plans")) == ([], [])
    paid = await fresh_till.paid()
    assert (await fresh_till.booked(paid.payment_id))["fraud_status"] == 1


async def test_the_clock_can_be_set_forward_to_a_moment(fresh_till: Till) -> None:
    told = await fresh_till.control("clock", to="2099-05-01T12:00:00+03:00")
    assert told["now"].startswith("2099-05-01T09:00:0")


async def test_an_address_nobody_serves_is_noticed(fresh_till: Till) -> None:
    reply = await fresh_till.browser.get(f"{fresh_till.base_url}/payment/everything?key=1")
    assert reply.status_code == httpx.codes.NOT_FOUND
    assert await fresh_till.look("unexpected") == ["GET /payment/everything"]


async def test_what_is_told_has_no_key_no_signature_and_no_card(fresh_till: Till) -> None:
    visit = await fresh_till.visit()
    screen = await fresh_till.shopper.open(visit.form.page_url)
    await fresh_till.shopper.enter_card(screen, PAYS, save=True)
    answer = await call(fresh_till, "/payment/detail", body={"paymentId": "1"})
    kept = await fresh_till.look("cards")
    told = [await fresh_till.look(name) for name in (await fresh_till.look(""))["GET"] if name]
    text = json.dumps(told, ensure_ascii=False)
    assert answer["status"] == "failure"
    assert len(kept) == 1
    for secret in (API_KEY, SECRET_KEY, PAYS, "Ayşe", "IYZWSv2", "card_token"):
        assert secret not in text


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7"])  # noqa: S104 - refused
async def test_it_is_never_served_to_other_machines(host: str) -> None:
    with pytest.raises(ValueError, match="loopback"):
        async with running(create_emulator(SETTINGS), host=host):
            raise AssertionError("it was served")


@pytest.mark.parametrize(("server", "client"), [(ELSEWHERE, HERE), (HERE, ELSEWHERE), (HERE, None)])
async def test_however_it_is_served_it_answers_this_machine_only(
    server: tuple[str, int], client: tuple[str, int] | None
) -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [],
        "scheme": "http",
        "server": server,
        "client": client,
    }
    await create_emulator(SETTINGS)(scope, receive, send)
    assert sent[0]["status"] == httpx.codes.FORBIDDEN


async def test_the_clock_and_what_is_planned_survive_a_restart(tmp_path: Path) -> None:
    settings = replace(SETTINGS, database=tmp_path / "provider.db")
    async with till_at(settings) as before:
        await before.control("clock", advance_seconds=90_000)
        await before.control("faults", call="initialize", kind="rate_limit")
        await before.control("plans", plan="drop")
        now = (await before.look("clock"))["now"]
    async with till_at(settings) as after:
        assert (await after.look("clock"))["now"] >= now
        assert [plan["plan"] for plan in await after.look("plans")] == ["drop"]
        refused = await call(after, INITIALIZE, body={})
        assert refused["errorCode"] == "50000"
