"""What can be asked of a person's address book."""

from __future__ import annotations

from uuid import UUID

from application.bus import Command, handles
from application.store import Store
from domain.addresses import AddressBook
from domain.shared.address import Address


class AddAddress(Command, frozen=True, kw_only=True):
    """Save an address; `expected_version` is the caller's `If-Match`."""

    person_id: UUID
    address_id: UUID
    address: Address
    default: bool = False
    expected_version: int | None = None


class ChangeAddress(Command, frozen=True, kw_only=True):
    """Write a saved address anew."""

    person_id: UUID
    address_id: UUID
    address: Address
    expected_version: int | None = None


class RemoveAddress(Command, frozen=True, kw_only=True):
    """Take a saved address out; the oldest one left becomes the default if this one was."""

    person_id: UUID
    address_id: UUID
    expected_version: int | None = None


class MakeAddressDefault(Command, frozen=True, kw_only=True):
    """Choose the address that is offered first."""

    person_id: UUID
    address_id: UUID
    expected_version: int | None = None


@handles
async def add_address(command: AddAddress, store: Store) -> dict[str, UUID]:
    book = await _book(command, store)
    book.add(command.address_id, command.address)
    if command.default:
        book.make_default(command.address_id)
    store.save(book)
    return {"address_id": command.address_id}


@handles
async def change_address(command: ChangeAddress, store: Store) -> None:
    book = await _book(command, store)
    book.change(command.address_id, command.address)
    store.save(book)


@handles
async def remove_address(command: RemoveAddress, store: Store) -> None:
    book = await _book(command, store)
    book.remove(command.address_id)
    store.save(book)


@handles
async def make_address_default(command: MakeAddressDefault, store: Store) -> None:
    book = await _book(command, store)
    book.make_default(command.address_id)
    store.save(book)


async def _book(
    command: AddAddress | ChangeAddress | RemoveAddress | MakeAddressDefault, store: Store
) -> AddressBook:
    book = await store.find(AddressBook, AddressBook.id_of(command.person_id))
    if book:
        book.must_be_at(command.expected_version)
    return book or AddressBook.open(command.person_id, store.now)
