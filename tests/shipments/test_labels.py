"""Labels: one page of the right size, with all that a driver needs and a barcode that reads."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pikepdf
import pypdfium2
import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from adapters.print.code128 import QUIET, as_svg, symbols
from adapters.print.labels import TypstLabelPrinter
from application.ports import Label, ParcelSize
from domain.shared.address import Address

FONTS = Path(__file__).parents[2] / "deploy" / "data" / "fonts"
SENDER = Address(name="Polikrami A.Ş.", line="Örnek Sokak 1", district="Kadıköy", province="İzmir")
LABEL = Label(
    shipment_id=UUID(int=1),
    order_number="PK-7F3K-9Q2M",
    recipient=Address(
        name="Gülşah Öztürk Çağlayan",
        line="Yeşilköy Mah. İğde Sk. No: 5",
        district="Şişli",
        province="Diyarbakır",
        postcode="34387",
        phone="+905321112233",
    ),
    carrier="yurtici",
    carrier_reference="PK0F3K9ZQ7H1M2N8B4XC",
    number=2,
    count=3,
    size=ParcelSize(),
    made_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
)


@pytest.fixture
async def printer() -> AsyncIterator[TypstLabelPrinter]:
    printer = TypstLabelPrinter(SENDER, FONTS)
    yield printer
    printer.close()


async def test_a_label_is_one_page_of_ten_by_fifteen_centimetres(
    printer: TypstLabelPrinter,
) -> None:
    with pikepdf.open(io.BytesIO(await printer.print_label(LABEL))) as pdf:
        [page] = pdf.pages
        width, height = (float(each) / 72 * 25.4 for each in page.mediabox[2:])
    assert (round(width), round(height)) == (100, 150)


async def test_a_label_says_who_gets_it_and_which_of_how_many_it_is(
    printer: TypstLabelPrinter,
) -> None:
    document = pypdfium2.PdfDocument(await printer.print_label(LABEL))
    text = " ".join(document[0].get_textpage().get_text_bounded().split())
    for words in (
        "Yurtiçi Kargo",
        "2 / 3",
        "Gülşah Öztürk Çağlayan",
        "Yeşilköy Mah. İğde Sk. No: 5",
        "34387 Şişli / DİYARBAKIR",
        "Tel: +905321112233",
        "Polikrami A.Ş.",
        "PK-7F3K-9Q2M",
        "0,4 kg",
        LABEL.carrier_reference,
    ):
        assert words in text


async def test_the_same_label_is_the_same_file(printer: TypstLabelPrinter) -> None:
    assert await printer.print_label(LABEL) == await printer.print_label(LABEL)


async def test_letters_without_a_glyph_and_long_addresses_do_not_break_a_label(
    printer: TypstLabelPrinter,
) -> None:
    recipient = Address(
        name="\u0001" + "漢" * 60, line="#let x = 1 " * 40, district="<b>", province="$"
    )
    label = Label(
        **{name: getattr(LABEL, name) for name in Label.__struct_fields__}
        | {"recipient": recipient}
    )
    with pikepdf.open(io.BytesIO(await printer.print_label(label))) as pdf:
        assert len(pdf.pages) == 1


printable = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=40)


@generated(printable)
def test_the_check_symbol_is_what_the_standard_wants(text: str) -> None:
    start, *values, check, stop = symbols(text)
    assert (start, stop) == (104, 106)
    assert [chr(value + 32) for value in values] == list(text)
    assert check == (104 + sum(n * v for n, v in enumerate(values, 1))) % 103


def test_a_known_text_has_its_known_check_symbol() -> None:
    # "Wikipedia" in code set B has the check symbol 88
    assert symbols("Wikipedia")[-2] == 88


def test_the_bars_have_white_on_both_sides() -> None:
    svg = as_svg("A").decode()
    # Start, one symbol, check of eleven modules each, and a stop of thirteen
    assert f'viewBox="0 0 {2 * QUIET + 3 * 11 + 13} 60"' in svg


@pytest.mark.parametrize("text", ["", "Ş", "a\n"])
def test_a_barcode_holds_nothing_else(text: str) -> None:
    with pytest.raises(ValueError, match="ASCII"):
        as_svg(text)
