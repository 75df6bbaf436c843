"""Who can be hired: the public profiles, one's own, open applications, and where each stands."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.designers import Designer, DesignerState, ProfileField, Speciality
from domain.recommendation import Standing
from domain.shared.money import Money
from projections.base import Fold
from projections.reads import Reads


class DesignerRow(Struct, frozen=True, kw_only=True):
    """All that is known of a designer. `listed` is the position of their approval, else 0;
    `applied` that of their last application.
    """

    designer_id: UUID
    person_id: UUID
    state: DesignerState
    available: bool
    display_name: str
    bio: str
    links: tuple[str, ...]
    specialities: tuple[Speciality, ...]
    hidden: tuple[ProfileField, ...]
    price: Money
    applied_at: datetime
    applied: int
    approved_at: datetime | None = None
    listed: int = 0
    reason: str = ""
    version: int


designers = Fold(
    "designers",
    DesignerRow,
    version=2,
    key=["designer_id"],
    indexes=["person_id", "listed DESC"],
)


@designers.on(Designer.Applied, Designer.AppliedAgain)
def applied(
    _row: DesignerRow | None, event: Designer.Applied | Designer.AppliedAgain, at: Recorded
) -> DesignerRow:
    return DesignerRow(
        designer_id=event.originator_id,
        person_id=event.person_id,
        state="applied",
        available=False,
        display_name=event.profile.display_name,
        bio=event.profile.bio,
        links=event.profile.links,
        specialities=event.offer.specialities,
        hidden=event.offer.hidden,
        price=event.offer.price,
        applied_at=event.timestamp,
        applied=at.position,
        version=event.originator_version,
    )


@designers.on(Designer.Approved)
def approved(row: DesignerRow, event: Designer.Approved, at: Recorded) -> DesignerRow:
    return replace(
        row,
        state="approved",
        available=True,
        approved_at=event.timestamp,
        listed=at.position,
        version=event.originator_version,
    )


@designers.on(Designer.Rejected)
def rejected(row: DesignerRow, event: Designer.Rejected) -> DesignerRow:
    return replace(row, state="rejected", reason=event.reason, version=event.originator_version)


@designers.on(Designer.Left)
def left(row: DesignerRow, event: Designer.Left) -> DesignerRow:
    return replace(row, state="left", available=False, version=event.originator_version)


@designers.on(Designer.ProfileChanged)
def profile_changed(row: DesignerRow, event: Designer.ProfileChanged) -> DesignerRow:
    return replace(
        row,
        display_name=event.profile.display_name,
        bio=event.profile.bio,
        links=event.profile.links,
        specialities=event.specialities,
        hidden=event.hidden,
        version=event.originator_version,
    )


@designers.on(Designer.PriceChanged)
def price_changed(row: DesignerRow, event: Designer.PriceChanged) -> DesignerRow:
    return replace(row, price=event.price, version=event.originator_version)


@designers.on(Designer.AvailabilityChanged)
def availability_changed(row: DesignerRow, event: Designer.AvailabilityChanged) -> DesignerRow:
    return replace(row, available=event.available, version=event.originator_version)


async def published_designers(
    reads: Reads,
    *,
    speciality: Speciality | None = None,
    up_to: int | None = None,
    before: int | None = None,
    limit: int,
) -> list[DesignerRow]:
    """Approved designers who take work, the newest first, before a position (None: all).

    `speciality` and `up_to`, a price in whole liras, narrow the list.
    """
    return await reads.all(
        DesignerRow,
        "SELECT * FROM read.designers WHERE state = 'approved' AND available"
        " AND (%(before)s::bigint IS NULL OR listed < %(before)s)"
        " AND (%(speciality)s::text IS NULL OR specialities @> to_jsonb(%(speciality)s::text))"
        " AND (%(up_to)s::bigint IS NULL OR (price->>'amount')::numeric <= %(up_to)s)"
        " ORDER BY listed DESC LIMIT %(limit)s",
        {"speciality": speciality, "up_to": up_to, "before": before, "limit": limit},
    )


async def published_designer(reads: Reads, designer_id: UUID) -> DesignerRow | None:
    """An approved designer, also one who is taking a break; else None."""
    return await reads.one(
        DesignerRow,
        "SELECT * FROM read.designers WHERE designer_id = %s AND state = 'approved'",
        (designer_id,),
    )


async def chosen_designers(reads: Reads, designer_ids: list[UUID]) -> list[DesignerRow]:
    """These designers, in this order; those who are not there are left out."""
    rows = await reads.all(
        DesignerRow, "SELECT * FROM read.designers WHERE designer_id = ANY(%s)", (designer_ids,)
    )
    return sorted(rows, key=lambda row: designer_ids.index(row.designer_id))


async def own_designer(reads: Reads, person_id: UUID) -> DesignerRow | None:
    """What a person is as a designer; None if they never applied."""
    return await reads.one(
        DesignerRow, "SELECT * FROM read.designers WHERE person_id = %s", (person_id,)
    )


async def open_applications(reads: Reads, *, after: int | None, limit: int) -> list[DesignerRow]:
    """Who waits for a decision, the longest first, after a position (None: from the first)."""
    return await reads.all(
        DesignerRow,
        "SELECT * FROM read.designers WHERE state = 'applied'"
        " AND (%(after)s::bigint IS NULL OR applied > %(after)s)"
        " ORDER BY applied LIMIT %(limit)s",
        {"after": after, "limit": limit},
    )


async def standings(reads: Reads, *, since: datetime, customer_id: UUID) -> list[Standing]:
    """All whom this customer could hire; their work and their stars count as they were at `since`,
    when a day began.
    """
    return await reads.all(
        Standing,
        "SELECT d.designer_id, d.listed,"
        " count(j.job_id) FILTER (WHERE j.offered_at < %(since)s"
        "   AND (j.ended_at IS NULL OR j.ended_at >= %(since)s)) AS open_jobs,"
        " count(j.job_id) FILTER (WHERE j.state = 'approved'"
        "   AND j.ended_at < %(since)s) AS finished_jobs,"
        " coalesce(r.reviews, 0)::bigint AS reviews, coalesce(r.stars, 0)::bigint AS stars"
        " FROM read.designers d LEFT JOIN read.design_jobs j ON j.designer_id = d.designer_id"
        " LEFT JOIN (SELECT designer_id, count(stars) AS reviews, sum(stars) AS stars"
        "  FROM (SELECT designer_id,"
        "    CASE WHEN stars_since < %(since)s THEN stars ELSE stars_before END AS stars"
        "   FROM read.reviews) AS then_shown GROUP BY designer_id) r"
        " ON r.designer_id = d.designer_id"
        " WHERE d.state = 'approved' AND d.available AND d.person_id <> %(customer)s"
        " GROUP BY d.designer_id, d.listed, r.reviews, r.stars",
        {"since": since, "customer": customer_id},
    )
