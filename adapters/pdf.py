"""What is in a PDF: pictures as they are placed, fonts, and things that act by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from math import hypot

import pikepdf
from msgspec import Struct
from msgspec.structs import replace
from pikepdf import Array, Dictionary, Matrix, Name, Stream

from application.ports import Size

POINTS_PER_INCH = 72
POINTS_PER_MM = Decimal(POINTS_PER_INCH) / Decimal("25.4")
MAX_OBJECTS = 50_000
_MAX_DEPTH = 12
_MAX_PLACED = 5_000
# A picture of a dot or two is a way to fill an area, not something to look at
_FILL_PIXELS = 4

# Names of things that run, reach out, or carry other files
ACTIVE = frozenset(
    {"/JavaScript", "/JS", "/Launch", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/OpenAction"}
    | {"/AA", "/XFA", "/RichMedia", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData"}
    | {"/Movie", "/Sound", "/Rendition", "/3D", "/OPI"}
)
_FONT_FILES = frozenset({"/FontFile", "/FontFile2", "/FontFile3"})


# What a walk through a damaged file may end with
BROKEN = (pikepdf.PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError)


class PlacedImage(Struct, frozen=True):
    """A picture on a page: its pixels, its colour space, and its pixels per inch on paper."""

    width: int
    height: int
    colour_space: str
    ppi: float


class TooComplex(Exception):
    """The file has more parts than a one-page cover needs."""


def active_content(pdf: pikepdf.Pdf) -> str | None:
    """The first name found of something that acts by itself; None when there is nothing."""
    if len(pdf.objects) > MAX_OBJECTS:
        raise TooComplex
    for thing in (*pdf.objects, pdf.trailer):
        found = _active_name(thing, 0)
        if found:
            return found
    return None


def placed_images(page: pikepdf.Page) -> Iterator[PlacedImage]:
    """Each picture the page draws, also inside forms, as often as it draws it."""
    start = _Place(page.resources, Matrix(), 0)
    for count, image in enumerate(_drawn(page.obj, start)):
        if count > _MAX_PLACED:
            raise TooComplex
        yield image


def unembedded_fonts(page: pikepdf.Page) -> tuple[str, ...]:
    """Names of fonts the page refers to and does not bring along."""
    return tuple(sorted({name for name, embedded in _fonts(page.resources, 0) if not embedded}))


def _active_name(thing: pikepdf.Object, depth: int) -> str | None:
    if isinstance(thing, Stream) and Name.F in thing.stream_dict:
        # The bytes of this stream would live in another file
        return "/F"
    if isinstance(thing, Dictionary | Stream):
        values = list(thing.values())
        names = {*thing.keys(), *(str(value) for value in values if isinstance(value, Name))}
        return min(names & ACTIVE, default=None) or _first_active(values, depth)
    if isinstance(thing, Array):
        return _first_active(iter(thing), depth)
    return None


def _first_active(things: Iterable[object], depth: int) -> str | None:
    if depth > _MAX_DEPTH:
        raise TooComplex
    for thing in things:
        # What has a number of its own is looked at by that number, so loops end
        if isinstance(thing, pikepdf.Object) and not thing.is_indirect:
            found = _active_name(thing, depth + 1)
            if found:
                return found
    return None


class _Place(Struct, frozen=True):
    """Where a piece of content draws: with what it may draw, how placed, how deep inside."""

    resources: pikepdf.Object
    matrix: Matrix
    depth: int


def _drawn(content: pikepdf.Object, place: _Place) -> Iterator[PlacedImage]:
    if place.depth > _MAX_DEPTH:
        raise TooComplex
    stack: list[_Place] = []
    for step in pikepdf.parse_content_stream(content):
        operator = str(step.operator)
        if operator == "q":
            stack.append(place)
        elif operator == "Q" and stack:
            place = stack.pop()
        elif operator == "cm":
            moved = Matrix(*(float(number) for number in step.operands))
            place = replace(place, matrix=moved @ place.matrix)
        elif operator == "Do":
            drawn = place.resources.get("/XObject", Dictionary()).get(str(step.operands[0]))
            if isinstance(drawn, Stream):
                yield from _drawn_object(drawn, place)
        elif operator == "INLINE IMAGE":
            inline = step.operands[0]
            if isinstance(inline, pikepdf.PdfInlineImage):
                yield from _placed(Size(inline.width, inline.height), "Inline", place=place)


def _drawn_object(drawn: Stream, place: _Place) -> Iterator[PlacedImage]:
    if drawn.get("/Subtype") == Name.Image:
        size = Size(int(drawn.get("/Width", 0)), int(drawn.get("/Height", 0)))
        yield from _placed(size, _colour_space(drawn), place=place)
    elif drawn.get("/Subtype") == Name.Form:
        own = Matrix(*(float(number) for number in drawn.get("/Matrix", [1, 0, 0, 1, 0, 0])))
        resources = drawn.get("/Resources", place.resources)
        yield from _drawn(drawn, _Place(resources, own @ place.matrix, place.depth + 1))


def _placed(size: Size, colour_space: str, *, place: _Place) -> Iterator[PlacedImage]:
    inches_wide = hypot(place.matrix.a, place.matrix.b) / POINTS_PER_INCH
    inches_high = hypot(place.matrix.c, place.matrix.d) / POINTS_PER_INCH
    if size.width * size.height > _FILL_PIXELS and inches_wide and inches_high:
        ppi = min(size.width / inches_wide, size.height / inches_high)
        yield PlacedImage(size.width, size.height, colour_space, ppi)


def _colour_space(image: pikepdf.Object) -> str:
    if image.get("/ImageMask", False):
        return "Mask"
    space = image.get("/ColorSpace", "")
    if isinstance(space, Array):
        family = str(space[0])[1:]
        if family == "ICCBased":
            return f"ICCBased{int(space[1].get('/N', 0))}"
        return family
    return str(space)[1:]


def _fonts(resources: pikepdf.Object, depth: int) -> Iterator[tuple[str, bool]]:
    if depth > _MAX_DEPTH:
        raise TooComplex
    for font in resources.get("/Font", Dictionary()).values():
        yield str(font.get("/BaseFont", "?"))[1:], _is_embedded(font)
    for drawn in resources.get("/XObject", Dictionary()).values():
        if isinstance(drawn, Stream) and "/Resources" in drawn:
            yield from _fonts(drawn["/Resources"], depth + 1)


def _is_embedded(font: pikepdf.Object) -> bool:
    if font.get("/Subtype") == Name.Type3:
        return True
    if font.get("/Subtype") == Name.Type0:
        font = font["/DescendantFonts"][0]
    return bool(_FONT_FILES & set(font.get("/FontDescriptor", Dictionary()).keys()))
