"""What design work is made of: its steps, what it is for, and why it says no."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.shared.errors import Conflict
from domain.shared.money import Money

Party = Literal["customer", "designer", "seller", "time"]
JobState = Literal[
    "opened",
    "awaiting_designer",
    "in_progress",
    "preview_sent",
    "revision_requested",
    "approved",
    "declined",
    "cancelled",
]

EDGES: dict[JobState, tuple[JobState, ...]] = {
    "opened": ("awaiting_designer",),
    "awaiting_designer": ("in_progress", "declined", "cancelled"),
    "in_progress": ("preview_sent", "cancelled"),
    "preview_sent": ("approved", "revision_requested", "cancelled"),
    "revision_requested": ("preview_sent", "cancelled"),
    "approved": (),
    "declined": ("awaiting_designer", "cancelled"),
    "cancelled": (),
}
"""Every step the work can take; there are no others."""


class DesignCannotMove(Conflict):
    """The work has no such step from where it is. Facts: `state` and `to`."""


class RevisionsUsedUp(Conflict):
    """All revisions that the fee covers were asked for. Fact: `allowed`."""


class DesignerDeclined(Conflict):
    """They have declined the work already."""


class DesignerTooDear(Conflict):
    """Their price is above the fee that was paid. Facts: `fee` and `price`."""


class DesignBrief(Struct, frozen=True, kw_only=True):
    """What the designer is told of the book, in the customer's words."""

    title: str
    author: str
    wishes: str


class Commission(Struct, frozen=True, kw_only=True):
    """What the work is for and on which terms; `fee` is what the designer asked, KDV inside. What a
    coupon took off it, the shop gave.
    """

    order_id: UUID
    number: str
    draft_id: UUID
    book_kind: str
    fee: Money
    revisions_allowed: int


class Artist(Struct, frozen=True, kw_only=True):
    """The designer who is asked, and the person that they are."""

    designer_id: UUID
    person_id: UUID
