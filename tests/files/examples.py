"""Uploads: honest ones and hostile ones."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image, ImageCms

from application.ports import PrintSpec

SPEC = PrintSpec(Decimal(40), Decimal(60), Decimal(3))
ENOUGH = (544, 780)


def image(
    kind: str = "PNG", size: tuple[int, int] = ENOUGH, mode: str = "RGB", **options: object
) -> bytes:
    """A gradient in some format."""
    picture = Image.linear_gradient("L").resize(size).convert(mode)
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def with_gps() -> bytes:
    """A phone's picture, lying on its side, that tells where it was taken."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "PhoneMaker"
    exif.get_ifd(0x8825)[1] = "N"
    return image("JPEG", (780, 544), exif=exif.tobytes(), comment=b"secret remark")


def with_profile() -> bytes:
    """A picture with a profile that is not sRGB, and not even for RGB."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    return image("PNG", icc_profile=profile)


def glued_zip() -> bytes:
    """A PNG that is an archive, too."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("run.js", "alert(1)")
    return image() + archive.getvalue()


def bomb() -> bytes:
    """Few bytes, 400 million pixels."""
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return out.getvalue()


def animation(kind: str) -> bytes:
    """Two pictures in one file."""
    frames = [Image.new("RGB", ENOUGH, colour) for colour in ("red", "blue")]
    out = io.BytesIO()
    frames[0].save(out, kind, save_all=True, append_images=frames[1:])
    return out.getvalue()


SVG = b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><image href='/x'/></svg>"


def pdf(change: str = "") -> bytes:
    """A page with a picture on it, with something added that has no place there."""
    with pikepdf.new() as document:
        page = document.add_blank_page(page_size=(130.4, 187.1))
        drawn = Stream(document, bytes(3 * 544 * 780))
        drawn.stream_dict = Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=544,
            Height=780,
            ColorSpace=Name.DeviceRGB,
            BitsPerComponent=8,
        )
        page.add_resource(drawn, Name.XObject, Name.Picture)
        page.contents_add(b"q 130.4 0 0 187.1 0 0 cm /Picture Do Q")
        document.docinfo["/Author"] = "A private person"
        link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]))
        page.obj.Annots = Array([link])
        encryption = _spoil(document, page, change)
        out = io.BytesIO()
        document.save(out, encryption=encryption)
    return out.getvalue()


def _spoil(document: pikepdf.Pdf, page: pikepdf.Page, change: str) -> pikepdf.Encryption | None:
    script = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    match change:
        case "javascript":
            page.obj.Annots[0].A = script
        case "open_action":
            document.Root.OpenAction = document.make_indirect(script)
        case "launch":
            page.obj.AA = Dictionary(O=Dictionary(S=Name.Launch, F="calc.exe"))
        case "embedded":
            document.attachments["evil.exe"] = b"MZ"
        case "xfa":
            document.Root.AcroForm = Dictionary(XFA=Array([]))
        case "external":
            page.resources["/XObject"]["/Picture"].F = "/etc/passwd"
        case "pages":
            document.add_blank_page()
        case "encrypted":
            return pikepdf.Encryption(owner="owner", user="")
        case "password":
            return pikepdf.Encryption(owner="owner", user="user")
    return None
