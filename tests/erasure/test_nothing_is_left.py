"""Somebody who used everything is erased, and then looked for everywhere, in every spelling.

Nothing may be found in any place: what the law wants kept is encrypted with a key of its own or
compressed in a PDF, both of which are opened here, but the XML of invoices, which is as readable as
the law wants it. The emulators keep no names.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pypdfium2
import pytest
import redis

from deploy.bootstrap import running_system
from deploy.demo import journey, town_of
from deploy.demo.journey import Town, visitor
from deploy.demo.letters import Letters, link_token
from deploy.demo.person import Person, Refused
from domain.invoices import Invoice
from projections import READ_MODELS
from projections.replay import verify
from tests.erasure.places import everywhere
from tests.erasure.whole_person import (
    Whole,
    a_picture,
    bought_with,
    new_words,
    of,
    registered,
    search_for,
    speak,
    use_everything,
)
from tests.live import LiveSystem, live_system

pytestmark = pytest.mark.journey

PATIENCE_SECONDS = 600
SEALED = {"password", "iban", "holder", "hold"}
"""What is nowhere in plain: the log says it under a key, and no table repeats it."""


@pytest.fixture(scope="module")
def live() -> Iterator[LiveSystem]:
    with live_system() as system:
        yield system


@pytest.fixture(autouse=True)
def _patience() -> None:
    """A whole life and two searches of everything take longer than other tests may."""
    faulthandler.dump_traceback_later(PATIENCE_SECONDS, exit=True)


@pytest.fixture(scope="module")
def town(live: LiveSystem) -> Town:
    return town_of(live.settings)


def let_files_age(live: LiveSystem) -> None:
    """What was stored a moment ago might still become somebody else's."""
    for path in (live.folder / "files").rglob("*"):
        os.utime(path, (time.time() - 3600,) * 2)


