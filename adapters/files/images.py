"""Images as they are uploaded: decoded within limits and rebuilt from nothing but their pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal

from PIL import Image, UnidentifiedImageError

from adapters.files.inspector import Order
from adapters.files.signatures import Kind
from adapters.pictures import has_transparency, normalised
from application.ports import AcceptedArtwork, PrintSpec, RefusedArtwork, Size

PREVIEW_SIDE = 800
# How much of a picture the sheet may cut off before the customer is told
_QUIET_CROP = Decimal("0.05")


def inspect_image(content: bytes, order: Order, *, kind: Kind) -> AcceptedArtwork | RefusedArtwork:
    """Rebuild the image, or say why not."""
    Image.MAX_IMAGE_PIXELS = order.limits.pixels
    try:
        with Image.open(io.BytesIO(content), formats=(kind.upper(),)) as opened:
            return _refused(opened, order) or _accepted(opened, order, kind=kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return _too_many_pixels(order)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, TypeError, EOFError, Warning):
        return RefusedArtwork("damaged", "the image is damaged or incomplete")


def resolution(size: Size, spec: PrintSpec) -> float:
    """Pixels per inch of a picture that covers the sheet with its bleed."""
    wide = (spec.trim_width_mm + 2 * spec.bleed_mm) / Decimal("25.4")
    high = (spec.trim_height_mm + 2 * spec.bleed_mm) / Decimal("25.4")
    return float(min(size.width / wide, size.height / high))


def preview(picture: Image.Image) -> bytes:
    """A WebP no larger than 800 pixels on its longest side."""
    small = picture.copy()
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "WEBP", quality=82, method=4)
    return out.getvalue()


def shape_warnings(size: Size, spec: PrintSpec | None, *, ppi: float | None) -> Iterator[str]:
    """What to tell about resolution and about the parts that the sheet's shape cuts off."""
    if spec is None:
        return
    if ppi is not None and ppi < spec.dpi - 0.5:
        yield "low_resolution"
    ratio = Decimal(size.width * spec.pixels.height) / (size.height * spec.pixels.width)
    if min(ratio, 1 / ratio) < 1 - _QUIET_CROP:
        yield "cropped"


def _refused(opened: Image.Image, order: Order) -> RefusedArtwork | None:
    width, height = opened.size
    if width * height > order.limits.pixels:
        return _too_many_pixels(order)
    # Phones hide a second picture in a JPEG; that is not an animation
    if opened.format != "MPO" and getattr(opened, "n_frames", 1) > 1:
        return RefusedArtwork("animated", "only single pictures are accepted")
    return None


def _too_many_pixels(order: Order) -> RefusedArtwork:
    return RefusedArtwork("too_many_pixels", f"more than {order.limits.pixels} pixels")


def _accepted(opened: Image.Image, order: Order, *, kind: Kind) -> AcceptedArtwork | RefusedArtwork:
    foreign_colours = opened.mode == "CMYK"
    see_through = has_transparency(opened)
    picture = normalised(opened)
    size = Size(*picture.size)
    ppi = resolution(size, order.target) if order.target else None
    if ppi is not None and ppi < order.minimum_ppi:
        least = order.minimum_ppi
        return RefusedArtwork("too_small", f"less than {least} pixels per inch at the printed size")
    warnings = [*shape_warnings(size, order.target, ppi=ppi)]
    if foreign_colours:
        warnings.append("colours_converted")
    if see_through:
        warnings.append("transparency_flattened")
    return AcceptedArtwork(
        content=_rebuilt(picture, kind),
        media_type="image/jpeg" if kind == "jpeg" else "image/png",
        preview=preview(picture),
        width=size.width,
        height=size.height,
        warnings=tuple(warnings),
    )


def _rebuilt(picture: Image.Image, kind: Kind) -> bytes:
    out = io.BytesIO()
    if kind == "jpeg":
        picture.save(out, "JPEG", quality=95, subsampling=0)
    else:
        picture.save(out, "PNG", compress_level=3)
    return out.getvalue()
