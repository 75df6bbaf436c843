"""Painting candidates: a small preview of each first, then the clean originals."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

from msgspec import Struct

from application.bus import Bus, Call
from application.generation import (
    PaintCandidates,
    RecordGenerationFailed,
    RecordPainted,
    RecordPreview,
)
from application.ports import Brief, FileStore, Painter, Size
from application.store import EventLog, look_up
from domain.generation import VARIANTS, Generation
from domain.shared.artwork import Candidate
from workers.jobs import works

T = TypeVar("T")

PREVIEW_HEIGHT = 1280


class Easel(Struct, frozen=True):
    """Where one generation is painted: what it shows, and what is needed for it."""

    generation_id: UUID
    brief: Brief
    size: Size
    painter: Painter
    files: FileStore
    bus: Bus


def gave_up(job: PaintCandidates, _error: str) -> RecordGenerationFailed:
    """What is recorded after the last try; the error itself stays with the job."""
    return RecordGenerationFailed(generation_id=job.generation_id, reason="painter_failed")


@works(give_up=gave_up)
async def paint_candidates(
    job: PaintCandidates, painter: Painter, *, files: FileStore, bus: Bus, log: EventLog
) -> RecordPainted | None:
    """Show a preview of each variant as soon as there is one, then paint the originals.

    Pictures follow from the brief alone, so that a second run stores the same bytes again.
    """
    generation = await _still_wanted(job, log)
    if generation is None:
        return None
    size = Size(generation.size.width, generation.size.height)
    easel = Easel(generation.id, _brief(generation), size, painter, files, bus)
    previews = await _all(_preview, easel)
    if await _still_wanted(job, log) is None:
        return None
    originals = await _all(_original, easel)
    candidates = tuple(
        Candidate(
            variant=variant,
            original_digest=originals[variant],
            preview_digest=previews[variant],
            painter_version=painter.version,
            width=easel.size.width,
            height=easel.size.height,
        )
        for variant in range(VARIANTS)
    )
    return RecordPainted(generation_id=generation.id, candidates=candidates)


async def _still_wanted(job: PaintCandidates, log: EventLog) -> Generation | None:
    generation = await look_up(Generation, job.generation_id, log=log)
    return generation if generation.state == "requested" else None


async def _all(
    paint: Callable[[Easel, int], Coroutine[Any, Any, T]], easel: Easel
) -> tuple[T, ...]:
    """Every variant at once; the first failure stops the others and is the failure of all."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(paint(easel, variant)) for variant in range(VARIANTS)]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return tuple(task.result() for task in tasks)


async def _preview(easel: Easel, variant: int) -> str:
    """Show a small picture with the sample mark; it stays the one that customers see."""
    width = round(easel.size.width * PREVIEW_HEIGHT / easel.size.height)
    size = Size(width, PREVIEW_HEIGHT)
    small = await easel.painter.paint(easel.brief, variant=variant, size=size)
    marked = await easel.painter.watermark(small, longest_side=PREVIEW_HEIGHT)
    digest = await easel.files.put(marked)
    await easel.bus.execute(
        RecordPreview(generation_id=easel.generation_id, variant=variant, preview_digest=digest),
        Call(key=f"{easel.generation_id}/preview/{variant}", caller="jobs"),
    )
    return digest


async def _original(easel: Easel, variant: int) -> str:
    return await easel.files.put(
        await easel.painter.paint(easel.brief, variant=variant, size=easel.size)
    )


def _brief(generation: Generation) -> Brief:
    wish = generation.wish
    return Brief(
        prompt=wish.prompt,
        title=wish.title,
        author=wish.author,
        kind=wish.book_kind,
        language="en" if wish.language == "en" else "tr",
    )
