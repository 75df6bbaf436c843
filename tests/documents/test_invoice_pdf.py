"""Invoices as they come out of the printer, read back from the PDF."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pikepdf
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from adapters.memory import MemoryInvoicePrinter
from adapters.pdf import unembedded_fonts
from adapters.print import TypstInvoicePrinter
from adapters.print.invoices import _qr
from application.ports import InvoiceDocument, InvoicePrinter, PrintedInvoice
from domain.shared.money import Money
from tests.documents.examples import CARD, CARGO, COVER, FONTS, INVOICE, SELLER, line


@pytest.fixture(scope="module")
def printer() -> Iterator[TypstInvoicePrinter]:
    printer = TypstInvoicePrinter(SELLER, FONTS)
    yield printer
    printer.close()


@pytest.fixture(params=["typst", "memory"])
def any_printer(request: pytest.FixtureRequest, printer: TypstInvoicePrinter) -> InvoicePrinter:
    return printer if request.param == "typst" else MemoryInvoicePrinter()


def text_of(printed: PrintedInvoice) -> list[str]:
    """The text of each page, each line without the spaces around it."""
    with pypdfium2.PdfDocument(printed.pdf) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return ["\n".join(row.strip() for row in page.splitlines()) for page in pages]


async def test_the_same_document_gives_the_same_bytes(any_printer: InvoicePrinter) -> None:
    once = await any_printer.print_invoice(INVOICE)
    assert once == await any_printer.print_invoice(INVOICE)
    assert once != await any_printer.print_invoice(replace(INVOICE, number="PKC2026000000043"))


async def test_an_invoice_opens_as_pdf(any_printer: InvoicePrinter) -> None:
    with pikepdf.open(io.BytesIO((await any_printer.print_invoice(INVOICE)).pdf)) as pdf:
        assert len(pdf.pages) == 1


async def test_turkish_letters_and_the_lira_sign_can_be_read_out(
    printer: TypstInvoicePrinter,
) -> None:
    (page,) = text_of(await printer.print_invoice(INVOICE))
    for expected in (
        "Ayşegül İğdır Çağlayan-Öğütçü",
        "Işıklar Apartmanı",
        "06690 Çankaya/Ankara",
        "1 Kişiye özel kapak 13,5 × 21 cm – kuşe kâğıt 1 1.050,00 ₺ %20 210,00 ₺ 1.260,00 ₺",
        "KDV matrahı (%20) 1.075,00 ₺",
        "Hesaplanan KDV (%10) 4,14 ₺",
        "Ödenecek tutar 1.335,50 ₺",
        "Yalnız: binüçyüzotuzbeş Türk lirası elli kuruş",
        "ETTN F00DBABE-1234-5678-F00D-BABE12345678",
        "Vergi dairesi: Göztepe VKN: 1234567890",
        "MERSİS: 0123456789000015",
        "Bu satış internet üzerinden yapılmıştır.",
    ):
        assert expected in page


async def test_the_time_of_issue_is_istanbuls(printer: TypstInvoicePrinter) -> None:
    (page,) = text_of(await printer.print_invoice(INVOICE))
    assert "Düzenleme tarihi 23.11.2026 00:30:05" in page


async def test_english_has_english_labels_and_figures(printer: TypstInvoicePrinter) -> None:
    (page,) = text_of(await printer.print_invoice(replace(INVOICE, language="en")))
    assert "Amount due ₺1,335.50" in page
    assert "e-Archive Invoice" in page
    assert "Ödenecek" not in page


async def test_what_instalments_cost_stands_beside_the_lines_and_in_a_sentence(
    printer: TypstInvoicePrinter,
) -> None:
    lines = (replace(COVER, surcharge=Money.of("60.00")), CARGO)
    paid = replace(INVOICE, lines=lines, installments=6)
    (page,) = text_of(await printer.print_invoice(paid))
    assert "Taksit farkı dahil: 60,00 ₺" in page
    assert "6 taksitle ödenmiştir. Satır tutarlarına toplam 60,00 ₺ taksit farkı" in page
    (page,) = text_of(await printer.print_invoice(replace(paid, language="en")))
    assert "Instalment charge included: ₺60.00" in page
    assert "Paid in 6 instalments." in page
    (page,) = text_of(await printer.print_invoice(replace(INVOICE, installments=3)))
    assert "3 taksitle ödenmiştir." in page
    assert "farkı" not in page
    (page,) = text_of(await printer.print_invoice(INVOICE))
    assert "taksit" not in page.lower()


async def test_only_samples_say_that_they_are_samples(printer: TypstInvoicePrinter) -> None:
    (sample,) = text_of(await printer.print_invoice(INVOICE))
    (real,) = text_of(await printer.print_invoice(replace(INVOICE, sample=False)))
    assert "ÖRNEKTİR – mali değeri yoktur" in sample
    assert "ÖRNEKTİR" not in real


async def test_sixty_lines_run_over_pages_with_their_headings(printer: TypstInvoicePrinter) -> None:
    long = replace(INVOICE, lines=(COVER, CARGO, CARD) * 20)
    pages = text_of(await printer.print_invoice(long))
    assert len(pages) == 2
    assert all("# Mal / hizmet Adet Net tutar" in page for page in pages)
    assert "Sayfa 2 / 2" in pages[1]
    assert "Ödenecek tutar 26.710,00 ₺" in pages[1]


async def test_all_fonts_travel_with_the_invoice(printer: TypstInvoicePrinter) -> None:
    with pikepdf.open(io.BytesIO((await printer.print_invoice(INVOICE)).pdf)) as pdf:
        assert unembedded_fonts(pdf.pages[0]) == ()
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "3U"


async def test_markup_in_a_name_stays_a_name(printer: TypstInvoicePrinter) -> None:
    name = '#read("/etc/passwd") *kalın* $x$ [a] @b <c> \\ // "'
    (page,) = text_of(await printer.print_invoice(replace(INVOICE, lines=(line(name, "1"),))))
    for word in name.split():
        assert word in page


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(typed=st.text(max_size=80))
def test_whatever_people_type_can_be_printed(printer: TypstInvoicePrinter, typed: str) -> None:
    buyer = replace(INVOICE.buyer, name=typed, line=typed)
    odd = replace(INVOICE, lines=(line(typed, "1"),), buyer=buyer, email=typed)
    assert printer._print(odd).pdf.startswith(b"%PDF-")


def test_the_qr_code_carries_the_keys_of_the_revenue_administration() -> None:
    assert qr_fields(INVOICE) == {
        "vkntckn": "1234567890",
        "avkntckn": "11111111111",
        "senaryo": "EARSIVFATURA",
        "tip": "SATIS",
        "tarih": "2026-11-23",
        "no": "PKC2026000000042",
        "ettn": "f00dbabe-1234-5678-f00d-babe12345678",
        "parabirimi": "TRY",
        "malhizmettoplam": "1116.36",
        "kdvmatrah(20)": "1075.00",
        "hesaplanankdv(20)": "215.00",
        "kdvmatrah(10)": "41.36",
        "hesaplanankdv(10)": "4.14",
        "vergidahil": "1335.50",
        "odenecek": "1335.50",
    }


def test_an_exempt_line_makes_the_invoice_one_of_exemption() -> None:
    book = replace(line("Kitap", "100.00", "0"), exemption="335")
    assert qr_fields(replace(INVOICE, lines=(COVER, book)))["tip"] == "ISTISNA"


def qr_fields(invoice: InvoiceDocument) -> dict[str, str]:
    """What the code on the invoice says."""
    fields: dict[str, str] = json.loads(_qr(invoice, SELLER))
    return fields


def test_a_missing_typeface_is_said_at_the_start() -> None:
    with pytest.raises(ValueError, match="has no Papyrus"):
        TypstInvoicePrinter(SELLER, FONTS, family="Papyrus")
