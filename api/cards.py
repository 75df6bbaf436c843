"""One's saved cards over HTTP: seen by their last digits, and removed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Controller, Response, get, post

from api.ask import Ask, Listed
from application.cards import RemoveCard
from projections.cards import ShownCard, card_books, cards_of


class CardsController(Controller):
    """Cards are saved on the payment provider's page only, which keeps them."""

    path = "/cards"
    tags = ("cards",)

    @get("/", operation_id="SavedCards", summary="One's saved cards")
    async def cards(self, ask: Ask) -> Response[Listed[ShownCard]]:
        """All of them, in the order in which they were saved; the ETag is for `If-Match`."""
        await ask.fresh(card_books)
        book = await cards_of(ask.reads, ask.person)
        return ask.answer(
            Listed(list(book.cards) if book else [], None), book.version if book else None
        )

    @post(
        "/{saved_card_id:uuid}/remove",
        operation_id="RemoveCard",
        summary="Remove a saved card",
        status_code=200,
    )
    async def remove(self, ask: Ask, saved_card_id: UUID) -> Response[Any]:
        """It can't be used from now on, and the payment provider deletes it soon. A card that is
        not there is not there any more.
        """
        command = RemoveCard(
            person_id=ask.person, card_id=saved_card_id, expected_version=ask.if_match
        )
        return await ask.run(command)
