"""Every command about designers, each in a house where it does something."""

from __future__ import annotations

from uuid import UUID

from application.designers import (
    ApproveDesigner,
    ChangeAvailability,
    ChangeDesignerPrice,
    ChangeDesignerProfile,
    ChooseDesigner,
    RejectDesigner,
    StopTakingWork,
)
from application.drafts import StartDraft
from domain.designers import Designer, Profile
from domain.shared.money import Money
from tests.asked import State
from tests.designers.examples import ADMIN, ARTIST, READER, apply
from tests.given import House

DESIGNER, DRAFT = Designer.id_of(ARTIST), UUID(int=301)
APPROVE = ApproveDesigner(designer_id=DESIGNER, admin_id=ADMIN)
REJECT = RejectDesigner(designer_id=DESIGNER, admin_id=ADMIN, reason="Örnek iş yok")


async def an_empty_house() -> House:
    """Nobody has applied."""
    return House({})


EMPTY = State(an_empty_house)
APPLIED = EMPTY.after(apply())
APPROVED = APPLIED.after(APPROVE)
CHOOSING = APPROVED.after(StartDraft(draft_id=DRAFT, customer_id=READER, method="artist"))

EXAMPLES = [
    *EMPTY.asked(apply()),
    *APPLIED.asked(APPROVE, REJECT),
    *APPLIED.after(REJECT).asked(apply()),
    *APPROVED.asked(
        ChangeDesignerProfile(
            person_id=ARTIST,
            profile=Profile(display_name="Zeynep Ç.", bio="Kolaj kapaklar"),
            specialities=("collage",),
            hidden=("links",),
        ),
        ChangeDesignerPrice(person_id=ARTIST, price=Money.of("500.00")),
        ChangeAvailability(person_id=ARTIST, available=False),
        StopTakingWork(person_id=ARTIST),
    ),
    *CHOOSING.asked(
        ChooseDesigner(
            draft_id=DRAFT, customer_id=READER, designer_id=DESIGNER, wishes="Deniz mavisi olsun"
        )
    ),
]
