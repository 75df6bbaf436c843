"""A designer, and what they do before a test begins."""

from __future__ import annotations

from uuid import UUID

from application.designers import ApplyAsDesigner
from domain.designers import Designer, Offer, Profile
from domain.shared.money import Money
from tests.given import NOW

ARTIST, OTHER_ARTIST, ADMIN, READER = (UUID(int=number) for number in range(201, 205))
PROFILE = Profile(
    display_name="Zeynep Çizer", bio="Suluboya kapaklar", links=("https://zeynep.example/is",)
)
PRICE = Money.of("450.00")
OFFER = Offer(specialities=("watercolour", "poetry"), price=PRICE)
CONSENT = "2026-01"


def an_applicant(person_id: UUID = ARTIST) -> Designer:
    """Somebody who waits for a decision."""
    return Designer.apply(person_id, PROFILE, offer=OFFER, consent_version=CONSENT, now=NOW)


def approved(designer: Designer) -> None:
    """An admin let them work here."""
    designer.approve(ADMIN)


def rejected(designer: Designer) -> None:
    """An admin turned them down."""
    designer.reject(ADMIN, "Örnek iş yok")


def on_a_break(designer: Designer) -> None:
    """They take no work."""
    designer.take_a_break()


def apply(person_id: UUID = ARTIST, offer: Offer = OFFER) -> ApplyAsDesigner:
    """An application."""
    return ApplyAsDesigner(
        person_id=person_id, profile=PROFILE, offer=offer, consent_version=CONSENT
    )
