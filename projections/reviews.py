"""Reviews as everybody, both sides and admins see them, and what a designer's stars come to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.orders import Order
from domain.reviews import Objection, Part, Review
from domain.shared.days import midnight_in_turkey
from projections.base import Fold
from projections.reads import Reads

REFUNDED: dict[str, bool] = {"none": False, "partly": True, "fully": True}


class ReviewRow(Struct, frozen=True, kw_only=True):
    """One review. `stars` is the rating while it is shown to everybody, else None, and so since
    `stars_since`; `stars_before` is what it was when that day began.
    """

    review_id: UUID
    order_id: UUID
    order_number: str
    author_id: UUID
    designer_id: UUID
    designer_person_id: UUID
    shown_name: str
    rating: int
    text: str
    written_at: datetime
    changeable_until: datetime
    changed_at: datetime | None = None
    answer: str = ""
    answered_at: datetime | None = None
    withdrawn: bool = False
    hidden: tuple[Part, ...] = ()
    hidden_for: Objection | None = None
    refunded: bool = False
    reports: int = 0
    objections: tuple[Objection, ...] = ()
    stars: int | None
    stars_since: datetime
    stars_before: int | None = None
    position: int
    version: int


class ReviewSeen(Struct, frozen=True, kw_only=True):
    """A review, and whether those who wrote in it were erased."""

    row: ReviewRow
    author_erased: bool
    designer_erased: bool


class StarCount(Struct, frozen=True, kw_only=True):
    """So many shown reviews have so many stars."""

    stars: int
    count: int


reviews = Fold(
    "reviews",
    ReviewRow,
    version=1,
    key=["review_id"],
    indexes=["designer_id, position DESC", "position DESC"],
)

Asked = Literal["reported", "hidden", "all"]

_SEEN = (
    "SELECT r.*, a.person_id IS NOT NULL AS author_erased,"
    " d.person_id IS NOT NULL AS designer_erased FROM read.reviews r"
    " LEFT JOIN read.erasures a ON a.person_id = r.author_id"
    " LEFT JOIN read.erasures d ON d.person_id = r.designer_person_id "
)


@reviews.on(Review.Written)
def written(_row: ReviewRow | None, event: Review.Written, at: Recorded) -> ReviewRow:
    return ReviewRow(
        review_id=event.originator_id,
        order_id=event.order_id,
        order_number=event.order_number,
        author_id=event.author_id,
        designer_id=event.designer_id,
        designer_person_id=event.designer_person_id,
        shown_name=event.shown_name,
        rating=event.rating,
        text=event.text,
        written_at=event.timestamp,
        changeable_until=event.changeable_until,
        stars=event.rating,
        stars_since=event.timestamp,
        position=at.position,
        version=event.originator_version,
    )


@reviews.on(Review.Changed)
def changed(row: ReviewRow, event: Review.Changed) -> ReviewRow:
    return _counted(row, event, rating=event.rating, text=event.text, changed_at=event.timestamp)


@reviews.on(Review.Withdrawn)
def withdrawn(row: ReviewRow, event: Review.Withdrawn) -> ReviewRow:
    return _counted(row, event, withdrawn=True)


@reviews.on(Review.Answered)
def answered(row: ReviewRow, event: Review.Answered) -> ReviewRow:
    return _counted(row, event, answer=event.text, answered_at=event.timestamp)


@reviews.on(Review.Hidden)
def hidden(row: ReviewRow, event: Review.Hidden) -> ReviewRow:
    parts = (*row.hidden, event.part)
    return _counted(row, event, hidden=parts, hidden_for=event.reason)


@reviews.on(Review.ShownAgain)
def shown_again(row: ReviewRow, event: Review.ShownAgain) -> ReviewRow:
    parts = tuple(part for part in row.hidden if part != event.part)
    return _counted(row, event, hidden=parts, hidden_for=row.hidden_for if parts else None)


@reviews.on(Review.Reported)
def reported(row: ReviewRow, event: Review.Reported) -> ReviewRow:
    objections = tuple(sorted({*row.objections, event.reason}))
    return _counted(row, event, reports=row.reports + 1, objections=objections)


@reviews.on(Order.MoneyReturned, key=lambda event: Review.id_of(event.originator_id))
def money_returned(row: ReviewRow | None, event: Order.MoneyReturned) -> ReviewRow | None:
    """What was written before stays, and says so."""
    return row and replace(row, refunded=REFUNDED[event.refund_state])


def _counted(row: ReviewRow, event: Any, **changes: Any) -> ReviewRow:
    after = replace(row, **changes, version=event.originator_version)
    shown = not after.withdrawn and "review" not in after.hidden
    stars = after.rating if shown else None
    if stars == row.stars:
        return after
    same_day = midnight_in_turkey(row.stars_since) == midnight_in_turkey(event.timestamp)
    before = row.stars_before if same_day else row.stars
    return replace(after, stars=stars, stars_since=event.timestamp, stars_before=before)


async def shown_reviews(
    reads: Reads, designer_id: UUID, *, before: int | None, limit: int
) -> list[ReviewSeen]:
    """What everybody may read about a designer, the newest first, before a position."""
    return _seen(
        await reads.all(
            _Joined,
            _SEEN + "WHERE r.designer_id = %(designer)s AND r.stars IS NOT NULL"
            " AND (%(before)s::bigint IS NULL OR r.position < %(before)s)"
            " ORDER BY r.position DESC LIMIT %(limit)s",
            {"designer": designer_id, "before": before, "limit": limit},
        )
    )


async def star_counts(reads: Reads, designer_id: UUID) -> list[StarCount]:
    """How many shown reviews have how many stars; numbers that nobody gave are left out."""
    return await reads.all(
        StarCount,
        "SELECT stars, count(*) AS count FROM read.reviews"
        " WHERE designer_id = %s AND stars IS NOT NULL GROUP BY stars ORDER BY stars",
        (designer_id,),
    )


async def received_reviews(
    reads: Reads, person_id: UUID, *, before: int | None, limit: int
) -> list[ReviewSeen]:
    """What was written about somebody's own work and not taken back, the newest first."""
    return _seen(
        await reads.all(
            _Joined,
            _SEEN + "WHERE r.designer_person_id = %(person)s AND NOT r.withdrawn"
            " AND (%(before)s::bigint IS NULL OR r.position < %(before)s)"
            " ORDER BY r.position DESC LIMIT %(limit)s",
            {"person": person_id, "before": before, "limit": limit},
        )
    )


