"""Designers over HTTP: the published ones, one's own profile, and what admins decide."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import OPEN, Ask, Listed
from application.designers import (
    ApplyAsDesigner,
    ApproveDesigner,
    ChangeAvailability,
    ChangeDesignerPrice,
    ChangeDesignerProfile,
    ChooseDesigner,
    RejectDesigner,
)
from application.store import Store
from domain.designers import DesignerState, Offer, Profile, ProfileField, Speciality
from domain.drafts import Draft
from domain.recommendation import Merit, recommend
from domain.shared.days import midnight_in_turkey
from domain.shared.errors import NotFound
from domain.shared.money import Money
from projections.design import design_jobs
from projections.designers import (
    DesignerRow,
    chosen_designers,
    designers,
    open_applications,
    own_designer,
    published_designer,
    published_designers,
    standings,
)
from projections.reviews import reviews

Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\S")]
Text = Annotated[str, Meta(max_length=2000)]
Link = Annotated[str, Meta(max_length=300, pattern=r"^https://\S+$(?!\n)")]
Links = Annotated[tuple[Link, ...], Meta(max_length=10)]
Specialities = Annotated[tuple[Speciality, ...], Meta(min_length=1, max_length=5)]
Hidden = Annotated[tuple[ProfileField, ...], Meta(max_length=2)]
Lira = Annotated[str, Meta(pattern=r"^[0-9]{1,6}(\.[0-9]{1,2})?$(?!\n)", examples=["450.00"])]


class ProfileBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a designer says about themselves; `hidden` names what is not published."""

    display_name: Name
    bio: Text = ""
    links: Links = ()
    specialities: Specialities
    hidden: Hidden = ()


class ApplicationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An application. `price` is in TRY with KDV inside; `consent_version` names the text on
    revenue sharing that was agreed to.
    """

    profile: ProfileBody
    price: Lira
    consent_version: Annotated[str, Meta(min_length=1, max_length=40)]


class PriceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a cover is to cost from now on, in TRY with KDV inside."""

    price: Lira


class AvailabilityBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether new work is taken."""

    available: bool


class RejectionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an application is turned down; the applicant reads it."""

    reason: Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\S")]


class ChoiceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is to make it, and what they should know."""

    designer_id: UUID
    wishes: Text = ""


class PublicDesigner(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What everybody may read; `bio` and `links` are absent where the designer hides them."""

    designer_id: UUID
    display_name: str
    specialities: tuple[Speciality, ...]
    price: Money
    available: bool
    bio: str = ""
    links: tuple[str, ...] = ()


class RecommendedDesigner(Struct, frozen=True, kw_only=True):
    """A designer, and what speaks for them: best, newcomer or least_busy."""

    designer: PublicDesigner
    merit: Merit


class OwnProfile(Struct, frozen=True, kw_only=True):
    """All that the shop holds about the caller as a designer; admins read it, too."""

    designer_id: UUID
    person_id: UUID
    state: DesignerState
    available: bool
    display_name: str
    bio: str
    links: tuple[str, ...]
    specialities: tuple[Speciality, ...]
    hidden: tuple[ProfileField, ...]
    price: Money
    applied_at: datetime
    approved_at: datetime | None
    reason: str


