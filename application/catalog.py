"""What can be asked of the catalogue of message cards; admins ask it."""

from __future__ import annotations

from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from domain.catalog.message_card import CardDesign, MessageCard
from domain.shared.money import Money


class MakeMessageCard(Command, frozen=True, kw_only=True):
    """Offer a new message card. The same `card_id` twice is one card."""

    card_id: UUID
    design: CardDesign
    price: Money


class RepriceMessageCard(Command, frozen=True, kw_only=True):
    """Ask another price for a card from now on."""

    card_id: UUID
    price: Money
    expected_version: int | None = None


class RetireMessageCard(Command, frozen=True, kw_only=True):
    """Offer a card no longer."""

    card_id: UUID
    expected_version: int | None = None


class PublishMessageCard(Command, frozen=True, kw_only=True):
    """Offer a retired card again."""

    card_id: UUID
    expected_version: int | None = None


@handles
async def make_message_card(command: MakeMessageCard, store: Store) -> None:
    card = await store.find(MessageCard, command.card_id)
    if card is None:
        card = MessageCard.make(
            command.card_id, design=command.design, price=command.price, now=store.now
        )
    store.save(card)


@handles
async def reprice_message_card(command: RepriceMessageCard, store: Store) -> None:
    card = await store.get(MessageCard, command.card_id)
    card.must_be_at(command.expected_version)
    card.reprice(command.price)
    store.save(card)


@handles
async def retire_message_card(command: RetireMessageCard, store: Store) -> None:
    card = await store.get(MessageCard, command.card_id)
    card.must_be_at(command.expected_version)
    card.retire()
    store.save(card)


@handles
async def publish_message_card(command: PublishMessageCard, store: Store) -> None:
    card = await store.get(MessageCard, command.card_id)
    card.must_be_at(command.expected_version)
    card.publish()
    store.save(card)
