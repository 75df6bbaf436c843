"""Buying credits over HTTP with the real gateway against the emulator, and having them refunded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace

from adapters.iyzico.emulator.shopper import PAYS
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from application.processes import purchases as _purchases  # noqa: F401  # registers reactions
from application.store import Store
from application.terms import Terms
from domain.wallet import Wallet
from projections.base import AnyReadModel
from projections.invoices import invoices
from projections.purchases import credit_purchases
from projections.reads import Reads
from projections.replay import verify
from projections.runner import Projector
from projections.wallet import wallet_balances, wallet_statements
from projections.wallet_lots import wallet_entries, wallet_uses
from tests.api.shop import Person
from tests.orders.credits import Spend, record, spent
from tests.payments.checkout import MODELS, Checkout
from tests.payments.till import Till

READ: list[AnyReadModel] = [*MODELS, credit_purchases, invoices]
READ += [wallet_balances, wallet_statements, wallet_entries, wallet_uses]
BILLING = {
    "name": "Ayşe Yılmaz",
    "line": "Bağdat Caddesi 1",
    "district": "Kadıköy",
    "province": "İstanbul",
}
PACKAGE = {"package_id": "credits-500", "billing": BILLING}
REFUNDED = "80.00"


class Counter(Checkout):
    """A till at which credits are sold."""

    async def opened(self) -> Counter:
        """Ready for customers."""
        ports: dict[type, object] = {**self.backend.ports}
        ports[Terms] = Terms()
        self.backend = replace(self.backend, ports=ports)
        self._usual = self.backend
        self._open()
        self.projector = Projector(self.backend.pool, self.log, READ)
        await self.catch_up()
        return self

    async def buys(self, person: Person, body: dict[str, Any], key: str = "buy") -> httpx.Response:
        """Ask for credits."""
        headers = person.bearer | {"Idempotency-Key": key}
        return await self.client.post("/wallet/purchases", headers=headers, json=body)

    async def sees(self, person: Person, path: str) -> Any:
        """What somebody is shown."""
        await self.catch_up()
        answer = await self.client.get(path, headers=person.bearer)
        assert answer.is_success, answer.text
        return answer.json()

    async def pays(self, person: Person, order_id: str, till: Till) -> None:
        """Pay by card on the provider's page and come back."""
        answer = await self.pay_page(person, UUID(order_id), key=order_id)
        screen = await till.shopper.pay(answer.json()["page_url"], PAYS)
        assert screen.form
        path = urlsplit(screen.form.action).path.removeprefix("/api/v1")
        back = await self.client.post(path, data=screen.form.fields)
        assert back.status_code == httpx.codes.SEE_OTHER
        await self.carry_out()

    async def bought(self, person: Person, till: Till) -> str:
        """A package that was paid and granted; the order's id."""
        order_id = str((await self.buys(person, PACKAGE)).json()["order_id"])
        await self.pays(person, order_id, till)
        return order_id

    async def refund(self, person: Person, order_id: str, key: str = "refund") -> httpx.Response:
        """Ask for a refund of what is unspent."""
        headers = person.bearer | {"Idempotency-Key": key}
        return await self.client.post(f"/wallet/purchases/{order_id}/refund", headers=headers)

    async def uses(self, person: Person, decide: Spend) -> None:
        """Let a decision about somebody's wallet be taken."""
        store = Store(self.log, self.clock.now())
        wallet = await store.get(Wallet, Wallet.id_of(person.id))
        decide(wallet)
        await record(self.log, wallet)


@pytest.fixture
async def shop(
    pool: Pool, event_log: PostgresLog, database_url: str, till: Till
) -> AsyncIterator[Counter]:
    """A shop whose provider is the emulator."""
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    try:
        yield await Counter(pool, event_log, reads, provider=till.gateway).opened()
    finally:
        await reads.stop()


async def agree(shop: Counter) -> None:
    """Each read table is what the log adds up to."""
    await shop.catch_up()
    for model in READ:
        verdict = await verify(
            shop.backend.pool, shop.log, model=model, tell=lambda _progress: None
        )
        wrong = (*verdict.missing, *verdict.unexpected, *verdict.different)
        assert wrong == (), model.name


async def test_what_is_on_offer_is_told_in_both_languages(shop: Counter) -> None:
    offers = (await shop.client.get("/wallet/packages", headers={"Accept-Language": "en"})).json()
    assert [(each["name"], each["price"]["amount"]) for each in offers["packages"]] == [
        ("300 credits", "50.00"),
        ("500 credits", "80.00"),
        ("1000 credits", "150.00"),
    ]
    assert offers["amounts"] == {"least": 100, "most": 10_000, "per_credit": "0.18"}
    turkish = (await shop.client.get("/wallet/packages")).json()
    assert turkish["packages"][0]["name"] == "300 kredi"


