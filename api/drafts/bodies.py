"""What callers send about drafts."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from application.ports import Language
from domain.drafts import Address, Addresses, Book, BookKind, CardWords, Method, Purpose
from domain.generation import LONGEST_PROMPT, SHORTEST_PROMPT, VARIANTS

Title = Annotated[str, Meta(min_length=1, max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=100)]
CardName = Annotated[str, Meta(min_length=1, max_length=60)]
CardText = Annotated[str, Meta(min_length=1, max_length=500)]
Line = Annotated[str, Meta(min_length=1, max_length=250)]
Place = Annotated[str, Meta(min_length=1, max_length=60)]
Postcode = Annotated[str, Meta(pattern=r"^([0-9]{5})?$(?!\n)", examples=["34710"])]
Phone = Annotated[str, Meta(pattern=r"^(\+?[0-9 ]{7,20})?$(?!\n)", examples=["+905321112233"])]
TaxNumber = Annotated[str, Meta(pattern=r"^([0-9]{10,11})?$(?!\n)", description="TCKN or VKN")]
TaxOffice = Annotated[str, Meta(max_length=60)]
Prompt = Annotated[str, Meta(min_length=SHORTEST_PROMPT, max_length=LONGEST_PROMPT)]
Variant = Annotated[int, Meta(ge=0, lt=VARIANTS)]


class StartDraftBody(Struct, frozen=True, forbid_unknown_fields=True):
    """How the cover is going to be made."""

    method: Method


class BookBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The book; `message_card` tells that a card is wanted with the cover."""

    title: Title
    author: Title
    kind: BookKind
    purpose: Purpose
    message_card: bool = False

    def book(self) -> Book:
        return Book(
            title=self.title.strip(),
            author=self.author.strip(),
            kind=self.kind,
            purpose=self.purpose,
            message_card=self.message_card,
        )


class GenerationBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be painted, in Turkish or English; without a language it is the caller's."""

    prompt: Prompt
    language: Language | None = None


class CandidateBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which candidate is taken."""

    generation_id: UUID
    variant: Variant


class MessageCardBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card of the catalogue, and what is printed on it."""

    card_id: UUID
    recipient: CardName
    sender: CardName
    text: CardText

    def words(self) -> CardWords:
        return CardWords(
            recipient=self.recipient.strip(), sender=self.sender.strip(), text=self.text.strip()
        )


class AddressBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Turkish postal address."""

    name: Name
    line: Line
    district: Place
    province: Place
    postcode: Postcode = ""
    phone: Phone = ""

    def address(self) -> Address:
        return Address(
            name=self.name.strip(),
            line=self.line.strip(),
            district=self.district.strip(),
            province=self.province.strip(),
            postcode=self.postcode,
            phone=self.phone,
        )


class AddressesBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the cover goes; the bill goes there, too, unless `billing` says otherwise."""

    delivery: AddressBody
    billing: AddressBody | None = None
    tax_number: TaxNumber = ""
    tax_office: TaxOffice = ""

    def addresses(self) -> Addresses:
        return Addresses(
            delivery=self.delivery.address(),
            billing=(self.billing or self.delivery).address(),
            tax_number=self.tax_number,
            tax_office=self.tax_office.strip(),
        )
