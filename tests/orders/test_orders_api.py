"""Orders over HTTP for customers and staff, on a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from api.orders.words import FILE
from api.phrases import phrases_of
from application.identity import RegisterDemoPerson
from application.orders import StartProduction
from domain.orders import Order, number_begun
from domain.shipments import Shipment
from projections.orders.rows import words_of
from projections.orders.timeline import TOLD
from tests.api.shop import Person
from tests.payments.checkout import Checkout, a_checkout

HOME = {
    "name": "Ali Veli",
    "line": "Atatürk Bulvarı 7",
    "district": "Çankaya",
    "province": "Ankara",
}
FOUND = httpx.codes.OK


@pytest.fixture
async def till(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Checkout]:
    """A shop with an empty log."""
    async with a_checkout(pool, event_log, database_url) as opened:
        yield opened


@pytest.fixture
async def customer(till: Checkout) -> Person:
    return await till.customer()


@pytest.fixture
async def staff(till: Checkout) -> Person:
    """Somebody in finance, who has a name."""
    return await till.finance()


async def asked(till: Checkout, person: Person, path: str, **query: Any) -> Any:
    """What somebody sees."""
    headers = person.bearer | {"Accept-Language": query.pop("language", "en")}
    answer = await till.client.get(path, params=query, headers=headers)
    assert answer.status_code == FOUND, answer.text
    return answer.json()


async def found(till: Checkout, staff: Person, **query: Any) -> set[str]:
    """The orders that staff find."""
    items = (await asked(till, staff, "/admin/orders", **query))["items"]
    return {each["id"] for each in items}


async def held(till: Checkout, staff: Person, order_id: UUID) -> str:
    body = {"kind": "fraud", "reason": "Kart başkasının"}
    answer = await till.command(f"/admin/orders/{order_id}/holds", staff, json=body)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return str(answer.json()["hold_id"])


async def test_staff_hold_an_order_and_let_it_go(
    till: Checkout, customer: Person, staff: Person
) -> None:
    order_id = await till.paid(customer)
    hold_id = await held(till, staff, order_id)
    seen = await asked(till, staff, f"/admin/orders/{order_id}")
    assert [(each["kind"], each["reason"]) for each in seen["holds"]] == [
        ("fraud", "Kart başkasının")
    ]
    assert str(order_id) in await found(till, staff, held=True)
    assert (await asked(till, customer, f"/orders/{order_id}"))["held"]
    answer = await till.command(f"/admin/orders/{order_id}/holds/{hold_id}/release", staff)
    assert answer.status_code == FOUND
    assert str(order_id) not in await found(till, staff, held=True)


async def test_the_customer_reads_a_plain_history_without_what_is_for_staff(
    till: Checkout, customer: Person, staff: Person
) -> None:
    order_id = await till.paid(customer)
    await held(till, staff, order_id)
    for shown_to in ("staff", "customer"):
        note = {"text": f"Bu {shown_to} için", "shown_to": shown_to}
        await till.command(f"/admin/orders/{order_id}/notes", staff, json=note)
    history = await asked(till, customer, f"/orders/{order_id}/timeline")
    texts = [each["text"] for each in history]
    assert texts[-3:] == [
        "We received your payment of ₺1,290.00.",
        "Our team is checking your order before it goes on.",
        "Bu customer için",
    ]
    assert "fraud" not in str(history)
    assert "Bu staff" not in str(history)
    turkish = await asked(till, customer, f"/orders/{order_id}/timeline", language="tr")
    assert turkish[-3]["text"] == "1.290,00 ₺ tutarındaki ödemeniz alındı."


async def test_a_cancel_just_after_the_payment_is_told_as_it_is(
    till: Checkout, customer: Person
) -> None:
    order_id = await till.paid(customer)
    assert (await till.command(f"/orders/{order_id}/cancel", customer)).status_code == FOUND
    await till.carry_out()
    history = await asked(till, customer, f"/orders/{order_id}/timeline")
    told = {each["kind"]: each["text"] for each in history}
    assert "invoice is undone by a return document" in told["order.cancelled"]
    assert told["payment.cancelled"] == (
        "The payment was called off; the card will not be charged."
    )
    assert told["order.money_returned"].endswith("all that you paid is returned now.")


async def test_staff_read_who_did_what_in_everything_that_belongs_to_an_order(
    till: Checkout, customer: Person, staff: Person
) -> None:
    order_id = await till.paid(customer)
    await held(till, staff, order_id)
    path = f"/admin/orders/{order_id}/timeline"
    first = await asked(till, staff, path, limit=2)
    rest = await asked(till, staff, path, cursor=first["next"])
    steps = [*first["items"], *rest["items"]]
    assert [each["position"] for each in steps] == sorted(each["position"] for each in steps)
    assert {each["about"] for each in steps} >= {"order", "payment", "order_number"}
    hold = steps[-1]
    assert (hold["kind"], hold["command"], hold["text"]) == (
        "order.held",
        "HoldOrder",
        "Kart başkasının",
    )
    assert hold["actor_id"] == str(staff.id)
    assert "Tutunamayanlar" not in str(steps)


async def test_an_address_changes_until_production_and_only_for_its_customer(
    till: Checkout, customer: Person
) -> None:
    order_id = await till.paid(customer)
    path, body = f"/orders/{order_id}/delivery", {"address": HOME}
    stranger = till.person("customer")
    assert (await till.command(path, stranger, json=body)).status_code == 404
    assert (await till.command(path, customer, json=body)).status_code == FOUND
    seen = await asked(till, customer, f"/orders/{order_id}")
    assert (seen["delivery"]["province"], seen["changeable"]) == ("Ankara", ["delivery"])
    late = await till.command(f"/orders/{order_id}/billing", customer, json=body)
    assert late.json()["code"] == "billing_fixed"
    await till.backend.bus.execute(StartProduction(order_id=order_id, print_digest="ef" * 32))
    late = await till.command(path, customer, json=body)
    assert (late.status_code, late.json()["code"]) == (httpx.codes.CONFLICT, "delivery_fixed")


async def test_the_bill_changes_while_the_payment_is_awaited(
    till: Checkout, customer: Person
) -> None:
    order_id = await till.ordered(customer)
    body = {"address": HOME, "tax_number": "1234567890", "tax_office": "Çankaya"}
    assert (
        await till.command(f"/orders/{order_id}/billing", customer, json=body)
    ).status_code == FOUND
    seen = await asked(till, customer, f"/orders/{order_id}")
    assert seen["billing"]["name"] == "Ali Veli"
    assert seen["changeable"] == ["delivery", "billing"]


async def test_of_two_admins_at_once_one_is_told_to_look_again(
    till: Checkout, customer: Person
) -> None:
    order_id = await till.paid(customer)
    version = (await asked(till, customer, f"/orders/{order_id}"))["version"]
    body = {"kind": "other", "reason": "Bakılacak"}
    answers = await asyncio.gather(
        *(
            till.client.post(
                f"/admin/orders/{order_id}/{what}",
                headers=till.person("admin").bearer | {"If-Match": f'"{version}"'},
                json=sent,
            )
            for what, sent in (("holds", body), ("cancel", None))
        )
    )
    codes = sorted(each.status_code for each in answers)
    assert codes in ([200, 412], [201, 412])
    await till.catch_up()


async def test_of_a_cancel_and_the_start_of_production_exactly_one_wins(
    till: Checkout, customer: Person
) -> None:
    for _ in range(5):
        order_id = await till.paid(customer)
        cancelled, _done = await asyncio.gather(
            till.client.post(f"/orders/{order_id}/cancel", headers=customer.bearer),
            till.backend.bus.execute(StartProduction(order_id=order_id, print_digest="ef" * 32)),
        )
        order = await till.order(order_id)
        assert order.state == ("cancelled" if cancelled.is_success else "in_production")
        assert (order.print_digest is None) == cancelled.is_success
        await till.carry_out()
        returned = (await till.order(order_id)).refund_state
        assert returned == ("fully" if cancelled.is_success else "none")


async def test_of_a_cancel_and_a_payment_no_money_is_kept_for_nothing(
    till: Checkout, customer: Person
) -> None:
    for number in range(5):
        order_id = await till.ordered(customer)
        page = await till.pay_page(customer, order_id, key=f"pay {number}")
        attempt_id = UUID(page.json()["attempt_id"])
        token = (await till.attempt(attempt_id)).token
        till.gateway.pay(token)
        await asyncio.gather(
            till.client.post(f"/orders/{order_id}/cancel", headers=customer.bearer),
            till.come_back(attempt_id, token),
        )
        await till.carry_out()
        order, attempt = await till.order(order_id), await till.attempt(attempt_id)
        assert order.state == "cancelled"
        assert all(part.amount.amount == 0 for part in attempt.left())


async def test_staff_give_back_part_of_a_line_and_see_what_is_left(
    till: Checkout, customer: Person, staff: Person
) -> None:
    order_id = await till.paid(customer)
    line = (await asked(till, customer, f"/orders/{order_id}"))["lines"][0]["line_id"]
    part = {"line_id": line, "amount": {"amount": "100.00"}}
    body = {"reason": "goodwill", "parts": [part]}
    headers = staff.bearer | {"Idempotency-Key": "refund"}
    path = f"/orders/{order_id}/refunds"
    assert (await till.client.post(path, headers=headers, json=body)).is_success
    await till.carry_out()
    seen = await asked(till, staff, f"/admin/orders/{order_id}")
    left = {each["line_id"]: each["amount"]["amount"] for each in seen["refundable"]}
    assert (left[line], seen["order"]["refunded"]["amount"]) == ("1160.00", "100.00")
    much = {"reason": "goodwill", "parts": [part | {"amount": {"amount": "1160.01"}}]}
    headers["Idempotency-Key"] = "too much"
    refused = await till.client.post(path, headers=headers, json=much)
    assert refused.json()["code"] == "refund_too_large"


async def test_staff_find_orders_by_number_words_customer_and_place(
    till: Checkout, staff: Person
) -> None:
    somebody = till.person("customer")
    await till.backend.bus.execute(
        RegisterDemoPerson(
            person_id=somebody.id,
            email="Işıl@Örnek.example",
            name="Işıl",
            language="tr",
            password_hash="plain",
        )
    )
    order_id = str(await till.paid(somebody))
    await till.command(f"/orders/{order_id}/delivery", somebody, json={"address": HOME})
    number = (await asked(till, somebody, f"/orders/{order_id}"))["number"]
    for query in (
        {"number": number},
        {"number": number.lower().removeprefix("pk-")[:8].replace("0", "O")},
        {"title": "TUTUNAM", "email": "ışıl@örnek.example"},
        {"email": "IŞIL@ÖRNEK.EXAMPLE"},
        {"province": "ANKARA", "email": "ışıl@örnek.example"},
        {"state": "paid", "method": "upload", "refund_state": "none", "number": number},
    ):
        assert await found(till, staff, **query) == {order_id}, query
    for query in ({"title": "korkuyu beklerken"}, {"email": "nobody@example.org"}):
        assert await found(till, staff, **query) == set()
    placed = till.clock.now()
    early, late = placed - timedelta(days=1), placed + timedelta(days=1)
    assert order_id in await found(till, staff, since=early.isoformat(), until=late.isoformat())
    assert order_id not in await found(till, staff, since=late.isoformat())
    now = str(await till.log.head())
    assert await found(till, staff, number=number, as_of=now) == {order_id}
    assert await found(till, staff, number=number, held=True, as_of=now) == set()


@pytest.mark.parametrize("moment", ["2026", "2026-03-01T00:00:00", "2026-03-01", "soon", ""])
async def test_moments_are_searched_with_their_offset(
    till: Checkout, staff: Person, moment: str
) -> None:
    query = {"until": moment}
    answer = await till.client.get("/admin/orders", params=query, headers=staff.bearer)
    assert answer.status_code == 422
    assert [each["parameter"] for each in answer.json()["errors"]] == ["until"]


async def test_pages_of_what_was_found_hang_together(till: Checkout, staff: Person) -> None:
    somebody = till.person("customer")
    made = {str(await till.ordered(somebody)) for _ in range(5)}
    seen: list[str] = []
    query: dict[str, Any] = {"state": "awaiting_payment", "title": "tutunamayanlar", "limit": 2}
    while True:
        page = await asked(till, staff, "/admin/orders", **query)
        seen += [each["id"] for each in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


async def test_fifty_commits_with_keys_of_their_own_make_one_order(
    till: Checkout, customer: Person
) -> None:
    draft_id = await till.draft_of(customer)
    answers = await asyncio.gather(
        *(
            till.client.post(
                f"/drafts/{draft_id}/commit",
                headers=customer.bearer | {"Idempotency-Key": f"commit {number}"},
            )
            for number in range(50)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({(each.json()["order_id"], each.json()["number"]) for each in answers}) == 1
    recorded = [each.event for each in await till.log.page(0, 10_000)]
    placed = [each for each in recorded if isinstance(each, Order.Placed)]
    assert sum(each.purchase.draft_id == draft_id for each in placed) == 1


def test_everything_in_a_history_has_its_words() -> None:
    assert {kind.TOPIC for kind in TOLD} <= {name.partition("/")[0] for name in phrases_of(FILE)}
    assert {kind.TOPIC for kind in TOLD} <= phrases_of(FILE).keys()


@pytest.mark.parametrize(
    "status",
    ["in_transit", "out_for_delivery", "exception", "delivered", "lost", "returned", "cancelled"],
)
def test_where_a_parcel_is_has_words_of_its_own(status: str) -> None:
    assert f"{Shipment.StatusReported.TOPIC}/{status}" in phrases_of(FILE)


@pytest.mark.parametrize(
    ("typed", "begins"),
    [
        ("pk-7h2k9", "PK-7H2K9"),
        ("7h2k9 w4m", "PK-7H2K9-W4M"),
        ("PK7H2K9W4M1P", "PK-7H2K9-W4M1P"),
        ("oil", "PK-011"),
        ("", "PK-"),
    ],
)
def test_a_number_is_found_however_it_is_typed(typed: str, begins: str) -> None:
    assert number_begun(typed) == begins


@pytest.mark.parametrize("typed", ["ISPARTA'DA", "ısparta", "Isparta", "ISPART"])
def test_capital_letters_and_turkish_dots_do_not_matter(typed: str) -> None:
    begun = words_of(typed).split()[0]
    assert f" {begun}" in words_of("Bir Yaz, Isparta’da: İĞDE")
