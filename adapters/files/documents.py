"""PDFs as they are uploaded: one page, nothing that acts, cleaned and measured."""

from __future__ import annotations

import io

import pikepdf
import pypdfium2
from PIL import Image

from adapters.files.images import PREVIEW_SIDE, preview, shape_warnings
from adapters.files.inspector import Order
from adapters.pdf import (
    BROKEN,
    POINTS_PER_INCH,
    TooComplex,
    active_content,
    placed_images,
    unembedded_fonts,
)
from application.ports import AcceptedArtwork, PrintSpec, RefusedArtwork, Size

_DPI = 300
# What a page of a cover needs of the catalogue: its layers
_KEPT_IN_CATALOGUE = frozenset({"/Type", "/Pages", "/OCProperties"})
_DROPPED_FROM_PAGE = ("/Annots", "/AA", "/PieceInfo", "/Metadata", "/Thumb")


def inspect_pdf(content: bytes, order: Order) -> AcceptedArtwork | RefusedArtwork:
    """Clean the file and draw its preview, or say why not."""
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            return _refused(document) or _accepted(document, order)
    except pikepdf.PasswordError:
        return RefusedArtwork("encrypted", "the PDF is protected by a password")
    except (TooComplex, RecursionError):
        return RefusedArtwork("too_complex", "the PDF has more parts than a cover needs")
    except (*BROKEN, pypdfium2.PdfiumError):
        return RefusedArtwork("damaged", "the PDF is damaged or incomplete")


def _refused(document: pikepdf.Pdf) -> RefusedArtwork | None:
    if document.is_encrypted:
        return RefusedArtwork("encrypted", "the PDF is protected by a password")
    active = active_content(document)
    if active:
        return RefusedArtwork("active_content", f"{active[1:]} is not accepted in a PDF")
    if len(document.pages) != 1:
        return RefusedArtwork("wrong_page_count", f"{len(document.pages)} pages instead of one")
    missing = unembedded_fonts(document.pages[0])
    if missing:
        return RefusedArtwork("fonts_not_embedded", f"not embedded: {', '.join(missing)}")
    return None


def _accepted(document: pikepdf.Pdf, order: Order) -> AcceptedArtwork | RefusedArtwork:
    page = document.pages[0]
    ppi = _weakest_picture(page, order.target)
    if ppi is not None and ppi < order.minimum_ppi:
        least = order.minimum_ppi
        return RefusedArtwork("too_small", f"a picture has less than {least} pixels per inch")
    size = _pixels(page)
    cleaned = _cleaned(document)
    return AcceptedArtwork(
        content=cleaned,
        media_type="application/pdf",
        preview=preview(_drawn(cleaned)),
        width=size.width,
        height=size.height,
        warnings=tuple(shape_warnings(size, order.target, ppi=ppi)),
    )


def _weakest_picture(page: pikepdf.Page, target: PrintSpec | None) -> float | None:
    """The lowest resolution of a picture once the page is large enough for the sheet."""
    weakest = min((image.ppi for image in placed_images(page)), default=None)
    if weakest is None or target is None:
        return weakest
    shown = _pixels(page)
    sheet = target.pixels
    inches_scale = target.dpi / _DPI
    scale = max(
        sheet.width / inches_scale / shown.width, sheet.height / inches_scale / shown.height
    )
    return weakest / scale


def _pixels(page: pikepdf.Page) -> Size:
    left, bottom, right, top = (float(edge) for edge in page.obj.get("/BleedBox", page.cropbox))
    sides = (
        max(1, round(abs(right - left) * _DPI / POINTS_PER_INCH)),
        max(1, round(abs(top - bottom) * _DPI / POINTS_PER_INCH)),
    )
    return Size(*(sides if int(page.obj.get("/Rotate", 0)) % 180 == 0 else reversed(sides)))


def _cleaned(document: pikepdf.Pdf) -> bytes:
    for key in set(document.Root.keys()) - _KEPT_IN_CATALOGUE:
        del document.Root[key]
    page = document.pages[0].obj
    for key in _DROPPED_FROM_PAGE:
        if key in page:
            del page[key]
    del document.docinfo
    out = io.BytesIO()
    document.save(out, deterministic_id=True)
    return out.getvalue()


def _drawn(content: bytes) -> Image.Image:
    with pypdfium2.PdfDocument(content) as document:
        page = document[0]
        scale = PREVIEW_SIDE / max(page.get_size())
        picture: Image.Image = page.render(scale=min(scale, 4)).to_pil()
        return picture.convert("RGB")
