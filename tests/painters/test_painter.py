"""The painter behind its port: in child processes, which may die."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from io import BytesIO

import pytest
import pytest_asyncio
from PIL import Image

from adapters.painters.local import LocalPainter
from application.ports import Brief, Painter, Size

BRIEF = Brief(prompt="uzayda bir gezegen", title="Son Yörünge", author="Selin Ay")
SIZE = Size(120, 192)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def painter() -> AsyncIterator[LocalPainter]:
    one = LocalPainter(processes=1)
    yield one
    await one.close()


async def test_it_paints_and_marks_through_the_port(painter: LocalPainter) -> None:
    port: Painter = painter
    picture = await port.paint(BRIEF, variant=0, size=SIZE)
    marked = await port.watermark(picture, longest_side=100)
    assert Image.open(BytesIO(picture)).size == (120, 192)
    assert Image.open(BytesIO(marked)).format == "WEBP"
    assert port.version


async def test_a_killed_child_is_survived_with_the_same_picture(painter: LocalPainter) -> None:
    before = await painter.paint(BRIEF, variant=0, size=SIZE)
    assert painter._pool is not None
    for child in list(painter._pool._processes):
        os.kill(child, signal.SIGKILL)
    asked = [painter.paint(BRIEF, variant=0, size=SIZE) for _ in range(3)]
    assert await asyncio.gather(*asked) == [before] * 3


async def test_the_event_loop_runs_on_while_a_picture_is_drawn(painter: LocalPainter) -> None:
    drawing = asyncio.ensure_future(painter.paint(BRIEF, variant=0, size=Size(400, 640)))
    turns = 0
    while not drawing.done():
        await asyncio.wait({drawing}, timeout=0)
        turns += 1
    assert turns > 100
    await drawing


@pytest.mark.parametrize(("variant", "size"), [(0, Size(0, 10)), (0, Size(100, 9000)), (-1, SIZE)])
async def test_sizes_and_variants_out_of_range_are_refused(
    painter: LocalPainter, *, variant: int, size: Size
) -> None:
    with pytest.raises(ValueError, match=r"side|variant"):
        await painter.paint(BRIEF, variant=variant, size=size)


async def test_broken_input_is_an_error_and_the_painter_lives_on(painter: LocalPainter) -> None:
    with pytest.raises(OSError, match="identify"):
        await painter.watermark(b"not a picture", longest_side=100)
    assert await painter.paint(BRIEF, variant=1, size=SIZE)


async def test_closing_twice_is_harmless() -> None:
    one = LocalPainter(processes=1)
    await one.close()
    await one.close()
