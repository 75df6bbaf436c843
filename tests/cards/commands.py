"""Every command about saved cards, each in a house where it does something."""

from __future__ import annotations

from msgspec.structs import replace

from application.cards import RecordCardForgotten, RemoveAllCards, RemoveCard
from domain.cards import SavedCard, SavedCards
from tests.asked import State
from tests.orders.examples import CUSTOMER
from tests.payments.commands import AT_THE_PAGE, PAID

CARD = SavedCard(
    card_user_key="holder-1",
    card_token="card-1",
    last_four="0008",
    association="MASTER_CARD",
    family="Axess",
    bank="Akbank",
)
PAID_AND_SAVED = replace(PAID, outcome=replace(PAID.outcome, saved_card=CARD))
REMOVE = RemoveCard(person_id=CUSTOMER, card_id=SavedCards.card_id_of(CUSTOMER, CARD.card_token))
SAVED: State = AT_THE_PAGE.after(PAID_AND_SAVED)

EXAMPLES = [
    *AT_THE_PAGE.asked(PAID_AND_SAVED),
    *SAVED.asked(REMOVE, RemoveAllCards(person_id=CUSTOMER, reason="erased")),
    *SAVED.after(REMOVE).asked(RecordCardForgotten(person_id=CUSTOMER, card_id=REMOVE.card_id)),
]
