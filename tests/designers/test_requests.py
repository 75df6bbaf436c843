"""What can be asked about designers, and what follows."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.bus import Command
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
from application.identity import GrantRole
from application.processes import design as _design  # noqa: F401  # registers its reactions
from application.store import Recorded, Store
from application.terms import Terms
from application.work import reactions_to
from domain.designers import Designer, DesignerUnavailable
from domain.drafts import Draft
from domain.identity import User
from domain.shared.aggregate import Event, Metadata
from domain.shared.errors import NotFound, StaleVersion
from domain.shared.money import Money
from tests.designers.examples import (
    ADMIN,
    ARTIST,
    OFFER,
    PRICE,
    PROFILE,
    READER,
    an_applicant,
    apply,
    approved,
)
from tests.given import NOW, House

DESIGNER = Designer.id_of(ARTIST)
DRAFT = UUID(int=301)
APPROVE = ApproveDesigner(designer_id=DESIGNER, admin_id=ADMIN)
REJECT = RejectDesigner(designer_id=DESIGNER, admin_id=ADMIN, reason="Örnek iş yok")
CHOOSE = ChooseDesigner(draft_id=DRAFT, customer_id=READER, designer_id=DESIGNER, wishes="Mavi")


@pytest.fixture
def house() -> House:
    return House({Terms: Terms()})


async def hired(house: House) -> None:
    await house.do(apply())
    await house.do(APPROVE)
    await house.do(StartDraft(draft_id=DRAFT, customer_id=READER, method="artist"))


async def the_draft(house: House) -> Draft:
    return await Store(house.log, NOW).get(Draft, DRAFT)


async def the_designer(house: House) -> Designer:
    return await Store(house.log, NOW).get(Designer, DESIGNER)


async def test_an_application_is_decided_once(house: House) -> None:
    await house.do(apply())
    await house.do(apply())
    await house.do(REJECT)
    await house.do(apply())
    await house.do(APPROVE)
    await house.do(APPROVE)
    assert house.happened() == [
        Designer.Applied,
        Designer.Rejected,
        Designer.AppliedAgain,
        Designer.Approved,
    ]


async def test_a_designer_changes_what_they_offer(house: House) -> None:
    await hired(house)
    await house.do(ChangeDesignerPrice(person_id=ARTIST, price=Money.of(500)))
    await house.do(
        ChangeDesignerProfile(person_id=ARTIST, profile=PROFILE, specialities=("minimal",))
    )
    await house.do(ChangeAvailability(person_id=ARTIST, available=False))
    designer = await the_designer(house)
    assert (designer.price, designer.offer.specialities) == (Money.of(500), ("minimal",))
    assert not designer.available
    await house.do(ChangeAvailability(person_id=ARTIST, available=True))
    assert (await the_designer(house)).available


async def test_who_never_applied_has_nothing_to_change(house: House) -> None:
    await house.refuses(NotFound, ChangeDesignerPrice(person_id=READER, price=PRICE))
    await house.do(StopTakingWork(person_id=READER))
    assert house.happened() == []


async def test_a_stale_version_changes_nothing(house: House) -> None:
    await hired(house)
    command = ChangeDesignerPrice(person_id=ARTIST, price=Money.of(9), expected_version=1)
    await house.refuses(StaleVersion, command)


async def test_a_chosen_designer_keeps_the_price_of_that_day(house: House) -> None:
    await hired(house)
    await house.do(CHOOSE)
    await house.do(ChangeDesignerPrice(person_id=ARTIST, price=Money.of(900)))
    draft = await the_draft(house)
    assert (draft.designer_id, draft.designer_fee, draft.wishes) == (DESIGNER, PRICE, "Mavi")


async def test_who_takes_a_break_is_not_chosen(house: House) -> None:
    await hired(house)
    await house.do(ChangeAvailability(person_id=ARTIST, available=False))
    await house.refuses(DesignerUnavailable, CHOOSE)


async def test_nobody_chooses_for_another(house: House) -> None:
    await hired(house)
    command = ChooseDesigner(draft_id=DRAFT, customer_id=ADMIN, designer_id=DESIGNER)
    await house.refuses(NotFound, command)


def recorded(event: Event) -> Recorded:
    return Recorded(1, event, Metadata(command_id=DRAFT, command="Test", correlation_id=DRAFT))


def test_an_approved_designer_gets_the_role() -> None:
    designer = an_applicant()
    approved(designer)
    wishes = [
        wish.intent
        for event in designer.collect_events()
        if isinstance(event, Event)
        for wish in reactions_to(recorded(event))
        if isinstance(wish.intent, Command)
    ]
    assert wishes == [GrantRole(person_id=ARTIST, role="designer")]


@pytest.mark.parametrize(
    ("role", "wanted"), [("designer", [StopTakingWork(person_id=ARTIST)]), ("finance", [])]
)
def test_who_loses_the_role_is_offered_to_nobody(role: str, wanted: list[StopTakingWork]) -> None:
    event = User.RoleTaken(
        originator_id=ARTIST,
        originator_version=3,
        timestamp=NOW,
        role="designer" if role == "designer" else "finance",
        taken_by=ADMIN,
    )
    intents = [wish.intent for wish in reactions_to(recorded(event))]
    assert [intent for intent in intents if isinstance(intent, StopTakingWork)] == wanted


async def test_a_designer_without_the_role_takes_a_break(house: House) -> None:
    await hired(house)
    await house.do(StopTakingWork(person_id=ARTIST))
    assert not (await the_designer(house)).available
    assert (await the_designer(house)).offer == OFFER
