"""A customer with credits and a draft whose book is known, in a house that can paint."""

from __future__ import annotations

from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from application.generation import (
    CancelGeneration,
    RecordGenerationFailed,
    RecordPainted,
    RecordPreview,
    RequestGeneration,
)
from application.store import Store
from application.terms import Terms
from application.wallet import OpenWallet
from domain.generation import Generation, Pixels, Request, Wish
from domain.shared.aggregate import Aggregate
from domain.wallet import Wallet
from tests.drafts.examples import CUSTOMER, DESCRIBE, DRAFT, GENERATION, START, candidates
from tests.given import NOW, House

A = TypeVar("A", bound=Aggregate)

DEADLINE = NOW + timedelta(seconds=240)
WISH = Wish(
    prompt="Sisli bir sahil ve yalnız bir fener",
    title="Kürk Mantolu Madonna",
    author="Sabahattin Ali",
    book_kind="novel",
    language="tr",
)
REQUEST = Request(
    customer_id=CUSTOMER,
    draft_id=DRAFT,
    wish=WISH,
    size=Pixels(1666, 2552),
    credits=100,
    deadline=DEADLINE,
)

ASK = RequestGeneration(
    draft_id=DRAFT, customer_id=CUSTOMER, generation_id=GENERATION, prompt=WISH.prompt
)
CANCEL = CancelGeneration(draft_id=DRAFT, customer_id=CUSTOMER, generation_id=GENERATION)
PREVIEWED = RecordPreview(generation_id=GENERATION, variant=0, preview_digest="c" * 64)
PAINTED = RecordPainted(generation_id=GENERATION, candidates=candidates())
FAILED = RecordGenerationFailed(generation_id=GENERATION, reason="painter_failed")


def a_generation() -> Generation:
    """A generation that was just asked for."""
    return Generation.request(GENERATION, REQUEST, now=NOW)


async def a_house(terms: Terms = Terms()) -> House:  # noqa: B008  # it never changes
    """A customer with the welcome credits and a draft that can be painted for."""
    house = House({Terms: terms})
    for command in (OpenWallet(customer_id=CUSTOMER), START, DESCRIBE):
        await house.do(command)
    return house


async def seen(house: House, kind: type[A], aggregate_id: UUID) -> A:
    """An aggregate as it is now."""
    return await Store(house.log, house.clock.now()).get(kind, aggregate_id)


async def wallet_of(house: House) -> Wallet:
    """The customer's wallet as it is now."""
    return await seen(house, Wallet, Wallet.id_of(CUSTOMER))
