"""Invoices as PDF/A-3 with their UBL-TR inside, set by typst from a template beside this file."""

from __future__ import annotations

import asyncio
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
import typst

from adapters.print.typeface import Typeface
from adapters.ubl import Seller, by_rate, invoice_xml, type_of
from adapters.ubl.parties import ANONYMOUS_BUYER
from adapters.ubl.sums import EXEMPTIONS
from adapters.words import amount_in_words
from application.ports import (
    InvoiceDocument,
    InvoiceLine,
    Language,
    PrintedInvoice,
    ReturnedFrom,
)
from domain.shared.money import total

TEMPLATE = Path(__file__).with_name("invoice.typ")
ISTANBUL = ZoneInfo("Europe/Istanbul")
SURCHARGE: dict[Language, str] = {
    "tr": "Taksit farkı dahil: {}",
    "en": "Instalment charge included: {}",
}
PAID_IN: dict[Language, str] = {
    "tr": "{} taksitle ödenmiştir.",
    "en": "Paid in {} instalments.",
}
TAKEN_OFF: dict[Language, str] = {"tr": "İndirim: {}", "en": "Discount: {}"}
INSIDE: dict[Language, str] = {
    "tr": "Satır tutarlarına toplam {} taksit farkı dahildir.",
    "en": "The lines include an instalment charge of {} in total.",
}


