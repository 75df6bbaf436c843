"""Files for the print house, opened again and measured."""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal

import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Dictionary, Name
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from adapters.memory import MemoryPrepress
from adapters.pdf import placed_images
from adapters.print import PdfPrepress, PrintFileRefused, preflight
from adapters.print.prepress import cover_crop
from application.ports import Prepress, PrintSpec, Size
from tests.documents.examples import SPEC, picture, print_file

SMALL = PrintSpec(Decimal(40), Decimal(60), Decimal(3))
FULL_SIZE = picture(SMALL.pixels.width + 2, SMALL.pixels.height + 2)


@pytest.fixture(scope="module")
def prepress() -> Iterator[PdfPrepress]:
    prepress = PdfPrepress()
    yield prepress
    prepress.close()


@pytest.fixture(params=["real", "memory"])
def any_prepress(request: pytest.FixtureRequest, prepress: PdfPrepress) -> Prepress:
    return prepress if request.param == "real" else MemoryPrepress()


def pdf_artwork(canvas_size: tuple[float, float], *, rotate: int = 0) -> bytes:
    """A vector page: red on its left half, blue on its right, without any text."""
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=canvas_size)
        width, height = canvas_size
        page.contents_add(
            f"1 0 0 rg 0 0 {width / 2} {height} re f 0 0 1 rg"
            f" {width / 2} 0 {width / 2} {height} re f".encode()
        )
        page.obj.Rotate = rotate
        pdf.save(out)
    return out.getvalue()


