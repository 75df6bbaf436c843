"""What callers send about orders."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from domain.orders import HoldKind, NoteReader
from domain.shared.address import Address

Text = Annotated[str, Meta(min_length=1, max_length=1000, pattern=r"\S")]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Line = Annotated[str, Meta(min_length=1, max_length=250, pattern=r"\S")]
Place = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"\S")]


class PlaceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Turkish postal address."""

    name: Name
    line: Line
    district: Place
    province: Place
    postcode: Annotated[str, Meta(pattern=r"^([0-9]{5})?$(?!\n)", examples=["34710"])] = ""
    phone: Annotated[
        str, Meta(pattern=r"^(\+?[0-9 ]{7,20})?$(?!\n)", examples=["+905321112233"])
    ] = ""

    def address(self) -> Address:
        """The same, without spaces around."""
        return Address(
            name=self.name.strip(),
            line=self.line.strip(),
            district=self.district.strip(),
            province=self.province.strip(),
            postcode=self.postcode,
            phone=self.phone,
        )


class DeliveryBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the order is to go."""

    address: PlaceBody


class BillingBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom the invoice is for; companies give their tax number and office."""

    address: PlaceBody
    tax_number: Annotated[
        str, Meta(pattern=r"^([0-9]{10,11})?$(?!\n)", description="TCKN or VKN")
    ] = ""
    tax_office: Annotated[str, Meta(max_length=60)] = ""


class HoldBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is doubted, and why in one's own words, which only staff read."""

    kind: HoldKind
    reason: Text


class NoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be remembered, and whether only staff or also the customer reads it."""

    text: Text
    shown_to: NoteReader = "staff"
