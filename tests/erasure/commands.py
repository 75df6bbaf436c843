"""Every command about being forgotten, each in a house where it does something."""

from __future__ import annotations

from datetime import date

from application.bus import Command
from application.erasure import RecordErasureCompleted, RecordKeyDestroyed
from application.identity import EraseMe, RegisterCustomer
from domain.erasure import Destroyed, Kept
from tests.asked import State
from tests.erasure.examples import ERASE, Shop
from tests.given import NOW
from tests.identity.examples import AYSE, BARIS

KEY_DESTROYED = RecordKeyDestroyed(person_id=AYSE, asked_at=NOW)
COMPLETED = RecordErasureCompleted(
    person_id=AYSE,
    destroyed=(Destroyed(kind="events", count=12),),
    kept=(Kept(kind="books", reference="", law="TTK 82", until=date(2036, 12, 31)),),
)


async def _own(shop: Shop) -> Command:
    return await shop.own_wish()


async def _again(shop: Shop) -> Command:
    return await shop.registration(BARIS)


OPEN = State(Shop.opened)
EXAMPLES = [
    OPEN.asked_for(EraseMe, _own),
    *OPEN.asked(ERASE),
    OPEN.after(ERASE).asked_for(RegisterCustomer, _again),
    *OPEN.after(ERASE).asked(KEY_DESTROYED),
    *OPEN.after(ERASE, KEY_DESTROYED).asked(COMPLETED),
]
