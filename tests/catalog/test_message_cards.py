"""Message cards: offered, repriced, retired, brought back."""

from __future__ import annotations

import pytest

from application.bus import Command
from application.catalog import (
    MakeMessageCard,
    PublishMessageCard,
    RepriceMessageCard,
    RetireMessageCard,
)
from domain.catalog.message_card import CardPriceNotPositive, MessageCard
from domain.shared.errors import NotFound, StaleVersion
from domain.shared.money import Money
from tests.drafts.examples import CARD, DESIGN, MAKE_CARD, PRICE
from tests.drafts.studio import NEW_CARD, Studio
from tests.generation.examples import seen
from tests.given import House

REPRICE = RepriceMessageCard(card_id=CARD, price=Money.of("60.00"))
RETIRE = RetireMessageCard(card_id=CARD)
PUBLISH = PublishMessageCard(card_id=CARD)


async def a_house(*done: Command) -> House:
    house = House({})
    for command in done:
        await house.do(command)
    return house


async def test_a_card_is_offered_from_the_day_it_is_made() -> None:
    card = await seen(await a_house(MAKE_CARD), MessageCard, CARD)
    assert (card.offered, card.price, card.design) == (True, PRICE, DESIGN)


@pytest.mark.parametrize("amount", ["0.00", "-1.00"])
async def test_a_card_costs_something(amount: str) -> None:
    price = Money.of(amount)
    house = await a_house()
    free = MakeMessageCard(card_id=CARD, design=DESIGN, price=price)
    await house.refuses(CardPriceNotPositive, free)
    await house.do(MAKE_CARD)
    await house.refuses(CardPriceNotPositive, RepriceMessageCard(card_id=CARD, price=price))


async def test_a_retired_card_can_be_brought_back() -> None:
    house = await a_house(MAKE_CARD, RETIRE, REPRICE)
    assert not (await seen(house, MessageCard, CARD)).offered
    await house.do(PUBLISH)
    card = await seen(house, MessageCard, CARD)
    assert (card.offered, card.price) == (True, Money.of("60.00"))


@pytest.mark.parametrize(
    "commands",
    [(MAKE_CARD,), (MAKE_CARD, PUBLISH), (MAKE_CARD, RETIRE), (MAKE_CARD, REPRICE)],
)
async def test_a_command_asked_twice_happens_once(commands: tuple[Command, ...]) -> None:
    house = await a_house(*commands)
    head = await house.log.head()
    await house.do(commands[-1])
    assert await house.log.head() == head


async def test_a_card_that_never_was_is_not_found() -> None:
    house = await a_house()
    for command in (REPRICE, RETIRE, PUBLISH):
        await house.refuses(NotFound, command)


async def test_an_edit_of_another_version_is_refused() -> None:
    house = await a_house(MAKE_CARD)
    await house.refuses(StaleVersion, RetireMessageCard(card_id=CARD, expected_version=9))


async def test_everybody_sees_the_cards_on_offer(studio: Studio) -> None:
    admin = studio.person("admin")
    made = [(await studio.post("/message-cards", admin, NEW_CARD))["id"] for _ in range(3)]
    await studio.post(f"/message-cards/{made[1]}/retire", admin)
    await studio.post(f"/message-cards/{made[2]}/reprice", admin, {"price": "50.00"})
    first = (await studio.client.get("/message-cards?limit=1")).json()
    second = (await studio.client.get(f"/message-cards?limit=1&cursor={first['next']}")).json()
    assert [card["id"] for card in first["items"] + second["items"]] == [made[0], made[2]]
    assert second["next"] is None
    assert second["items"][0]["price"] == {"amount": "50.00", "currency": "TRY"}
    assert first["items"][0]["name"] == "Nar"
    await studio.post(f"/message-cards/{made[1]}/publish", admin)
    english = {"Accept-Language": "en"}
    everything = (await studio.client.get("/message-cards", headers=english)).json()
    assert [card["name"] for card in everything["items"]] == ["Pomegranate"] * 3


async def test_only_admins_change_the_catalogue(studio: Studio) -> None:
    for roles in ((), ("designer",), ("finance",)):
        somebody = studio.person(*roles)
        for path, body in {
            "/message-cards": NEW_CARD,
            f"/message-cards/{CARD}/reprice": {"price": "1.00"},
            f"/message-cards/{CARD}/retire": None,
            f"/message-cards/{CARD}/publish": None,
        }.items():
            answer = await studio.try_post(path, somebody, body)
            assert answer.status_code == 403, (roles, path)


async def test_a_card_with_a_bad_field_is_refused(studio: Studio) -> None:
    admin = studio.person("admin")
    bad = [
        ("price", "45"),
        ("price", "-1.00"),
        ("price", "1e3"),
        ("paper", "red"),
        ("motif", "../"),
    ]
    for field, value in bad:
        answer = await studio.try_post("/message-cards", admin, {**NEW_CARD, field: value})
        assert answer.status_code == 422, (field, value)
        assert answer.json()["errors"][0]["pointer"] == f"/{field}"


async def test_a_free_card_is_refused_by_the_rule(studio: Studio) -> None:
    admin = studio.person("admin")
    answer = await studio.try_post("/message-cards", admin, {**NEW_CARD, "price": "0.00"})
    assert (answer.status_code, answer.json()["code"]) == (422, "card_price_not_positive")
