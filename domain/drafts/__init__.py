"""A customer's draft of a cover: method, book, artwork, message card, addresses, commit."""

from domain.drafts.draft import Draft
from domain.drafts.parts import (
    Addresses,
    Book,
    BookKind,
    CardWords,
    MessageCard,
    Method,
    Options,
    Purpose,
    missing_parts,
)
from domain.drafts.refusals import (
    DraftFrozen,
    DraftIncomplete,
    GenerationUnderWay,
    TextMissing,
    TooManyCoupons,
    UnknownCandidate,
    WrongMethod,
)
from domain.shared.address import Address
from domain.shared.artwork import Artwork, Candidate

__all__ = [
    "Address",
    "Addresses",
    "Artwork",
    "Book",
    "BookKind",
    "Candidate",
    "CardWords",
    "Draft",
    "DraftFrozen",
    "DraftIncomplete",
    "GenerationUnderWay",
    "MessageCard",
    "Method",
    "Options",
    "Purpose",
    "TextMissing",
    "TooManyCoupons",
    "UnknownCandidate",
    "WrongMethod",
    "missing_parts",
]
