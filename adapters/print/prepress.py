"""Makes the one-page file the print house gets, and checks it before it is given away."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pikepdf
import structlog
from pikepdf import Array, Dictionary, Name, Rectangle, Stream
from PIL import Image

from adapters.pdf import BROKEN, TooComplex, placed_images
from adapters.pictures import FORMATS, normalised, srgb_profile
from adapters.print.preflight import preflight, sheet_points, trim_points
from application.ports import PrintFile, PrintSpec, Size

# Below this a printed cover is visibly made of squares
MINIMUM_PPI = 72
_JPEG_QUALITY = 95
# A name of our own, or the same artwork would give other bytes each time
_ARTWORK = Name.Artwork

log = structlog.get_logger()


class PrintFileRefused(Exception):
    """The artwork can't be printed as it is; `problems` says why, one sentence each."""

    def __init__(self, order_number: str, problems: list[str]) -> None:
        super().__init__(f"{order_number}: {'; '.join(problems)}")
        self.problems = problems


class PdfPrepress:
    """Puts artwork on a sheet of trim plus bleed.

    Pictures are cropped around their middle to the sheet's shape, made smaller where they have
    more pixels than the printer can use, and never larger: what they lack shows as their effective
    resolution, which is logged below `spec.dpi` and refused below `minimum_ppi`. A PDF is placed
    as it is, vectors and all, large enough to cover the sheet.
    """

    def __init__(self, *, minimum_ppi: int = MINIMUM_PPI, threads: int = 2) -> None:
        self._minimum_ppi = minimum_ppi
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="prepress")

    async def make(self, file: PrintFile) -> bytes:
        """A one-page PDF with its boxes and output intent. Raises `PrintFileRefused`."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._make, file)

    def close(self) -> None:
        """Let running files finish and end the threads."""
        self._threads.shutdown()

    def _make(self, file: PrintFile) -> bytes:
        try:
            made = self._composed(file)
        except (OSError, TooComplex, *BROKEN) as error:
            raise PrintFileRefused(file.order_number, ["the artwork is not readable"]) from error
        problems = preflight(made, file.spec, minimum_ppi=self._minimum_ppi)
        if problems:
            raise PrintFileRefused(file.order_number, problems)
        return made

    def _composed(self, file: PrintFile) -> bytes:
        document = _from_pdf(file) if file.artwork[:5] == b"%PDF-" else _from_picture(file)
        with document:
            _finish(document, file)
            for image in placed_images(document.pages[0]):
                if image.ppi < file.spec.dpi - 0.5:
                    ppi = round(image.ppi)
                    log.warning("print_below_target", order=file.order_number, ppi=ppi)
            out = io.BytesIO()
            document.save(out, deterministic_id=True, min_version="1.6")
        return out.getvalue()


def cover_crop(picture: Size, sheet: Size) -> tuple[int, int, int, int]:
    """The largest middle part with the shape of the sheet: left, top, right, bottom."""
    scale = min(Decimal(picture.width) / sheet.width, Decimal(picture.height) / sheet.height)
    width = min(picture.width, round(sheet.width * scale))
    height = min(picture.height, round(sheet.height * scale))
    left, top = (picture.width - width) // 2, (picture.height - height) // 2
    return left, top, left + width, top + height


def _from_picture(file: PrintFile) -> pikepdf.Pdf:
    with Image.open(io.BytesIO(file.artwork), formats=FORMATS) as opened:
        picture = normalised(opened)
    sheet = file.spec.pixels
    picture = picture.crop(cover_crop(Size(*picture.size), sheet))
    if picture.width > sheet.width:
        picture = picture.resize((sheet.width, sheet.height), Image.Resampling.LANCZOS)
    jpeg = io.BytesIO()
    picture.save(jpeg, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    document = pikepdf.new()
    image = Stream(document, jpeg.getvalue())
    image.stream_dict = Dictionary(
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=picture.width,
        Height=picture.height,
        ColorSpace=Array([Name.ICCBased, _profile(document)]),
        BitsPerComponent=8,
        Filter=Name.DCTDecode,
    )
    width, height = sheet_points(file.spec)
    page = document.add_blank_page(page_size=(width, height))
    page.add_resource(image, Name.XObject, _ARTWORK)
    page.contents_add(f"q {width:.4f} 0 0 {height:.4f} 0 0 cm {_ARTWORK} Do Q".encode())
    return document


def _from_pdf(file: PrintFile) -> pikepdf.Pdf:
    document = pikepdf.open(io.BytesIO(file.artwork))
    if len(document.pages) != 1:
        raise PrintFileRefused(file.order_number, [f"{len(document.pages)} pages instead of one"])
    artwork = document.pages[0]
    # What is to be cut off is part of the artwork; marks outside of it are not
    bleed = artwork.obj.get("/BleedBox", artwork.cropbox)
    artwork.trimbox = Array(list(bleed))
    form = artwork.as_form_xobject()
    sheet = document.add_blank_page(page_size=sheet_points(file.spec))
    sheet.add_resource(form, Name.XObject, _ARTWORK)
    place = _covering(artwork, file.spec)
    sheet.contents_add(
        sheet.calc_form_xobject_placement(
            form,
            _ARTWORK,
            place,
            invert_transformations=True,
            allow_shrink=True,
            allow_expand=True,
        )
    )
    del document.pages[0]
    for key in set(document.Root.keys()) - {"/Type", "/Pages", "/OCProperties"}:
        del document.Root[key]
    return document


def _covering(page: pikepdf.Page, spec: PrintSpec) -> Rectangle:
    """Where a page goes so that it covers the sheet around its middle."""
    artwork = Rectangle(page.trimbox)
    turned = int(page.obj.get("/Rotate", 0)) % 180 != 0
    sides = (artwork.width, artwork.height)
    wide, high = (float(side) for side in (reversed(sides) if turned else sides))
    width, height = sheet_points(spec)
    scale = max(width / wide, height / high)
    left, bottom = (width - wide * scale) / 2, (height - high * scale) / 2
    return Rectangle(left, bottom, left + wide * scale, bottom + high * scale)


def _finish(document: pikepdf.Pdf, file: PrintFile) -> None:
    page = document.pages[0]
    sheet = Array([0, 0, *(round(edge, 4) for edge in sheet_points(file.spec))])
    page.mediabox = page.cropbox = page.obj.BleedBox = sheet
    page.trimbox = Array([round(edge, 4) for edge in trim_points(file.spec)])
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFX,
        OutputConditionIdentifier="sRGB IEC61966-2.1",
        RegistryName="http://www.color.org",
        Info="sRGB IEC61966-2.1",
        DestOutputProfile=_profile(document),
    )
    document.Root.OutputIntents = Array([document.make_indirect(intent)])
    title = f"{file.order_number} – {file.title}"
    del document.docinfo
    document.docinfo["/Title"] = title
    document.docinfo["/Trapped"] = Name("/False")
    with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        metadata["dc:title"] = title


def _profile(document: pikepdf.Pdf) -> Stream:
    profile = Stream(document, srgb_profile())
    profile.stream_dict = Dictionary(N=3, Alternate=Name.DeviceRGB)
    return profile