async def moderated_reviews(
    reads: Reads, asked: Asked, *, before: int | None, limit: int
) -> list[ReviewSeen]:
    """What admins look at: `reported` ones that are still shown, `hidden` ones, or all."""
    return _seen(
        await reads.all(
            _Joined,
            _SEEN + "WHERE (%(before)s::bigint IS NULL OR r.position < %(before)s) AND ("
            " %(asked)s = 'all'"
            " OR %(asked)s = 'reported' AND r.reports > 0 AND r.stars IS NOT NULL"
            " OR %(asked)s = 'hidden' AND jsonb_array_length(r.hidden) > 0)"
            " ORDER BY r.position DESC LIMIT %(limit)s",
            {"asked": asked, "before": before, "limit": limit},
        )
    )


async def review(reads: Reads, review_id: UUID) -> ReviewSeen | None:
    """One review, whatever became of it; None if there is none."""
    found = await reads.one(_Joined, _SEEN + "WHERE r.review_id = %s", (review_id,))
    return _seen([found])[0] if found else None


class _Joined(ReviewRow, frozen=True, kw_only=True):
    """A row with what is known of the persons in it."""

    author_erased: bool
    designer_erased: bool


def _seen(rows: list[_Joined]) -> list[ReviewSeen]:
    return [
        ReviewSeen(row=row, author_erased=row.author_erased, designer_erased=row.designer_erased)
        for row in rows
    ]
