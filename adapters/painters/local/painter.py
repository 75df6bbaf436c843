"""The `Painter` port over worker processes, so that the event loop never waits for drawing."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from adapters.painters.local import seeds
from adapters.painters.local.fonts import FACES, FOLDER, Fonts
from application.ports import Brief, Size

T = TypeVar("T")


class LocalPainter:
    """Draws covers by rules in `processes` child processes; call `close` at the end.

    A child that dies (killed, out of memory) costs one new pool and one more try.
    """

    def __init__(self, fonts: Path = FOLDER, *, processes: int = 2) -> None:
        self._fonts = fonts
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    @property
    def version(self) -> str:
        """The version of the drawing rules."""
        return seeds.VERSION

    async def paint(self, brief: Brief, *, variant: int, size: Size) -> bytes:
        """A PNG of exactly `size`. The same arguments give the same bytes on one machine.

        Raises `ValueError` for a side outside 64 to 8000 pixels or a negative variant.
        """
        if not (64 <= size.width <= 8000 and 64 <= size.height <= 8000):
            raise ValueError("a side is 64 to 8000 pixels")
        if variant < 0:
            raise ValueError("variants count from 0")
        return await self._run(partial(_paint, brief, variant, size=size, folder=self._fonts))

    async def watermark(self, picture: bytes, *, longest_side: int) -> bytes:
        """A WebP no larger than `longest_side`, marked as a sample all over."""
        return await self._run(partial(_mark, picture, longest_side, folder=self._fonts))

    async def warm(self) -> None:
        """Start all children and let them load what they need."""
        ready = (self._run(partial(_ready, number)) for number in range(self._processes))
        await asyncio.gather(*ready)

    async def close(self) -> None:
        """Finish running pictures, drop waiting ones, end the children."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)

    async def _run(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        pool = self._ready_pool()
        try:
            return await loop.run_in_executor(pool, work)
        except BrokenProcessPool:
            self._forget(pool)
            return await loop.run_in_executor(self._ready_pool(), work)

    def _ready_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._processes,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_warm,
                initargs=(self._fonts,),
            )
        return self._pool

    def _forget(self, broken: ProcessPoolExecutor) -> None:
        """Let go of a broken pool; several calls that saw it break agree on one new pool."""
        if self._pool is broken:
            self._pool = None
        broken.shutdown(wait=False, cancel_futures=True)


def _warm(folder: Path) -> None:
    """In a child: import the drawing code, open every face, draw something tiny."""
    fonts = _fonts(folder)
    for face in FACES:
        fonts.extent(face, "Ağ")
    tiny = Brief(prompt="deniz", title="Ağ", author="A")
    for variant in range(2):
        _paint(tiny, variant, size=Size(96, 154), folder=folder)


@cache
def _fonts(folder: Path) -> Fonts:
    return Fonts(folder)


def _ready(number: int) -> int:
    return number


def _paint(brief: Brief, variant: int, *, size: Size, folder: Path) -> bytes:
    # a child pays for numpy and skia, the server that owns the painter does not
    from adapters.painters.local.picture import paint  # noqa: PLC0415

    return paint(brief, variant=variant, size=size, fonts=_fonts(folder))


def _mark(picture: bytes, longest_side: int, *, folder: Path) -> bytes:
    from adapters.painters.local.watermark import mark  # noqa: PLC0415 - as above

    return mark(picture, longest_side, fonts=_fonts(folder))
