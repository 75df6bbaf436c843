"""Gaps: positions of the log and versions of streams that should be there and are not."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from projections.reads import Reads

MOST_SHOWN = 100

KEPT = (
    "SELECT coalesce((SELECT max(position) FROM events), 0),"
    " coalesce((SELECT max(last_position) FROM log_partitions WHERE state = 'archived'), 0)"
)
POSITIONS = (
    "SELECT before + 1 AS first, position - 1 AS last FROM ("
    " SELECT position, lag(position, 1, %(first)s::bigint - 1) OVER (ORDER BY position) AS before"
    " FROM events WHERE position BETWEEN %(first)s AND %(last)s) AS e"
    " WHERE position <> before + 1 ORDER BY 1 LIMIT %(most)s"
)
# What begins in the range begins with version 1; what goes on there goes on by one. The newest
# event of a stream has the version that the stream's head tells.
VERSIONS = (
    "SELECT e.stream_id, e.version, e.position FROM ("
    " SELECT stream_id, version, position,"
    "  lag(version) OVER in_order AS before, lead(version) OVER in_order AS after"
    " FROM events WHERE position BETWEEN %(first)s AND %(last)s"
    " WINDOW in_order AS (PARTITION BY stream_id ORDER BY position)) AS e"
    " JOIN streams AS s USING (stream_id)"
    " WHERE e.version <> before + 1 OR before IS NULL AND s.since = position AND e.version > 1"
    "  OR after IS NULL AND %(to_head)s AND s.version <> e.version"
    " ORDER BY e.position LIMIT %(most)s"
)


class PositionGap(Struct, frozen=True, kw_only=True):
    """Positions from `first` to `last` are missing."""

    first: int
    last: int


class VersionGap(Struct, frozen=True, kw_only=True):
    """The event at `position` is not the next version of its stream, or not the newest one that
    the stream's head tells of.
    """

    stream_id: UUID
    version: int
    position: int


class Gaps(Struct, frozen=True, kw_only=True):
    """What is missing among the positions from `first` to `last`; what was archived before is
    checked when it is archived.
    """

    first: int
    last: int
    positions: Sequence[PositionGap]
    versions: Sequence[VersionGap]


async def gaps_of_log(reads: Reads, *, until: int | None, span: int) -> Gaps:
    """Look for gaps in so many positions up to `until` (None: the head), as far as they are not
    archived.
    """
    [(head, archived)] = await reads.rows(KEPT)
    last = head if until is None else min(until, head)
    first = max(last - span, archived) + 1
    within = {"first": first, "last": last, "most": MOST_SHOWN, "to_head": last == head}
    return Gaps(
        first=first,
        last=last,
        positions=await reads.all(PositionGap, POSITIONS, within),
        versions=await reads.all(VersionGap, VERSIONS, within),
    )
