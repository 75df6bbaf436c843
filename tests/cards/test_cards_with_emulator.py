"""From the box on the provider's page to the deleted card: the real application, the emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from msgspec.structs import replace

from adapters.iyzico.emulator.shopper import PAYS, Screen
from adapters.iyzico.offers import IyzicoInstallments
from adapters.iyzico.vault import IyzicoCards
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from application.cards import ForgetCard
from application.ports import CardVault, Installments
from application.processes import cards as _cards  # noqa: F401  # registers reactions
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.store import Store
from application.work import reactions_to
from domain.cards import SavedCards
from projections.cards import card_books
from projections.reads import Reads
from projections.runner import Projector
from tests.api.shop import Person
from tests.payments.checkout import MODELS, Checkout
from tests.payments.till import Till, till_at
from workers.cards import forget_card


class CardShop(Checkout):
    """A shop whose customers may have cards saved."""

    def __init__(self, pool: Pool, event_log: PostgresLog, reads: Reads, till: Till) -> None:
        super().__init__(pool, event_log, reads, provider=till.gateway)
        self.vault = IyzicoCards(till.merchant)
        more = {CardVault: self.vault, Installments: IyzicoInstallments(till.merchant)}
        self.backend = replace(self.backend, ports={**self.backend.ports, **more})
        self.projector = Projector(pool, event_log, [*MODELS, card_books])
        self._open()

    async def cards(self, person: Person) -> list[dict[str, Any]]:
        """What somebody sees of their cards."""
        await self.catch_up()
        answer = await self.client.get("/cards", headers=person.bearer)
        assert answer.status_code == httpx.codes.OK, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def delete_what_was_removed(self) -> None:
        """Do the jobs by which the provider deletes cards."""
        for recorded in await self.log.page(0, 1_000):
            for wish in reactions_to(recorded):
                if isinstance(wish.intent, ForgetCard):
                    command = await forget_card(wish.intent, self.vault, self.log, clock=self.clock)
                    if command:
                        await self.backend.bus.execute(command)  # type: ignore[arg-type]  # one command


@pytest.fixture
async def till() -> AsyncIterator[Till]:
    """A provider of this test's own."""
    async with till_at() as opened:
        yield opened


@pytest.fixture
async def shop(
    pool: Pool, event_log: PostgresLog, database_url: str, till: Till
) -> AsyncIterator[CardShop]:
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    try:
        opened = CardShop(pool, event_log, reads, till)
        await opened.catch_up()
        yield opened
    finally:
        await reads.stop()


async def page(shop: CardShop, till: Till, person: Person, key: str = "pay") -> tuple[UUID, Screen]:
    """An order of theirs, and the page on which it is paid."""
    order_id = await shop.ordered(person)
    answer = await shop.pay_page(person, order_id, key)
    assert answer.status_code == httpx.codes.CREATED, answer.text
    return order_id, await till.shopper.open(answer.json()["page_url"])


async def back(shop: CardShop, screen: Screen) -> None:
    """The browser comes back from the provider's page."""
    assert screen.leads_back
    assert screen.form
    path = httpx.URL(screen.form.action).path.removeprefix("/api/v1")
    answer = await shop.client.post(path, data=screen.form.fields)
    assert answer.status_code == httpx.codes.SEE_OTHER


async def save_a_card(shop: CardShop, till: Till, person: Person) -> dict[str, Any]:
    """Pay an order with a card, and have the provider keep it."""
    _, screen = await page(shop, till, person, "first")
    assert screen.may_save
    assert screen.saved_cards == ()
    await back(shop, await till.shopper.enter_card(screen, PAYS, save=True))
    [card] = await shop.cards(person)
    return card


async def test_a_card_saved_on_the_page_pays_the_next_order(shop: CardShop, till: Till) -> None:
    person = await shop.customer()
    card = await save_a_card(shop, till, person)
    assert card.keys() == {"card_id", "last_four", "association", "family", "bank", "saved_at"}
    assert (card["last_four"], card["family"]) == (PAYS[-4:], "Axess")
    order_id, screen = await page(shop, till, person, "second")
    [token] = screen.saved_cards
    await back(shop, await till.shopper.choose_saved_card(screen, token))
    assert (await shop.order(order_id)).state == "paid"
    assert len(await shop.cards(person)) == 1


