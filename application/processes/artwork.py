"""What painting asks for: the work itself, and an end to it when it takes too long."""

from __future__ import annotations

from collections.abc import Iterator

from application.generation import ExpireGeneration, PaintCandidates
from application.work import Intent, Later, when
from domain.generation import Generation


@when(Generation.Requested)
def paint(event: Generation.Requested) -> Iterator[Intent]:
    """Have it painted, and let it end at its deadline whatever happens."""
    yield PaintCandidates(generation_id=event.originator_id)
    yield Later(ExpireGeneration(generation_id=event.originator_id), event.deadline)
