"""Orders and payments over HTTP, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.payments import RecordPaymentOutcome
from application.ports import Unknown
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from domain.orders import Order
from domain.payments import PaymentAttempt
from tests.api.shop import Person
from tests.payments.checkout import Checkout, a_checkout


@pytest.fixture
async def till(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Checkout]:
    """A shop with an empty log."""
    async with a_checkout(pool, event_log, database_url) as opened:
        yield opened


@pytest.fixture
async def customer(till: Checkout) -> Person:
    return await till.customer()


async def kinds(till: Checkout) -> list[type]:
    return [type(each.event) for each in await till.log.page(0, 1000)]


async def at_the_page(till: Checkout, customer: Person) -> PaymentAttempt:
    order_id = await till.ordered(customer)
    return await till.attempt(UUID((await till.pay_page(customer, order_id)).json()["attempt_id"]))


async def test_an_order_is_committed_paid_and_read(till: Checkout, customer: Person) -> None:
    order_id = await till.paid(customer)
    answer = (await till.client.get(f"/orders/{order_id}", headers=customer.bearer)).json()
    assert (answer["state"], answer["total"]) == ("paid", {"amount": "1290.00", "currency": "TRY"})
    assert [line["gross"]["amount"] for line in answer["lines"]] == ["1260.00", "30.00"]
    assert (answer["title"], answer["payable"]) == ("Tutunamayanlar", False)
    history = await till.client.get(f"/orders/{order_id}/timeline", headers=customer.bearer)
    assert [each["kind"] for each in history.json()] == [
        "order.placed",
        "payment.form_opened",
        "order.paid",
    ]


async def test_fifty_commits_at_once_make_one_order(till: Checkout, customer: Person) -> None:
    draft_id = await till.draft_of(customer)
    answers = await asyncio.gather(
        *(
            till.client.post(f"/drafts/{draft_id}/commit", headers=customer.bearer)
            for _ in range(50)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["order_id"] for answer in answers}) == 1
    assert (await kinds(till)).count(Order.Placed) == 1


async def test_orders_are_listed_page_by_page(till: Checkout, customer: Person) -> None:
    made = [await till.ordered(customer) for _ in range(3)]
    first = (await till.client.get("/orders?limit=2", headers=customer.bearer)).json()
    rest = (
        await till.client.get(
            "/orders", params={"limit": 2, "cursor": first["next"]}, headers=customer.bearer
        )
    ).json()
    listed = [each["id"] for each in (*first["items"], *rest["items"])]
    assert sorted(listed) == sorted(str(order_id) for order_id in made)
    assert rest["next"] is None
    none = await till.client.get("/orders?state=paid", headers=customer.bearer)
    assert none.json()["items"] == []


async def test_nobody_sees_or_pays_what_is_anothers(till: Checkout, customer: Person) -> None:
    attempt = await at_the_page(till, customer)
    stranger = await till.customer()
    paths = (f"/orders/{attempt.order_id}", f"/payments/{attempt.id}")
    for path in (*paths, *(f"{paths[0]}/{each}" for each in ("timeline", "cover"))):
        answer = await till.client.get(path, headers=stranger.bearer)
        assert answer.status_code == 404, path
    assert (await till.pay_page(stranger, attempt.order_id)).status_code == 404
    cancel = await till.client.post(f"{paths[0]}/cancel", headers=stranger.bearer)
    assert cancel.status_code == 404


async def test_staff_see_all_orders_and_customers_only_theirs(
    till: Checkout, customer: Person
) -> None:
    order_id = await till.paid(customer)
    finance = till.person("finance")
    for path in ("/admin/orders", "/admin/payments", f"/orders/{order_id}/payments"):
        assert (await till.client.get(path, headers=finance.bearer)).status_code == 200, path
        assert (await till.client.get(path, headers=customer.bearer)).status_code == 403, path
    shown = await till.client.get("/admin/payments", headers=finance.bearer)
    assert shown.json()["items"][0]["state"] == "succeeded"
    assert "https://pay.test" not in shown.text


async def test_a_payment_needs_a_key_and_repeats_with_the_same_answer(
    till: Checkout, customer: Person
) -> None:
    order_id = await till.ordered(customer)
    bare = await till.client.post(f"/orders/{order_id}/payments", headers=customer.bearer)
    assert bare.status_code == 428
    first, second = [await till.pay_page(customer, order_id) for _ in range(2)]
    other = await till.pay_page(customer, order_id, key="another")
    pages = {each.json()["page_url"] for each in (first, second, other)}
    assert (first.status_code, len(pages), len(till.gateway.requests)) == (201, 1, 1)


async def test_a_provider_that_is_away_is_asked_again_with_the_same_key(
    till: Checkout, customer: Person
) -> None:
    order_id = await till.ordered(customer)
    till.gateway.next_checkouts.append(Unknown("timeout"))
    answer = await till.pay_page(customer, order_id)
    assert (answer.status_code, answer.json()["code"]) == (503, "payment_page_unavailable")
    assert "Retry-After" in answer.headers
    assert (await till.pay_page(customer, order_id)).json()["page_url"]


async def test_the_browser_comes_back_without_a_session_and_sees_the_result(
    till: Checkout, customer: Person
) -> None:
    attempt = await at_the_page(till, customer)
    till.gateway.pay(attempt.token)
    answer = await till.come_back(attempt.id, attempt.token)
    assert answer.status_code == 303
    page = await till.client.get(
        answer.headers["Location"].removeprefix("/api/v1"), headers={"Accept-Language": "en"}
    )
    assert "Your payment has arrived" in page.text
    assert (await till.order(attempt.order_id)).number in page.text
    assert attempt.token not in page.text


async def test_the_page_of_a_payment_whose_order_is_called_off_promises_no_order(
    till: Checkout, customer: Person
) -> None:
    attempt = await at_the_page(till, customer)
    till.gateway.pay(attempt.token)
    place = (await till.come_back(attempt.id, attempt.token)).headers["Location"]
    answer = await till.client.post(f"/orders/{attempt.order_id}/cancel", headers=customer.bearer)
    assert answer.is_success, answer.text
    page = await till.client.get(place.removeprefix("/api/v1"))
    assert "Siparişiniz iptal edildi" in page.text
    assert "hazırlanmaya başlıyor" not in page.text


async def test_a_return_with_a_foreign_token_is_not_found(till: Checkout, customer: Person) -> None:
    attempt = await at_the_page(till, customer)
    before = await kinds(till)
    foreign = await till.come_back(attempt.id, "foreign")
    assert foreign.status_code == 404
    assert "Böyle bir ödeme yok" in foreign.text
    assert (await till.come_back(uuid4(), attempt.token)).status_code == 404
    assert (await till.client.get(f"/payments/{uuid4()}/result")).status_code == 404
    assert await kinds(till) == before


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"token",
        b"token=",
        b"t\xff=%zz",
        b"token=a&token=b",
        b"a=1&" * 100,
        b"token=" + b"x" * 9999,
    ],
)
async def test_a_return_with_anything_but_a_token_is_a_page_and_no_change(
    till: Checkout, customer: Person, form: bytes
) -> None:
    attempt = await at_the_page(till, customer)
    before = await kinds(till)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    answer = await till.client.post(f"/payments/{attempt.id}/return", content=form, headers=kind)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert await kinds(till) == before


async def test_three_sides_confirm_at_once_on_a_real_log(till: Checkout, customer: Person) -> None:
    attempt = await at_the_page(till, customer)
    paid = till.gateway.pay(attempt.token)
    barrier = asyncio.Barrier(3)

    async def confirm() -> None:
        await barrier.wait()
        await till.backend.bus.execute(
            RecordPaymentOutcome(attempt_id=attempt.id, outcome=paid, asked_at=till.clock.now())
        )

    await asyncio.gather(*(confirm() for _ in range(3)))
    happened = await kinds(till)
    assert (happened.count(Order.Paid), happened.count(PaymentAttempt.Succeeded)) == (1, 1)


async def test_a_cancelled_order_gets_its_money_back(till: Checkout, customer: Person) -> None:
    order_id = await till.paid(customer)
    answer = await till.command(f"/orders/{order_id}/cancel", customer)
    assert answer.status_code == 200
    await till.carry_out()
    shown = (await till.client.get(f"/orders/{order_id}", headers=customer.bearer)).json()
    assert (shown["state"], shown["refund_state"], shown["refunded"]["amount"]) == (
        "cancelled",
        "fully",
        "1290.00",
    )
    again = await till.pay_page(customer, order_id, key="again")
    assert (again.status_code, again.json()["code"]) == (409, "order_not_payable")


async def test_finance_gives_a_part_back(till: Checkout, customer: Person) -> None:
    order_id = await till.paid(customer)
    finance = till.person("finance")
    line = (await till.order(order_id)).lines[1].line_id
    part = {"line_id": str(line), "amount": {"amount": "10.00", "currency": "TRY"}}
    body = {"reason": "damaged", "parts": [part]}
    headers = finance.bearer | {"Idempotency-Key": "refund"}
    for _ in range(2):
        answer = await till.client.post(f"/orders/{order_id}/refunds", json=body, headers=headers)
        assert answer.status_code == 202
    forbidden = await till.client.post(
        f"/orders/{order_id}/refunds",
        json=body,
        headers=customer.bearer | {"Idempotency-Key": "refund"},
    )
    assert forbidden.status_code == 403
    await till.carry_out()
    money = (await till.client.get(f"/orders/{order_id}/payments", headers=finance.bearer)).json()
    assert [refund["state"] for refund in money["refunds"]] == ["refunded"]
    assert money["attempts"][0]["refunded"]["amount"] == "10.00"


async def test_the_clean_cover_is_for_those_who_have_paid(till: Checkout, customer: Person) -> None:
    waiting = await till.ordered(customer)
    assert (
        await till.client.get(f"/orders/{waiting}/cover", headers=customer.bearer)
    ).status_code == 404
    order_id = await till.paid(customer)
    link = (await till.client.get(f"/orders/{order_id}/cover", headers=customer.bearer)).json()
    assert link["url"].startswith("/api/v1/files/")
    await till.command(f"/orders/{order_id}/cancel", customer)
    gone = await till.client.get(f"/orders/{order_id}/cover", headers=customer.bearer)
    assert gone.status_code == 404