def changed(pdf: bytes, change: str) -> bytes:
    """The file after somebody broke one thing in it."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        match change:
            case "trim":
                page.trimbox = Array([0, 0, 100, 100])
            case "pages":
                document.add_blank_page()
            case "javascript":
                document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
            case "annotation":
                page.obj.Annots = Array([])
            case "intent":
                del document.Root.OutputIntents
            case "turned":
                page.obj.Rotate = 90
            case "colour":
                image = page.resources["/XObject"]["/Artwork"]
                image.ColorSpace = Array([Name.Lab, Dictionary(WhitePoint=[1, 1, 1])])
            case "font":
                page.obj.Resources.Font = Dictionary(
                    F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
                )
        document.save(out)
    return out.getvalue()


async def test_a_print_file_is_one_page_with_its_boxes(any_prepress: Prepress) -> None:
    made = await any_prepress.make(print_file(FULL_SIZE, SMALL))
    assert made == await any_prepress.make(print_file(FULL_SIZE, SMALL))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        (page,) = pdf.pages
        millimetres = [[round(float(edge) * 25.4 / 72, 2) for edge in box] for box in boxes(page)]
    assert millimetres == [[0, 0, 46, 66], [0, 0, 46, 66], [3, 3, 43, 63]]


def boxes(page: pikepdf.Page) -> list[pikepdf.Object]:
    return [page.obj.MediaBox, page.obj.BleedBox, page.obj.TrimBox]


async def test_a_picture_of_the_right_size_passes_at_300_ppi(prepress: PdfPrepress) -> None:
    made = await prepress.make(print_file(FULL_SIZE, SMALL))
    assert preflight(made, SMALL) == []
    with pikepdf.open(io.BytesIO(made)) as pdf:
        (image,) = placed_images(pdf.pages[0])
        assert image.ppi == pytest.approx(300, abs=0.5)
        assert image.colour_space == "ICCBased3"
        assert str(pdf.docinfo["/Title"]) == "PK-7F3K-9Q2M – Gülün Adı – ığİŞ"
        with pdf.open_metadata() as metadata:
            assert metadata["dc:title"] == "PK-7F3K-9Q2M – Gülün Adı – ığİŞ"


async def test_more_pixels_than_the_printer_can_use_are_made_fewer(prepress: PdfPrepress) -> None:
    made = await prepress.make(print_file(picture(2000, 2500), SMALL))
    with pikepdf.open(io.BytesIO(made)) as pdf:
        (image,) = placed_images(pdf.pages[0])
    assert Size(image.width, image.height) == SMALL.pixels


async def test_a_small_picture_is_not_blown_up_and_its_true_resolution_shows(
    prepress: PdfPrepress,
) -> None:
    made = await prepress.make(print_file(picture(272, 390, "JPEG"), SMALL))
    assert preflight(made, SMALL) == ["a picture has 150 ppi, at least 300 are needed"]
    assert preflight(made, SMALL, minimum_ppi=150) == []


async def test_a_picture_too_small_to_print_is_refused(prepress: PdfPrepress) -> None:
    with pytest.raises(PrintFileRefused, match=r"PK-7F3K-9Q2M: .*55 ppi"):
        await prepress.make(print_file(picture(100, 150), SMALL))


async def test_transparent_artwork_is_printed_on_white(prepress: PdfPrepress) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (560, 800), (255, 0, 0, 0)).save(out, "PNG")
    made = await prepress.make(print_file(out.getvalue(), SMALL))
    assert pixel(made, 0.5, 0.5) == (255, 255, 255)


async def test_vector_artwork_covers_the_sheet(prepress: PdfPrepress) -> None:
    made = await prepress.make(print_file(pdf_artwork((200, 200)), SMALL))
    assert preflight(made, SMALL) == []
    corners = [pixel(made, x, y) for x in (0.02, 0.98) for y in (0.02, 0.98)]
    assert corners == [(255, 0, 0), (255, 0, 0), (0, 0, 255), (0, 0, 255)]


async def test_artwork_that_is_shown_turned_is_printed_turned(prepress: PdfPrepress) -> None:
    made = await prepress.make(print_file(pdf_artwork((300, 200), rotate=90), SMALL))
    assert preflight(made, SMALL) == []
    assert pixel(made, 0.5, 0.02) == (255, 0, 0)
    assert pixel(made, 0.5, 0.98) == (0, 0, 255)


def pixel(pdf: bytes, across: float, down: float) -> tuple[int, ...]:
    """The colour at a place of the page, as seen from its top left."""
    with pypdfium2.PdfDocument(pdf) as document:
        seen = document[0].render(scale=2).to_pil().convert("RGB")
    colour = seen.getpixel((int(seen.width * across), int(seen.height * down)))
    assert isinstance(colour, tuple)
    return colour


async def test_a_font_that_does_not_travel_is_refused(prepress: PdfPrepress) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(130, 187))
    canvas.drawString(10, 10, "Helvetica from somewhere")
    canvas.save()
    with pytest.raises(PrintFileRefused, match="font Helvetica is not embedded"):
        await prepress.make(print_file(out.getvalue(), SMALL))


@pytest.mark.parametrize("artwork", [b"", b"GIF89a", b"%PDF-1.7\nnothing", FULL_SIZE[:2000]])
async def test_artwork_that_cannot_be_read_is_refused(
    prepress: PdfPrepress, artwork: bytes
) -> None:
    with pytest.raises(PrintFileRefused, match="not readable"):
        await prepress.make(print_file(artwork, SMALL))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("trim", "TrimBox is"),
        ("pages", "2 pages"),
        ("javascript", "OpenAction"),
        ("annotation", "annotations"),
        ("intent", "output intent"),
        ("turned", "turned"),
        ("colour", "colour space Lab"),
        ("font", "font Helvetica"),
    ],
)
async def test_preflight_finds_each_fault(prepress: PdfPrepress, change: str, problem: str) -> None:
    made = await prepress.make(print_file(FULL_SIZE, SMALL))
    found = preflight(changed(made, change), SMALL)
    assert any(problem in each for each in found), found


def test_pictures_are_found_inside_the_stream_and_inside_forms() -> None:
    inline = b"q 72 0 0 36 0 0 cm BI /W 30 /H 30 /CS /G /BPC 8 ID " + bytes(900) + b" EI Q"
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(200, 200))
        form = pikepdf.Stream(pdf, inline)
        form.stream_dict = Dictionary(
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=[0, 0, 72, 36],
            Matrix=[2, 0, 0, 2, 0, 0],
        )
        page.add_resource(form, Name.XObject, Name.Form1)
        page.contents_add(inline + b" 0 3 -3 0 0 0 cm /Form1 Do")
        found = [(image.width, image.ppi) for image in placed_images(page)]
    assert found == [(30, 30), (30, 5)]


async def test_preflight_finds_another_size_of_sheet(prepress: PdfPrepress) -> None:
    made = await prepress.make(print_file(FULL_SIZE, SMALL))
    assert any("MediaBox" in each for each in preflight(made, SPEC))
    assert preflight(b"not a pdf", SPEC)[0].startswith("not readable")


def test_the_middle_of_a_picture_is_kept() -> None:
    assert cover_crop(Size(400, 100), Size(100, 100)) == (150, 0, 250, 100)
    assert cover_crop(Size(100, 300), Size(10, 20)) == (0, 50, 100, 250)
    assert cover_crop(Size(50, 80), Size(100, 160)) == (0, 0, 50, 80)
