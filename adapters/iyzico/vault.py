"""Cards that iyzico keeps for shoppers, by tokens only; cards come in by its own page alone."""

from __future__ import annotations

from typing import Any

from iyzipay import Card, CardList

from adapters.iyzico.answers import (
    Answer,
    BrokenAnswer,
    failure,
    has_succeeded,
    objects,
    text,
)
from adapters.iyzico.merchant import Merchant, judged
from application.ports import Declined, Invalid, Obstacle, SavedCard, Unknown

UNKNOWN_HOLDER = "3005"
UNKNOWN_CARD = "3006"

Cards = tuple[SavedCard, ...] | Obstacle | Declined


class IyzicoCards:
    """Implements the `CardVault` port."""

    def __init__(self, merchant: Merchant) -> None:
        self._merchant = merchant

    async def cards(self, card_user_key: str) -> Cards:
        body = {"locale": "en", "cardUserKey": card_user_key}
        answer = await self._merchant.ask(
            "cards", CardList, send=lambda cards, options: cards.retrieve(body, options)
        )
        if not isinstance(answer, dict):
            return answer
        return judged(lambda: read_cards(answer, card_user_key))

    async def forget(self, card_user_key: str, card_token: str) -> Obstacle | Declined | None:
        body = {"locale": "en", "cardUserKey": card_user_key, "cardToken": card_token}
        answer = await self._merchant.ask(
            "card_delete", Card, send=lambda card, options: card.delete(body, options)
        )
        if not isinstance(answer, dict):
            return answer
        return judged(lambda: read_forgotten(answer))


def read_cards(answer: Answer, card_user_key: str) -> Cards:
    """The cards in an answer. Raises `BrokenAnswer`."""
    if not has_succeeded(answer):
        refused = failure(answer)
        unknown = isinstance(refused, Invalid) and refused.code == UNKNOWN_HOLDER
        return () if unknown else refused
    if text(answer.get("cardUserKey")) != card_user_key:
        return Unknown("other_holder", alarm=True)
    return tuple(_card(card, card_user_key) for card in objects(answer.get("cardDetails")))


def read_forgotten(answer: Answer) -> Obstacle | Declined | None:
    """What a deletion came to; a card that was gone before is gone. Raises `BrokenAnswer`."""
    if has_succeeded(answer):
        return None
    refused = failure(answer)
    gone = isinstance(refused, Invalid) and refused.code in {UNKNOWN_HOLDER, UNKNOWN_CARD}
    return None if gone else refused


def _card(card: dict[str, Any], card_user_key: str) -> SavedCard:
    card_token, last_four = text(card.get("cardToken")), text(card.get("lastFourDigits"))
    if not card_token or len(last_four) != 4:
        raise BrokenAnswer("broken_card")
    return SavedCard(
        card_user_key=card_user_key,
        card_token=card_token,
        last_four=last_four,
        association=text(card.get("cardAssociation")),
        family=text(card.get("cardFamily")),
        bank=text(card.get("cardBankName")),
    )
