"""`polikrami demo`: a whole order over HTTP, step by step, from registration to what comes after
delivery.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
from rich.console import Console

from adapters.painters.local import LocalPainter
from application.ports import Brief, Size
from deploy.adapters import FONTS
from deploy.demo import afterwards, credits, journey
from deploy.demo.person import Refused
from deploy.demo.steps import Steps
from deploy.faults import SetupFault
from deploy.seed import ACCOUNTS, PASSWORD
from deploy.settings import Settings

METHODS = {"ai": 17, "upload": 18, "artist": 19, "credits": 11}
"""How many steps each has."""
ARTWORK = Size(1666, 2552)

__all__ = [
    "METHODS",
    "artwork",
    "town_of",
    "walk",
    "walk_ai",
    "walk_artist",
    "walk_credits",
    "walk_on",
    "walk_upload",
]


def town_of(settings: Settings) -> journey.Town:
    """Where the system of these settings is, and who is who in its demo data."""
    emails = {account.label: account.email for account in ACCOUNTS}
    return journey.Town(
        api_url=settings.web.public_url,
        mailbox_url=f"http://127.0.0.1:{settings.web.emulators_port + 1}",
        password=PASSWORD,
        designer_email=emails["designer"],
        admin_email=emails["admin"],
    )


def walk(settings: Settings, folder: Path, *, method: str) -> int:
    """Walk the journey, show each step, leave the files in `folder`; the exit status."""
    if method not in METHODS:
        raise SetupFault(f"There is no method {method}; choose ai, upload, artist or credits.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupFault(f"{folder} can't be a folder for the files: {error.strerror}.") from error
    console = Console()
    town = town_of(settings)
    try:
        with Steps(console, total=METHODS[method]) as steps:
            files = asyncio.run(_walk(town, folder, method=method, steps=steps))
    except httpx.ConnectError as error:
        raise SetupFault(
            f"Nothing answers at {town.api_url}; start the system with `make run`."
        ) from error
    except Refused as refused:
        raise SetupFault(f"The demo stopped: {refused}") from refused
    console.print("Left in " + str(folder) + ": " + ", ".join(file.name for file in files))
    return 0


async def _walk(town: journey.Town, folder: Path, *, method: str, steps: Steps) -> list[Path]:
    journeys = {"ai": walk_ai, "upload": walk_upload, "artist": walk_artist}
    async with journey.visitor(town) as person:
        customer = await journey.register(town, person, steps=steps)
        if method == "credits":
            await walk_credits(customer)
            return await asyncio.to_thread(credits.leave_invoice, customer, folder)
        order = await journeys[method](customer)
        await journey.receive(customer, order)
        printed = await journey.print_file(town, order)
        await walk_on(customer, order, method=method)
        return await asyncio.to_thread(journey.leave_files, customer, folder, printed=printed)


async def walk_ai(customer: journey.Customer) -> dict[str, object]:
    """From a draft to a paid order, painted by the machine."""
    draft_id = await journey.start_draft(customer, "ai")
    await journey.generate(customer, draft_id)
    order = await journey.commit(customer, draft_id)
    await journey.pay(customer, order["order_id"])
    return order


async def walk_upload(customer: journey.Customer) -> dict[str, object]:
    """From a draft to a paid order, with one's own artwork."""
    draft_id = await journey.start_draft(customer, "upload")
    await journey.upload_artwork(customer, draft_id, artwork=await artwork())
    await journey.use_coupon(customer, draft_id)
    order = await journey.commit(customer, draft_id)
    await journey.pay(customer, order["order_id"])
    return order


async def walk_artist(customer: journey.Customer) -> dict[str, object]:
    """From a draft to an approved design."""
    draft_id = await journey.start_draft(customer, "artist")
    await journey.choose_designer(customer, draft_id)
    order = await journey.commit(customer, draft_id)
    await journey.pay(customer, order["order_id"])
    await journey.design(customer, order, artwork=await artwork())
    return order


async def walk_on(customer: journey.Customer, order: dict[str, object], *, method: str) -> None:
    """What comes after delivery: an upload goes back, an artist is reviewed and paid."""
    if method == "upload":
        await afterwards.send_back(customer, order, picture=await artwork())
    elif method == "artist":
        await afterwards.review(customer, order)
        await afterwards.ask_for_pay(customer)


async def walk_credits(customer: journey.Customer) -> dict[str, object]:
    """From a package of credits to the wallet, and back to the card."""
    order = await credits.buy(customer)
    await credits.give_back(customer, order)
    return order


async def artwork() -> bytes:
    """A picture to upload, as large as the print sheet wants it."""
    painter = LocalPainter(FONTS, processes=1)
    try:
        brief = Brief(prompt="deniz feneri ve gece", title="Kıyıdaki Işık", author="Işıl Öğütçü")
        return await painter.paint(brief, variant=0, size=ARTWORK)
    finally:
        await painter.close()
