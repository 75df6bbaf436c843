"""A person's saved addresses."""

from __future__ import annotations

from operator import attrgetter
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from domain.addresses import AddressBook
from domain.shared.address import Address
from projections.base import Fold
from projections.reads import Reads


class SavedAddress(Struct, frozen=True, kw_only=True):
    """One address of a book; exactly one of them is the default."""

    address_id: UUID
    address: Address
    default: bool = False


class SavedAddresses(Struct, frozen=True, kw_only=True):
    """All addresses of a person, in the order in which they were added."""

    person_id: UUID
    addresses: tuple[SavedAddress, ...]
    version: int


address_books = Fold("address_books", SavedAddresses, version=1, key=["person_id"])

_person = attrgetter("person_id")


@address_books.on(AddressBook.Opened, key=_person)
def opened(_row: SavedAddresses | None, event: AddressBook.Opened) -> SavedAddresses:
    return SavedAddresses(person_id=event.person_id, addresses=(), version=event.originator_version)


@address_books.on(AddressBook.AddressAdded, key=_person)
def added(row: SavedAddresses, event: AddressBook.AddressAdded) -> SavedAddresses:
    one = SavedAddress(address_id=event.address_id, address=event.address)
    return replace(row, addresses=(*row.addresses, one), version=event.originator_version)


@address_books.on(AddressBook.AddressChanged, key=_person)
def changed(row: SavedAddresses, event: AddressBook.AddressChanged) -> SavedAddresses:
    written = tuple(
        replace(one, address=event.address) if one.address_id == event.address_id else one
        for one in row.addresses
    )
    return replace(row, addresses=written, version=event.originator_version)


@address_books.on(AddressBook.AddressRemoved, key=_person)
def removed(row: SavedAddresses, event: AddressBook.AddressRemoved) -> SavedAddresses:
    left = tuple(one for one in row.addresses if one.address_id != event.address_id)
    return replace(row, addresses=left, version=event.originator_version)


@address_books.on(AddressBook.DefaultChosen, key=_person)
def default_chosen(row: SavedAddresses, event: AddressBook.DefaultChosen) -> SavedAddresses:
    marked = tuple(
        replace(one, default=one.address_id == event.address_id) for one in row.addresses
    )
    return replace(row, addresses=marked, version=event.originator_version)


async def saved_addresses(reads: Reads, person_id: UUID) -> SavedAddresses | None:
    """The person's addresses; None before the first was saved."""
    return await reads.one(
        SavedAddresses, "SELECT * FROM read.address_books WHERE person_id = %s", (person_id,)
    )
