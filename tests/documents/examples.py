"""Invoices and artwork to print."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from PIL import Image

from adapters.print import Seller
from application.ports import InvoiceDocument, InvoiceLine, PrintFile, PrintSpec
from domain.shared.address import Address
from domain.shared.money import Money, split_gross

FONTS = Path(__file__).parents[2] / "deploy" / "data" / "fonts"
SPEC = PrintSpec(Decimal(135), Decimal(210), Decimal(3))

SELLER = Seller(
    name="Polikrami Yayıncılık ve Baskı A.Ş.",
    address="Çınaraltı Mah. Şehit Öğretmen Sk. No: 12/3",
    district="Kadıköy",
    province="İstanbul",
    postcode="34710",
    tax_office="Göztepe",
    vkn="1234567890",
    mersis="0123456789000015",
    web="www.polikrami.example",
    email="fatura@polikrami.example",
)

AYSEGUL = Address(
    name="Ayşegül İğdır Çağlayan-Öğütçü",
    line="Gül Sokağı No: 5 D: 7, Işıklar Apartmanı",
    district="Çankaya",
    province="Ankara",
    postcode="06690",
    phone="+90 532 000 00 00",
)


def line(description: str, gross: str, rate: str = "20") -> InvoiceLine:
    """A line of one piece."""
    split = split_gross(Money.of(gross), Decimal(rate))
    return InvoiceLine(
        description=description,
        quantity=1,
        gross=split.gross,
        net=split.net,
        tax=split.tax,
        rate=split.rate,
    )


COVER = line("Kişiye özel kapak 13,5 × 21 cm – kuşe kâğıt", "1260.00")
CARGO = line("Kargo", "30.00")
CARD = line("Mesaj kartı: Doğum günün kutlu olsun", "45.50", "10")

INVOICE = InvoiceDocument(
    number="PKC2026000000042",
    ettn=UUID("f00dbabe-1234-5678-f00d-babe12345678"),
    # Half past midnight of the next day in Istanbul
    issued_at=datetime(2026, 11, 22, 21, 30, 5, tzinfo=UTC),
    order_number="PK-7F3K-9Q2M",
    buyer=AYSEGUL,
    tax_number="",
    email="aysegul@example.com",
    lines=(COVER, CARGO, CARD),
    payment_method="Banka/kredi kartı (iyzico)",
    paid_at=datetime(2026, 11, 22, 21, 29, tzinfo=UTC),
    language="tr",
    sample=True,
)


def picture(width: int, height: int, kind: str = "PNG") -> bytes:
    """A picture with something on it."""
    small = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    out = io.BytesIO()
    small.save(out, kind)
    return out.getvalue()


def print_file(artwork: bytes, spec: PrintSpec = SPEC) -> PrintFile:
    """An order for the print house."""
    return PrintFile(
        order_number="PK-7F3K-9Q2M", title="Gülün Adı – ığİŞ", artwork=artwork, spec=spec
    )
