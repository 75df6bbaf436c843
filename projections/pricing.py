"""What finance and admins see of prices and coupons: the whole book, and how coupons are used."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.pricing import Coupon, CouponRules, CouponUse, Entry, PriceBook
from domain.shared.money import Money
from projections.base import Fold
from projections.reads import Reads


class PriceEntryRow(Struct, frozen=True, kw_only=True):
    """An entry of the price book. It holds from `since` until the next one of its key; one that
    was withdrawn, or replaced before it began, never did.
    """

    key: str
    since: datetime
    entry: Entry
    scheduled_by: UUID
    scheduled_at: datetime
    withdrawn: bool
    version: int
    position: int


class CouponRow(Struct, frozen=True, kw_only=True):
    """A coupon: how many orders use it, and what it took off them."""

    coupon_id: UUID
    code: str
    rules: CouponRules
    uses: int
    discount: Money
    ended: bool
    issued_by: UUID
    issued_at: datetime
    version: int
    position: int


price_entries = Fold("price_entries", PriceEntryRow, version=1, key=["key", "since"])
coupons = Fold(
    "coupons", CouponRow, version=1, key=["coupon_id"], indexes=["issued_at DESC, coupon_id DESC"]
)

_coupon = attrgetter("coupon_id")


def _entry(event: PriceBook.EntryScheduled | PriceBook.EntryWithdrawn) -> tuple[str, datetime]:
    return event.entry.key, event.since


@price_entries.on(PriceBook.EntryScheduled, key=_entry)
def scheduled(
    _row: PriceEntryRow | None, event: PriceBook.EntryScheduled, at: Recorded
) -> PriceEntryRow:
    return PriceEntryRow(
        key=event.entry.key,
        since=event.since,
        entry=event.entry,
        scheduled_by=event.scheduled_by,
        scheduled_at=event.timestamp,
        withdrawn=False,
        version=event.originator_version,
        position=at.position,
    )


@price_entries.on(PriceBook.EntryWithdrawn, key=_entry)
def withdrawn(row: PriceEntryRow, event: PriceBook.EntryWithdrawn, at: Recorded) -> PriceEntryRow:
    return replace(row, withdrawn=True, version=event.originator_version, position=at.position)


@coupons.on(Coupon.Issued)
def issued(_row: CouponRow | None, event: Coupon.Issued, at: Recorded) -> CouponRow:
    return CouponRow(
        coupon_id=event.originator_id,
        code=event.code,
        rules=event.rules,
        uses=0,
        discount=Money.of(0),
        ended=False,
        issued_by=event.issued_by,
        issued_at=event.timestamp,
        version=event.originator_version,
        position=at.position,
    )


@coupons.on(Coupon.Taken)
def taken(row: CouponRow, event: Coupon.Taken, at: Recorded) -> CouponRow:
    return replace(row, version=event.originator_version, position=at.position)


@coupons.on(Coupon.GivenBack)
def given_back(row: CouponRow, event: Coupon.GivenBack, at: Recorded) -> CouponRow:
    return replace(row, version=event.originator_version, position=at.position)


@coupons.on(Coupon.Ended)
def ended(row: CouponRow, event: Coupon.Ended, at: Recorded) -> CouponRow:
    return replace(row, ended=True, version=event.originator_version, position=at.position)


@coupons.on(CouponUse.Used, key=_coupon)
def used(row: CouponRow, event: CouponUse.Used, at: Recorded) -> CouponRow:
    return replace(
        row, uses=row.uses + 1, discount=row.discount + event.discount, position=at.position
    )


@coupons.on(CouponUse.GivenBack, key=_coupon)
def not_used(row: CouponRow, event: CouponUse.GivenBack, at: Recorded) -> CouponRow:
    return replace(
        row, uses=row.uses - 1, discount=row.discount - event.discount, position=at.position
    )


async def entry_list(
    reads: Reads, *, key: str | None, before: tuple[datetime, str] | None, limit: int
) -> list[PriceEntryRow]:
    """Entries of one key or of all, the latest to begin first; `before` is a moment and a key."""
    at, name = before or (None, None)
    return await reads.all(
        PriceEntryRow,
        "SELECT * FROM read.price_entries WHERE (%(key)s::text IS NULL OR key = %(key)s)"
        " AND (%(at)s::timestamptz IS NULL OR (since, key) < (%(at)s, %(name)s::text))"
        " ORDER BY since DESC, key DESC LIMIT %(limit)s",
        {"key": key, "at": at, "name": name, "limit": limit},
    )


async def coupon_list(
    reads: Reads, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[CouponRow]:
    """Coupons, the newest first."""
    at, coupon_id = before or (None, None)
    return await reads.all(
        CouponRow,
        "SELECT * FROM read.coupons WHERE (%(at)s::timestamptz IS NULL"
        " OR (issued_at, coupon_id) < (%(at)s, %(id)s::uuid))"
        " ORDER BY issued_at DESC, coupon_id DESC LIMIT %(limit)s",
        {"at": at, "id": coupon_id, "limit": limit},
    )
