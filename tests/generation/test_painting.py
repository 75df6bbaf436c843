"""The worker that paints: previews first, originals in private, nothing in vain."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image

from adapters.memory import MemoryFileStore, MemoryPainter
from adapters.painters.local.painter import LocalPainter
from application.bus import Command
from application.generation import PaintCandidates, RecordGenerationFailed, RecordPainted
from application.ports import Brief, Painter, Size, Unavailable
from domain.drafts import Draft
from domain.generation import Generation
from tests.drafts.examples import DRAFT, GENERATION
from tests.generation.examples import ASK, CANCEL, a_house, seen, wallet_of
from tests.given import House
from workers.generation import gave_up, paint_candidates

JOB = PaintCandidates(generation_id=GENERATION)


class Counting(MemoryPainter):
    """Counts what it painted, and does something before the first one of a size."""

    def __init__(self, before: dict[int, Command] | None = None) -> None:
        super().__init__()
        self.painted: list[Size] = []
        self.house: House | None = None
        self._before = before or {}

    async def paint(self, brief: Brief, *, variant: int, size: Size) -> bytes:
        """A picture, and before it what was to be done."""
        command = self._before.pop(size.width, None)
        if command and self.house:
            await self.house.do(command)
        self.painted.append(size)
        return await super().paint(brief, variant=variant, size=size)


class FailingAt(MemoryPainter):
    """Can't paint one of the variants; the others are never ready, and tell when stopped."""

    def __init__(self, variant: int) -> None:
        super().__init__()
        self._variant = variant
        self.stopped: list[int] = []

    async def paint(self, brief: Brief, *, variant: int, size: Size) -> bytes:
        """Fails for one variant, and never comes back for the others."""
        if variant == self._variant:
            raise Unavailable("no paint left")
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.append(variant)
        return await super().paint(brief, variant=variant, size=size)


async def run(house: House, painter: Painter, files: MemoryFileStore) -> RecordPainted | None:
    outcome = await paint_candidates(JOB, painter, files=files, bus=house.bus, log=house.log)
    assert outcome is None or isinstance(outcome, RecordPainted)
    return outcome


async def a_house_that_paints() -> House:
    house = await a_house()
    await house.do(ASK)
    return house


def size_of(picture: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(io.BytesIO(picture)) as opened:
        return opened.format, opened.size


async def test_three_candidates_are_painted_and_offered() -> None:
    house, files = await a_house_that_paints(), MemoryFileStore()
    outcome = await run(house, MemoryPainter(), files)
    assert outcome is not None
    await house.do(outcome)
    draft = await seen(house, Draft, DRAFT)
    assert len(draft.candidates) == 3
    originals = {each.original_digest for each in outcome.candidates}
    assert len(originals) == 3
    for candidate in outcome.candidates:
        assert candidate.painter_version == "memory-1"
        assert size_of(await files.get(candidate.original_digest)) == ("PNG", (1666, 2552))
        assert size_of(await files.get(candidate.preview_digest)) == ("WEBP", (836, 1280))


async def test_previews_are_told_before_the_originals_are_painted() -> None:
    house, files = await a_house_that_paints(), MemoryFileStore()
    painter = Counting()
    outcome = await run(house, painter, files)
    assert [size.width for size in painter.painted] == [836] * 3 + [1666] * 3
    generation = await seen(house, Generation, GENERATION)
    assert generation.previews.keys() == {0, 1, 2}
    assert outcome is not None


async def test_a_preview_is_never_a_clean_picture() -> None:
    house, files = await a_house_that_paints(), MemoryFileStore()
    outcome = await run(house, MemoryPainter(), files)
    assert outcome is not None
    shown = {each.preview_digest for each in outcome.candidates}
    shown |= set((await seen(house, Generation, GENERATION)).previews.values())
    assert not shown & {each.original_digest for each in outcome.candidates}


async def test_running_twice_paints_the_same_and_tells_it_once() -> None:
    house, files = await a_house_that_paints(), MemoryFileStore()
    first = await run(house, MemoryPainter(), files)
    told, kept = await house.log.head(), len(files.contents)
    assert await run(house, MemoryPainter(), files) == first
    assert (await house.log.head(), len(files.contents)) == (told, kept)


async def test_what_was_cancelled_is_not_painted() -> None:
    house, files = await a_house_that_paints(), MemoryFileStore()
    await house.do(CANCEL)
    painter = Counting()
    assert await run(house, painter, files) is None
    assert (painter.painted, files.contents) == ([], {})


async def test_what_is_cancelled_during_the_previews_is_not_painted_to_the_end() -> None:
    house, files = await a_house_that_paints(), MemoryFileStore()
    painter = Counting({836: CANCEL})
    painter.house = house
    assert await run(house, painter, files) is None
    assert {size.width for size in painter.painted} == {836}
    assert (await seen(house, Generation, GENERATION)).previews == {}


async def test_what_is_cancelled_while_originals_are_painted_costs_nothing() -> None:
    house, files = await a_house_that_paints(), MemoryFileStore()
    painter = Counting({1666: CANCEL})
    painter.house = house
    outcome = await run(house, painter, files)
    assert outcome is not None
    await house.do(outcome)
    assert (await seen(house, Draft, DRAFT)).candidates == {}
    assert (await wallet_of(house)).available == 500


async def test_one_failure_stops_the_others_and_is_the_failure_of_the_job() -> None:
    house, files = await a_house_that_paints(), MemoryFileStore()
    painter = FailingAt(2)
    with pytest.raises(Unavailable, match="no paint left"):
        await run(house, painter, files)
    assert sorted(painter.stopped) == [0, 1]


async def test_a_painter_that_never_works_gives_the_credits_back() -> None:
    house = await a_house_that_paints()
    outcome = gave_up(JOB, "Unavailable: secret address")
    assert outcome == RecordGenerationFailed(generation_id=GENERATION, reason="painter_failed")
    await house.do(outcome)
    assert (await wallet_of(house)).available == 500


async def test_the_local_painter_paints_what_the_worker_asks(fonts: Path) -> None:
    """With the real painter; takes some seconds."""
    house, files = await a_house_that_paints(), MemoryFileStore()
    painter = LocalPainter(fonts)
    try:
        outcome = await run(house, painter, files)
    finally:
        await painter.close()
    assert outcome is not None
    await house.do(outcome)
    for candidate in outcome.candidates:
        assert candidate.painter_version == painter.version
        assert size_of(await files.get(candidate.original_digest)) == ("PNG", (1666, 2552))
        kind, size = size_of(await files.get(candidate.preview_digest))
        assert (kind, max(size)) == ("WEBP", 1280)
