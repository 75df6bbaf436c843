"""Every command about the catalogue, each in a house where it does something."""

from __future__ import annotations

from application.catalog import PublishMessageCard, RepriceMessageCard, RetireMessageCard
from domain.shared.money import Money
from tests.asked import State
from tests.drafts.examples import CARD, MAKE_CARD
from tests.given import House


async def an_empty_house() -> House:
    """Nothing is offered."""
    return House({})


RETIRE = RetireMessageCard(card_id=CARD)
EMPTY = State(an_empty_house)
MADE = EMPTY.after(MAKE_CARD)

EXAMPLES = [
    *EMPTY.asked(MAKE_CARD),
    *MADE.asked(RETIRE, RepriceMessageCard(card_id=CARD, price=Money.of("50.00"))),
    *MADE.after(RETIRE).asked(PublishMessageCard(card_id=CARD)),
]
