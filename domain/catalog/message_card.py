"""A printed message card that the shop offers: made by an admin, repriced, retired."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import Conflict, Invalid
from domain.shared.money import Money


class CardPriceNotPositive(Invalid):
    """A message card costs something. Fact: `price`."""


class MessageCardNotOffered(Conflict):
    """The card has been retired. Fact: `card_id`."""


class CardDesign(Struct, frozen=True, kw_only=True):
    """What a card is called and how it looks: a motif's name, the colours of paper and ink as
    `#rrggbb`, and the greeting printed on it.
    """

    name_tr: str
    name_en: str
    motif: str
    paper: str
    ink: str
    greeting_tr: str = ""
    greeting_en: str = ""


class MessageCard(Aggregate):
    """Offered from the day it is made until it is retired; it can be brought back."""

    TOPIC = "message_card"

    class Made(Created, frozen=True, kw_only=True):
        TOPIC = "message_card.made"
        design: CardDesign
        price: Money

    class Repriced(Event, frozen=True, kw_only=True):
        TOPIC = "message_card.repriced"
        price: Money

    class Retired(Event, frozen=True, kw_only=True):
        TOPIC = "message_card.retired"

    class Published(Event, frozen=True, kw_only=True):
        TOPIC = "message_card.published"

    @classmethod
    def make(cls, card_id: UUID, *, design: CardDesign, price: Money, now: datetime) -> MessageCard:
        """A new card, offered at once. Raises `CardPriceNotPositive`."""
        _must_cost(price)
        return cls.begin(cls.Made, id=card_id, now=now, design=design, price=price)

    def reprice(self, price: Money) -> None:
        """Ask another price from now on; drafts that have the card keep theirs."""
        _must_cost(price)
        if price != self.price:
            self.emit(MessageCard.Repriced, price=price)

    def retire(self) -> None:
        """Offer it no longer."""
        if self.offered:
            self.emit(MessageCard.Retired)

    def publish(self) -> None:
        """Offer it again."""
        if not self.offered:
            self.emit(MessageCard.Published)

    def must_be_offered(self) -> None:
        """Raises `MessageCardNotOffered`."""
        if not self.offered:
            raise MessageCardNotOffered(card_id=self.id)

    @event(Made)
    def __init__(self, design: CardDesign, price: Money) -> None:
        self.design = design
        self.price = price
        self.offered = True

    @event(Repriced)
    def _repriced(self, price: Money) -> None:
        self.price = price

    @event(Retired)
    def _retired(self) -> None:
        self.offered = False

    @event(Published)
    def _published(self) -> None:
        self.offered = True


def _must_cost(price: Money) -> None:
    if price.amount <= 0:
        raise CardPriceNotPositive("/price", price=price)