class TypstInvoicePrinter:
    """Prints invoices; keep one for the process, since it keeps the compiler and the fonts.

    `fonts` is the folder with the typefaces; system fonts are never looked at, so that the same
    document gives the same bytes on every machine.
    """

    def __init__(self, seller: Seller, fonts: Path, *, family: str = "Inter") -> None:
        book = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]
        )
        if family not in book.families():
            raise ValueError(f"{fonts} has no {family}, only {book.families()}")
        upright = next(
            font.path
            for font in book.fonts()
            if (font.family, font.style, font.weight) == (family, "normal", 400) and font.path
        )
        self._typeface = Typeface(Path(upright))
        self._seller = seller
        self._family = family
        self._compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=book)
        # The compiler is not shared between threads; one page takes about 10 ms without the GIL
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="invoices")

    async def print_invoice(self, invoice: InvoiceDocument) -> PrintedInvoice:
        """A PDF/A-3u with the XML attached; the same document gives the same bytes."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._print, invoice)

    def close(self) -> None:
        """Let the running page finish and end the thread."""
        self._thread.shutdown()

    def _print(self, invoice: InvoiceDocument) -> PrintedInvoice:
        xml = invoice_xml(invoice, self._seller)
        content = self._typeface.settable_throughout(_content(invoice, self._seller))
        pages = self._compiler.compile(
            format="pdf",
            sys_inputs={
                "invoice": json.dumps(content, ensure_ascii=False),
                "qr": _as_svg(_qr(invoice, self._seller)) if xml else "",
                "family": self._family,
                "xml": xml.decode(),
            },
            pdf_standards=["a-3u"],
            timestamp=int(invoice.issued_at.timestamp()),
        )
        assert isinstance(pages, bytes)
        return PrintedInvoice(pdf=pages, xml=xml)


def _content(invoice: InvoiceDocument, seller: Seller) -> dict[str, Any]:
    language = invoice.language
    gross = total(line.gross for line in invoice.lines)
    discount = total(line.discount for line in invoice.lines if line.discount)
    return {
        "language": language,
        "sample": invoice.sample,
        "goods": invoice.goods,
        "returned": _returned(invoice.returned_from),
        "seller": {name: getattr(seller, name) for name in Seller.__struct_fields__}
        | {"address": seller.place},
        "buyer": {
            "name": invoice.buyer.name,
            "address": _address(invoice),
            "email": invoice.email,
            "phone": invoice.buyer.phone,
            "tax_number": invoice.tax_number,
            "tax_office": invoice.tax_office,
        },
        "number": invoice.number,
        "ettn": str(invoice.ettn).upper(),
        "kind": type_of(invoice),
        "issued": _moment(invoice.issued_at),
        "order_number": invoice.order_number,
        "lines": [_line(line, language) for line in invoice.lines],
        "discount": discount.written(language) if discount.amount else "",
        "net": total(line.net for line in invoice.lines).written(language),
        "rates": [
            {
                "rate": _percent(each.rate, language),
                "net": each.net.written(language),
                "tax": each.tax.written(language),
                "exemption": _exemption(each.exemption),
            }
            for each in by_rate(invoice.lines)
        ],
        "gross": gross.written(language),
        "words": amount_in_words(gross),
        "payment_method": invoice.payment_method,
        "paid": _moment(invoice.paid_at),
        "installments": _installments(invoice),
        "dispatch": _dispatch(invoice),
    }


def _returned(returned: ReturnedFrom | None) -> dict[str, str] | None:
    if returned is None:
        return None
    return {
        "kind": returned.kind,
        "number": returned.invoice_number,
        "ettn": str(returned.invoice_ettn).upper(),
        "issued": _moment(returned.invoice_issued_at),
    }


def _dispatch(invoice: InvoiceDocument) -> str:
    dispatch = invoice.dispatch
    if dispatch is None:
        return ""
    day = f"{dispatch.on:%d.%m.%Y}" if dispatch.on else ""
    return ", ".join(part for part in (dispatch.carrier, dispatch.tax_number, day) if part)


def _exemption(code: str) -> str:
    return f"{code}: {EXEMPTIONS.get(code, code)}" if code else ""


def _address(invoice: InvoiceDocument) -> str:
    buyer = invoice.buyer
    place = " ".join(
        part for part in (buyer.postcode, f"{buyer.district}/{buyer.province}") if part
    )
    return f"{buyer.line}\n{place}"


def _line(line: InvoiceLine, language: Language) -> dict[str, str]:
    return {
        "description": line.description,
        "quantity": str(line.quantity),
        "net": line.net.written(language),
        "rate": _percent(line.rate, language),
        "tax": line.tax.written(language),
        "gross": line.gross.written(language),
        "remarks": "\n".join(
            words[language].format(amount.written(language))
            for words, amount in ((TAKEN_OFF, line.discount), (SURCHARGE, line.surcharge))
            if amount
        ),
    }


def _installments(invoice: InvoiceDocument) -> str:
    """How many there were, and what they cost in all; nothing for a payment at once."""
    if invoice.installments == 1:
        return ""
    paid = PAID_IN[invoice.language].format(invoice.installments)
    surcharge = total(line.surcharge for line in invoice.lines if line.surcharge)
    if not surcharge.amount:
        return paid
    return f"{paid} {INSIDE[invoice.language].format(surcharge.written(invoice.language))}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(ISTANBUL):%d.%m.%Y %H:%M:%S}"


def _percent(rate: Decimal, language: Language) -> str:
    plain = f"{rate.normalize():f}"
    return f"{plain}%" if language == "en" else f"%{plain.replace('.', ',')}"


def _qr(invoice: InvoiceDocument, seller: Seller) -> str:
    """The machine-readable summary that stands top right on e-Arşiv invoices, as JSON."""
    gross = total(line.gross for line in invoice.lines)
    parties = [seller.vkn, invoice.tax_number or ANONYMOUS_BUYER]
    issuer, receiver = reversed(parties) if invoice.returned_from else parties
    fields = {
        "vkntckn": issuer,
        "avkntckn": receiver,
        "senaryo": "EARSIVFATURA",
        "tip": type_of(invoice),
        "tarih": f"{invoice.issued_at.astimezone(ISTANBUL):%Y-%m-%d}",
        "no": invoice.number,
        "ettn": str(invoice.ettn),
        "parabirimi": gross.currency,
        "malhizmettoplam": f"{total(line.net for line in invoice.lines).amount:.2f}",
    }
    sums = by_rate(invoice.lines)
    for rate in dict.fromkeys(each.rate for each in sums):
        net = total(each.net for each in sums if each.rate == rate)
        tax = total(each.tax for each in sums if each.rate == rate)
        fields[f"kdvmatrah({rate.normalize():f})"] = f"{net.amount:.2f}"
        fields[f"hesaplanankdv({rate.normalize():f})"] = f"{tax.amount:.2f}"
    fields["vergidahil"] = fields["odenecek"] = f"{gross.amount:.2f}"
    return json.dumps(fields, separators=(",", ":"))


def _as_svg(content: str) -> str:
    picture = io.BytesIO()
    segno.make(content, error="m", micro=False).save(picture, kind="svg", border=0, xmldecl=False)
    return picture.getvalue().decode()
