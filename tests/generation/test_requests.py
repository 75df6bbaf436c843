"""Credits, draft and generation move together, whatever comes twice or too late."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from msgspec.structs import replace

import application.processes.artwork  # noqa: F401  # its reactions register themselves
from application.bus import Command
from application.drafts import StartDraft
from application.generation import (
    ExpireGeneration,
    PaintCandidates,
    RecordPainted,
)
from application.terms import Terms
from application.work import Later
from domain.drafts import Draft, DraftIncomplete, GenerationUnderWay
from domain.generation import Generation, PromptLength
from domain.shared.errors import NotFound, Refusal
from domain.wallet import InsufficientCredits, Wallet
from tests.drafts.examples import (
    CUSTOMER,
    DESCRIBE,
    DRAFT,
    GENERATION,
    OTHER_GENERATION,
    START,
    STRANGER,
    candidates,
)
from tests.generation.examples import (
    ASK,
    CANCEL,
    DEADLINE,
    FAILED,
    PAINTED,
    PREVIEWED,
    a_house,
    seen,
    wallet_of,
)
from tests.given import House

EXPIRE = ExpireGeneration(generation_id=GENERATION)


async def figures(house: House) -> tuple[int, int]:
    wallet = await wallet_of(house)
    return wallet.balance, wallet.held


async def test_a_request_holds_the_price_and_begins_the_work() -> None:
    house = await a_house()
    receipt = await house.do(ASK)
    assert receipt.id == GENERATION
    assert receipt.answer == {"credits": 100, "available": 400}
    assert house.happened()[-3:] == [
        Generation.Requested,
        Draft.GenerationBegun,
        Wallet.CreditsHeld,
    ]
    intents = [wish.intent for wish in await house.react()]
    assert PaintCandidates(generation_id=GENERATION) in intents
    assert Later(EXPIRE, DEADLINE) in intents


async def test_asking_twice_for_one_generation_is_asking_once() -> None:
    house = await a_house()
    await house.do(ASK)
    head = await house.log.head()
    assert (await house.do(ASK)).answer == {"credits": 100, "available": 400}
    assert await house.log.head() == head


async def test_two_requests_at_once_make_one_generation() -> None:
    house = await a_house()
    other = replace(ASK, generation_id=OTHER_GENERATION)
    outcomes = await asyncio.gather(house.do(ASK), house.do(other), return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, Refusal)]
    assert [type(each) for each in refused] == [GenerationUnderWay]
    assert await figures(house) == (500, 100)


async def test_a_refused_request_holds_nothing() -> None:
    house = await a_house()
    await house.refuses(PromptLength, replace(ASK, prompt="x"))
    assert await figures(house) == (500, 0)


async def test_without_a_wallet_there_is_nothing_to_pay_with() -> None:
    house = House({Terms: Terms()})
    for command in (START, DESCRIBE):
        await house.do(command)
    refusal = await house.refuses(InsufficientCredits, ASK)
    assert refusal.facts == {"available": 0, "needed": 100}


async def test_a_book_has_to_be_named_first() -> None:
    house = House({Terms: Terms()})
    await house.do(START)
    await house.refuses(DraftIncomplete, ASK)


async def test_candidates_are_paid_for_when_they_exist() -> None:
    house = await a_house()
    for command in (ASK, PREVIEWED, PAINTED):
        await house.do(command)
    assert await figures(house) == (400, 0)
    draft = await seen(house, Draft, DRAFT)
    assert draft.candidates.keys() == {(GENERATION, variant) for variant in range(3)}


@pytest.mark.parametrize("end", [FAILED, CANCEL])
async def test_a_generation_that_gives_nothing_costs_nothing(end: Command) -> None:
    house = await a_house()
    for command in (ASK, PREVIEWED, end, PAINTED, FAILED):
        await house.do(command)
    assert await figures(house) == (500, 0)
    assert (await seen(house, Draft, DRAFT)).open_generation is None


async def test_a_generation_ends_at_its_deadline_and_gives_the_credits_back() -> None:
    house = await a_house()
    await house.do(ASK)
    await house.do(EXPIRE)
    assert await figures(house) == (500, 100)
    house.clock.pass_(seconds=240)
    await house.do(EXPIRE)
    assert await figures(house) == (500, 0)
    assert (await seen(house, Generation, GENERATION)).state == "expired"


async def test_work_done_after_the_deadline_is_not_charged() -> None:
    house = await a_house()
    await house.do(ASK)
    house.clock.pass_(seconds=240)
    await house.do(PAINTED)
    assert await figures(house) == (500, 0)
    assert (await seen(house, Draft, DRAFT)).candidates == {}


async def test_work_done_just_before_the_deadline_is_charged_and_not_expired() -> None:
    house = await a_house()
    await house.do(ASK)
    house.clock.pass_(seconds=239.999)
    await house.do(PAINTED)
    house.clock.pass_(seconds=1)
    head = await house.log.head()
    await house.do(EXPIRE)
    assert await house.log.head() == head
    assert await figures(house) == (400, 0)


@pytest.mark.parametrize("late", [False, True])
async def test_completion_expiry_and_cancel_at_once_end_it_once(late: bool) -> None:
    house = await a_house()
    await house.do(ASK)
    if late:
        house.clock.pass_(seconds=240)
    everybody = (PAINTED, EXPIRE, FAILED, CANCEL) * 3
    await asyncio.gather(*(house.do(each) for each in everybody), return_exceptions=True)
    ends = {Generation.Completed, Generation.Expired, Generation.Failed, Generation.Cancelled}
    assert len([kind for kind in house.happened() if kind in ends]) == 1
    closings = {Wallet.HoldCaptured, Wallet.HoldReleased}
    assert len([kind for kind in house.happened() if kind in closings]) == 1


async def test_the_price_rises_with_each_generation_that_gave_something() -> None:
    house = await a_house(Terms(welcome_credits=2000))
    prices = []
    for number in range(5):
        generation_id = UUID(int=500 + number)
        receipt = await house.do(replace(ASK, generation_id=generation_id))
        prices.append(receipt.answer["credits"])
        await house.do(RecordPainted(generation_id=generation_id, candidates=candidates()))
    assert prices == [100, 200, 300, 300, 300]
    assert await figures(house) == (2000 - sum(prices), 0)


async def test_nobody_paints_on_credit() -> None:
    house = await a_house(Terms(welcome_credits=99))
    refusal = await house.refuses(InsufficientCredits, ASK)
    assert refusal.facts == {"available": 99, "needed": 100}


async def test_a_strangers_draft_and_generation_do_not_exist() -> None:
    house = await a_house()
    await house.refuses(NotFound, replace(ASK, customer_id=STRANGER))
    await house.do(ASK)
    await house.refuses(NotFound, replace(CANCEL, customer_id=STRANGER))


async def test_a_generation_of_another_draft_is_not_found() -> None:
    house = await a_house()
    await house.do(ASK)
    other = StartDraft(draft_id=UUID(int=77), customer_id=CUSTOMER, method="ai")
    await house.do(other)
    await house.refuses(NotFound, replace(CANCEL, draft_id=other.draft_id))
    await house.refuses(NotFound, replace(ASK, draft_id=other.draft_id))
