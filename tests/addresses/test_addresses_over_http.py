"""Saved addresses as a client meets them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest

from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool, app_url
from adapters.system import UuidIds
from api.addresses import AddressesController
from api.app import CONTROLLERS, create_app
from application.bus import Bus
from projections.addresses import address_books
from projections.reads import Reads
from projections.runner import Projector
from tests.api.shop import Person, Sessions, backend_for, client_of
from tests.given import TestClock

HOME = {
    "name": "Ayşe Yılmaz",
    "line": "Bahariye Cad. 12/4",
    "district": "Kadıköy",
    "province": "İstanbul",
    "postcode": "34710",
    "phone": "+905321234567",
}


class Hall:
    """The application, and people with address books."""

    def __init__(self, pool: Pool, event_log: PostgresLog, reads: Reads) -> None:
        self.sessions, self.clock = Sessions(), TestClock()
        bus = Bus(event_log, {}, clock=self.clock, ids=UuidIds())
        backend = backend_for(
            self.sessions, clock=self.clock, bus=bus, reads=reads, event_log=event_log, pool=pool
        )
        more = [] if AddressesController in CONTROLLERS else [AddressesController]
        self.client = client_of(create_app(backend, more=more))
        self.projector = Projector(pool, event_log, [address_books])

    def person(self) -> Person:
        return Person(self.sessions, self.clock)

    async def post(self, path: str, person: Person, **options: Any) -> Any:
        headers = person.bearer | options.pop("headers", {})
        answer = await self.client.post(path, headers=headers, **options)
        while await self.projector.step():
            pass
        return answer

    async def saved(self, person: Person) -> Any:
        return await self.client.get("/addresses", headers=person.bearer)


@pytest.fixture
async def hall(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Hall]:
    reads = Reads(pool, app_url(database_url))
    await reads.start()
    made = Hall(pool, event_log, reads)
    await made.projector.prepare()
    yield made
    await reads.stop()


async def test_an_address_is_saved_changed_chosen_and_removed(hall: Hall) -> None:
    ayse = hall.person()
    assert (await hall.saved(ayse)).json() == {"items": [], "next": None}
    home = await hall.post("/addresses", ayse, json={"address": HOME})
    assert home.status_code == 201
    office = {"address": HOME | {"line": "Büyükdere Cad. 1"}, "default": True}
    work = (await hall.post("/addresses", ayse, json=office)).json()["address_id"]
    home_id = home.json()["address_id"]
    moved = {"address": HOME | {"line": "Moda Cad. 3"}}
    assert (await hall.post(f"/addresses/{home_id}/change", ayse, json=moved)).status_code == 200
    items = (await hall.saved(ayse)).json()["items"]
    assert [(each["address"]["line"], each["default"]) for each in items] == [
        ("Moda Cad. 3", False),
        ("Büyükdere Cad. 1", True),
    ]
    assert (await hall.post(f"/addresses/{home_id}/make-default", ayse)).status_code == 200
    assert (await hall.post(f"/addresses/{home_id}/remove", ayse)).status_code == 200
    [left] = (await hall.saved(ayse)).json()["items"]
    assert (left["address_id"], left["default"]) == (work, True)


async def test_an_address_is_nobody_elses(hall: Hall) -> None:
    ayse, baris = hall.person(), hall.person()
    saved = (await hall.post("/addresses", ayse, json={"address": HOME})).json()["address_id"]
    answer = await hall.post(f"/addresses/{saved}/change", baris, json={"address": HOME})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_address")
    await hall.post(f"/addresses/{saved}/remove", baris)
    assert len((await hall.saved(ayse)).json()["items"]) == 1
    assert (await hall.post(f"/addresses/{uuid4()}/make-default", ayse)).status_code == 404


async def test_the_eleventh_address_is_refused_and_a_bad_one_too(hall: Hall) -> None:
    ayse = hall.person()
    for _ in range(10):
        await hall.post("/addresses", ayse, json={"address": HOME})
    answer = await hall.post("/addresses", ayse, json={"address": HOME})
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_addresses")
    for wrong in ({"postcode": "3471"}, {"phone": "0532"}, {"district": " "}, {"country": "TR"}):
        answer = await hall.post("/addresses", ayse, json={"address": HOME | wrong})
        assert answer.status_code == 422


async def test_two_who_edit_one_book_do_not_overwrite_each_other(hall: Hall) -> None:
    ayse = hall.person()
    saved = (await hall.post("/addresses", ayse, json={"address": HOME})).json()["address_id"]
    version = (await hall.saved(ayse)).headers["etag"]
    await hall.post("/addresses", ayse, json={"address": HOME})
    answer = await hall.post(f"/addresses/{saved}/remove", ayse, headers={"If-Match": version})
    assert answer.status_code == 412


async def test_strangers_have_no_addresses(hall: Hall) -> None:
    assert (await hall.client.get("/addresses")).status_code == 401
