"""Pictures are exact in size, repeatable, different by variant, alike at all sizes, and marked."""

from __future__ import annotations

from io import BytesIO
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from adapters.painters.local import compositions
from adapters.painters.local.fonts import Fonts
from adapters.painters.local.picture import draw, paint
from adapters.painters.local.scene import Composition
from adapters.painters.local.watermark import mark
from application.ports import Brief, Size

FONTS = Fonts()
JOURNEY = Brief(
    prompt="sisli dağların ardında gün doğumu, dingin",
    title="Sisli Dağların Ardındaki Işık",
    author="Ayşe Gülşen Çağlayan",
)
BRIEFS = (
    JOURNEY,
    Brief(prompt="İstanbul gece cinayet", title="Gecenin Son Tanığı", author="İ. Özçelik"),
    Brief(prompt="a calm sea", title="Tidewater", author="Jane", kind="poem", language="en"),
    Brief(prompt="", title="", author=""),
)


def _opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def _small(image: Image.Image, side: int = 20) -> npt.NDArray[np.float64]:
    small = image.convert("RGB").resize((side, round(side * 1.6)), Image.Resampling.BOX)
    return np.asarray(small, np.float64)


@pytest.mark.parametrize("brief", BRIEFS, ids=lambda brief: brief.title or "empty")
def test_the_same_brief_gives_the_same_bytes(brief: Brief) -> None:
    first = paint(brief, variant=0, size=Size(120, 192), fonts=FONTS)
    assert paint(brief, variant=0, size=Size(120, 192), fonts=FONTS) == first


@pytest.mark.parametrize("brief", BRIEFS, ids=lambda brief: brief.title or "empty")
def test_variants_of_one_brief_differ_to_the_eye(brief: Brief) -> None:
    painted = [draw(brief, variant=number, size=Size(160, 256), fonts=FONTS) for number in range(3)]
    assert len({one.family for one in painted}) == 3
    for first, second in combinations(painted, 2):
        assert np.abs(_small(first.image) - _small(second.image)).mean() > 15


def test_another_title_or_prompt_gives_another_picture() -> None:
    size = Size(100, 160)
    first = paint(JOURNEY, variant=0, size=size, fonts=FONTS)
    other = Brief(prompt=JOURNEY.prompt + "!", title=JOURNEY.title, author=JOURNEY.author)
    assert paint(other, variant=0, size=size, fonts=FONTS) != first


@pytest.mark.parametrize("size", [Size(100, 160), Size(167, 255), Size(101, 163), Size(200, 200)])
def test_the_size_is_exact(size: Size) -> None:
    image = _opened(paint(JOURNEY, variant=0, size=size, fonts=FONTS))
    assert image.size == (size.width, size.height)
    assert image.mode == "RGB"


def test_a_picture_says_that_an_algorithm_made_it() -> None:
    image = _opened(paint(JOURNEY, variant=0, size=Size(80, 128), fonts=FONTS))
    assert "digitalsourcetype/algorithmicMedia" in image.info["XML:com.adobe.xmp"]


def _named(family: Composition) -> str:
    return family.name


@pytest.mark.parametrize("family", compositions.ALL, ids=_named)
def test_every_family_shows_the_same_picture_at_all_sizes(
    family: Composition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compositions, "ALL", (family,))
    brief = Brief(prompt="deniz, gece, aşk", title="Işığın Ardı", author="Şule Ağ")
    preview = draw(brief, variant=0, size=Size(200, 320), fonts=FONTS).image
    master = draw(brief, variant=0, size=Size(400, 640), fonts=FONTS).image
    sheet = draw(brief, variant=0, size=Size(209, 320), fonts=FONTS).image
    assert np.abs(_small(preview) - _small(master)).mean() < 5
    assert np.abs(_small(preview, 10) - _small(sheet, 10)).mean() < 14
    assert _small(preview, 50).std() > 8, "an empty picture"


def test_the_sample_mark_is_everywhere() -> None:
    for brief in BRIEFS[:3]:
        picture = paint(brief, variant=0, size=Size(400, 640), fonts=FONTS)
        marked = _opened(mark(picture, 640, fonts=FONTS))
        plain, changed = (
            np.asarray(image.convert("RGB"), np.float64) for image in (_opened(picture), marked)
        )
        difference = np.abs(changed - plain).mean(axis=2)
        for top in range(0, 640, 80):
            for left in range(0, 400, 80):
                part = difference[top : top + 80, left : left + 80]
                assert np.quantile(part, 0.9) > 10, (brief.title, top, left)


@pytest.mark.parametrize(
    ("side", "expected"), [(320, (200, 320)), (5000, (250, 400)), (64, (40, 64))]
)
def test_a_marked_picture_is_webp_within_the_side_and_never_enlarged(
    side: int, expected: tuple[int, int]
) -> None:
    picture = paint(JOURNEY, variant=1, size=Size(250, 400), fonts=FONTS)
    marked = _opened(mark(picture, side, fonts=FONTS))
    assert marked.format == "WEBP"
    assert marked.size == expected
