"""Invoices as PDF/A, set by typst from a template beside this file."""

from __future__ import annotations

import asyncio
import io
import json
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import segno
import typst
from msgspec import Struct

from adapters.print.typeface import Typeface
from adapters.print.words import amount_in_words
from application.ports import InvoiceDocument, InvoiceLine, Language
from domain.shared.money import Money, total

TEMPLATE = Path(__file__).with_name("invoice.typ")
ISTANBUL = ZoneInfo("Europe/Istanbul")
# What the revenue administration wants for a buyer who gave no number
ANONYMOUS_BUYER = "11111111111"
SURCHARGE: dict[Language, str] = {
    "tr": "Taksit farkı dahil: {}",
    "en": "Instalment charge included: {}",
}
PAID_IN: dict[Language, str] = {
    "tr": "{} taksitle ödenmiştir.",
    "en": "Paid in {} instalments.",
}
INSIDE: dict[Language, str] = {
    "tr": "Satır tutarlarına toplam {} taksit farkı dahildir.",
    "en": "The lines include an instalment charge of {} in total.",
}


class Seller(Struct, frozen=True, kw_only=True):
    """Who issues the invoices; `vkn` is the ten-digit tax number, `mersis` may be empty."""

    name: str
    address: str
    tax_office: str
    vkn: str
    mersis: str
    web: str
    email: str
    phone: str = ""


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

    async def print_invoice(self, invoice: InvoiceDocument) -> bytes:
        """A PDF/A-2u; the same document gives the same bytes."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._print, invoice)

    def close(self) -> None:
        """Let the running page finish and end the thread."""
        self._thread.shutdown()

    def _print(self, invoice: InvoiceDocument) -> bytes:
        content = self._typeface.settable_throughout(_content(invoice, self._seller))
        pages = self._compiler.compile(
            format="pdf",
            sys_inputs={
                "invoice": json.dumps(content, ensure_ascii=False),
                "qr": _as_svg(_qr(invoice, self._seller)),
                "family": self._family,
            },
            pdf_standards=["a-2u"],
            timestamp=int(invoice.issued_at.timestamp()),
        )
        assert isinstance(pages, bytes)
        return pages


def _content(invoice: InvoiceDocument, seller: Seller) -> dict[str, Any]:
    language = invoice.language
    gross = total(line.gross for line in invoice.lines)
    return {
        "language": language,
        "sample": invoice.sample,
        "goods": invoice.goods,
        "seller": {name: getattr(seller, name) for name in Seller.__struct_fields__},
        "buyer": {
            "name": invoice.buyer.name,
            "address": _address(invoice),
            "email": invoice.email,
            "phone": invoice.buyer.phone,
            "tax_number": invoice.tax_number,
        },
        "number": invoice.number,
        "ettn": str(invoice.ettn).upper(),
        "kind": _kind(invoice.lines),
        "issued": _moment(invoice.issued_at),
        "order_number": invoice.order_number,
        "lines": [_line(line, language) for line in invoice.lines],
        "net": total(line.net for line in invoice.lines).written(language),
        "rates": [
            {
                "rate": _percent(rate, language),
                "net": net.written(language),
                "tax": tax.written(language),
            }
            for rate, net, tax in _by_rate(invoice.lines)
        ],
        "gross": gross.written(language),
        "words": amount_in_words(gross),
        "payment_method": invoice.payment_method,
        "paid": _moment(invoice.paid_at),
        "installments": _installments(invoice),
    }


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
        "surcharge": SURCHARGE[language].format(line.surcharge.written(language))
        if line.surcharge
        else "",
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


def _by_rate(lines: Iterable[InvoiceLine]) -> list[tuple[Decimal, Money, Money]]:
    groups: defaultdict[Decimal, list[InvoiceLine]] = defaultdict(list)
    for line in lines:
        groups[line.rate].append(line)
    return [
        (rate, total(line.net for line in group), total(line.tax for line in group))
        for rate, group in sorted(groups.items(), reverse=True)
    ]


def _kind(lines: Iterable[InvoiceLine]) -> str:
    # Exempt lines are accepted on this type only, also when taxed ones stand beside them
    return "ISTISNA" if any(line.rate == 0 for line in lines) else "SATIS"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(ISTANBUL):%d.%m.%Y %H:%M:%S}"


def _percent(rate: Decimal, language: Language) -> str:
    plain = f"{rate.normalize():f}"
    return f"{plain}%" if language == "en" else f"%{plain.replace('.', ',')}"


def _qr(invoice: InvoiceDocument, seller: Seller) -> str:
    """The machine-readable summary that stands top right on e-Arşiv invoices, as JSON."""
    gross = total(line.gross for line in invoice.lines)
    fields = {
        "vkntckn": seller.vkn,
        "avkntckn": invoice.tax_number or ANONYMOUS_BUYER,
        "senaryo": "EARSIVFATURA",
        "tip": _kind(invoice.lines),
        "tarih": f"{invoice.issued_at.astimezone(ISTANBUL):%Y-%m-%d}",
        "no": invoice.number,
        "ettn": str(invoice.ettn),
        "parabirimi": gross.currency,
        "malhizmettoplam": f"{total(line.net for line in invoice.lines).amount:.2f}",
    }
    for rate, net, tax in _by_rate(invoice.lines):
        fields[f"kdvmatrah({rate.normalize():f})"] = f"{net.amount:.2f}"
        fields[f"hesaplanankdv({rate.normalize():f})"] = f"{tax.amount:.2f}"
    fields["vergidahil"] = fields["odenecek"] = f"{gross.amount:.2f}"
    return json.dumps(fields, separators=(",", ":"))


def _as_svg(content: str) -> str:
    picture = io.BytesIO()
    segno.make(content, error="m", micro=False).save(picture, kind="svg", border=0, xmldecl=False)
    return picture.getvalue().decode()
