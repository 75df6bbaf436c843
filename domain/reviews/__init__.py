"""Reviews of designers: one per order that was delivered, answered once, moderated by admins."""

from domain.reviews.around import Invitation, Reporter
from domain.reviews.parts import (
    Author,
    Objection,
    Opinion,
    Part,
    Reviewed,
    shown_name_of,
)
from domain.reviews.review import Review

__all__ = [
    "Author",
    "Invitation",
    "Objection",
    "Opinion",
    "Part",
    "Reporter",
    "Review",
    "Reviewed",
    "shown_name_of",
]
