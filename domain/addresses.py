"""A person's address book: at most ten addresses, one of them the default."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid5

from domain.shared.address import Address
from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, event
from domain.shared.errors import Conflict, Invalid, NotFound

ADDRESS_BOOKS = UUID("8f2c6a1e-27f4-4f0b-9d53-6a0c1f3f9b77")
MOST = 10


class TooManyAddresses(Conflict):
    """Fact: `most`."""


class UnknownAddress(NotFound):
    """There is no such address in this book."""


class AddressIncomplete(Invalid):
    """Fact: `missing`, the names of the fields that say nothing."""


class AddressBook(Aggregate):
    """Addresses by their ids, in the order in which they were added. There is exactly one default
    when there is any address: the first one added becomes it, and the oldest one inherits it.
    """

    TOPIC = "address_book"

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "address_book.opened"
        person_id: UUID

    class AddressAdded(Event, frozen=True, kw_only=True):
        TOPIC = "address_book.address_added"
        SUBJECT = "person_id"
        person_id: UUID
        address_id: UUID
        address: Annotated[Address, PERSONAL]

    class AddressChanged(Event, frozen=True, kw_only=True):
        TOPIC = "address_book.address_changed"
        SUBJECT = "person_id"
        person_id: UUID
        address_id: UUID
        address: Annotated[Address, PERSONAL]

    class AddressRemoved(Event, frozen=True, kw_only=True):
        TOPIC = "address_book.address_removed"
        person_id: UUID
        address_id: UUID

    class DefaultChosen(Event, frozen=True, kw_only=True):
        TOPIC = "address_book.default_chosen"
        person_id: UUID
        address_id: UUID

    @staticmethod
    def id_of(person_id: UUID) -> UUID:
        """The one book of a person."""
        return uuid5(ADDRESS_BOOKS, str(person_id))

    @classmethod
    def open(cls, person_id: UUID, now: datetime) -> AddressBook:
        """A new, empty book."""
        return cls.begin(cls.Opened, id=cls.id_of(person_id), now=now, person_id=person_id)

    def add(self, address_id: UUID, address: Address) -> None:
        """Add an address; the same id twice is one. Raises `TooManyAddresses`."""
        if address_id in self.addresses:
            return
        _must_be_complete(address)
        if len(self.addresses) >= MOST:
            raise TooManyAddresses(most=MOST)
        self.emit(
            AddressBook.AddressAdded,
            person_id=self.person_id,
            address_id=address_id,
            address=address,
        )
        if self.default_id is None:
            self.make_default(address_id)

    def change(self, address_id: UUID, address: Address) -> None:
        """Write an address anew. Raises `UnknownAddress`."""
        _must_be_complete(address)
        if self._known(address_id) != address:
            self.emit(
                AddressBook.AddressChanged,
                person_id=self.person_id,
                address_id=address_id,
                address=address,
            )

    def remove(self, address_id: UUID) -> None:
        """Take an address out; one that is not there changes nothing."""
        if address_id not in self.addresses:
            return
        self.emit(AddressBook.AddressRemoved, person_id=self.person_id, address_id=address_id)
        if self.default_id is None and self.addresses:
            self.make_default(next(iter(self.addresses)))

    def make_default(self, address_id: UUID) -> None:
        """Choose the default. Raises `UnknownAddress`."""
        self._known(address_id)
        if address_id != self.default_id:
            self.emit(AddressBook.DefaultChosen, person_id=self.person_id, address_id=address_id)

    def _known(self, address_id: UUID) -> Address:
        address = self.addresses.get(address_id)
        if address is None:
            raise UnknownAddress(address_id=address_id)
        return address

    @event(Opened)
    def __init__(self, person_id: UUID) -> None:
        self.person_id = person_id
        self.addresses: dict[UUID, Address] = {}
        self.default_id: UUID | None = None

    @event(AddressAdded)
    def _address_added(self, address_id: UUID, address: Address) -> None:
        self.addresses[address_id] = address

    @event(AddressChanged)
    def _address_changed(self, address_id: UUID, address: Address) -> None:
        self.addresses[address_id] = address

    @event(AddressRemoved)
    def _address_removed(self, address_id: UUID) -> None:
        del self.addresses[address_id]
        if self.default_id == address_id:
            self.default_id = None

    @event(DefaultChosen)
    def _default_chosen(self, address_id: UUID) -> None:
        self.default_id = address_id


def _must_be_complete(address: Address) -> None:
    if address.blank:
        raise AddressIncomplete(f"/address/{address.blank[0]}", missing=", ".join(address.blank))
