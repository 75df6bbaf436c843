"""A person's saved cards, as they are shown to them: no tokens."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.cards import SavedCards
from projections.base import Fold
from projections.reads import Reads


class ShownCard(Struct, frozen=True, kw_only=True):
    """What a person knows their card by: the last four digits, and whose it is."""

    card_id: UUID
    last_four: str
    association: str
    family: str
    bank: str
    saved_at: datetime


class CardBook(Struct, frozen=True, kw_only=True):
    """All cards of a person that can be used, in the order in which they were saved."""

    person_id: UUID
    cards: tuple[ShownCard, ...]
    version: int


card_books = Fold("card_books", CardBook, version=1, key=["person_id"])

_person = attrgetter("person_id")


@card_books.on(SavedCards.Opened, key=_person)
def opened(_row: CardBook | None, event: SavedCards.Opened) -> CardBook:
    return CardBook(person_id=event.person_id, cards=(), version=event.originator_version)


@card_books.on(SavedCards.CardSaved, key=_person)
def saved(row: CardBook, event: SavedCards.CardSaved) -> CardBook:
    card = ShownCard(
        card_id=event.card_id,
        last_four=event.last_four,
        association=event.association,
        family=event.family,
        bank=event.bank,
        saved_at=event.timestamp,
    )
    return replace(row, cards=(*row.cards, card), version=event.originator_version)


@card_books.on(SavedCards.CardRemoved, key=_person)
def removed(row: CardBook, event: SavedCards.CardRemoved) -> CardBook:
    left = tuple(card for card in row.cards if card.card_id != event.card_id)
    return replace(row, cards=left, version=event.originator_version)


@card_books.on(SavedCards.CardForgotten, key=_person)
def forgotten(row: CardBook, event: SavedCards.CardForgotten) -> CardBook:
    return replace(row, version=event.originator_version)


async def cards_of(reads: Reads, person_id: UUID) -> CardBook | None:
    """The person's cards; None before the first was saved."""
    return await reads.one(
        CardBook, "SELECT * FROM read.card_books WHERE person_id = %s", (person_id,)
    )
