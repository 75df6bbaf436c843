"""Saved cards: how they come, what is remembered of them, how they go."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from msgspec.structs import replace

from adapters.memory_provider import MemoryCards
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from application.cards import (
    ForgetCard,
    RecordCardForgotten,
    RemoveAllCards,
    RemoveCard,
    still_kept,
)
from application.payments import Shopper
from application.ports import RateLimited, Unavailable, Unknown
from application.processes import cards as _cards  # noqa: F401  # registers reactions
from application.store import Append, Store
from application.work import reactions_to
from domain.cards import SavedCards
from domain.identity import ErasureRequest, User
from domain.shared.aggregate import Event, Metadata
from domain.shared.errors import StaleVersion
from projections.cards import card_books, cards_of
from projections.reads import Reads
from projections.runner import Projector
from tests.cards.commands import CARD
from tests.core.projecting import catch_up
from tests.given import NOW
from tests.orders.examples import (
    CUSTOMER,
    SHOPPER,
    Shop,
    paid_outcome,
)
from workers.cards import forget_card

ID = SavedCards.card_id_of(CUSTOMER, CARD.card_token)
SAVED = replace(paid_outcome(), saved_card=CARD)
REMOVE = RemoveCard(person_id=CUSTOMER, card_id=ID)
JOB = ForgetCard(person_id=CUSTOMER, card_id=ID)


async def cards_in(shop: Shop) -> SavedCards:
    return await Store(shop.log, NOW).get(SavedCards, SavedCards.id_of(CUSTOMER))


async def with_a_card() -> Shop:
    """Somebody paid and let the provider keep their card."""
    shop = Shop()
    await shop.at_the_page()
    await shop.told(SAVED)
    return shop


def topics(shop: Shop) -> list[str]:
    return [each.event.TOPIC for each in shop.log.recorded if each.event.TOPIC.startswith("cards.")]


async def test_a_card_that_comes_with_a_payment_is_saved_with_it() -> None:
    shop = await with_a_card()
    assert topics(shop) == ["cards.opened", "cards.card_saved"]
    cards = await cards_in(shop)
    assert list(cards.cards) == [ID]
    assert cards.card_user_key == "holder-1"
    saved = next(each for each in shop.log.recorded if each.event.TOPIC == "cards.card_saved")
    paid = next(each for each in shop.log.recorded if each.event.TOPIC == "payment.succeeded")
    assert saved.metadata.command_id == paid.metadata.command_id


async def test_no_other_event_has_its_tokens() -> None:
    shop = await with_a_card()
    for recorded in shop.log.recorded:
        said = msgspec.json.encode(recorded.event).decode()
        if recorded.event.TOPIC != "cards.card_saved":
            assert CARD.card_token not in said
            assert CARD.card_user_key not in said


async def test_a_payment_that_is_told_twice_saves_its_card_once() -> None:
    shop = await with_a_card()
    await shop.told(SAVED)
    assert topics(shop) == ["cards.opened", "cards.card_saved"]


async def test_a_payment_without_a_card_saves_none() -> None:
    shop = Shop()
    await shop.at_the_page()
    await shop.told(paid_outcome())
    assert topics(shop) == []
    await shop.do(REMOVE)
    await shop.do(RemoveAllCards(person_id=CUSTOMER, reason="erased"))
    assert topics(shop) == []


async def test_a_late_word_of_a_payment_does_not_bring_a_removed_card_back() -> None:
    shop = await with_a_card()
    await shop.do(REMOVE)
    await shop.told(SAVED)
    assert not (await cards_in(shop)).cards


async def test_the_next_page_shows_the_cards() -> None:
    shop = await with_a_card()
    assert not next(iter(shop.gateway.requests.values())).card_user_key
    shown = await shown_cards(shop, SHOPPER)
    assert shown == "holder-1"


async def test_no_page_shows_cards_where_they_are_switched_off() -> None:
    shop = await with_a_card()
    assert not await shown_cards(shop, Shopper(ip="127.0.0.1", language="tr", sees_cards=False))


async def shown_cards(shop: Shop, shopper: Shopper) -> str:
    """The key that the request for a page would have, though this order needs none any more."""
    attempt = await shop.attempt()
    request = await shop.till._request(Store(shop.log, NOW), attempt, shopper=shopper)
    return request.card_user_key


async def test_a_removed_card_is_gone_at_once_and_then_forgotten_by_the_provider() -> None:
    shop, vault = await with_a_card(), MemoryCards()
    vault.keep(CARD)
    await shop.do(REMOVE)
    await shop.do(REMOVE)
    cards = await cards_in(shop)
    assert not cards.cards
    assert cards.card_user_key == ""
    [removed] = [each for each in shop.log.recorded if each.event.TOPIC == "cards.card_removed"]
    assert [wish.intent for wish in reactions_to(removed)] == [JOB]
    command = await forget_card(JOB, vault, shop.log, clock=shop.clock)
    assert command == RecordCardForgotten(person_id=CUSTOMER, card_id=ID)
    assert await vault.cards("holder-1") == ()
    await shop.do(command)
    await shop.do(command)
    assert topics(shop)[-1] == "cards.card_forgotten"
    assert topics(shop).count("cards.card_forgotten") == 1
    assert await forget_card(JOB, vault, shop.log, clock=shop.clock) is None


@pytest.mark.parametrize("trouble", [RateLimited(), Unknown("timeout")])
async def test_a_card_is_not_forgotten_before_the_provider_says_so(
    trouble: RateLimited | Unknown,
) -> None:
    shop, vault = await with_a_card(), MemoryCards()
    vault.keep(CARD)
    vault.obstacle = trouble
    await shop.do(REMOVE)
    with pytest.raises(Unavailable):
        await forget_card(JOB, vault, shop.log, clock=shop.clock)
    assert await still_kept(CUSTOMER, Store(shop.log, NOW)) == 1
    vault.obstacle = None
    command = await forget_card(JOB, vault, shop.log, clock=shop.clock)
    assert isinstance(command, RecordCardForgotten)
    await shop.do(command)
    assert await still_kept(CUSTOMER, Store(shop.log, NOW)) == 0


def a_book() -> SavedCards:
    book = SavedCards.open(CUSTOMER, NOW)
    book.save(CARD)
    return book


def test_a_card_that_is_saved_anew_is_not_deleted_any_more() -> None:
    book = a_book()
    book.remove(ID, "customer")
    book.save(CARD)
    assert (list(book.cards), dict(book.leaving)) == ([ID], {})
    book.forget(ID)
    assert list(book.cards) == [ID]


def test_the_newest_card_opens_the_page() -> None:
    book = a_book()
    book.save(replace(CARD, card_user_key="holder-2", card_token="card-2"))
    assert book.card_user_key == "holder-2"
    book.remove(SavedCards.card_id_of(CUSTOMER, "card-2"), "customer")
    assert book.card_user_key == "holder-1"


def test_another_persons_card_has_another_id() -> None:
    assert SavedCards.card_id_of(UUID(int=5), CARD.card_token) != ID


async def test_a_card_is_removed_as_it_was_seen() -> None:
    shop = await with_a_card()
    await shop.refuses(StaleVersion, replace(REMOVE, expected_version=1))
    await shop.do(replace(REMOVE, expected_version=2))


async def erased(shop: Shop) -> User:
    """The customer wants to be forgotten."""
    user = await Store(shop.log, NOW).get(User, CUSTOMER)
    user.erase(ErasureRequest(asked_by="person"), forfeited_credits=0)
    events = [event for event in user.collect_events() if isinstance(event, Event)]
    metadata = Metadata(command_id=CUSTOMER, command="Erase", correlation_id=CUSTOMER)
    await shop.log.append(Append(events=events, metadata=metadata))
    return user


async def test_whoever_is_forgotten_has_no_cards_left() -> None:
    shop = await with_a_card()
    await erased(shop)
    wishes = [wish.intent for wish in reactions_to(shop.log.recorded[-1])]
    remove_all = RemoveAllCards(person_id=CUSTOMER, reason="erased")
    assert remove_all in wishes
    assert await still_kept(CUSTOMER, Store(shop.log, NOW)) == 1
    await shop.do(remove_all)
    assert not (await cards_in(shop)).cards
    assert await still_kept(CUSTOMER, Store(shop.log, NOW)) == 1


async def test_a_card_that_comes_after_its_owner_left_goes_at_once() -> None:
    shop = Shop()
    await shop.at_the_page()
    await erased(shop)
    await shop.told(SAVED)
    assert topics(shop) == ["cards.opened", "cards.card_saved", "cards.card_removed"]


async def test_what_is_shown_has_no_tokens(
    pool: Pool, event_log: PostgresLog, database_url: str
) -> None:
    projector, reads = Projector(pool, event_log, (card_books,)), Reads(pool, app_url(database_url))
    book = a_book()
    other = replace(CARD, card_token="card-2", last_four="1111")
    book.save(other)
    book.remove(ID, "customer")
    book.forget(ID)
    events = [event for event in book.collect_events() if isinstance(event, Event)]
    metadata = Metadata(command_id=CUSTOMER, command="Save", correlation_id=CUSTOMER)
    await event_log.append(Append(events=events, metadata=metadata))
    await catch_up(projector)
    shown = await cards_of(reads, CUSTOMER)
    assert shown
    assert [card.last_four for card in shown.cards] == ["1111"]
    assert shown.cards[0].saved_at == datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
    assert shown.version == 5
    async with pool.connection() as connection:
        cursor = await connection.execute("SELECT to_json(t)::text FROM read.card_books AS t")
        rows = str(await cursor.fetchall())
        cursor = await connection.execute("SELECT payload FROM events")
        stored = b"".join(bytes(row[0]) for row in await cursor.fetchall()).decode()
    for token in ("card-1", "card-2", "holder-1"):
        assert token not in rows
        assert token not in stored
