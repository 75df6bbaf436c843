"""What follows when a saved card is removed: the provider is told to delete it."""

from __future__ import annotations

from collections.abc import Iterator

from application.cards import ForgetCard, RemoveAllCards
from application.work import Intent, when
from domain.cards import SavedCards
from domain.identity import User


@when(SavedCards.CardRemoved)
def have_card_forgotten(event: SavedCards.CardRemoved) -> Iterator[Intent]:
    """It is gone here at once; the provider may take its time."""
    yield ForgetCard(person_id=event.person_id, card_id=event.card_id)


@when(User.Erased)
def remove_cards_of_erased(event: User.Erased) -> Iterator[Intent]:
    """Nobody can tell the provider which cards to delete once the person's key is gone."""
    yield RemoveAllCards(person_id=event.originator_id, reason="erased")
