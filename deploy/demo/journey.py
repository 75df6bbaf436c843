"""The journeys of a customer over HTTP: what the demo shows and what the tests walk."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from msgspec import Struct, field

from adapters.iyzico.emulator.shopper import Shopper
from deploy.demo.letters import Letters, link_token
from deploy.demo.person import POLITE_PAUSE_SECONDS, Json, Person
from deploy.demo.steps import Steps

PROMPT = "sisli dağların ardında gün doğumu, dingin"
BOOK = {
    "title": "Sisli Dağların Ardındaki Işık",
    "author": "Ayşe Gülşen Çağlayan",
    "kind": "novel",
    "purpose": "gift",
    "message_card": True,
}
ADDRESS = {
    "name": "Ayşe Yılmaz",
    "line": "Bağdat Caddesi No: 12 Daire: 5",
    "district": "Kadıköy",
    "province": "İstanbul",
    "postcode": "34710",
    "phone": "+905321112233",
}
CARD_WORDS = {
    "recipient": "Işıl",
    "sender": "Ayşe",
    "text": "Yeni kitabının kapağı da içi kadar güzel olsun.",
}
COUPON = "HOSGELDIN"
PAID_STATES = ("paid", "in_design", "in_production", "shipped", "delivered")
DECLINED_CARD = "4111111111111129"
GOOD_CARD = "5528790000000008"
NEW_PASSWORD = "mavi kapı 7 deniz"  # noqa: S105  # of an account made for one demo


class Town(Struct, frozen=True, kw_only=True):
    """Where the parts of the running system are."""

    api_url: str
    mailbox_url: str
    password: str
    designer_email: str
    admin_email: str


class Customer(Struct, kw_only=True):
    """A new customer with their mailbox; `steps` shows what they do."""

    email: str
    person: Person
    letters: Letters
    town: Town
    steps: Steps
    made: dict[str, Any] = field(default_factory=dict)


@asynccontextmanager
async def visitor(town: Town) -> AsyncIterator[Person]:
    """Somebody at the API without an account."""
    async with httpx.AsyncClient(base_url=town.api_url, timeout=60) as http:
        yield Person(http)


async def register(town: Town, person: Person, *, steps: Steps) -> Customer:
    """Register, confirm by the link in the mailbox, log in, find the welcome credits."""
    email = f"okur-{secrets.token_hex(4)}@example.com"
    letters = Letters(person.http, town.mailbox_url, email)
    with steps.step("Register") as told:
        await person.do(
            "/accounts",
            {
                "email": email,
                "password": NEW_PASSWORD,
                "name": "Ayşe Yılmaz",
                "accepted_terms": "2026-01",
                "accepted_privacy": "2026-01",
            },
        )
        told(email)
    with steps.step("Confirm by the link in the mailbox") as told:
        mail = await letters.with_subject("onaylay")
        await person.do("/accounts/confirm", {"token": link_token(mail)})
        told(mail["subject"])
    with steps.step("Log in; the wallet shows the welcome credits") as told:
        await person.log_in(email, NEW_PASSWORD)
        wallet = await person.see_when("/wallet", "available", 500)
        told(f"{wallet['available']} credits")
    return Customer(email=email, person=person, letters=letters, town=town, steps=steps)


async def start_draft(customer: Customer, method: str) -> str:
    """A draft for a book, with a message card and an address."""
    person = customer.person
    with customer.steps.step(f"Start a draft by the method {method}"):
        draft_id: str = (await person.do("/drafts", {"method": method}))["id"]
        await person.do(f"/drafts/{draft_id}/book", BOOK)
    with customer.steps.step("Add a message card and give an address") as told:
        cards = (await person.see("/message-cards"))["items"]
        card = cards[0]
        await person.do(f"/drafts/{draft_id}/message-card", {"card_id": card["id"], **CARD_WORDS})
        await person.do(f"/drafts/{draft_id}/addresses", {"delivery": ADDRESS})
        customer.made["card_price"] = card["price"]["amount"]
        told(f"{card['name']}, {card['price']['amount']} TL")
    return draft_id


async def generate(customer: Customer, draft_id: str) -> None:
    """Have three candidates painted, watching the progress live, and select one."""
    person = customer.person
    with customer.steps.step("Ask for a generation; credits are held") as told:
        before = person.position
        begun = await person.do(f"/drafts/{draft_id}/generations", {"prompt": PROMPT})
        wallet = await person.see("/wallet")
        customer.made["held"] = wallet["held"]
        told(f"{wallet['held']} held, {wallet['available']} available")
    with customer.steps.step("Watch it being painted, by server-sent events") as told:
        kinds = []
        async with aclosing(person.events(before)) as events:
            async for event in events:
                kinds.append(event["kind"])
                if event["kind"] in {"generation.completed", "generation.failed"}:
                    break
        customer.made["events"] = kinds
        told(f"{kinds.count('generation.previewed')} previews, {kinds[-1]}")
    with customer.steps.step("Look at the candidates; the hold is captured") as told:
        seen = await person.see(f"/drafts/{draft_id}/generations/{begun['id']}")
        customer.made["candidates"] = [
            await person.fetch(candidate["preview_url"]) for candidate in seen["candidates"]
        ]
        wallet = await person.see("/wallet")
        customer.made["wallet"] = wallet
        told(f"{len(seen['candidates'])} candidates, {wallet['balance']} credits left")
    with customer.steps.step("Select the first candidate"):
        body = {"generation_id": begun["id"], "variant": 0}
        await person.do(f"/drafts/{draft_id}/candidate", body)


async def use_coupon(customer: Customer, draft_id: str) -> None:
    """Enter a coupon and see what the order would cost."""
    person = customer.person
    with customer.steps.step("Use a coupon and look at the quote") as told:
        await person.do(f"/drafts/{draft_id}/coupons", {"code": COUPON})
        quote = await person.see(f"/drafts/{draft_id}/quote")
        customer.made["quote"] = quote
        told(f"{COUPON}: {quote['discount']['amount']} TL off, {quote['total']['amount']} TL")


async def commit(customer: Customer, draft_id: str) -> Json:
    """Turn the draft into an order."""
    with customer.steps.step("Commit the draft into an order") as told:
        order = await customer.person.do(f"/drafts/{draft_id}/commit")
        told(f"{order['number']}, {order['total']['amount']} TL")
    return order


async def pay(customer: Customer, order_id: str) -> None:
    """Pay on the hosted page: one card is declined, the next one is taken."""
    person, steps = customer.person, customer.steps
    async with httpx.AsyncClient(timeout=60) as browser:
        shopper = Shopper(browser)
        with steps.step("Open the hosted payment page; the first card is declined") as told:
            payment = await person.do(f"/orders/{order_id}/payments")
            screen = await shopper.enter_card(
                await shopper.open(payment["page_url"]), DECLINED_CARD
            )
            customer.made["declined"] = screen.alert
            told(screen.alert)
        with steps.step("Pay with another card and come back to the shop") as told:
            screen = await shopper.enter_card(screen, GOOD_CARD, save=screen.may_save)
            if screen.code:
                screen = await shopper.confirm_at_bank(screen)
            back = await shopper.return_to_shop(screen)
            customer.made["came_back_to"] = back.headers["location"]
            paid = await person.see_when(f"/orders/{order_id}", "state", *PAID_STATES)
            told(paid["state"])


async def receive(customer: Customer, order: Json) -> None:
    """The invoice, the clean cover, the parcel, and the history of it all."""
    person, order_id = customer.person, order["order_id"]
    with customer.steps.step("The invoice comes by mail") as told:
        mail = await customer.letters.with_subject("fatura")
        customer.made["invoice"] = await customer.letters.attachment(mail, ".pdf")
        invoice = await person.see(f"/orders/{order_id}/invoice")
        customer.made["invoice_number"] = invoice["number"]
        told(f"{invoice['number']}, {invoice['gross']['amount']} TL with KDV")
    with customer.steps.step("Download the clean cover") as told:
        cover = await person.see(f"/orders/{order_id}/cover")
        customer.made["cover"] = await person.fetch(cover["url"])
        told(f"{cover['width']} × {cover['height']} pixels")
    with customer.steps.step("The cover is printed and handed to the carrier") as told:
        await person.see_when(f"/orders/{order_id}", "state", "shipped", "delivered")
        shipment = await person.see(f"/orders/{order_id}/shipment")
        told(f"{shipment['carrier']} {shipment['carrier_reference']}")
    with customer.steps.step("Follow the parcel by its link, without logging in") as told:
        stranger = Person(person.http)
        tracked = await stranger.see_when(
            f"/tracking/{shipment['tracking_token']}",
            "status",
            "delivered",
            pause_seconds=POLITE_PAUSE_SECONDS,
        )
        customer.made["tracking"] = tracked
        told(" → ".join(step["status"] for step in tracked["steps"]))
    with customer.steps.step("The order is delivered; its history reads as a timeline") as told:
        await person.see_when(f"/orders/{order_id}", "state", "delivered")
        timeline = await person.see(f"/orders/{order_id}/timeline")
        customer.made["timeline"] = [entry["kind"] for entry in timeline["items"]]
        told(f"{len(timeline['items'])} entries")


async def print_file(town: Town, order: Json) -> bytes:
    """The print file of an order, as the admin gets it."""
    async with visitor(town) as admin:
        await admin.log_in(town.admin_email, town.password)
        jobs = (await admin.see("/print-jobs?limit=100"))["items"]
        job = next(job for job in jobs if job["order_id"] == order["order_id"])
        return await admin.fetch(job["file"])


async def upload_artwork(customer: Customer, draft_id: str, *, artwork: bytes) -> None:
    """Upload one's own artwork."""
    with customer.steps.step("Upload the artwork; it is checked and previewed") as told:
        taken = await customer.person.do(
            f"/drafts/{draft_id}/artwork", content=artwork, media_type="image/png"
        )
        told(f"{taken['width']} × {taken['height']} pixels {', '.join(taken['warnings'])}")


