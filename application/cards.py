"""What can be asked of a person's saved cards, and how they come to be saved."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from application.work import Job
from domain.cards import RemovalReason, SavedCard, SavedCards
from domain.identity import User


class RemoveCard(Command, frozen=True, kw_only=True):
    """Have a saved card forgotten; one that is not there changes nothing."""

    person_id: UUID
    card_id: UUID
    expected_version: int | None = None


class RemoveAllCards(Command, frozen=True, kw_only=True):
    """Have all saved cards of a person forgotten."""

    person_id: UUID
    reason: RemovalReason


class RecordCardForgotten(Command, frozen=True, kw_only=True):
    """The provider has deleted a card that had been removed here."""

    person_id: UUID
    card_id: UUID


class ForgetCard(Job, frozen=True, kw_only=True):
    """Have the provider delete a card that was removed here."""

    QUEUE = "payments"
    ATTEMPTS: ClassVar[int] = 1_000
    person_id: UUID
    card_id: UUID


@handles
async def remove_card(command: RemoveCard, store: Store) -> None:
    cards = await store.find(SavedCards, SavedCards.id_of(command.person_id))
    if cards:
        cards.must_be_at(command.expected_version)
        cards.remove(command.card_id, "customer")
        store.save(cards)


@handles
async def remove_all_cards(command: RemoveAllCards, store: Store) -> None:
    cards = await store.find(SavedCards, SavedCards.id_of(command.person_id))
    if cards:
        cards.remove_all(command.reason)
        store.save(cards)


@handles
async def record_card_forgotten(command: RecordCardForgotten, store: Store) -> None:
    cards = await store.get(SavedCards, SavedCards.id_of(command.person_id))
    cards.forget(command.card_id)
    store.save(cards)


async def remember_card(card: SavedCard, person_id: UUID, *, store: Store) -> None:
    """Save a card that came with a payment, in the commit of the payment. Whoever is being
    forgotten has it removed at once, so that the provider forgets it too.
    """
    user = await store.find(User, person_id)
    cards = await store.find(SavedCards, SavedCards.id_of(person_id))
    cards = cards or SavedCards.open(person_id, store.now)
    cards.save(card)
    if user and user.erased:
        cards.remove_all("erased")
    store.save(cards)


async def card_user_key_of(person_id: UUID, store: Store) -> str:
    """What opens the person's cards on the provider's page; empty when they have none."""
    cards = await store.find(SavedCards, SavedCards.id_of(person_id))
    return cards.card_user_key if cards else ""


async def still_kept(person_id: UUID, store: Store) -> int:
    """How many cards of a person the provider may still have."""
    cards = await store.find(SavedCards, SavedCards.id_of(person_id))
    return len(cards.cards) + len(cards.leaving) if cards else 0
