"""A person's cards that the payment provider keeps: known here by its tokens, never by a number."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, Personal, event

CARD_BOOKS = UUID("5d8a1b6c-4f0e-4c3b-8f7b-2f6f0a1f9c51")

RemovalReason = Literal["customer", "erased"]


class SavedCard(Struct, frozen=True, kw_only=True):
    """A card that the provider keeps for a shopper, by its tokens only."""

    card_user_key: str
    card_token: str
    last_four: str
    association: str = ""
    family: str = ""
    bank: str = ""


class CardTokens(Struct, frozen=True):
    """By what the provider knows a card: the token of its holder, and its own."""

    holder_token: str
    card_token: str


class SavedCards(Aggregate):
    """One per person. A removed card is gone for its owner at once, and stays known here until the
    provider has deleted it too.
    """

    TOPIC = "cards"

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "cards.opened"
        person_id: UUID

    class CardSaved(Event, frozen=True, kw_only=True):
        TOPIC = "cards.card_saved"
        SUBJECT = "person_id"
        CONCERNS: ClassVar[tuple[str, ...]] = ("person_id",)
        person_id: UUID
        card_id: UUID
        holder_token: Personal
        card_token: Personal
        last_four: Personal
        association: Personal
        family: Personal
        bank: Personal

    class CardRemoved(Event, frozen=True, kw_only=True):
        TOPIC = "cards.card_removed"
        CONCERNS: ClassVar[tuple[str, ...]] = ("person_id",)
        person_id: UUID
        card_id: UUID
        reason: RemovalReason

    class CardForgotten(Event, frozen=True, kw_only=True):
        TOPIC = "cards.card_forgotten"
        person_id: UUID
        card_id: UUID

    @staticmethod
    def id_of(person_id: UUID) -> UUID:
        """The one book of a person's cards."""
        return uuid5(CARD_BOOKS, str(person_id))

    @classmethod
    def card_id_of(cls, person_id: UUID, card_token: str) -> UUID:
        """The id by which a card is known outside, which tells nothing of its token."""
        return uuid5(cls.id_of(person_id), card_token)

    @classmethod
    def open(cls, person_id: UUID, now: datetime) -> SavedCards:
        """A book without cards."""
        return cls.begin(cls.Opened, id=cls.id_of(person_id), now=now, person_id=person_id)

    @property
    def card_user_key(self) -> str:
        """What opens the cards on the provider's page; empty when there are none."""
        return next((card.holder_token for card in reversed(self.cards.values())), "")

    def save(self, card: SavedCard) -> None:
        """The provider keeps this card; one that is here already changes nothing."""
        card_id = self.card_id_of(self.person_id, card.card_token)
        if card_id in self.cards:
            return
        self.emit(
            SavedCards.CardSaved,
            person_id=self.person_id,
            card_id=card_id,
            holder_token=card.card_user_key,
            card_token=card.card_token,
            last_four=card.last_four,
            association=card.association,
            family=card.family,
            bank=card.bank,
        )

    def remove(self, card_id: UUID, reason: RemovalReason) -> None:
        """The card is not to be used any more; one that is not here changes nothing."""
        if card_id in self.cards:
            self.emit(
                SavedCards.CardRemoved, person_id=self.person_id, card_id=card_id, reason=reason
            )

    def remove_all(self, reason: RemovalReason) -> None:
        """No card is to be used any more."""
        for card_id in list(self.cards):
            self.remove(card_id, reason)

    def forget(self, card_id: UUID) -> None:
        """The provider has deleted it; told again it changes nothing."""
        if card_id in self.leaving:
            self.emit(SavedCards.CardForgotten, person_id=self.person_id, card_id=card_id)

    @event(Opened)
    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
        self.cards: dict[UUID, CardTokens] = {}
        self.leaving: dict[UUID, CardTokens] = {}

    @event(CardSaved)
    def _card_saved(self, card_id: UUID, holder_token: str, card_token: str) -> None:
        self.leaving.pop(card_id, None)
        self.cards[card_id] = CardTokens(holder_token, card_token)

    @event(CardRemoved)
    def _card_removed(self, card_id: UUID) -> None:
        self.leaving[card_id] = self.cards.pop(card_id)

    @event(CardForgotten)
    def _card_forgotten(self, card_id: UUID) -> None:
        del self.leaving[card_id]
