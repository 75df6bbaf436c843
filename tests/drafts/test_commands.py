"""What the commands of a draft do: done, ignored, refused."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from application.bus import Command
from application.catalog import RepriceMessageCard, RetireMessageCard
from application.drafts import AttachArtwork, RemoveMessageCard, SelectCandidate, StartDraft
from domain.assets import Asset
from domain.catalog.message_card import MessageCardNotOffered
from domain.drafts import Draft, UnknownCandidate, WrongMethod
from domain.shared.errors import NotFound, StaleVersion
from domain.shared.money import Money
from tests.drafts.examples import (
    ADD_CARD,
    ADDRESS,
    CARD,
    CUSTOMER,
    DESCRIBE,
    DRAFT,
    GENERATION,
    MAKE_CARD,
    PRICE,
    START,
    STRANGER,
    UPLOADED,
)
from tests.generation.examples import seen
from tests.given import House

ATTACH = AttachArtwork(draft_id=DRAFT, customer_id=CUSTOMER, artwork=UPLOADED, size_bytes=123_456)
REMOVE_CARD = RemoveMessageCard(draft_id=DRAFT, customer_id=CUSTOMER)
SELECT = SelectCandidate(draft_id=DRAFT, customer_id=CUSTOMER, generation_id=GENERATION, variant=0)
START_UPLOAD = StartDraft(draft_id=DRAFT, customer_id=CUSTOMER, method="upload")


async def a_house(*done: Command) -> House:
    house = House({})
    for command in done:
        await house.do(command)
    return house


TWICE: list[tuple[Command, ...]] = [
    (START,),
    (START, DESCRIBE),
    (START, ADDRESS),
    (START, MAKE_CARD, ADD_CARD),
    (START, MAKE_CARD, ADD_CARD, REMOVE_CARD),
    (START_UPLOAD, ATTACH),
]


@pytest.mark.parametrize("commands", TWICE, ids=lambda commands: type(commands[-1]).__name__)
async def test_a_command_asked_twice_happens_once(commands: tuple[Command, ...]) -> None:
    house = await a_house(*commands)
    head = await house.log.head()
    again = await house.do(commands[-1])
    assert await house.log.head() == head
    assert again.id == DRAFT


@pytest.mark.parametrize(
    "command", [START, DESCRIBE, ADDRESS, ADD_CARD, REMOVE_CARD, ATTACH, SELECT]
)
async def test_a_strangers_draft_is_not_found(command: Command) -> None:
    house = await a_house(START_UPLOAD, MAKE_CARD)
    await house.refuses(NotFound, replace(command, customer_id=STRANGER))


@pytest.mark.parametrize("command", [DESCRIBE, ADDRESS, ADD_CARD, REMOVE_CARD, ATTACH, SELECT])
async def test_an_edit_of_another_version_is_refused(command: Command) -> None:
    house = await a_house(START_UPLOAD, MAKE_CARD)
    await house.refuses(StaleVersion, replace(command, expected_version=7))


async def test_a_message_card_keeps_the_price_of_the_day_it_was_added() -> None:
    house = await a_house(START, MAKE_CARD, ADD_CARD)
    await house.do(RepriceMessageCard(card_id=CARD, price=Money.of("60.00")))
    card = (await seen(house, Draft, DRAFT)).card
    assert card is not None
    assert (card.name, card.price, card.text) == ("Nar", PRICE, "Nice yıllara!")


async def test_a_retired_message_card_can_not_be_added() -> None:
    house = await a_house(START, MAKE_CARD, RetireMessageCard(card_id=CARD))
    await house.refuses(MessageCardNotOffered, ADD_CARD)


async def test_a_message_card_that_never_was_is_not_found() -> None:
    house = await a_house(START)
    await house.refuses(NotFound, ADD_CARD)


async def test_an_attached_file_is_an_asset_of_its_owner() -> None:
    house = await a_house(START_UPLOAD, ATTACH)
    asset = await seen(house, Asset, Asset.id_of(CUSTOMER, UPLOADED.digest, purpose="artwork"))
    assert (asset.owner_id, asset.file.size_bytes, asset.purpose) == (CUSTOMER, 123_456, "artwork")


async def test_the_same_file_in_two_drafts_is_one_asset() -> None:
    house = await a_house(START_UPLOAD, ATTACH)
    other = replace(START_UPLOAD, draft_id=GENERATION)
    await house.do(other)
    await house.do(replace(ATTACH, draft_id=other.draft_id))
    assert house.happened().count(Asset.Accepted) == 1


async def test_a_file_for_another_method_is_no_asset() -> None:
    house = await a_house(START)
    await house.refuses(WrongMethod, ATTACH)


async def test_what_was_not_painted_is_not_selected() -> None:
    house = await a_house(START)
    await house.refuses(UnknownCandidate, SELECT)


async def test_a_draft_that_never_was_is_not_found() -> None:
    house = await a_house()
    await house.refuses(NotFound, DESCRIBE)
