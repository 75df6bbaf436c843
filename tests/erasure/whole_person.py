"""Somebody who has used everything there is, with words that occur nowhere else."""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from msgspec import Struct, field
from PIL import Image

from deploy.demo import journey
from deploy.demo.journey import Customer, Town, visitor
from deploy.demo.letters import Letters, link_token
from deploy.demo.person import Person
from deploy.demo.steps import Steps
from tests.erasure.needles import Search


class Whole(Struct, kw_only=True):
    """The person with what was found out of them on the way."""

    words: dict[str, str]
    customer: Customer
    orders: list[dict[str, Any]] = field(default_factory=list)

    @property
    def person(self) -> Person:
        return self.customer.person


def new_words() -> dict[str, str]:
    """What somebody new says about themselves, by where they say it, with Turkish letters."""
    mark = "".join(secrets.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(8))
    fields = (
        "name prompt title author recipient sender card line delivery_name wishes revision"
        " saved_name saved_line display_name bio password moved_name moved_line returned"
        " instructions found rejection review note hold holder"
    )
    words = {each: f"İğdır{each.title().replace('_', '')}Çıkmazı{mark}" for each in fields.split()}
    number = int(mark, 36) % 10**8
    return words | {
        "email": f"iglk.{mark.lower()}@kayip.example",
        "phone": f"+9053{number:08d}",
        "saved_phone": f"+9054{number:08d}",
        "iban": turkish_iban(number),
        "link": f"https://kayip.example/{mark.lower()}/portfolyo",
        "agent": f"KayipTarayici/{mark}",
    }


def turkish_iban(account: int) -> str:
    """An IBAN with right check digits."""
    number = f"0006100519{account:012d}"
    return f"TR{98 - int(number + '292700') % 97:02d}{number}"


def search_for(words: dict[str, str], **others: dict[str, str]) -> Search:
    """What finds these words in any form; numbers are their own stems. Those of others are found by
    names that begin with theirs.
    """
    every = dict(words)
    for name, theirs in others.items():
        every |= {f"{name} {each}": word for each, word in theirs.items()}
    stems = [each["name"][-8:] for each in (words, *others.values())]
    numbers = (word for word in every.values() if word.startswith(("+", "TR")))
    return Search(every, [*stems, *numbers])


def of(found: dict[str, set[str]], name: str = "") -> dict[str, set[str]]:
    """What was found of one person alone, by the places."""
    own = {
        place: {each for each in names if each.startswith(f"{name} ") or not (name or " " in each)}
        for place, names in found.items()
    }
    return {place: names for place, names in own.items() if names}


@asynccontextmanager
async def registered(town: Town, words: dict[str, str]) -> AsyncIterator[Whole]:
    """Somebody with an account, a session and the welcome credits."""
    headers = {"User-Agent": words["agent"]}
    async with httpx.AsyncClient(base_url=town.api_url, timeout=60, headers=headers) as http:
        person = Person(http)
        letters = Letters(http, town.mailbox_url, words["email"])
        body = {
            "email": words["email"],
            "password": words["password"],
            "name": words["name"],
            "accepted_terms": "2026-01",
            "accepted_privacy": "2026-01",
        }
        await person.do("/accounts", body)
        mail = await letters.with_subject("onaylay")
        await person.do("/accounts/confirm", {"token": link_token(mail)})
        await person.log_in(words["email"], words["password"])
        customer = Customer(
            email=words["email"], person=person, letters=letters, town=town, steps=Steps()
        )
        yield Whole(words=words, customer=customer)


def speak(monkeypatch: pytest.MonkeyPatch, words: dict[str, str]) -> None:
    """Let the journeys say these words."""
    book = {"title": words["title"], "author": words["author"]}
    home = {"name": words["delivery_name"], "line": words["line"], "phone": words["phone"]}
    card = {"recipient": words["recipient"], "sender": words["sender"], "text": words["card"]}
    monkeypatch.setattr(journey, "PROMPT", words["prompt"])
    monkeypatch.setattr(journey, "BOOK", journey.BOOK | book)
    monkeypatch.setattr(journey, "ADDRESS", journey.ADDRESS | home)
    monkeypatch.setattr(journey, "CARD_WORDS", card)


def a_picture() -> bytes:
    """Something to upload that nobody else has."""
    picture = io.BytesIO()
    Image.effect_noise((1700, 2600), 60).convert("RGB").save(picture, "PNG")
    return picture.getvalue()