async def test_a_removed_card_is_gone_here_at_once_and_there_soon(
    shop: CardShop, till: Till
) -> None:
    person = await shop.customer()
    card = await save_a_card(shop, till, person)
    book = await Store(shop.log, shop.clock.now()).get(SavedCards, SavedCards.id_of(person.id))
    holder = book.card_user_key
    assert await shop.vault.cards(holder)
    for _ in range(2):
        answer = await shop.command(f"/cards/{card['card_id']}/remove", person)
        assert answer.status_code == httpx.codes.OK, answer.text
    assert await shop.cards(person) == []
    _, screen = await page(shop, till, person, "third")
    assert screen.saved_cards == ()
    await shop.delete_what_was_removed()
    assert await shop.vault.cards(holder) == ()
    book = await Store(shop.log, shop.clock.now()).get(SavedCards, SavedCards.id_of(person.id))
    assert not book.leaving


async def test_nobody_sees_or_removes_anothers_card(shop: CardShop, till: Till) -> None:
    person, stranger = await shop.customer(), shop.person("customer")
    card = await save_a_card(shop, till, person)
    assert await shop.cards(stranger) == []
    answer = await shop.command(f"/cards/{card['card_id']}/remove", stranger)
    assert answer.status_code == httpx.codes.OK
    assert await shop.cards(person) == [card]


async def test_instalments_are_told_by_the_card_and_never_by_its_number(
    shop: CardShop, till: Till
) -> None:
    person = await shop.customer()
    order_id, screen = await page(shop, till, person)
    path = f"/orders/{order_id}/installments"
    for prefix in (PAYS[:6], PAYS[:8]):
        answer = await shop.client.get(f"{path}?card_prefix={prefix}", headers=person.bearer)
        told = answer.json()
        assert told["price"] == {"amount": "1290.00", "currency": "TRY"}
        [offer] = told["offers"]
        assert (offer["family"], offer["credit"]) == ("Axess", True)
        assert [plan["installments"] for plan in offer["plans"]] == list(screen.installments)
        single, *more = offer["plans"]
        assert single["total"]["amount"] == "1290.00"
        assert single["surcharge"]["amount"] == "0.00"
        assert all(float(plan["surcharge"]["amount"]) > 0 for plan in more)
    every = (await shop.client.get(path, headers=person.bearer)).json()["offers"]
    assert {offer["family"] for offer in every} > {"Axess"}
    for wrong in (PAYS[:5], PAYS[:7], PAYS[:9], "abcdef", ""):
        answer = await shop.client.get(f"{path}?card_prefix={wrong}", headers=person.bearer)
        assert answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY, wrong
        assert answer.json()["errors"][0]["parameter"] == "card_prefix"
    whole = await shop.client.get(f"{path}?card_prefix={PAYS}", headers=person.bearer)
    assert whole.json()["code"] == "card_number_given"
    unknown = await shop.client.get(f"{path}?card_prefix=400000", headers=person.bearer)
    assert unknown.json()["offers"] == []
    stranger = shop.person("customer")
    assert (await shop.client.get(path, headers=stranger.bearer)).status_code == 404


@pytest.mark.parametrize("fault", ["reset_before", "http_500", "html", "rate_limit"])
async def test_instalments_are_not_made_up_while_the_provider_is_away(
    shop: CardShop, till: Till, fault: str
) -> None:
    person = await shop.customer()
    order_id, _ = await page(shop, till, person)
    await till.control("faults", call="installments", kind=fault)
    path = f"/orders/{order_id}/installments"
    answer = await shop.client.get(path, headers=person.bearer)
    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert answer.json()["code"] == "installments_unavailable"
    assert answer.headers["Retry-After"]
    assert (await shop.client.get(path, headers=person.bearer)).status_code == httpx.codes.OK