def polikrami(live: LiveSystem, *arguments: str) -> str:
    """What a command says that must succeed."""
    told = subprocess.run(  # noqa: S603  # our own command
        [sys.executable, "-m", "deploy.cli", *arguments],
        env=os.environ | live.env | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return told.stdout


async def certified(town: Town, person_id: str) -> Any:
    """The certificate, once the erasure is completed."""
    async with visitor(town) as admin:
        await admin.log_in(town.admin_email, town.password)
        async for _ in admin.ticks():
            # Whoever has just started may be a little behind
            with contextlib.suppress(Refused):
                return await admin.see_when(f"/people/{person_id}/erasure", "state", "completed")
    raise TimeoutError(person_id)


async def faults(live: LiveSystem) -> list[str]:
    """The read models that are not what the log says."""
    found = []
    async with running_system(live.settings, name="verify", pool_size=3) as system:
        for model in READ_MODELS:
            verdict = await verify(
                system.pool, system.event_log, model=model, tell=lambda _progress: None
            )
            if not verdict.equal:
                rows = live.query(f"SELECT to_json(t)::text FROM read.{model.name} AS t")  # noqa: S608  # our own name
                found.append(f"{model.name}: {verdict}; it has {rows}")
    return found


async def must_still_have_invoices(live: LiveSystem, whole: Whole) -> set[str]:
    """The law wants them: both the document and what it was made from. Where their XML lies."""
    papers = set()
    for order in whole.orders:
        async with running_system(live.settings, name="invoices", pool_size=2) as system:
            loaded = await system.event_log.aggregate(Invoice.id_of(UUID(order["order_id"])))
        assert loaded
        invoice: Any = loaded.aggregate
        assert invoice.buyer.name == whole.words["delivery_name"]
        papers.add(f"files/{invoice.xml[:2]}/{invoice.xml[2:4]}/{invoice.xml}")
        digest = invoice.document
        pdf = (live.folder / "files" / digest[:2] / digest[2:4] / digest).read_bytes()
        document: Any = pypdfium2.PdfDocument(pdf)
        # A long name is hyphenated
        text = re.sub(r"[^0-9A-Z]", "", document[0].get_textpage().get_text_bounded())
        assert whole.words["delivery_name"][-8:] in text
    return papers


async def must_be_locked_out(whole: Whole) -> None:
    """The old token, and the old password."""
    with pytest.raises(Refused) as by_token:
        await whole.person.see("/profile")
    assert by_token.value.status == 401
    async with visitor(whole.customer.town) as stranger:
        with pytest.raises(Refused) as by_password:
            await stranger.log_in(whole.words["email"], whole.words["password"])
    assert by_password.value.problem["code"] == "wrong_credentials"


async def test_nothing_is_left_of_somebody_who_used_everything(
    live: LiveSystem, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    words, others = new_words(), new_words()
    search, picture = search_for(words, other=others), a_picture()
    async with registered(town, words) as whole, registered(town, others) as neighbour:
        speak(monkeypatch, words)
        await use_everything(whole, picture)
        speak(monkeypatch, others)
        neighbour.orders.append(await bought_with(neighbour.customer, picture))
        await journey.receive(neighbour.customer, neighbour.orders[0])
        polikrami(live, "projections", "rebuild", "persons", "--keep")
        before = everywhere(live, search)
        assert set().union(*of(before).values()) == words.keys() - SEALED
        person_id = (await whole.person.see("/profile"))["person_id"]
        await must_be_able_to_read_everything(whole, neighbour)
        let_files_age(live)
        await must_not_be_erased_unasked(whole)
        body = {"password": words["password"], "forfeit_credits": True}
        await whole.person.do("/profile/erase", body)
        must_be_told(await certified(town, person_id), whole)
        await must_be_locked_out(whole)
        polikrami(live, "projections", "switch", "persons", "--back")
        after = everywhere(live, search)
        papers = await must_still_have_invoices(live, whole)
        assert of(after).keys() == papers
        assert await faults(live) == []
        outside = {name for name in of(before, "other") if name.startswith(("files/", "emul"))}
        assert of(after, "other").keys() >= outside
        await must_be_unharmed(neighbour)
        assert "events are as they were sealed" in polikrami(live, "audit", "verify")


async def must_be_able_to_read_everything(whole: Whole, neighbour: Whole) -> None:
    """The export has each word of theirs, and none of somebody else's."""
    exported = str(await whole.person.see("/profile/export"))
    assert {name for name, word in whole.words.items() if word not in exported} == {"password"}
    assert not [word for word in neighbour.words.values() if word in exported]
    assert "argon2" not in exported


async def must_be_unharmed(neighbour: Whole) -> None:
    """Somebody who shares a picture with the erased one."""
    order_id = neighbour.orders[0]["order_id"]
    cover = await neighbour.person.see(f"/orders/{order_id}/cover")
    assert await neighbour.person.fetch(cover["url"]) == neighbour.customer.made["cover"]
    assert (await neighbour.person.see("/profile"))["name"] == neighbour.words["name"]


async def must_not_be_erased_unasked(whole: Whole) -> None:
    """Without a yes to what is lost."""
    with pytest.raises(Refused) as refused:
        await whole.person.do("/profile/erase", {"password": whole.words["password"]})
    assert refused.value.problem["code"] == "credits_would_be_forfeited"


def must_be_told(certificate: Any, whole: Whole) -> None:
    """What the certificate says of it."""
    destroyed = {each["kind"]: each["count"] for each in certificate["destroyed"]}
    assert destroyed["key"] == 1
    assert all(destroyed[kind] > 0 for kind in ("events", "rows", "files", "mails"))
    kept = {each["kind"] for each in certificate["kept"]}
    assert kept == {"invoice", "books", "history", "address_digest"}
    invoices = [each for each in certificate["kept"] if each["kind"] == "invoice"]
    assert len(invoices) == len(whole.orders)
    for text in (certificate["text"]["tr"], certificate["text"]["en"]):
        assert all(each["reference"] in text for each in invoices)
        assert not [word for word in whole.words.values() if word in text]


async def test_it_goes_on_whatever_is_killed_and_whoever_asks_twice(
    live: LiveSystem, town: Town
) -> None:
    words = new_words()
    async with registered(town, words) as whole:
        person_id = (await whole.person.see("/profile"))["person_id"]
        await whole.person.do("/addresses", {"address": journey.ADDRESS})
        live.programs["projector"].stop()
        body = {"password": words["password"], "forfeit_credits": True}
        wishes = [whole.person.do("/profile/erase", body) for _ in range(4)]
        answers = await asyncio.gather(*wishes, return_exceptions=True)
        assert [each for each in answers if not isinstance(each, Exception)], answers
        for _ in range(3):
            live.kill("worker")
            live.restart("worker")
        live.restart("projector")
        certificate = await certified(town, person_id)
        assert certificate["destroyed"]
        await must_be_locked_out(whole)
        kinds = live.query(
            "SELECT type, count(*) FROM events WHERE stream_id = %s AND type = 'user.erased'"
            " GROUP BY type",
            person_id,
        )
        assert kinds == [("user.erased", 1)]
        assert everywhere(live, search_for(words)) == {}
        assert await faults(live) == []
    async with registered(town, words) as again:
        wallet = await again.person.see_when("/wallet", "available", 0)
        assert wallet["balance"] == 0
        assert (await again.person.see("/profile"))["person_id"] != person_id


async def test_whoever_has_the_link_of_the_last_mail_sees_the_certificate(
    live: LiveSystem, town: Town
) -> None:
    words = new_words()
    live.programs["worker"].stop()
    live.restart("worker")
    async with registered(town, words) as whole:
        person_id = (await whole.person.see("/profile"))["person_id"]
        live.kill("projector")
        body = {"password": words["password"], "forfeit_credits": True}
        await whole.person.do("/profile/erase", body)
        mail = await Letters(whole.person.http, town.mailbox_url, words["email"]).with_subject(
            "siliniyor"
        )
        token = link_token(mail)
        live.restart("projector")
        await certified(town, person_id)
        async with httpx.AsyncClient(base_url=town.api_url, timeout=60) as http:
            stranger = Person(http)
            assert (await stranger.see(f"/erasures/{token}"))["state"] == "completed"
            page = await http.get("/erasure")
            assert "Silme belgesi" in page.text
            for bad in (
                token[:-1] + ("A" if token[-1] != "A" else "B"),
                "x",
                f"{UUID(int=1).hex}.x",
            ):
                with pytest.raises(Refused) as refused:
                    await stranger.see(f"/erasures/{bad}")
                assert refused.value.status == 404
        told = polikrami(live, "people", "erasure", person_id)
        assert "The erasure is complete." in told


async def test_the_search_finds_what_is_planted(live: LiveSystem) -> None:
    words = new_words()
    search = search_for(words)
    assert everywhere(live, search) == {}
    [(person_id, name)] = live.query(
        "SELECT person_id, name FROM read.persons ORDER BY person_id LIMIT 1"
    )
    rename = "UPDATE read.persons SET name = %s WHERE person_id = %s"
    live.query(rename, words["name"], person_id)
    assert any(name.startswith("read.persons") for name in everywhere(live, search))
    live.query(rename, name, person_id)
    left = everywhere(live, search)
    assert [name for name in left if name.startswith("postgres/base/")], "between the rows"
    client: Any = redis.Redis.from_url(live.env["REDIS_URL"])
    with client:
        client.set("planted", words["email"].encode("utf-16-le"))
    assert everywhere(live, search)["redis"] == {"email"}
    with client:
        client.delete("planted")
