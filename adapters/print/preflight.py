"""Looks a print file over, as the print house will: boxes, resolution, colour, fonts, extras."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal

import pikepdf

from adapters.pdf import (
    BROKEN,
    POINTS_PER_MM,
    TooComplex,
    active_content,
    placed_images,
    unembedded_fonts,
)
from application.ports import PrintSpec

# A tenth of a millimetre: below what a cutter can do
_TOLERANCE_POINTS = 0.3
_COLOURS = frozenset(
    {"DeviceGray", "DeviceRGB", "DeviceCMYK", "CalGray", "CalRGB", "Indexed", "Mask", "Inline"}
    | {"ICCBased1", "ICCBased3", "ICCBased4", "Separation", "DeviceN"}
)


def sheet_points(spec: PrintSpec) -> tuple[float, float]:
    """Width and height of the sheet with bleed, in points."""
    width = (spec.trim_width_mm + 2 * spec.bleed_mm) * POINTS_PER_MM
    height = (spec.trim_height_mm + 2 * spec.bleed_mm) * POINTS_PER_MM
    return float(width), float(height)


def trim_points(spec: PrintSpec) -> tuple[float, float, float, float]:
    """The trim box on the sheet: left, bottom, right, top, in points."""
    width, height = sheet_points(spec)
    bleed = float(Decimal(spec.bleed_mm) * POINTS_PER_MM)
    return bleed, bleed, width - bleed, height - bleed


def preflight(pdf: bytes, spec: PrintSpec, *, minimum_ppi: int | None = None) -> list[str]:
    """Everything wrong with a print file, in sentences; empty when it may be printed.

    `minimum_ppi` is `spec.dpi` unless given; the effective resolution is what is measured, so a
    picture that was blown up shows.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            return list(_problems(document, spec, minimum_ppi=minimum_ppi or spec.dpi))
    except TooComplex:
        return ["the file has more parts than a print file needs"]
    except BROKEN:
        return ["not readable as PDF"]


def _problems(document: pikepdf.Pdf, spec: PrintSpec, *, minimum_ppi: int) -> Iterator[str]:
    if document.is_encrypted:
        yield "the file is encrypted"
    if len(document.pages) != 1:
        yield f"{len(document.pages)} pages instead of one"
        return
    page = document.pages[0]
    yield from _box_problems(page, spec)
    yield from _image_problems(page, minimum_ppi)
    for font in unembedded_fonts(page):
        yield f"font {font} is not embedded"
    active = active_content(document)
    if active:
        yield f"{active[1:]} has no place in a print file"
    if "/Annots" in page.obj:
        yield "the page has annotations"
    if not _has_output_intent(document):
        yield "no output intent with a colour profile"


def _box_problems(page: pikepdf.Page, spec: PrintSpec) -> Iterator[str]:
    width, height = sheet_points(spec)
    sheet = (0.0, 0.0, width, height)
    wanted = {"MediaBox": sheet, "BleedBox": sheet, "TrimBox": trim_points(spec)}
    for name, box in wanted.items():
        found = [float(number) for number in page.obj.get(f"/{name}", [])]
        near = [abs(a - b) <= _TOLERANCE_POINTS for a, b in zip(found, box, strict=False)]
        if len(found) != 4 or not all(near):
            yield f"{name} is {found}, expected {[round(edge, 2) for edge in box]}"
    if int(page.obj.get("/Rotate", 0)) or float(page.obj.get("/UserUnit", 1)) != 1:
        yield "the page is turned or scaled by its viewer"


def _image_problems(page: pikepdf.Page, minimum_ppi: int) -> Iterator[str]:
    for image in placed_images(page):
        # Half a pixel is what rounding to whole pixels may cost
        if image.ppi < minimum_ppi - 0.5:
            yield f"a picture has {image.ppi:.0f} ppi, at least {minimum_ppi} are needed"
        if image.colour_space not in _COLOURS:
            yield f"a picture is in colour space {image.colour_space}"


def _has_output_intent(document: pikepdf.Pdf) -> bool:
    intents = document.Root.get("/OutputIntents", pikepdf.Array())
    return any("/DestOutputProfile" in intent for intent in intents)
