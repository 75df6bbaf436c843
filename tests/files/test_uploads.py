"""Uploads are taken apart in a child process and only their pixels come back."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator

import pikepdf
import pytest
from msgspec.structs import replace
from PIL import Image

from adapters.files import LimitedInspector
from adapters.files.inspector import Limits
from adapters.memory import MemoryInspector
from application.ports import AcceptedArtwork, ArtworkInspector, RefusedArtwork
from tests.files import examples


@pytest.fixture(scope="module")
def inspector() -> Iterator[LimitedInspector]:
    inspector = LimitedInspector(examples.SPEC)
    yield inspector
    inspector.close()


@pytest.fixture(params=["real", "memory"])
def any_inspector(request: pytest.FixtureRequest, inspector: LimitedInspector) -> ArtworkInspector:
    return inspector if request.param == "real" else MemoryInspector()


async def accepted(inspector: ArtworkInspector, content: bytes) -> AcceptedArtwork:
    """The verdict, which must be a yes."""
    verdict = await inspector.inspect(content)
    assert isinstance(verdict, AcceptedArtwork), verdict
    return verdict


async def reason(inspector: ArtworkInspector, content: bytes) -> str:
    """Why it is refused, which it must be."""
    verdict = await inspector.inspect(content)
    assert isinstance(verdict, RefusedArtwork), verdict.media_type
    return verdict.reason


async def test_a_picture_is_accepted_with_a_preview(any_inspector: ArtworkInspector) -> None:
    verdict = await accepted(any_inspector, examples.image())
    assert verdict.media_type == "image/png"
    with Image.open(io.BytesIO(verdict.preview)) as preview:
        assert preview.format == "WEBP"
        assert max(preview.size) <= 800


@pytest.mark.parametrize(
    ("content", "code"), [(examples.SVG, "svg"), (b"GIF89a....", "unknown_type")]
)
async def test_other_kinds_of_file_are_refused(
    any_inspector: ArtworkInspector, content: bytes, code: str
) -> None:
    assert await reason(any_inspector, content) == code


@pytest.mark.parametrize(
    ("kind", "mode", "media_type", "warnings"),
    [
        ("JPEG", "RGB", "image/jpeg", ()),
        ("JPEG", "CMYK", "image/jpeg", ("colours_converted",)),
        ("PNG", "RGBA", "image/png", ("transparency_flattened",)),
        ("PNG", "I;16", "image/png", ()),
        ("WEBP", "RGB", "image/png", ()),
        ("TIFF", "L", "image/png", ()),
    ],
)
async def test_every_accepted_format_comes_back_as_srgb(
    inspector: LimitedInspector, kind: str, mode: str, media_type: str, warnings: tuple[str, ...]
) -> None:
    verdict = await accepted(inspector, examples.image(kind, mode=mode))
    assert (verdict.media_type, verdict.warnings) == (media_type, warnings)
    assert (verdict.width, verdict.height) == examples.ENOUGH
    with Image.open(io.BytesIO(verdict.content)) as rebuilt:
        assert (rebuilt.mode, rebuilt.size) == ("RGB", examples.ENOUGH)


async def test_nothing_tells_where_and_with_what_a_picture_was_taken(
    inspector: LimitedInspector,
) -> None:
    verdict = await accepted(inspector, examples.with_gps())
    with Image.open(io.BytesIO(verdict.content)) as rebuilt:
        assert not rebuilt.getexif()
        assert "comment" not in rebuilt.info
        # Turned upright, as the camera had noted
        assert rebuilt.size == examples.ENOUGH
    assert b"PhoneMaker" not in verdict.content
    assert b"secret remark" not in verdict.content


async def test_a_foreign_colour_profile_does_not_survive(inspector: LimitedInspector) -> None:
    verdict = await accepted(inspector, examples.with_profile())
    with Image.open(io.BytesIO(verdict.content)) as rebuilt:
        assert "icc_profile" not in rebuilt.info


async def test_an_archive_glued_to_a_picture_is_left_behind(inspector: LimitedInspector) -> None:
    glued = examples.glued_zip()
    assert zipfile.is_zipfile(io.BytesIO(glued))
    verdict = await accepted(inspector, glued)
    assert not zipfile.is_zipfile(io.BytesIO(verdict.content))
    assert b"run.js" not in verdict.content


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (examples.bomb(), "too_many_pixels"),
        (examples.image()[:-300], "damaged"),
        (examples.image("JPEG")[:-300], "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(64), "damaged"),
        (b"%PDF-1.7 and nothing more", "damaged"),
        (examples.animation("WEBP"), "animated"),
        (examples.animation("PNG"), "animated"),
        (examples.animation("TIFF"), "animated"),
        (examples.image(size=(100, 150)), "too_small"),
        (examples.pdf("javascript"), "active_content"),
        (examples.pdf("open_action"), "active_content"),
        (examples.pdf("launch"), "active_content"),
        (examples.pdf("embedded"), "active_content"),
        (examples.pdf("xfa"), "active_content"),
        (examples.pdf("external"), "active_content"),
        (examples.pdf("encrypted"), "encrypted"),
        (examples.pdf("password"), "encrypted"),
        (examples.pdf("pages"), "wrong_page_count"),
    ],
)
async def test_hostile_and_broken_files_are_refused_with_a_reason(
    inspector: LimitedInspector, content: bytes, code: str
) -> None:
    assert await reason(inspector, content) == code


async def test_a_small_or_oddly_shaped_picture_is_accepted_with_a_warning(
    inspector: LimitedInspector,
) -> None:
    small = await accepted(inspector, examples.image(size=(272, 390)))
    assert small.warnings == ("low_resolution",)
    wide = await accepted(inspector, examples.image(size=(1200, 780)))
    assert wide.warnings == ("cropped",)


async def test_a_pdf_comes_back_without_its_author_and_links(inspector: LimitedInspector) -> None:
    verdict = await accepted(inspector, examples.pdf())
    assert (verdict.media_type, verdict.warnings) == ("application/pdf", ())
    assert (verdict.width, verdict.height) == (543, 780)
    with pikepdf.open(io.BytesIO(verdict.content)) as pdf:
        assert "/Annots" not in pdf.pages[0].obj
        assert "/Author" not in pdf.docinfo
    with Image.open(io.BytesIO(verdict.preview)) as preview:
        assert max(preview.size) <= 800


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
async def test_a_file_that_eats_memory_ends_only_its_own_process() -> None:
    tight = replace(Limits(), memory_bytes=220 * 1024 * 1024)
    inspector = LimitedInspector(limits=tight)
    assert await reason(inspector, examples.image("JPEG", (9000, 8000))) == "too_complex"
    await accepted(inspector, examples.image())
    inspector.close()


async def test_a_file_that_takes_too_long_is_given_up() -> None:
    inspector = LimitedInspector(limits=replace(Limits(), wall_seconds=0.01))
    assert await reason(inspector, examples.image()) == "too_complex"
    inspector.close()


async def test_a_file_larger_than_allowed_is_not_even_opened() -> None:
    inspector = LimitedInspector(limits=replace(Limits(), file_bytes=1000))
    assert await reason(inspector, examples.image()) == "too_large"
    inspector.close()
