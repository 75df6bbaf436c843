"""The job of saved cards: the provider deletes what its owner removed."""

from __future__ import annotations

from application.cards import ForgetCard, RecordCardForgotten
from application.ports import CardVault, Clock, Unavailable
from application.store import EventLog, Store
from domain.cards import SavedCards
from workers.jobs import works


@works()
async def forget_card(
    job: ForgetCard, vault: CardVault, log: EventLog, *, clock: Clock
) -> RecordCardForgotten | None:
    """Delete it, unless it was saved anew meanwhile. Raises `Unavailable` until it is gone."""
    cards = await Store(log, clock.now()).get(SavedCards, SavedCards.id_of(job.person_id))
    card = cards.leaving.get(job.card_id)
    if card is None:
        return None
    trouble = await vault.forget(card.holder_token, card.card_token)
    if trouble is not None:
        raise Unavailable(f"the provider has not deleted the card: {trouble}")
    return RecordCardForgotten(person_id=job.person_id, card_id=job.card_id)
