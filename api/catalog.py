"""The catalogue of message cards: everybody may look, admins change it."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct

from api.ask import OPEN, Ask, Done, Listed
from application.catalog import (
    MakeMessageCard,
    PublishMessageCard,
    RepriceMessageCard,
    RetireMessageCard,
)
from domain.catalog.message_card import CardDesign
from domain.shared.money import Money
from projections.catalog import MessageCardRow, message_cards, offered_cards

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Greeting = Annotated[str, Meta(max_length=120)]
Motif = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,39}$(?!\n)", examples=["pomegranate"])]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}$(?!\n)", examples=["#8c1c13"])]
Price = Annotated[str, Meta(pattern=r"^[0-9]{1,5}\.[0-9]{2}$(?!\n)", examples=["45.00"])]


class PriceBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What a card costs in TRY, KDV inside, such as 45.00."""

    price: Price

    def money(self) -> Money:
        return Money(Decimal(self.price))


class NewMessageCardBody(PriceBody, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card: its names, a motif, the colours of paper and ink, and a greeting if it has one."""

    name_tr: Name
    name_en: Name
    motif: Motif
    paper: Colour
    ink: Colour
    greeting_tr: Greeting = ""
    greeting_en: Greeting = ""

    def design(self) -> CardDesign:
        return CardDesign(
            name_tr=self.name_tr,
            name_en=self.name_en,
            motif=self.motif,
            paper=self.paper,
            ink=self.ink,
            greeting_tr=self.greeting_tr,
            greeting_en=self.greeting_en,
        )


class MessageCardAnswer(Struct, frozen=True, kw_only=True):
    """A card on offer; `name` and `greeting` are in the caller's language."""

    id: UUID
    name: str
    greeting: str
    motif: str
    paper: str
    ink: str
    price: Money


class CatalogController(Controller):
    path = "/message-cards"
    tags = ("catalog",)

    @get(operation_id="MessageCards", summary="The message cards on offer", opt=OPEN)
    async def cards(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[MessageCardAnswer]]:
        """In the order in which they were made."""
        page = ask.page(limit, cursor)
        await ask.fresh(message_cards)
        after = page.after[0] if page.after else None
        rows = await offered_cards(ask.reads, after=after, limit=page.limit + 1)
        places = {row.card_id: row.made_position for row in rows}
        answers = [_answer(row, english=ask.language == "en") for row in rows]
        return ask.listed(answers, page, key=lambda card: [places[card.id]])

    @post(operation_id="MakeMessageCard", summary="Offer a new message card", status_code=201)
    async def make(self, ask: Ask, data: NewMessageCardBody) -> Response[Done]:
        """For admins."""
        ask.must_be("admin")
        return await ask.run(
            MakeMessageCard(card_id=ask.new_id(), design=data.design(), price=data.money()),
            status=201,
        )

    @post(
        "/{card_id:uuid}/reprice",
        operation_id="RepriceMessageCard",
        summary="Change a card's price",
        status_code=200,
    )
    async def reprice(self, ask: Ask, card_id: UUID, data: PriceBody) -> Response[Done]:
        """For admins. Drafts that have the card keep the price they had."""
        ask.must_be("admin")
        return await ask.run(
            RepriceMessageCard(card_id=card_id, price=data.money(), expected_version=ask.if_match)
        )

    @post(
        "/{card_id:uuid}/retire",
        operation_id="RetireMessageCard",
        summary="Offer a card no longer",
        status_code=200,
    )
    async def retire(self, ask: Ask, card_id: UUID) -> Response[Done]:
        """For admins. Drafts that have the card keep it."""
        ask.must_be("admin")
        return await ask.run(RetireMessageCard(card_id=card_id, expected_version=ask.if_match))

    @post(
        "/{card_id:uuid}/publish",
        operation_id="PublishMessageCard",
        summary="Offer a retired card again",
        status_code=200,
    )
    async def publish(self, ask: Ask, card_id: UUID) -> Response[Done]:
        """For admins."""
        ask.must_be("admin")
        return await ask.run(PublishMessageCard(card_id=card_id, expected_version=ask.if_match))


def _answer(row: MessageCardRow, *, english: bool) -> MessageCardAnswer:
    design = row.design
    return MessageCardAnswer(
        id=row.card_id,
        name=design.name_en if english else design.name_tr,
        greeting=design.greeting_en if english else design.greeting_tr,
        motif=design.motif,
        paper=design.paper,
        ink=design.ink,
        price=row.price,
    )
