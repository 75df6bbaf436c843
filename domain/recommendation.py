"""Which three designers a customer is shown first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, localcontext
from hashlib import sha256
from typing import Literal
from uuid import UUID

from msgspec import Struct

Merit = Literal["best", "newcomer", "least_busy"]

LEAST_STARS, MOST_STARS = 1, 5
CONFIDENCE = Decimal("1.96")
"""So many standard deviations: in 19 of 20 cases the truth is not below the bound's interval."""
PLACES = Decimal("0.000001")


class Standing(Struct, frozen=True, kw_only=True):
    """Where a designer stands: a later approval has a greater `listed`; `stars` is the sum of what
    `reviews` gave.
    """

    designer_id: UUID
    listed: int
    open_jobs: int
    finished_jobs: int
    reviews: int = 0
    stars: int = 0

    @property
    def rated(self) -> Decimal:
        """How good they are at least, by what was said so far, from 0 to 1."""
        return wilson_bound(self.stars, self.reviews)


class Recommendation(Struct, frozen=True, kw_only=True):
    """A designer, and what speaks for them."""

    designer_id: UUID
    merit: Merit


RANKS: dict[Merit, Callable[[Standing], tuple[int | Decimal, ...]]] = {
    "best": lambda each: (-each.rated, -each.finished_jobs),
    "newcomer": lambda each: (each.finished_jobs, -each.listed),
    "least_busy": lambda each: (each.open_jobs,),
}
"""The least comes first. Whom nobody has reviewed yet is no better than the worst that was; among
those the best are who finished most.
"""


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


def wilson_bound(stars: int, reviews: int) -> Decimal:
    """The lower end of Wilson's interval for the share of stars above the least, with six places:
    few reviews prove little, however good they are. 0 without any.
    """
    if reviews == 0:
        return Decimal(0)
    with localcontext() as context:
        context.prec = 28
        count, square = Decimal(reviews), CONFIDENCE * CONFIDENCE
        share = (Decimal(stars) / count - LEAST_STARS) / (MOST_STARS - LEAST_STARS)
        middle = share + square / (2 * count)
        spread = share * (1 - share) / count + square / (4 * count * count)
        bound = (middle - CONFIDENCE * spread.sqrt()) / (1 + square / count)
        return max(bound, Decimal(0)).quantize(PLACES)


def _lot(standing: Standing, question: str, *, day: date) -> bytes:
    return sha256(f"{question}/{day}/{standing.designer_id}".encode()).digest()
