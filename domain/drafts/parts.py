"""What a draft is made of."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.shared.address import Address
from domain.shared.artwork import Artwork, Candidate
from domain.shared.money import Money

Method = Literal["upload", "ai", "artist"]
BookKind = Literal["novel", "story", "poem", "essay", "biography", "other"]
Purpose = Literal["for_me", "gift_to_myself", "gift"]


class Book(Struct, frozen=True, kw_only=True):
    """The book that the cover is for; `message_card` tells that one is wanted with it."""

    title: str
    author: str
    kind: BookKind = "novel"
    purpose: Purpose = "for_me"
    message_card: bool = False


class CardWords(Struct, frozen=True, kw_only=True):
    """What is printed on a message card."""

    recipient: str
    sender: str
    text: str


class MessageCard(Struct, frozen=True, kw_only=True):
    """A card of the catalogue with the customer's words; the price is that of the day it was
    added.
    """

    card_id: UUID
    name: str
    price: Money
    recipient: str
    sender: str
    text: str

    @property
    def words(self) -> CardWords:
        return CardWords(recipient=self.recipient, sender=self.sender, text=self.text)


class Addresses(Struct, frozen=True, kw_only=True):
    """Where the cover goes, and whom the bill is made out to.

    `tax_number` is a person's or a company's, or empty; `tax_office` belongs to a company's.
    """

    delivery: Address
    billing: Address
    tax_number: str = ""
    tax_office: str = ""


class Options(Struct, frozen=True, kw_only=True):
    """The size, width x height in mm, and the paper of a cover."""

    size: str
    paper: str


MOST_COUPONS = 5

PICTURE: dict[Method, str] = {"upload": "artwork", "ai": "candidate", "artist": "designer"}
"""What a draft needs for its picture, by its method."""


def missing_parts(
    method: Method, *, book: bool, pictured: bool, card: bool, addresses: bool
) -> tuple[str, ...]:
    """The names of what is not there yet, in the order in which it is asked for."""
    there = {
        "book": book,
        PICTURE[method]: pictured,
        "message_card": card,
        "addresses": addresses,
    }
    return tuple(name for name, is_there in there.items() if not is_there)


def painted(generation_id: UUID, candidate: Candidate) -> Artwork:
    """A candidate as the artwork of a draft."""
    return Artwork(
        digest=candidate.original_digest,
        media_type="image/png",
        width=candidate.width,
        height=candidate.height,
        preview_digest=candidate.preview_digest,
        generation_id=generation_id,
        variant=candidate.variant,
        painter_version=candidate.painter_version,
    )
