"""Which three designers a customer is shown first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from hashlib import sha256
from typing import Literal
from uuid import UUID

from msgspec import Struct

Merit = Literal["best", "newcomer", "least_busy"]


class Standing(Struct, frozen=True, kw_only=True):
    """Where a designer stands: a later approval has a greater `listed`."""

    designer_id: UUID
    listed: int
    open_jobs: int
    finished_jobs: int


class Recommendation(Struct, frozen=True, kw_only=True):
    """A designer, and what speaks for them."""

    designer_id: UUID
    merit: Merit


RANKS: dict[Merit, Callable[[Standing], tuple[int, ...]]] = {
    "best": lambda each: (-each.finished_jobs,),
    "newcomer": lambda each: (each.finished_jobs, -each.listed),
    "least_busy": lambda each: (each.open_jobs,),
}
"""The least comes first. There are no reviews yet, so that the best are those who finished most."""


def recommend(
    standings: Iterable[Standing], *, question: str, day: date
) -> tuple[Recommendation, ...]:
    """Up to three designers, one for each merit; the same for the same question within a day.

    Where designers are equal, a hash of the question and the day decides, so that each of them
    comes first for some customers.
    """
    left = sorted(standings, key=lambda each: _lot(each, question, day=day))
    chosen = []
    for merit, rank in RANKS.items():
        if left:
            first = min(left, key=rank)
            left.remove(first)
            chosen.append(Recommendation(designer_id=first.designer_id, merit=merit))
    return tuple(chosen)


def _lot(standing: Standing, question: str, *, day: date) -> bytes:
    return sha256(f"{question}/{day}/{standing.designer_id}".encode()).digest()
