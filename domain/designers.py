"""Designers: who they are, what they ask for a cover, and whether they take work."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, Personal, event
from domain.shared.errors import Conflict, Forbidden, Invalid
from domain.shared.money import Money

DESIGNERS = UUID("6a0f6f2e-9b0b-4a53-9a27-6b7f0c3f5d11")

DesignerState = Literal["applied", "approved", "rejected", "left"]
Speciality = Literal[
    "illustration",
    "typography",
    "photography",
    "collage",
    "watercolour",
    "minimal",
    "classic",
    "fantasy",
    "children",
    "poetry",
]
ProfileField = Literal["bio", "links"]


class ConsentMissing(Invalid):
    """Nobody works here without agreeing to how the revenue is shared."""


class NameMissing(Invalid):
    """A designer is shown under a name."""


class PriceNotPositive(Invalid):
    """A design costs something."""


class DesignerNotApproved(Conflict):
    """An admin has not approved them. Fact: `state`."""


class DesignerUnavailable(Conflict):
    """They take no work at present."""


class ApplicationDecided(Conflict):
    """The application was decided otherwise before. Fact: `state`."""


class OwnDesigner(Conflict):
    """Nobody hires themselves."""


class OwnApplication(Forbidden):
    """Nobody decides on their own application."""


class Profile(Struct, frozen=True, kw_only=True):
    """What a designer says about themselves, all of it text about a person."""

    display_name: str
    bio: str = ""
    links: tuple[str, ...] = ()


class Offer(Struct, frozen=True, kw_only=True):
    """What a designer does and for how much; `hidden` names what only the shop may see."""

    specialities: tuple[Speciality, ...]
    price: Money
    hidden: tuple[ProfileField, ...] = ()


class _Happened(Event, frozen=True, kw_only=True):
    """What all events after the first have: the person, who hears of it."""

    CONCERNS = ("person_id",)
    SUBJECT = "person_id"
    person_id: UUID


class Designer(Aggregate):
    """Applied → approved or rejected; who was rejected may apply again, who left may not."""

    TOPIC = "designer"

    class Applied(Created, frozen=True, kw_only=True):
        TOPIC = "designer.applied"
        SUBJECT = "person_id"
        CONCERNS = ("person_id",)
        person_id: UUID
        profile: Annotated[Profile, PERSONAL]
        offer: Offer
        consent_version: str

    class AppliedAgain(_Happened, frozen=True, kw_only=True):
        TOPIC = "designer.applied_again"
        profile: Annotated[Profile, PERSONAL]
        offer: Offer
        consent_version: str

    class Approved(_Happened, frozen=True, kw_only=True):
        TOPIC = "designer.approved"
        approved_by: UUID

    class Rejected(_Happened, frozen=True, kw_only=True):
        TOPIC = "designer.rejected"
        rejected_by: UUID
        reason: Personal

    class ProfileChanged(_Happened, frozen=True, kw_only=True):
        TOPIC = "designer.profile_changed"
        profile: Annotated[Profile, PERSONAL]
        specialities: tuple[Speciality, ...]
        hidden: tuple[ProfileField, ...]

    class PriceChanged(_Happened, frozen=True, kw_only=True):
        TOPIC = "designer.price_changed"
        SHOWS = ("price",)
        price: Money

    class AvailabilityChanged(_Happened, frozen=True, kw_only=True):
        TOPIC = "designer.availability_changed"
        SHOWS = ("available",)
        available: bool

    class Left(_Happened, frozen=True, kw_only=True):
        TOPIC = "designer.left"

    @staticmethod
    def id_of(person_id: UUID) -> UUID:
        """The one designer that a person can be."""
        return uuid5(DESIGNERS, str(person_id))

    @classmethod
    def apply(
        cls,
        person_id: UUID,
        profile: Profile,
        *,
        offer: Offer,
        consent_version: str,
        now: datetime,
    ) -> Designer:
        """A new application. `consent_version` names the text on revenue sharing agreed to.

        Raises `ConsentMissing`, `NameMissing`, `PriceNotPositive`.
        """
        _must_be_complete(profile, offer.price, consent_version=consent_version)
        return cls.begin(
            cls.Applied,
            id=cls.id_of(person_id),
            now=now,
            person_id=person_id,
            profile=profile,
            offer=offer,
            consent_version=consent_version,
        )

    def apply_again(self, profile: Profile, offer: Offer, *, consent_version: str) -> None:
        """Try once more after a rejection; ignored while an application is open or was approved.

        Raises `ConsentMissing`, `NameMissing`, `PriceNotPositive`.
        """
        if self.state != "rejected":
            return
        _must_be_complete(profile, offer.price, consent_version=consent_version)
        self._happens(
            Designer.AppliedAgain,
            profile=profile,
            offer=offer,
            consent_version=consent_version,
        )

    def approve(self, admin_id: UUID) -> None:
        """Let them work here. Raises `OwnApplication`, `ApplicationDecided`."""
        if self._is_decided("approved", admin_id):
            return
        self._happens(Designer.Approved, approved_by=admin_id)

    def reject(self, admin_id: UUID, reason: str) -> None:
        """Turn the application down. Raises `OwnApplication`, `ApplicationDecided`."""
        if self._is_decided("rejected", admin_id):
            return
        self._happens(Designer.Rejected, rejected_by=admin_id, reason=reason)

    def change_profile(
        self,
        profile: Profile,
        specialities: tuple[Speciality, ...],
        *,
        hidden: tuple[ProfileField, ...],
    ) -> None:
        """Say something else about oneself. Raises `NameMissing`."""
        _must_have_name(profile)
        now = (self.profile, self.offer.specialities, self.offer.hidden)
        if now != (profile, specialities, hidden):
            self._happens(
                Designer.ProfileChanged,
                profile=profile,
                specialities=specialities,
                hidden=hidden,
            )

    def change_price(self, price: Money) -> None:
        """Ask another price from now on; what was chosen before keeps its own.

        Raises `PriceNotPositive`.
        """
        _must_cost(price)
        if price != self.price:
            self._happens(Designer.PriceChanged, price=price)

    def take_work(self) -> None:
        """Be there for new work. Raises `DesignerNotApproved`."""
        if self.state != "approved":
            raise DesignerNotApproved(state=self.state)
        if not self.available:
            self._happens(Designer.AvailabilityChanged, available=True)

    def take_a_break(self) -> None:
        """Take no new work; what was accepted goes on."""
        if self.available:
            self._happens(Designer.AvailabilityChanged, available=False)

    def leave(self) -> None:
        """Be shown to nobody any more, for good; a second time changes nothing."""
        if self.state != "left":
            self._happens(Designer.Left)

    def must_take_work_from(self, customer_id: UUID) -> None:
        """Raises `OwnDesigner`, `DesignerNotApproved`, `DesignerUnavailable`."""
        if customer_id == self.person_id:
            raise OwnDesigner
        if self.state != "approved":
            raise DesignerNotApproved(state=self.state)
        if not self.available:
            raise DesignerUnavailable

    def must_not_be(self, admin_id: UUID) -> None:
        """Nobody decides about themselves. Raises `OwnApplication`."""
        if admin_id == self.person_id:
            raise OwnApplication

    @property
    def price(self) -> Money:
        """What a cover costs at present, KDV inside."""
        return self.offer.price

    def _is_decided(self, outcome: DesignerState, admin_id: UUID) -> bool:
        if admin_id == self.person_id:
            raise OwnApplication
        if self.state not in {"applied", outcome}:
            raise ApplicationDecided(state=self.state)
        return self.state == outcome

    def _happens(self, kind: type[Event], **facts: Any) -> None:
        self.emit(kind, person_id=self.person_id, **facts)

    @event(Applied)
    def __init__(self, person_id: UUID, profile: Profile, offer: Offer) -> None:
        self.person_id = person_id
        self.profile = profile
        self.offer = offer
        self.state: DesignerState = "applied"
        self.available = False

    @event(AppliedAgain)
    def _applied_again(self, profile: Profile, offer: Offer) -> None:
        self.profile = profile
        self.offer = offer
        self.state = "applied"

    @event(Approved)
    def _approved(self) -> None:
        self.state = "approved"
        self.available = True

    @event(Rejected)
    def _rejected(self) -> None:
        self.state = "rejected"

    @event(Left)
    def _left(self) -> None:
        self.state = "left"
        self.available = False

    @event(ProfileChanged)
    def _profile_changed(
        self,
        profile: Profile,
        specialities: tuple[Speciality, ...],
        hidden: tuple[ProfileField, ...],
    ) -> None:
        self.profile = profile
        self.offer = Offer(specialities=specialities, price=self.price, hidden=hidden)

    @event(PriceChanged)
    def _price_changed(self, price: Money) -> None:
        self.offer = Offer(
            specialities=self.offer.specialities, price=price, hidden=self.offer.hidden
        )

    @event(AvailabilityChanged)
    def _availability_changed(self, available: bool) -> None:
        self.available = available


def _must_be_complete(profile: Profile, price: Money, *, consent_version: str) -> None:
    if not consent_version:
        raise ConsentMissing("/consent_version")
    _must_have_name(profile)
    _must_cost(price)


def _must_have_name(profile: Profile) -> None:
    if not profile.display_name.strip():
        raise NameMissing("/display_name")


def _must_cost(price: Money) -> None:
    if price.amount <= 0:
        raise PriceNotPositive("/price", price=price)
