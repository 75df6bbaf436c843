"""One's saved addresses over HTTP."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Response, get, post
from msgspec import Meta, Struct, structs

from api.ask import Ask, Listed
from application.addresses import AddAddress, ChangeAddress, MakeAddressDefault, RemoveAddress
from domain.shared.address import Address
from projections.addresses import SavedAddress, address_books, saved_addresses

Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
Short = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class PostalFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Turkish postal address; the phone is in international form."""

    name: Short
    line: Line
    district: Short
    province: Short
    postcode: Annotated[str, Meta(pattern=r"^([0-9]{5})?$(?!\n)", examples=["34710"])] = ""
    phone: Annotated[str, Meta(pattern=r"^(\+[0-9]{8,15})?$(?!\n)", examples=["+905321234567"])] = (
        ""
    )


class NewAddress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address to save; the first one is the default in any case."""

    address: PostalFields
    default: bool = False


class ChangedAddress(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address as it is to be from now on."""

    address: PostalFields


class AddressesController(Controller):
    """At most ten saved addresses, one of them the default."""

    path = "/addresses"
    tags = ("addresses",)

    @get("/", operation_id="SavedAddresses", summary="One's saved addresses")
    async def addresses(self, ask: Ask) -> Response[Listed[SavedAddress]]:
        """All of them, in the order in which they were saved; the ETag is for `If-Match`."""
        await ask.fresh(address_books)
        book = await saved_addresses(ask.reads, ask.person)
        items = list(book.addresses) if book else []
        return ask.answer(Listed(items, None), book.version if book else None)

    @post("/", operation_id="AddAddress", summary="Save an address")
    async def add(self, ask: Ask, data: NewAddress) -> Response[Any]:
        """Answers the `address_id` by which it is changed and removed."""
        command = AddAddress(
            person_id=ask.person,
            address_id=ask.new_id(),
            address=_address(data.address),
            default=data.default,
            expected_version=ask.if_match,
        )
        return await ask.run(command, status=201)

    @post(
        "/{address_id:uuid}/change",
        operation_id="ChangeAddress",
        summary="Change a saved address",
        status_code=200,
    )
    async def change(self, ask: Ask, address_id: UUID, data: ChangedAddress) -> Response[Any]:
        """Orders that were placed with it keep what they were placed with."""
        command = ChangeAddress(
            person_id=ask.person,
            address_id=address_id,
            address=_address(data.address),
            expected_version=ask.if_match,
        )
        return await ask.run(command)

    @post(
        "/{address_id:uuid}/remove",
        operation_id="RemoveAddress",
        summary="Remove a saved address",
        status_code=200,
    )
    async def remove(self, ask: Ask, address_id: UUID) -> Response[Any]:
        """If it was the default, the oldest one left becomes it."""
        command = RemoveAddress(
            person_id=ask.person, address_id=address_id, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/{address_id:uuid}/make-default",
        operation_id="MakeAddressDefault",
        summary="Choose the default address",
        status_code=200,
    )
    async def make_default(self, ask: Ask, address_id: UUID) -> Response[Any]:
        """The one that is offered first."""
        command = MakeAddressDefault(
            person_id=ask.person, address_id=address_id, expected_version=ask.if_match
        )
        return await ask.run(command)


def _address(fields: PostalFields) -> Address:
    return Address(**structs.asdict(fields))
