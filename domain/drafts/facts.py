"""What the events of a draft tell; their names are in the draft."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from domain.drafts.parts import Addresses, BookKind, CardWords, Method, Purpose
from domain.shared.aggregate import PERSONAL, Created, Event, Personal
from domain.shared.artwork import Artwork, Candidate
from domain.shared.money import Money


class Happened(Event, frozen=True, kw_only=True):
    """What all events after the first have: whose draft it is."""

    CONCERNS = ("customer_id",)
    SUBJECT = "customer_id"
    customer_id: UUID


class Started(Created, frozen=True, kw_only=True):
    """There is nothing in it but its method."""

    CONCERNS = ("customer_id",)
    SHOWS = ("method",)
    customer_id: UUID
    method: Method


class BookDescribed(Happened, frozen=True, kw_only=True):
    """Which book the cover is for."""

    title: Personal
    author: Personal
    book_kind: BookKind
    purpose: Purpose
    message_card: bool


class GenerationBegun(Happened, frozen=True, kw_only=True):
    """Candidates are being painted for so many credits."""

    SHOWS = ("generation_id", "credits")
    generation_id: UUID
    credits: int


class CandidatesReceived(Happened, frozen=True, kw_only=True):
    """They are painted."""

    SHOWS = ("generation_id",)
    generation_id: UUID
    candidates: tuple[Candidate, ...]


class GenerationMissed(Happened, frozen=True, kw_only=True):
    """Nothing was painted."""

    SHOWS = ("generation_id", "reason")
    generation_id: UUID
    reason: str


class CandidateSelected(Happened, frozen=True, kw_only=True):
    """One of them is the artwork."""

    SHOWS = ("generation_id", "variant")
    generation_id: UUID
    variant: int
    artwork: Artwork


class ArtworkAttached(Happened, frozen=True, kw_only=True):
    """An uploaded file is the artwork."""

    artwork: Artwork
    warnings: tuple[str, ...]


class MessageCardAdded(Happened, frozen=True, kw_only=True):
    """A card goes along."""

    card_id: UUID
    name: str
    price: Money
    words: Annotated[CardWords, PERSONAL]


class MessageCardRemoved(Happened, frozen=True, kw_only=True):
    """No card goes along."""


class AddressesGiven(Happened, frozen=True, kw_only=True):
    """Where it goes, and who gets the bill."""

    addresses: Annotated[Addresses, PERSONAL]


class DesignerChosen(Happened, frozen=True, kw_only=True):
    """An artist makes it for a fee."""

    SHOWS = ("designer_id",)
    designer_id: UUID
    fee: Money
    wishes: Personal


class Committed(Happened, frozen=True, kw_only=True):
    """It is frozen for an order."""

    SHOWS = ("order_id",)
    order_id: UUID


class OptionsChosen(Happened, frozen=True, kw_only=True):
    """The size, width x height in mm, and the paper."""

    SHOWS = ("size", "paper")
    size: str
    paper: str


class CouponEntered(Happened, frozen=True, kw_only=True):
    """A coupon is to be used."""

    SHOWS = ("code",)
    code: str


class CouponRemoved(Happened, frozen=True, kw_only=True):
    """It is not to be used after all."""

    SHOWS = ("code",)
    code: str