async def test_credits_are_quoted_bought_and_seen(shop: Counter, till: Till) -> None:
    person = await shop.customer()
    quote = (await shop.client.get("/wallet/quote", params={"credits": 333})).json()
    assert quote == {
        "package_id": None,
        "credits": 333,
        "price": {"amount": "59.94", "currency": "TRY"},
    }
    body = {"credits": 333, "price": quote["price"], "billing": BILLING}
    ordered = await shop.buys(person, body)
    assert ordered.status_code == httpx.codes.CREATED, ordered.text
    order_id = ordered.json()["order_id"]
    assert ordered.headers["Location"] == f"/api/v1/orders/{order_id}"
    assert ordered.json()["total"] == quote["price"]
    await shop.pays(person, order_id, till)
    assert (await shop.sees(person, "/wallet"))["available"] == 333
    [listed] = (await shop.sees(person, "/orders"))["items"]
    told = (listed["title"], listed["method"], listed["state"], listed["preview_url"])
    assert told == ("333 kredi", "credits", "delivered", None)
    whole = await shop.sees(person, f"/orders/{order_id}")
    assert (whole["draft_id"], whole["delivery"], whole["credits"]) == (None, None, 333)
    assert whole["lines"][0]["credits"] == 333
    [purchase] = (await shop.sees(person, "/wallet/purchases"))["items"]
    assert (purchase["paid"], purchase["state"]) == (quote["price"], "delivered")
    [lot] = (await shop.sees(person, "/wallet/lots"))["items"]
    assert (lot["paid"], lot["order_id"]) == (quote["price"], order_id)
    assert lot["purchase"] == {
        "number": purchase["number"],
        "kdv_rate": "20",
        "invoice_number": "",
    }
    kinds = [each["kind"] for each in await shop.sees(person, f"/orders/{order_id}/timeline")]
    assert {"order.paid", "credit_purchase.granted", "order.delivered"} <= set(kinds)
    await agree(shop)


async def test_the_page_never_says_not_refunded_although_it_was(shop: Counter, till: Till) -> None:
    """How a purchase stands is read from the log itself, also while the read tables are behind."""
    person = await shop.customer()
    order_id = await shop.bought(person, till)
    path = f"/wallet/purchases/{order_id}"
    before = await shop.sees(person, path)
    assert (before["refundable_credits"], before["refundable"]["amount"]) == (500, REFUNDED)
    asked = await shop.refund(person, order_id)
    assert asked.status_code == httpx.codes.ACCEPTED, asked.text
    assert (asked.json()["credits"], asked.json()["amount"]["amount"]) == (500, REFUNDED)
    during = (await shop.client.get(path, headers=person.bearer)).json()
    assert [each["state"] for each in during["refunds"]] == ["requested"]
    assert (during["refundable_credits"], during["taken_back"]) == (0, 500)
    await shop.carry_out()
    after = (await shop.client.get(path, headers=person.bearer)).json()
    assert [each["state"] for each in after["refunds"]] == ["refunded"]
    assert (after["refunded"]["amount"], after["refund_state"]) == (REFUNDED, "fully")
    attempt = (await shop.order(UUID(order_id))).paid_attempt
    assert attempt
    capture = (await shop.attempt(attempt)).capture
    assert capture
    assert (await till.booked(capture.payment_id))["cancelled"]
    await agree(shop)


async def test_a_refund_after_spending_returns_the_rest_only(shop: Counter, till: Till) -> None:
    person = await shop.customer()
    order_id = await shop.bought(person, till)
    await shop.uses(person, spent(499))
    asked = (await shop.refund(person, order_id)).json()
    assert (asked["credits"], asked["amount"]["amount"]) == (1, "0.16")
    refused = await shop.refund(person, order_id, key="again")
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_unspent")
    assert "500" in refused.json()["detail"]
    await shop.carry_out()
    assert (await shop.sees(person, "/wallet"))["balance"] == 0
    await agree(shop)


