"""Labels of parcels as PDF, set by typst from a template beside this file."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import typst

from adapters.print.code128 import as_svg
from adapters.print.typeface import Typeface
from application.ports import Label
from domain.shared.address import Address
from domain.shared.days import TURKEY

TEMPLATE = Path(__file__).with_name("label.typ")
NAMES = {"yurtici": "Yurtiçi Kargo"}
"""What carriers are called where their own name is written otherwise."""


class TypstLabelPrinter:
    """Prints labels; keep one for the process, since it keeps the compiler and the fonts.

    `sender` is who we are, and `fonts` is the folder with the typefaces.
    """

    def __init__(self, sender: Address, fonts: Path, *, family: str = "Inter") -> None:
        book = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[fonts]
        )
        upright = next(
            font.path
            for font in book.fonts()
            if (font.family, font.style, font.weight) == (family, "normal", 400) and font.path
        )
        self._typeface = Typeface(Path(upright))
        self._sender = sender
        self._family = family
        self._compiler = typst.Compiler(TEMPLATE, root=TEMPLATE.parent, font_paths=book)
        # The compiler is not shared between threads
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="labels")

    async def print_label(self, label: Label) -> bytes:
        """A PDF of one page, 100 by 150 millimetres; the same label gives the same bytes."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._print, label)

    def close(self) -> None:
        """Let the running page finish and end the thread."""
        self._thread.shutdown()

    def _print(self, label: Label) -> bytes:
        content = self._typeface.settable_throughout(_content(label, self._sender))
        pages = self._compiler.compile(
            format="pdf",
            sys_inputs={
                "label": json.dumps(content, ensure_ascii=False),
                "bars": as_svg(label.carrier_reference).decode(),
                "family": self._family,
            },
            timestamp=int(label.made_at.timestamp()),
        )
        assert isinstance(pages, bytes)
        return pages


def _content(label: Label, sender: Address) -> dict[str, Any]:
    size = label.size
    sides = (size.length_mm, size.width_mm, size.height_mm)
    return {
        "carrier": NAMES.get(label.carrier, label.carrier),
        "number": str(label.number),
        "count": str(label.count),
        "sender": _address(sender),
        "recipient": _address(label.recipient) | {"province": _capitals(label.recipient.province)},
        "order": label.order_number,
        "reference": label.carrier_reference,
        "weight": _written(Decimal(size.weight_grams) / 1000),
        "sides": " x ".join(_written(Decimal(each) / 10) for each in sides),
        "made": label.made_at.astimezone(TURKEY).strftime("%d.%m.%Y %H:%M"),
    }


def _address(address: Address) -> dict[str, str]:
    return {name: getattr(address, name) for name in Address.__struct_fields__}


def _capitals(text: str) -> str:
    """As capitals are made in Turkish, where an i keeps its dot."""
    return text.replace("i", "İ").replace("ı", "I").upper()


def _written(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", ",")
