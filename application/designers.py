"""What can be asked about designers: applying, approving, their offer, and choosing one."""

from __future__ import annotations

from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from domain.designers import Designer, Offer, Profile, ProfileField, Speciality
from domain.drafts import Draft
from domain.shared.money import Money


class ApplyAsDesigner(Command, frozen=True, kw_only=True):
    """Ask to work here. `consent_version` names the text on revenue sharing agreed to."""

    person_id: UUID
    profile: Profile
    offer: Offer
    consent_version: str


class ApproveDesigner(Command, frozen=True, kw_only=True):
    """An admin lets a designer work here."""

    designer_id: UUID
    admin_id: UUID
    expected_version: int | None = None


class RejectDesigner(Command, frozen=True, kw_only=True):
    """An admin turns an application down."""

    designer_id: UUID
    admin_id: UUID
    reason: str
    expected_version: int | None = None


class ChangeDesignerProfile(Command, frozen=True, kw_only=True):
    """A designer says something else about themselves, and what of it everybody may read."""

    person_id: UUID
    profile: Profile
    specialities: tuple[Speciality, ...]
    hidden: tuple[ProfileField, ...] = ()
    expected_version: int | None = None


class ChangeDesignerPrice(Command, frozen=True, kw_only=True):
    """A designer asks another price from now on."""

    person_id: UUID
    price: Money
    expected_version: int | None = None


class ChangeAvailability(Command, frozen=True, kw_only=True):
    """A designer takes new work, or takes a break from it."""

    person_id: UUID
    available: bool
    expected_version: int | None = None


class StopTakingWork(Command, frozen=True, kw_only=True):
    """A person is no designer any more; ignored where they never were one."""

    person_id: UUID


class ChooseDesigner(Command, frozen=True, kw_only=True):
    """Have a draft made by a designer at their present price, with wishes in one's own words."""

    draft_id: UUID
    customer_id: UUID
    designer_id: UUID
    wishes: str = ""
    expected_version: int | None = None


@handles
async def apply_as_designer(command: ApplyAsDesigner, store: Store) -> None:
    designer = await store.find(Designer, Designer.id_of(command.person_id))
    if designer is None:
        designer = Designer.apply(
            command.person_id,
            command.profile,
            offer=command.offer,
            consent_version=command.consent_version,
            now=store.now,
        )
    else:
        designer.apply_again(
            command.profile, command.offer, consent_version=command.consent_version
        )
    store.save(designer)


@handles
async def approve_designer(command: ApproveDesigner, store: Store) -> None:
    designer = await store.get(Designer, command.designer_id)
    designer.must_be_at(command.expected_version)
    designer.approve(command.admin_id)
    store.save(designer)


@handles
async def reject_designer(command: RejectDesigner, store: Store) -> None:
    designer = await store.get(Designer, command.designer_id)
    designer.must_be_at(command.expected_version)
    designer.reject(command.admin_id, command.reason)
    store.save(designer)


@handles
async def change_designer_profile(command: ChangeDesignerProfile, store: Store) -> None:
    designer = await store.get(Designer, Designer.id_of(command.person_id))
    designer.must_be_at(command.expected_version)
    designer.change_profile(command.profile, command.specialities, hidden=command.hidden)
    store.save(designer)


@handles
async def change_designer_price(command: ChangeDesignerPrice, store: Store) -> None:
    designer = await store.get(Designer, Designer.id_of(command.person_id))
    designer.must_be_at(command.expected_version)
    designer.change_price(command.price)
    store.save(designer)


@handles
async def change_availability(command: ChangeAvailability, store: Store) -> None:
    designer = await store.get(Designer, Designer.id_of(command.person_id))
    designer.must_be_at(command.expected_version)
    if command.available:
        designer.take_work()
    else:
        designer.take_a_break()
    store.save(designer)


@handles
async def stop_taking_work(command: StopTakingWork, store: Store) -> None:
    designer = await store.find(Designer, Designer.id_of(command.person_id))
    if designer:
        designer.take_a_break()
        store.save(designer)


@handles
async def choose_designer(command: ChooseDesigner, store: Store) -> None:
    draft = await store.get(Draft, command.draft_id)
    draft.must_belong_to(command.customer_id)
    draft.must_be_at(command.expected_version)
    designer = await store.get(Designer, command.designer_id)
    designer.must_take_work_from(command.customer_id)
    draft.choose_designer(designer.id, designer.price, wishes=command.wishes)
    store.save(draft)
