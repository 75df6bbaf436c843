"""Every command about drafts, each in a house where it does something."""

from __future__ import annotations

from application.drafts import AttachArtwork, RemoveMessageCard, SelectCandidate, StartDraft
from tests.asked import State
from tests.drafts.examples import (
    ADD_CARD,
    ADDRESS,
    CUSTOMER,
    DESCRIBE,
    DRAFT,
    GENERATION,
    MAKE_CARD,
    START,
    UPLOADED,
)
from tests.generation.examples import ASK, PAINTED, a_house
from tests.given import House


async def an_empty_house() -> House:
    """Nothing has happened."""
    return House({})


EMPTY = State(an_empty_house)
STARTED = EMPTY.after(START)
UPLOADING = EMPTY.after(StartDraft(draft_id=DRAFT, customer_id=CUSTOMER, method="upload"))
WITH_CARD = STARTED.after(MAKE_CARD, ADD_CARD)

EXAMPLES = [
    *EMPTY.asked(START),
    *STARTED.asked(DESCRIBE, ADDRESS),
    *UPLOADING.asked(
        AttachArtwork(draft_id=DRAFT, customer_id=CUSTOMER, artwork=UPLOADED, size_bytes=9)
    ),
    *STARTED.after(MAKE_CARD).asked(ADD_CARD),
    *WITH_CARD.asked(RemoveMessageCard(draft_id=DRAFT, customer_id=CUSTOMER)),
    *State(a_house)
    .after(ASK, PAINTED)
    .asked(
        SelectCandidate(draft_id=DRAFT, customer_id=CUSTOMER, generation_id=GENERATION, variant=1)
    ),
]