async def use_everything(whole: Whole, picture: bytes) -> None:
    """Save an address, order by all three methods, receive everything, send a cover back, review
    the designer, become a designer.
    """
    words, customer, person = whole.words, whole.customer, whole.person
    address = {**journey.ADDRESS, "name": words["saved_name"], "line": words["saved_line"]}
    address["phone"] = words["saved_phone"]
    await person.do("/addresses", {"address": address})
    whole.orders += await asyncio.gather(
        _painted(customer), bought_with(customer, picture), _designed(customer, words)
    )
    await asyncio.gather(*(journey.receive(customer, order) for order in whole.orders))
    _, uploaded, designed = whole.orders
    await _sends_back(customer, words, order_id=uploaded["order_id"])
    await person.do(
        f"/orders/{designed['order_id']}/review", {"rating": 4, "text": words["review"]}
    )
    await _becomes_designer(whole)


async def _painted(customer: Customer) -> dict[str, Any]:
    draft_id = await journey.start_draft(customer, "ai")
    await journey.generate(customer, draft_id)
    return await _bought(customer, draft_id)


async def bought_with(customer: Customer, picture: bytes) -> dict[str, Any]:
    """An order of the customer's own picture."""
    draft_id = await journey.start_draft(customer, "upload")
    await journey.upload_artwork(customer, draft_id, artwork=picture)
    return await _bought(customer, draft_id)


async def _designed(customer: Customer, words: dict[str, str]) -> dict[str, Any]:
    draft_id = await journey.start_draft(customer, "artist")
    designers = (await customer.person.see("/designers"))["items"]
    chosen = next(each for each in designers if each["display_name"] == "Işıl Öğütçü")
    body = {"designer_id": chosen["designer_id"], "wishes": words["wishes"]}
    await customer.person.do(f"/drafts/{draft_id}/designer", body)
    order = await _bought(customer, draft_id)
    await _moves(customer, words, order_id=order["order_id"])
    picture = a_picture()
    async with visitor(customer.town) as designer:
        await designer.log_in(customer.town.designer_email, customer.town.password)
        job_id = await journey._job_of(designer, order["order_id"])
        await designer.do(f"/design-jobs/{job_id}/accept")
        await journey._send_preview(designer, job_id, artwork=picture)
        said = {"said": words["revision"]}
        await customer.person.do(f"/design-jobs/{job_id}/request-revision", said)
        await journey._send_preview(designer, job_id, artwork=picture)
        await customer.person.do(f"/design-jobs/{job_id}/approve")
    return order


async def _moves(customer: Customer, words: dict[str, str], *, order_id: str) -> None:
    """The order waits for another address; our staff writes down why."""
    async with _desk(customer) as admin:
        path = f"/admin/orders/{order_id}"
        held = await admin.do(f"{path}/holds", {"kind": "address", "reason": words["hold"]})
        await admin.do(f"{path}/notes", {"text": words["note"], "shown_to": "staff"})
        there = {**journey.ADDRESS, "name": words["moved_name"], "line": words["moved_line"]}
        await customer.person.do(f"/orders/{order_id}/delivery", {"address": there})
        await admin.do(f"{path}/holds/{held['hold_id']}/release")


async def _sends_back(customer: Customer, words: dict[str, str], *, order_id: str) -> None:
    """A cover that is sent back, looked at, and not taken."""
    person = customer.person
    lines = (await person.see(f"/orders/{order_id}"))["lines"]
    cover = next(line["line_id"] for line in lines if line["kind"] == "cover")
    body = {"line_id": cover, "reason": "damaged", "said": words["returned"]}
    asked = await person.do(f"/orders/{order_id}/returns", body)
    path = f"/returns/{asked['return_id']}"
    await person.do(f"{path}/pictures", content=a_picture(), media_type="image/png")
    async with _desk(customer) as admin:
        agreed = {"remedy": "refund", "instructions": words["instructions"]}
        await admin.do(f"/admin{path}/approve", agreed)
        came = {"condition": "another_thing", "said": words["found"]}
        await admin.do(f"/admin{path}/receive", came)
        await admin.do(f"/admin{path}/reject", {"said": words["rejection"]})


@asynccontextmanager
async def _desk(customer: Customer) -> AsyncIterator[Person]:
    async with visitor(customer.town) as admin:
        await admin.log_in(customer.town.admin_email, customer.town.password)
        yield admin


async def _bought(customer: Customer, draft_id: str) -> dict[str, Any]:
    order = await journey.commit(customer, draft_id)
    await journey.pay(customer, order["order_id"])
    return order


async def _becomes_designer(whole: Whole) -> None:
    words = whole.words
    profile = {
        "display_name": words["display_name"],
        "bio": words["bio"],
        "links": [words["link"]],
        "specialities": ["minimal"],
    }
    body = {"profile": profile, "price": "900.00", "consent_version": "2026-01"}
    applied = await whole.person.do("/designers/applications", body)
    async with _desk(whole.customer) as admin:
        await admin.do(f"/designers/{applied['id']}/approve")
    async for _ in whole.person.ticks():
        if "designer" in (await whole.person.see("/profile"))["roles"]:
            break
    account = {"iban": words["iban"], "holder": words["holder"]}
    await whole.person.do("/designer/earnings/iban", account)
