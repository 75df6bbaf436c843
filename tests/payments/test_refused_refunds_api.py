"""Over HTTP: finance tries refused refunds again, or records that our own bank paid them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.ports import Declined
from tests.api.shop import Person
from tests.payments.checkout import Checkout, a_checkout

NO = Declined(group="NOT_PERMITTED", code="5093", message="no")
REFERENCE = {"reference": "EFT 2026-03-01/17"}


@pytest.fixture
async def till(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Checkout]:
    """A shop with an empty log."""
    async with a_checkout(pool, event_log, database_url) as opened:
        yield opened


async def refused(till: Checkout) -> tuple[str, UUID]:
    """The path of a refund that the provider refused, and its order."""
    order_id = await till.paid(await till.customer())
    order = await till.order(order_id)
    part = {
        "line_id": str(order.lines[0].line_id),
        "amount": {"amount": "60.00", "currency": "TRY"},
    }
    till.gateway.next_refunds.append(NO)
    asked = await till.client.post(
        f"/orders/{order_id}/refunds",
        json={"reason": "damaged", "parts": [part]},
        headers=till.person("admin").bearer | {"Idempotency-Key": "refund"},
    )
    assert asked.status_code == httpx.codes.ACCEPTED, asked.text
    await till.carry_out()
    assert order.paid_attempt
    [refund_id] = (await till.attempt(order.paid_attempt)).refunds
    return f"/payments/{order.paid_attempt}/refunds/{refund_id}", order_id


async def post(till: Checkout, path: str, person: Person, body: Any = None) -> httpx.Response:
    """Ask once, under a key that is the path's."""
    headers = person.bearer | {"Idempotency-Key": path.rsplit("/", 1)[1]}
    return await till.client.post(path, json=body, headers=headers)


async def states(till: Checkout, order_id: UUID, person: Person) -> list[str]:
    """How the order's refunds stand."""
    shown = await till.client.get(f"/orders/{order_id}/payments", headers=person.bearer)
    return [refund["state"] for refund in shown.json()["refunds"]]


async def test_finance_tries_a_refused_refund_again(till: Checkout) -> None:
    person = await till.finance()
    path, order_id = await refused(till)
    first = await post(till, f"{path}/retry", person)
    assert first.status_code == httpx.codes.ACCEPTED, first.text
    assert (await post(till, f"{path}/retry", person)).json() == first.json()
    await till.carry_out()
    assert sorted(await states(till, order_id, person)) == ["failed", "refunded"]
    assert (await till.order(order_id)).refunded.amount == 60


async def test_finance_records_that_our_bank_paid(till: Checkout) -> None:
    person = await till.finance()
    path, order_id = await refused(till)
    answer = await post(till, f"{path}/paid-outside", person, REFERENCE)
    assert answer.status_code == httpx.codes.OK, answer.text
    await till.catch_up()
    assert await states(till, order_id, person) == ["outside"]
    assert (await till.order(order_id)).refunded.amount == 60
    too_late = await post(till, f"{path}/retry", person)
    assert (too_late.status_code, too_late.json()["code"]) == (409, "refund_not_refused")


async def test_others_do_not_and_nobody_decides_about_what_is_not_there(till: Checkout) -> None:
    person = await till.finance()
    path, _ = await refused(till)
    for role in ("admin", "customer"):
        other = till.person(role)
        for action, body in (("retry", None), ("paid-outside", REFERENCE)):
            assert (await post(till, f"{path}/{action}", other, body)).status_code == 403
    unknown = f"{path.rsplit('/', 1)[0]}/{UUID(int=5)}"
    answer = await post(till, f"{unknown}/retry", person)
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_refund")


@pytest.mark.parametrize("reference", ["", "x", "Ayşe Yılmaz", "a" * 61, "EFT\n17", "EFT; 17"])
async def test_a_reference_is_the_banks_and_names_nobody(till: Checkout, reference: str) -> None:
    person = await till.finance()
    path, _ = await refused(till)
    answer = await post(till, f"{path}/paid-outside", person, {"reference": reference})
    assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY
    assert answer.json()["errors"][0]["pointer"] == "/reference"


async def test_a_cancelled_order_says_that_its_payment_was_called_off(till: Checkout) -> None:
    customer = await till.customer()
    order_id = await till.paid(customer)
    await till.command(f"/orders/{order_id}/cancel", customer)
    await till.carry_out()
    staff = till.person("admin")
    shown = (await till.client.get(f"/orders/{order_id}/payments", headers=staff.bearer)).json()
    [attempt] = shown["attempts"]
    assert (attempt["provider"], attempt["cancel"]) == ("iyzico", "done")
    assert attempt["refunded"] == attempt["paid"]
    assert [refund["state"] for refund in shown["refunds"]] == ["refunded", "refunded"]
    assert {refund["reason"] for refund in shown["refunds"]} == {"cancelled"}
