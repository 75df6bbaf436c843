"""What the entries of a time tell about those who made and approved them: sums, and signs that the
rule of two persons may have been walked around.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, LiteralString
from uuid import UUID

from msgspec import Struct

from projections.reads import Reads

FEW = 3
"""From so many approvals on it tells something that they all were by one person."""
ERASED = "[erased]"
BEGINNING, END = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)

ACTORS: LiteralString = """
    SELECT made_by AS person_id, reason, count(*) AS made,
        count(*) FILTER (WHERE state = 'approved') AS booked,
        count(*) FILTER (WHERE state = 'approved' AND NOT needs_second) AS booked_alone,
        coalesce(sum(credits) FILTER (WHERE state = 'approved' AND credits > 0), 0)::bigint
            AS given,
        coalesce(-sum(credits) FILTER (WHERE state = 'approved' AND credits < 0), 0)::bigint
            AS taken
    FROM read.manual_entries WHERE made_at >= %(since)s AND made_at < %(until)s
    GROUP BY made_by, reason ORDER BY made_by, reason
"""
CHECKERS: LiteralString = """
    SELECT decided_by AS person_id,
        count(*) FILTER (WHERE state = 'approved') AS approved,
        count(*) FILTER (WHERE state = 'rejected') AS rejected,
        coalesce(sum(abs(credits)) FILTER (WHERE state = 'approved'), 0)::bigint AS credits
    FROM read.manual_entries
    WHERE made_at >= %(since)s AND made_at < %(until)s
        AND needs_second AND state IN ('approved', 'rejected')
    GROUP BY decided_by ORDER BY decided_by
"""
SPLITS: LiteralString = """
    WITH small AS (
        SELECT made_at, made_by, customer_id, abs(credits) AS credits FROM read.manual_entries
        WHERE made_at >= %(since)s AND made_at < %(until)s
            AND abs(credits) <= %(alone)s AND state IN ('open', 'approved')
    ), parts AS (
        SELECT 'maker' AS of, made_by AS person_id, made_at, credits FROM small
        UNION ALL SELECT 'customer', customer_id, made_at, credits FROM small
    ), sums AS (
        SELECT of, person_id, made_at AS last_at,
            to_char(made_at AT TIME ZONE 'Europe/Istanbul', 'YYYY-MM-DD') AS day,
            count(*) OVER w AS entries, (sum(credits) OVER w)::bigint AS credits
        FROM parts WINDOW w AS (PARTITION BY of, person_id ORDER BY made_at
            RANGE BETWEEN INTERVAL '24 hours' PRECEDING AND CURRENT ROW)
    )
    SELECT DISTINCT ON (of, person_id, day) * FROM sums
    WHERE entries > 1 AND credits > %(alone)s
    ORDER BY of, person_id, day, credits DESC, last_at
"""
PAIRS: LiteralString = """
    SELECT made_by, min(decided_by::text)::uuid AS approved_by, count(*) AS entries,
        sum(abs(credits))::bigint AS credits
    FROM read.manual_entries
    WHERE made_at >= %(since)s AND made_at < %(until)s AND needs_second AND state = 'approved'
    GROUP BY made_by HAVING count(DISTINCT decided_by) = 1 AND count(*) >= %(few)s
    ORDER BY made_by
