"""What an address book allows, and what it shows."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given as given_any
from hypothesis import settings
from hypothesis import strategies as st

from application.addresses import AddAddress, ChangeAddress, MakeAddressDefault, RemoveAddress
from application.store import Recorded
from domain.addresses import AddressBook, AddressIncomplete, TooManyAddresses, UnknownAddress
from domain.shared.address import Address
from domain.shared.errors import Refusal, StaleVersion
from projections.addresses import SavedAddresses, address_books
from tests.given import NOW, House, given

AYSE, BARIS = UUID(int=101), UUID(int=102)
HOME, WORK, PARENTS = (UUID(int=number) for number in (1, 2, 3))


def an_address(line: str = "Bahariye Cad. 12/4") -> Address:
    return Address(name="Ayşe Yılmaz", line=line, district="Kadıköy", province="İstanbul")


def a_book() -> AddressBook:
    return AddressBook.open(AYSE, NOW)


def with_home(book: AddressBook) -> None:
    book.add(HOME, an_address())


def with_work(book: AddressBook) -> None:
    book.add(WORK, an_address("Büyükdere Cad. 1"))


def test_the_first_address_is_the_default() -> None:
    outcome = given(a_book()).when(with_home)
    outcome.then(AddressBook.AddressAdded, AddressBook.DefaultChosen)
    assert outcome.aggregate.default_id == HOME


def test_later_ones_are_not() -> None:
    outcome = given(a_book(), with_home).when(with_work).then(AddressBook.AddressAdded)
    assert outcome.aggregate.default_id == HOME


def test_the_same_address_is_added_once() -> None:
    given(a_book(), with_home).when(with_home).ignored()


def test_an_address_that_a_parcel_can_not_reach_is_refused() -> None:
    empty = Address(name=" ", line="x", district="", province="İstanbul")
    given(a_book()).when(lambda book: book.add(HOME, empty)).refused(
        AddressIncomplete, missing="name, district"
    )
    given(a_book(), with_home).when(lambda book: book.change(HOME, empty)).refused(
        AddressIncomplete
    )


def test_there_are_at_most_ten() -> None:
    book = a_book()
    for number in range(10):
        book.add(UUID(int=100 + number), an_address())
    given(book).when(with_home).refused(TooManyAddresses, most=10)


def test_a_change_happens_once() -> None:
    def move(book: AddressBook) -> None:
        book.change(HOME, an_address("Moda Cad. 3"))

    moved = given(a_book(), with_home)
    moved.when(move).then(AddressBook.AddressChanged)
    moved.when(move).ignored()


def test_what_is_not_there_can_not_be_changed_or_chosen() -> None:
    given(a_book()).when(lambda book: book.change(HOME, an_address())).refused(UnknownAddress)
    given(a_book()).when(lambda book: book.make_default(HOME)).refused(UnknownAddress)


def test_the_default_is_chosen_once() -> None:
    two = given(a_book(), with_home, with_work)
    two.when(lambda book: book.make_default(WORK)).then(AddressBook.DefaultChosen)
    two.when(lambda book: book.make_default(WORK)).ignored()


def test_the_oldest_one_left_inherits_the_default() -> None:
    outcome = given(a_book(), with_home, with_work).when(lambda book: book.remove(HOME))
    outcome.then(AddressBook.AddressRemoved, AddressBook.DefaultChosen)
    assert outcome.aggregate.default_id == WORK


def test_removing_another_one_leaves_the_default_and_removing_the_last_one_leaves_none() -> None:
    two = given(a_book(), with_home, with_work)
    two.when(lambda book: book.remove(WORK)).then(AddressBook.AddressRemoved)
    assert two.aggregate.default_id == HOME
    two.when(lambda book: book.remove(HOME)).then(AddressBook.AddressRemoved)
    assert two.aggregate.default_id is None
    two.when(lambda book: book.remove(HOME)).ignored()


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "change", "remove", "choose"]), st.integers(1, 13)),
    max_size=60,
)


@given_any(STEPS)
@settings(max_examples=80, deadline=None)
def test_there_is_always_exactly_one_default_among_at_most_ten(
    steps: list[tuple[str, int]],
) -> None:
    book, row = a_book(), None
    for verb, number in steps:
        address_id = UUID(int=number)
        try:
            if verb in {"add", "change"}:
                getattr(book, verb)(address_id, an_address(str(number)))
            else:
                getattr(book, {"remove": "remove", "choose": "make_default"}[verb])(address_id)
        except Refusal:
            pass
        row = _folded(row, book)
        assert len(book.addresses) <= 10
        assert (book.default_id in book.addresses) == bool(book.addresses)
        assert [one.address_id for one in row.addresses] == list(book.addresses)
        assert [one.address_id for one in row.addresses if one.default] == (
            [book.default_id] if book.default_id else []
        )


def _folded(row: SavedAddresses | None, book: AddressBook) -> SavedAddresses:
    for position, event in enumerate(book.collect_events(), 1):
        row = address_books.evolve(row, Recorded(position, event, None))  # type: ignore[arg-type]  # a fold looks at the event alone
    assert row is not None
    return row


async def test_addresses_are_kept_in_a_book_of_ones_own() -> None:
    house = House({})
    receipt = await house.do(AddAddress(person_id=AYSE, address_id=HOME, address=an_address()))
    assert receipt.answer == {"address_id": str(HOME)}
    await house.do(
        AddAddress(person_id=AYSE, address_id=WORK, address=an_address("b"), default=True)
    )
    await house.refuses(UnknownAddress, MakeAddressDefault(person_id=BARIS, address_id=HOME))
    await house.do(ChangeAddress(person_id=AYSE, address_id=WORK, address=an_address("c")))
    await house.do(MakeAddressDefault(person_id=AYSE, address_id=HOME))
    await house.do(RemoveAddress(person_id=AYSE, address_id=HOME))
    row = None
    for recorded in house.log.recorded:
        row = address_books.evolve(row, recorded)
        assert address_books.key_for(recorded) == AYSE
    assert row is not None
    [left] = row.addresses
    assert (left.address_id, left.address.line, left.default) == (WORK, "c", True)


@pytest.mark.parametrize("kind", [ChangeAddress, RemoveAddress, MakeAddressDefault])
async def test_a_decision_on_an_older_book_is_refused(kind: type) -> None:
    house = House({})
    await house.do(AddAddress(person_id=AYSE, address_id=HOME, address=an_address()))
    asked = {"person_id": AYSE, "address_id": HOME, "expected_version": 1}
    if kind is ChangeAddress:
        asked["address"] = an_address("b")
    await house.refuses(StaleVersion, kind(**asked))