async def test_fifty_requests_with_one_key_are_one_order(shop: Counter, till: Till) -> None:
    person = await shop.customer()
    answers = await asyncio.gather(*(shop.buys(person, PACKAGE) for _ in range(50)))
    made = {each.json()["order_id"] for each in answers if each.is_success}
    assert len(made) == 1
    assert {each.status_code for each in answers} <= {201, 409}
    again = await shop.buys(person, PACKAGE)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json()["order_id"] in made
    assert len((await shop.sees(person, "/orders"))["items"]) == 1
    await shop.pays(person, made.pop(), till)
    assert (await shop.sees(person, "/wallet"))["balance"] == 500
    other = await shop.buys(person, PACKAGE | {"package_id": "credits-300"})
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


async def test_a_refund_twice_with_one_key_is_one_refund(shop: Counter, till: Till) -> None:
    person = await shop.customer()
    order_id = await shop.bought(person, till)
    first = await shop.refund(person, order_id)
    second = await shop.refund(person, order_id)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.json() == first.json()


@pytest.mark.parametrize(
    ("wrong", "status", "code", "pointer"),
    [
        ({"credits": 99}, 422, "amount_not_offered", "/credits"),
        ({"credits": 10_001}, 422, "amount_not_offered", "/credits"),
        ({"credits": 0}, 422, "invalid_body", "/credits"),
        ({"credits": -100}, 422, "invalid_body", "/credits"),
        ({"credits": 10**30}, 422, "invalid_body", "/credits"),
        ({"credits": 100.5}, 422, "invalid_body", "/credits"),
        ({"credits": "100"}, 422, "invalid_body", "/credits"),
        ({"credits": True}, 422, "invalid_body", "/credits"),
        ({"credits": 500, "package_id": "credits-500"}, 422, "package_or_amount", "/credits"),
        ({}, 422, "package_or_amount", "/credits"),
        ({"package_id": "credits-501"}, 422, "unknown_package", "/package_id"),
        ({"credits": 100, "price": {"amount": "-1.00"}}, 422, "invalid_body", "/price/amount"),
        ({"credits": 100, "cost": 1}, 422, "invalid_body", "/cost"),
    ],
)
async def test_what_is_wrong_with_a_purchase_is_said_in_both_languages(
    shop: Counter, wrong: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    person = await shop.customer()
    details = []
    for language in ("tr", "en"):
        headers = person.bearer | {"Idempotency-Key": language, "Accept-Language": language}
        answer = await shop.client.post(
            "/wallet/purchases", headers=headers, json=wrong | {"billing": BILLING}
        )
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code), answer.text
        assert problem["errors"][0]["pointer"] == pointer
        details.append(problem["detail"])
    assert details[0] != details[1]


async def test_another_price_than_the_shown_one_is_a_conflict(shop: Counter) -> None:
    person = await shop.customer()
    answer = await shop.buys(person, PACKAGE | {"price": {"amount": "50.00"}})
    assert (answer.status_code, answer.json()["code"]) == (409, "price_changed")
    assert "80,00 ₺" in answer.json()["detail"]


async def test_without_a_key_or_an_account_nothing_is_bought(shop: Counter) -> None:
    person = await shop.customer()
    keyless = await shop.client.post("/wallet/purchases", headers=person.bearer, json=PACKAGE)
    assert keyless.status_code == httpx.codes.PRECONDITION_REQUIRED
    nobody = await shop.client.post(
        "/wallet/purchases", headers={"Idempotency-Key": "x"}, json=PACKAGE
    )
    assert nobody.status_code == httpx.codes.UNAUTHORIZED


async def test_a_purchase_is_seen_and_refunded_by_its_owner_and_by_finance(
    shop: Counter, till: Till
) -> None:
    person, stranger = await shop.customer(), await shop.customer()
    finance = shop.person("finance")
    order_id = await shop.bought(person, till)
    path = f"/wallet/purchases/{order_id}"
    assert (await shop.client.get(path, headers=stranger.bearer)).status_code == 404
    assert (await shop.refund(stranger, order_id)).status_code == 404
    assert (await shop.sees(finance, path))["order_id"] == order_id
    whole = {"reason": "goodwill"}
    refused = await shop.client.post(
        f"/orders/{order_id}/refunds",
        headers=finance.bearer | {"Idempotency-Key": "r"},
        json=whole,
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "credits_come_back_first")
    assert (await shop.refund(finance, order_id)).status_code == httpx.codes.ACCEPTED


async def test_a_cover_is_no_purchase_of_credits(shop: Counter) -> None:
    person = await shop.customer()
    order_id = await shop.ordered(person)
    answer = await shop.client.get(f"/wallet/purchases/{order_id}", headers=person.bearer)
    assert answer.status_code == 404
    assert (await shop.refund(person, str(order_id))).status_code == 404
