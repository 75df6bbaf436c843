"""Orders as they were, and what made their amounts, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from application.orders import StartProduction
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from projections.invoices import invoices
from projections.reads import Reads
from projections.runner import Projector
from tests.api.moments import ask, head, must_be_told_again, seen_by, told
from tests.api.shop import Person
from tests.payments.checkout import MODELS, Checkout

DEEDS = st.lists(
    st.sampled_from(["order", "pay", "cancel", "refund", "produce"]), min_size=2, max_size=5
)


@pytest.fixture
async def till(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Checkout]:
    """A shop at whose till one can pay; its clock goes with the database's."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    checkout = Checkout(pool, event_log, reads)
    checkout.projector = Projector(pool, event_log, [*MODELS, invoices])
    checkout.clock.set(datetime.now(UTC))
    await checkout.begin()
    yield checkout
    await reads.stop()


async def happens(till: Checkout, person: Person, deed: str, *, made: list[UUID]) -> None:
    """Do something to the newest order, if it can be done."""
    match deed:
        case "order":
            made.append(await till.ordered(person))
        case "pay":
            made.append(await paid(till, person))
        case "cancel":
            await till.client.post(f"/orders/{made[-1]}/cancel", headers=person.bearer)
            await till.carry_out()
        case "refund":
            await refund(till, made[-1])
        case "produce":
            command = StartProduction(order_id=made[-1], print_digest="a" * 64)
            await till.backend.bus.execute(command)


async def paid(till: Checkout, person: Person) -> UUID:
    """An order whose shopper has paid; unlike the till's own, as often as one likes."""
    order_id = await till.ordered(person)
    page = await till.pay_page(person, order_id, key=uuid4().hex)
    attempt = await till.attempt(UUID(page.json()["attempt_id"]))
    till.gateway.pay(attempt.token)
    await till.come_back(attempt.id, attempt.token)
    return order_id


async def refund(till: Checkout, order_id: UUID) -> None:
    """Finance gives 10.00 of the cargo back, if it was paid."""
    line = (await till.order(order_id)).lines[1].line_id
    part = {"line_id": str(line), "amount": {"amount": "10.00", "currency": "TRY"}}
    headers = till.person("finance").bearer | {"Idempotency-Key": uuid4().hex}
    body = {"reason": "damaged", "parts": [part]}
    await till.client.post(f"/orders/{order_id}/refunds", json=body, headers=headers)
    await till.carry_out()


def queries_about(made: list[UUID]) -> list[str]:
    """Everything that is told of these orders."""
    states = ("awaiting_payment", "paid", "cancelled", "in_production")
    lists = [f"/orders?state={state}" for state in states]
    return ["/orders", "/orders?limit=1", *lists, *(f"/orders/{each}" for each in made)]


@settings(
    max_examples=4,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(deeds=DEEDS)
async def test_orders_were_as_they_were_told_then(till: Checkout, deeds: list[str]) -> None:
    ayse = await till.customer()
    made = [await till.ordered(ayse)]
    seen = [await seen_by(till, ayse, queries_about(made))]
    for deed in deeds:
        await happens(till, ayse, deed, made=made)
        seen.append(await seen_by(till, ayse, queries_about(made)))
    for each in seen:
        await must_be_told_again(till, ayse, each)
    now, queries = (await head(till))[1].isoformat(), queries_about(made)
    assert await told(till, ayse, queries, as_of=now) == await told(till, ayse, queries)


async def test_everybodys_orders_were_as_staff_was_told_then(till: Checkout) -> None:
    queries = ["/admin/orders", "/admin/orders?limit=1", "/admin/orders?state=cancelled"]
    staff = till.person("finance")
    ayse, mehmet = await till.customer(), await till.customer()
    made = [await till.ordered(ayse)]
    seen = [await seen_by(till, staff, queries)]
    for person, deed in ((mehmet, "order"), (mehmet, "cancel"), (ayse, "pay")):
        await happens(till, person, deed, made=made)
        seen.append(await seen_by(till, staff, queries))
    for each in seen:
        await must_be_told_again(till, staff, each)
    before, _ = await head(till)
    assert (await ask(till, ayse, "/admin/orders", as_of=before)).status_code == 403


async def test_staff_see_old_orders_and_strangers_do_not(till: Checkout) -> None:
    ayse = await till.customer()
    before, _ = await head(till)
    order_id = await till.ordered(ayse)
    after, _ = await head(till)
    path = f"/orders/{order_id}"
    expected = {(ayse, before): 404, (ayse, after): 200}
    for role, then in (("admin", 200), ("finance", 200), ("customer", 404)):
        person = till.person(role)
        expected |= {(person, before): 404, (person, after): then}
    for (person, moment), status in expected.items():
        assert (await ask(till, person, path, as_of=moment)).status_code == status
    nothing = (await ask(till, ayse, path, as_of=before)).json()["code"]
    foreign = (await ask(till, till.person(), path, as_of=before)).json()["code"]
    assert (nothing, foreign) == ("nothing_yet", "not_found")


async def test_an_old_order_has_no_etag(till: Checkout) -> None:
    ayse = await till.customer()
    order_id = await till.ordered(ayse)
    position, _ = await head(till)
    answer = await ask(till, ayse, f"/orders/{order_id}", as_of=position)
    assert answer.headers["Consistency"] == "historical"
    assert "ETag" not in answer.headers


async def test_an_order_names_what_made_its_amounts(till: Checkout) -> None:
    ayse = await till.customer()
    order_id = await till.paid(ayse)
    await refund(till, order_id)
    path = f"/orders/{order_id}"
    shown = (await ask(till, ayse, path, explain="true")).json()
    placed, returned = shown["explanation"]["events"]
    assert (placed["event"], placed["command"]) == ("order.placed", "CommitDraft")
    assert placed["actor"] == "you"
    assert placed["changes"] == {
        "total": shown["total"],
        "lines/0/gross": shown["lines"][0]["gross"],
        "lines/1/gross": shown["lines"][1]["gross"],
    }
    assert [each["kind"] for each in placed["documents"]] == ["invoice", "payment"]
    assert returned["event"] == "order.money_returned"
    assert returned["changes"] == {"refunded": {"amount": "10.00", "currency": "TRY"}}
    assert returned["actor"] == "system"
    full = (await ask(till, till.person("finance"), path, explain="true")).json()
    assert full["explanation"]["events"][0]["actor"] == str(ayse.id)
    assert (await ask(till, till.person(), path, explain="true")).status_code == 404
    assert "explanation" not in (await ask(till, ayse, path)).json()