async def choose_designer(customer: Customer, draft_id: str) -> None:
    """Choose among three recommended designers."""
    with customer.steps.step("Choose among the recommended designers") as told:
        path = f"/drafts/{draft_id}/recommended-designers"
        recommended = (await customer.person.see(path))["items"]
        designers = (await customer.person.see("/designers"))["items"]
        chosen = next(each for each in designers if each["display_name"] == "Işıl Öğütçü")
        body = {"designer_id": chosen["designer_id"], "wishes": "Sakin ve aydınlık olsun."}
        await customer.person.do(f"/drafts/{draft_id}/designer", body)
        told(f"{chosen['display_name']} of {len(recommended)}, {chosen['price']['amount']} TL")


async def design(customer: Customer, order: Json, *, artwork: bytes) -> None:
    """The designer accepts and sends a preview, the customer asks for one revision, approves."""
    person, town, steps = customer.person, customer.town, customer.steps
    async with visitor(town) as designer:
        await designer.log_in(town.designer_email, town.password)
        with steps.step("The designer accepts the job and sends a preview"):
            job_id = await _job_of(designer, order["order_id"])
            await designer.do(f"/design-jobs/{job_id}/accept")
            await _send_preview(designer, job_id, artwork=artwork)
        with steps.step("The customer asks for a revision"):
            body = {"said": "Başlık biraz daha büyük olabilir mi?"}
            await person.do(f"/design-jobs/{job_id}/request-revision", body)
        with steps.step("The designer sends another preview, the customer approves"):
            await _send_preview(designer, job_id, artwork=artwork)
            await person.do(f"/design-jobs/{job_id}/approve")
            job = await person.see(f"/design-jobs/{job_id}")
            customer.made["design_steps"] = [step["step"] for step in job["steps"]]


async def _job_of(designer: Person, order_id: str) -> str:
    async for _ in designer.ticks():
        for job in (await designer.see("/design-jobs?limit=100"))["items"]:
            if job["order_id"] == order_id:
                return str(job["job_id"])
    raise LookupError(order_id)


async def _send_preview(designer: Person, job_id: str, *, artwork: bytes) -> None:
    path = f"/design-jobs/{job_id}/previews"
    await designer.do(path, content=artwork, media_type="image/png")


def leave_files(customer: Customer, folder: Path, *, printed: bytes) -> list[Path]:
    """Put the cover, the print file, the papers and the previews into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    previews = {
        f"candidate-{number}.webp": preview
        for number, preview in enumerate(customer.made.get("candidates", ()), start=1)
    }
    cover = customer.made["cover"]
    ending = "pdf" if cover.startswith(b"%PDF") else "png"
    files = {
        f"cover.{ending}": cover,
        "print-file.pdf": printed,
        "invoice.pdf": customer.made["invoice"],
        **previews,
    }
    if "return_document" in customer.made:
        files["return-document.pdf"] = customer.made["return_document"]
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in files]
