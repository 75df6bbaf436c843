"""Raster pictures in one form: upright, sRGB, opaque, without metadata."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image, ImageCms, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")
PAPER = (255, 255, 255)

# Pillow knows only some formats by itself until it is asked for all of them
Image.init()


@cache
def srgb_profile() -> bytes:
    """The sRGB ICC profile, always the same bytes."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # LittleCMS writes the time of day into the header
    profile[24:36] = bytes.fromhex("07d0 0001 0001 0000 0000 0000")
    return bytes(profile)


def normalised(image: Image.Image) -> Image.Image:
    """A new sRGB picture of the same pixels, turned as the EXIF says, laid on white paper."""
    image.load()
    turned = ImageOps.exif_transpose(image)
    flat = _in_srgb(_eight_bits(turned), turned.info.get("icc_profile"))
    return Image.frombytes("RGB", flat.size, flat.tobytes())


def has_transparency(image: Image.Image) -> bool:
    """Whether any colour of the picture may be see-through."""
    return "A" in image.getbands() or "transparency" in image.info


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return image.point(lambda value: value / 256).convert("L")
    if has_transparency(image):
        see_through = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, (*PAPER, 255))
        return Image.alpha_composite(paper, see_through).convert("RGB")
    return image if image.mode in {"L", "RGB", "CMYK"} else image.convert("RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile and image.mode in {"L", "RGB", "CMYK"}:
        try:
            converted = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile())),
                renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                outputMode="RGB",
                flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
            )
        except (ImageCms.PyCMSError, OSError):
            # A broken profile, or one for other colours: the plain numbers are the best there is
            return image.convert("RGB")
        assert converted is not None
        return converted
    return image.convert("RGB")
