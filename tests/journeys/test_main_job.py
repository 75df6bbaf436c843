"""From registration to a delivered cover, by each of the three methods."""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from msgspec.structs import astuple
from PIL import Image

from adapters.print import preflight
from application.terms import Terms
from deploy.demo import (
    credits,
    journey,
    walk_ai,
    walk_artist,
    walk_credits,
    walk_on,
    walk_upload,
)
from deploy.demo.journey import Customer, Town
from deploy.demo.person import Refused
from deploy.demo.steps import Steps

pytestmark = pytest.mark.journey

Walk = Callable[[Customer], Awaitable[dict[str, Any]]]

HAPPENED = [
    "order.placed",
    "order.paid",
    "invoice.issued",
    "order.production_started",
    "order.shipped",
    "order.delivered",
]


async def walked(
    town: Town, walk: Walk, folder: Path, *, method: str = "ai"
) -> tuple[Customer, dict[str, Any]]:
    """A customer who walked the whole way, with what they got, also as files in `folder`."""
    steps = Steps()
    async with journey.visitor(town) as person:
        customer = await journey.register(town, person, steps=steps)
        order = await walk(customer)
        await journey.receive(customer, order)
        printed = await journey.print_file(town, order)
        await walk_on(customer, order, method=method)
        journey.leave_files(customer, folder, printed=printed)
        return customer, order


def text_of(pdf: Path) -> str:
    document: Any = pypdfium2.PdfDocument(pdf)
    pages = [document[number] for number in range(len(document))]
    return "".join(page.get_textpage().get_text_bounded() for page in pages)


def must_be_in_order(kinds: list[str], expected: list[str]) -> None:
    assert [kind for kind in kinds if kind in expected] == expected


def must_be_printable(path: Path) -> None:
    assert preflight(path.read_bytes(), Terms().sheet) == []
    with pikepdf.open(path) as document:
        assert len(document.pages) == 1
        for box in ("/TrimBox", "/BleedBox"):
            assert box in document.pages[0].obj


def must_be_an_invoice(path: Path, *, number: str, total: str) -> None:
    text = text_of(path)
    assert number in text
    assert "₺" in text
    assert "Ayşe Yılmaz" in text
    assert "Bağdat Caddesi" in text
    assert f"{Decimal(total):,.2f}".translate(str.maketrans(",.", ".,")) in text


async def test_a_cover_painted_by_the_machine_is_delivered(town: Town, tmp_path: Path) -> None:
    customer, order = await walked(town, walk_ai, tmp_path)
    made = customer.made
    assert (made["held"], made["wallet"]["balance"], made["wallet"]["held"]) == (100, 400, 0)
    assert made["events"].count("generation.previewed") == 3
    assert made["events"][-1] == "generation.completed"
    sizes = [Image.open(io.BytesIO(candidate)).size for candidate in made["candidates"]]
    assert len(set(made["candidates"])) == len(sizes) == 3
    assert Decimal(order["total"]["amount"]) == 1290 + Decimal(made["card_price"])
    assert made["declined"]
    assert made["came_back_to"].startswith("/api/v1/payments/")
    must_be_in_order(made["timeline"], HAPPENED)
    assert [step["status"] for step in made["tracking"]["steps"]][-1] == "delivered"
    assert "Ayşe" not in str(made["tracking"])
    must_be_printable(tmp_path / "print-file.pdf")
    must_be_an_invoice(
        tmp_path / "invoice.pdf",
        number=made["invoice_number"],
        total=order["total"]["amount"],
    )
    with Image.open(tmp_path / "cover.png") as cover:
        assert cover.size == astuple(Terms().sheet.pixels)


async def test_an_uploaded_cover_is_delivered_and_goes_back(town: Town, tmp_path: Path) -> None:
    customer, order = await walked(town, walk_upload, tmp_path, method="upload")
    made = customer.made
    must_be_in_order(made["timeline"], HAPPENED)
    must_be_printable(tmp_path / "print-file.pdf")
    assert order["total"] == made["quote"]["total"]
    full_price = 1290 + Decimal(made["card_price"])
    assert Decimal(order["total"]["amount"]) == full_price * Decimal("0.9")
    must_be_an_invoice(
        tmp_path / "invoice.pdf",
        number=made["invoice_number"],
        total=order["total"]["amount"],
    )
    assert Decimal(made["returned"]) == 1260 * Decimal("0.9")
    assert made["invoice_number"] in text_of(tmp_path / "return-document.pdf")


async def test_a_cover_by_an_artist_is_delivered_reviewed_and_paid_for(
    town: Town, tmp_path: Path
) -> None:
    customer, order = await walked(town, walk_artist, tmp_path, method="artist")
    made = customer.made
    must_be_in_order(made["timeline"], HAPPENED)
    assert Decimal(order["total"]["amount"]) == 1290 + 950 + Decimal(made["card_price"])
    must_be_printable(tmp_path / "print-file.pdf")
    assert (made["review"]["rating"], made["review"]["author"]) == (5, "Ayşe Y.")
    assert made["review"]["answer"]
    assert made["asked_for"] == "633.34"


async def test_credits_are_bought_invoiced_and_refunded(town: Town, tmp_path: Path) -> None:
    async with journey.visitor(town) as person:
        customer = await journey.register(town, person, steps=Steps())
        await walk_credits(customer)
        subjects = [mail["subject"] for mail in await customer.letters.all()]
    assert (customer.made["wallet"]["available"], customer.made["refunded"]) == (1000, "80.00")
    [invoice] = credits.leave_invoice(customer, tmp_path)
    must_be_an_invoice(invoice, number=customer.made["invoice_number"], total="80.00")
    text = text_of(invoice)
    assert "500 kapak üretim kredisi" in text
    assert "%20" in text
    assert "66,67" in text
    for word in ("İade bölümü", "Kargo"):
        assert word not in text
    assert any(subject.startswith("500 kredi satın aldınız") for subject in subjects)


async def test_an_unpaid_cover_can_not_be_downloaded(town: Town) -> None:
    steps = Steps()
    async with journey.visitor(town) as person:
        customer = await journey.register(town, person, steps=steps)
        draft_id = await journey.start_draft(customer, "ai")
        await journey.generate(customer, draft_id)
        order = await journey.commit(customer, draft_id)
        with pytest.raises(Refused) as refused:
            await person.see(f"/orders/{order['order_id']}/cover")
    assert refused.value.status in {404, 409}


async def test_committing_a_draft_twice_gives_one_order(town: Town) -> None:
    steps = Steps()
    async with journey.visitor(town) as person:
        customer = await journey.register(town, person, steps=steps)
        draft_id = await journey.start_draft(customer, "upload")
        picture = io.BytesIO()
        Image.effect_noise((1700, 2600), 60).convert("RGB").save(picture, "PNG")
        await journey.upload_artwork(customer, draft_id, artwork=picture.getvalue())
        first = await journey.commit(customer, draft_id)
        second = await journey.commit(customer, draft_id)
        orders = (await person.see("/orders"))["items"]
    assert first["order_id"] == second["order_id"]
    assert len(orders) == 1