class DesignersController(Controller):
    """Designers, as customers, they themselves and admins see them."""

    path = "/designers"
    tags = ("designers",)

    @get("/", operation_id="Designers", summary="Designers who take work", opt=OPEN)
    async def listing(
        self,
        ask: Ask,
        speciality: Speciality | None = None,
        price_up_to: Annotated[int | None, QueryParameter(ge=0, le=1_000_000)] = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[PublicDesigner]]:
        """The newest first; narrowed to a speciality, or to a price in whole liras."""
        page = ask.page(limit, cursor)
        await ask.fresh(designers)
        rows = await published_designers(
            ask.reads,
            speciality=speciality,
            up_to=price_up_to,
            before=page.after[0] if page.after else None,
            limit=page.limit + 1,
        )
        listed = {row.designer_id: row.listed for row in rows}
        items = [_public(row) for row in rows]
        return ask.listed(items, page, key=lambda item: [listed[item.designer_id]])

    @get("/{designer_id:uuid}", operation_id="Designer", summary="One designer", opt=OPEN)
    async def one(self, ask: Ask, designer_id: UUID) -> Response[PublicDesigner]:
        """What they chose to publish, also while they take a break."""
        await ask.fresh(designers)
        row = await published_designer(ask.reads, designer_id)
        if row is None:
            raise NotFound
        return ask.answer(_public(row), row.version)

    @get("/me", operation_id="OwnDesigner", summary="The caller as a designer")
    async def me(self, ask: Ask) -> Response[OwnProfile]:
        """Profile, offer and the state of the application. 404 for who never applied."""
        await ask.fresh(designers)
        row = await own_designer(ask.reads, ask.person)
        if row is None:
            raise NotFound
        return ask.answer(_own(row), row.version)

    @get("/applications", operation_id="DesignerApplications", summary="Open applications")
    async def applications(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[OwnProfile]]:
        """Who waits for a decision, the longest first. For admins."""
        ask.must_be("admin")
        page = ask.page(limit, cursor)
        await ask.fresh(designers)
        after = page.after[0] if page.after else None
        rows = await open_applications(ask.reads, after=after, limit=page.limit + 1)
        applied = {row.designer_id: row.applied for row in rows}
        items = [_own(row) for row in rows]
        return ask.listed(items, page, key=lambda item: [applied[item.designer_id]])

    @post("/applications", operation_id="ApplyAsDesigner", summary="Apply as a designer")
    async def apply(self, ask: Ask, data: ApplicationBody) -> Response[Any]:
        """An admin decides. Once rejected, one may apply again."""
        command = ApplyAsDesigner(
            person_id=ask.person,
            profile=_profile(data.profile),
            offer=Offer(
                specialities=data.profile.specialities,
                price=Money.of(data.price),
                hidden=data.profile.hidden,
            ),
            consent_version=data.consent_version,
        )
        return await ask.run(command, status=201, location="/api/v1/designers/me")

    @post(
        "/me/profile",
        operation_id="ChangeDesignerProfile",
        summary="Change one's profile",
        status_code=200,
    )
    async def change_profile(self, ask: Ask, data: ProfileBody) -> Response[Any]:
        """The whole profile as it is to be from now on."""
        command = ChangeDesignerProfile(
            person_id=ask.person,
            profile=_profile(data),
            specialities=data.specialities,
            hidden=data.hidden,
            expected_version=ask.if_match,
        )
        return await ask.run(command)

    @post(
        "/me/price",
        operation_id="ChangeDesignerPrice",
        summary="Change one's price",
        status_code=200,
    )
    async def change_price(self, ask: Ask, data: PriceBody) -> Response[Any]:
        """Drafts for which one was chosen before keep the price of that day."""
        command = ChangeDesignerPrice(
            person_id=ask.person, price=Money.of(data.price), expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/me/availability",
        operation_id="ChangeAvailability",
        summary="Take new work, or take a break",
        status_code=200,
    )
    async def change_availability(self, ask: Ask, data: AvailabilityBody) -> Response[Any]:
        """Work that was taken on goes on during a break."""
        ask.must_be("designer")
        command = ChangeAvailability(
            person_id=ask.person, available=data.available, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/{designer_id:uuid}/approve",
        operation_id="ApproveDesigner",
        summary="Approve an application",
        status_code=200,
    )
    async def approve(self, ask: Ask, designer_id: UUID) -> Response[Any]:
        """They get the role of a designer and are published. For admins, not on one's own."""
        ask.must_be("admin")
        command = ApproveDesigner(
            designer_id=designer_id, admin_id=ask.person, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/{designer_id:uuid}/reject",
        operation_id="RejectDesigner",
        summary="Turn an application down",
        status_code=200,
    )
    async def reject(self, ask: Ask, designer_id: UUID, data: RejectionBody) -> Response[Any]:
        """They may apply again. For admins, not on one's own."""
        ask.must_be("admin")
        command = RejectDesigner(
            designer_id=designer_id,
            admin_id=ask.person,
            reason=data.reason,
            expected_version=ask.if_match,
        )
        return await ask.run(command)


class DraftDesignersController(Controller):
    """Choosing a designer for a draft."""

    path = "/drafts/{draft_id:uuid}"
    tags = ("designers", "drafts")

    @get(
        "/recommended-designers",
        operation_id="RecommendedDesigners",
        summary="Three designers for a draft",
    )
    async def recommended(self, ask: Ask, draft_id: UUID) -> Response[Listed[RecommendedDesigner]]:
        """The one with the best reviews, a newcomer, and the least busy one.

        Few reviews prove little, so that stars count by the lower end of Wilson's interval; whoever
        has none is compared by finished designs. Work and reviews count as they stood at midnight,
        so that the answer stays the same for a day unless designers come or go.
        """
        draft = await Store(ask.log, ask.now).get(Draft, draft_id)
        draft.must_belong_to(ask.person)
        await ask.fresh(designers, design_jobs, reviews)
        since = midnight_in_turkey(ask.now)
        standing = await standings(ask.reads, since=since, customer_id=ask.person)
        picks = recommend(standing, question=str(draft_id), day=since.date())
        merits = {pick.designer_id: pick.merit for pick in picks}
        items = [
            RecommendedDesigner(designer=_public(row), merit=merits[row.designer_id])
            for row in await chosen_designers(ask.reads, list(merits))
        ]
        return ask.answer(Listed(items, None))

    @post(
        "/designer",
        operation_id="ChooseDesigner",
        summary="Choose the designer of a draft",
        status_code=200,
    )
    async def choose(self, ask: Ask, draft_id: UUID, data: ChoiceBody) -> Response[Any]:
        """At their price of now, which stays."""
        command = ChooseDesigner(
            draft_id=draft_id,
            customer_id=ask.person,
            designer_id=data.designer_id,
            wishes=data.wishes,
            expected_version=ask.if_match,
        )
        return await ask.run(command)


def _profile(body: ProfileBody) -> Profile:
    return Profile(display_name=body.display_name, bio=body.bio, links=body.links)


def _public(row: DesignerRow) -> PublicDesigner:
    return PublicDesigner(
        designer_id=row.designer_id,
        display_name=row.display_name,
        specialities=row.specialities,
        price=row.price,
        available=row.available,
        bio="" if "bio" in row.hidden else row.bio,
        links=() if "links" in row.hidden else row.links,
    )


def _own(row: DesignerRow) -> OwnProfile:
    return OwnProfile(**{name: getattr(row, name) for name in OwnProfile.__struct_fields__})
