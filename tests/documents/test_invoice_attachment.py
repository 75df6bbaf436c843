"""What is inside an invoice's PDF: its XML, byte for byte, and what PDF/A-3 asks for."""

from __future__ import annotations

import io
from collections.abc import Iterator
from hashlib import sha256

import pikepdf
import pypdfium2
import pytest
from msgspec.structs import replace

from adapters.pdf import unembedded_fonts
from adapters.print import TypstInvoicePrinter
from adapters.ubl import invoice_xml
from application.ports import InvoiceDocument
from tests.documents.examples import COVER, FONTS, INVOICE, SELLER
from tests.documents.test_invoice_xml import BOOK, COMPANY, DOCUMENTS, RETURNED

PART = replace(INVOICE, returned_from=replace(RETURNED, kind="earsiv_return_part"))
NOTE = replace(INVOICE, returned_from=replace(RETURNED, kind="gider_pusulasi"))


@pytest.fixture(scope="module")
def printer() -> Iterator[TypstInvoicePrinter]:
    printer = TypstInvoicePrinter(SELLER, FONTS)
    yield printer
    printer.close()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_xml_is_attached_as_it_is_kept(printer: TypstInvoicePrinter, name: str) -> None:
    printed = printer._print(DOCUMENTS[name])
    assert printed.xml == invoice_xml(DOCUMENTS[name], SELLER)
    with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
        [(file_name, attached)] = pdf.attachments.items()
        content = attached.get_file().read_bytes()
    assert file_name == f"{DOCUMENTS[name].number}.xml"
    assert sha256(content).digest() == sha256(printed.xml).digest()
    assert printer._print(DOCUMENTS[name]) == printed


@pytest.mark.parametrize("document", [INVOICE, COMPANY, PART, replace(COMPANY, language="en")])
def test_the_file_has_what_pdfa_asks_for(
    printer: TypstInvoicePrinter, document: InvoiceDocument
) -> None:
    with pikepdf.open(io.BytesIO(printer._print(document).pdf)) as pdf:
        assert not pdf.is_encrypted
        assert pdf.Root.OutputIntents[0].S == pikepdf.Name.GTS_PDFA1
        assert "/DestOutputProfile" in pdf.Root.OutputIntents[0]
        assert all(unembedded_fonts(page) == () for page in pdf.pages)
        with pdf.open_metadata() as metadata:
            assert metadata.pdfa_status == "3U"
        for associated in pdf.Root.get("/AF", []):
            assert associated.AFRelationship == pikepdf.Name.Alternative
            assert associated.EF.F.Subtype == pikepdf.Name("/application/xml")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (PART, ("e-Arşiv fatura iade bölümü", "İade edilen tutar 1.335,50 ₺", "Tarih ve imza")),
        (NOTE, ("Gider pusulası", "PKC2026000000042", "Tarih ve imza")),
        (replace(NOTE, language="en"), ("Expense note", "Amount returned ₺1,335.50")),
        (replace(COMPANY, returned_from=RETURNED), ("İade faturası dökümü", "İade edilen fatura")),
        (COMPANY, ("Vergi dairesi: Fatih", "VKN/TCKN: 1234567890")),
        (replace(INVOICE, lines=(COVER, BOOK)), ("335: KDVK 13/n Basılı kitap", "ISTISNA")),
        (DOCUMENTS["discounts"], ("İndirim: 140,00 ₺", "Toplam indirim (KDV dahil)")),
        (DOCUMENTS["a carrier"], ("Örnek Kargo A.Ş., 9876543210", "24.11.2026")),
    ],
)
def test_the_page_says_it_in_words(
    printer: TypstInvoicePrinter, document: InvoiceDocument, words: tuple[str, ...]
) -> None:
    with pypdfium2.PdfDocument(printer._print(document).pdf) as pdf:
        page = " ".join(pdf[0].get_textpage().get_text_range().split())
    for each in words:
        assert each in page


def test_what_has_no_form_in_ubl_has_neither_attachment_nor_code(
    printer: TypstInvoicePrinter,
) -> None:
    printed = printer._print(NOTE)
    assert printed.xml == b""
    with pikepdf.open(io.BytesIO(printed.pdf)) as pdf:
        assert not list(pdf.attachments)
