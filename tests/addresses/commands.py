"""Every command about saved addresses, each in a house where it does something."""

from __future__ import annotations

from uuid import UUID

from application.addresses import AddAddress, ChangeAddress, MakeAddressDefault, RemoveAddress
from domain.shared.address import Address
from tests.asked import State
from tests.given import House

AYSE, HOME, WORK = (UUID(int=number) for number in (101, 1, 2))


def an_address(line: str) -> Address:
    """An address in Kadıköy."""
    return Address(
        name="Ayşe Yılmaz",
        line=line,
        district="Kadıköy",
        province="İstanbul",
        phone="+905321112233",
    )


async def an_empty_house() -> House:
    """Nobody has saved anything."""
    return House({})


ADD_HOME = AddAddress(person_id=AYSE, address_id=HOME, address=an_address("Bahariye Cad. 12/4"))
ADD_WORK = AddAddress(person_id=AYSE, address_id=WORK, address=an_address("Moda Cad. 1"))
EMPTY = State(an_empty_house)

EXAMPLES = [
    *EMPTY.asked(ADD_HOME),
    *EMPTY.after(ADD_HOME, ADD_WORK).asked(
        ChangeAddress(person_id=AYSE, address_id=HOME, address=an_address("Rıhtım Cad. 7")),
        RemoveAddress(person_id=AYSE, address_id=HOME),
        MakeAddressDefault(person_id=AYSE, address_id=WORK),
    ),
]