"""
LIKENESSES: LiteralString = """
    WITH entries AS (
        SELECT * FROM read.manual_entries WHERE made_at >= %(since)s AND made_at < %(until)s
    ), parties AS (
        SELECT entry_id, 'maker_and_customer' AS who, made_by AS first_id,
            customer_id AS second_id, made_at AS at FROM entries
        UNION ALL SELECT entry_id, 'checker_and_customer', decided_by, customer_id, decided_at
        FROM entries WHERE needs_second AND state = 'approved'
        UNION ALL SELECT entry_id, 'maker_and_checker', made_by, decided_by, decided_at
        FROM entries WHERE needs_second AND state = 'approved'
    ), people AS (
        SELECT first_id AS person_id FROM parties UNION SELECT second_id FROM parties
    ), seen AS (
        SELECT * FROM people JOIN read.sessions USING (person_id)
    ), bought AS (
        SELECT person_id, particulars FROM people JOIN read.orders o ON o.customer_id = person_id
    ), marks AS (
        SELECT person_id, 'phone' AS by, each -> 'address' ->> 'phone' AS mark
        FROM people JOIN read.address_books USING (person_id),
            jsonb_array_elements(addresses) AS each
        UNION SELECT person_id, 'phone', particulars -> 'billing' ->> 'phone' FROM bought
        UNION SELECT person_id, 'phone', particulars -> 'delivery' ->> 'phone' FROM bought
        UNION SELECT person_id, 'tax_number', particulars ->> 'tax_number' FROM bought
    )
    SELECT entry_id, who, first_id, second_id,
        CASE WHEN bool_or(a.user_agent = b.user_agent) THEN 'device' ELSE 'network' END AS by
    FROM parties JOIN seen a ON a.person_id = first_id JOIN seen b ON b.person_id = second_id
    WHERE a.address = b.address AND a.address NOT IN ('', %(erased)s)
        AND greatest(a.started_at, b.started_at) < at + INTERVAL '1 day'
        AND least(a.last_used_at, b.last_used_at) > at - INTERVAL '7 days'
    GROUP BY entry_id, who, first_id, second_id
    UNION SELECT entry_id, who, first_id, second_id, a.by
    FROM parties JOIN marks a ON a.person_id = first_id JOIN marks b ON b.person_id = second_id
    WHERE a.by = b.by AND a.mark = b.mark AND a.mark NOT IN ('', %(erased)s)
    ORDER BY entry_id, who, by
"""


class ActorSum(Struct, frozen=True, kw_only=True):
    """What one person made for one reason; `given` and `taken` count booked credits only."""

    person_id: UUID
    reason: str
    made: int
    booked: int
    booked_alone: int
    given: int
    taken: int


class Checking(Struct, frozen=True, kw_only=True):
    """What one person decided about entries of others."""

    person_id: UUID
    approved: int
    rejected: int
    credits: int


class Split(Struct, frozen=True, kw_only=True):
    """Entries, each below the limit, that go above it together within 24 hours: those of one maker,
    or those for one customer. `credits` and `entries` are of the 24 hours with the most.
    """

    of: Literal["maker", "customer"]
    person_id: UUID
    day: str
    entries: int
    credits: int
    last_at: datetime


class Pair(Struct, frozen=True, kw_only=True):
    """A maker and the one checker who approved all of their entries that were approved."""

    made_by: UUID
    approved_by: UUID
    entries: int
    credits: int


class Likeness(Struct, frozen=True, kw_only=True):
    """Two of an entry's persons who may be one. `by` says what they share: `device` is the network
    address and the client's name of a log-in, `network` the address alone, `phone` a number in
    their saved addresses or on their orders, `tax_number` one on their orders. A log-in counts if
    its session was in use within 7 days before, or began within a day after.
    """

    entry_id: UUID
    who: Literal["maker_and_customer", "checker_and_customer", "maker_and_checker"]
    by: Literal["device", "network", "phone", "tax_number"]
    first_id: UUID
    second_id: UUID


class EntryReport(Struct, frozen=True, kw_only=True):
    """All of it for one span of time."""

    actors: list[ActorSum]
    checkers: list[Checking]
    splits: list[Split]
    pairs: list[Pair]
    likenesses: list[Likeness]


async def entry_report(
    reads: Reads, *, since: datetime | None, until: datetime | None, alone: int
) -> EntryReport:
    """The report on entries made from `since` on and before `until` (None: without an end).

    `alone` is how many credits one person may book alone.
    """
    parameters = {
        "since": since or BEGINNING,
        "until": until or END,
        "alone": alone,
        "few": FEW,
        "erased": ERASED,
    }
    return EntryReport(
        actors=await reads.all(ActorSum, ACTORS, parameters),
        checkers=await reads.all(Checking, CHECKERS, parameters),
        splits=await reads.all(Split, SPLITS, parameters),
        pairs=await reads.all(Pair, PAIRS, parameters),
        likenesses=await reads.all(Likeness, LIKENESSES, parameters),
    )
