"""Which lots a customer's credits come from, what each paid for, and what holds were made for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Literal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.generation import VARIANTS, Generation
from domain.shared.money import Money
from domain.wallet import CreditClass, LotShare, Origin, Wallet
from projections.base import Fold, Lines
from projections.past import Past
from projections.reads import Reads

EntryKind = Literal["granted", "held", "captured", "given_back", "refunded", "expired", "taken"]


class LotEntry(Struct, frozen=True, kw_only=True):
    """What one event did to one lot: `credits` are added to its remainder and `held` to those of
    them that are held; both are signed. The grant also tells what the lot is.
    """

    customer_id: UUID
    lot_id: UUID
    position: int
    at: datetime
    kind: EntryKind
    credits: int
    held: int
    hold_id: UUID | None = None
    credit_class: CreditClass | None = None
    origin: Origin | None = None
    expires_at: datetime | None = None
    paid: Money | None = None
    order_id: UUID | None = None


class LotRow(Struct, frozen=True, kw_only=True):
    """A lot as its entries add up to it."""

    lot_id: UUID
    position: int
    at: datetime
    credit_class: CreditClass
    origin: Origin
    expires_at: datetime | None
    paid: Money | None
    order_id: UUID | None
    granted: int
    remaining: int
    held: int


class Expiring(Struct, frozen=True):
    """Credits that nothing holds, and when they expire."""

    credits: int
    expires_at: datetime


class HoldUse(Struct, frozen=True, kw_only=True):
    """What credits were held for: so many candidates for a book of this title."""

    hold_id: UUID
    customer_id: UUID
    purpose: str = ""
    draft_id: UUID | None = None
    title: str = ""
    candidates: int = VARIANTS


wallet_entries = Lines(
    "wallet_entries",
    LotEntry,
    version=1,
    key=["customer_id", "lot_id", "position"],
    indexes=["hold_id"],
)
wallet_uses = Fold("wallet_uses", HoldUse, version=1, key=["hold_id"])

GivenBack = Wallet.HoldReleased | Wallet.HoldExpired
Moved = Wallet.HoldCaptured | GivenBack | Wallet.CreditsHeld | Wallet.CaptureRefunded

_hold = attrgetter("hold_id")


@wallet_entries.on(Wallet.CreditsGranted)
def granted(event: Wallet.CreditsGranted, at: Recorded) -> Iterator[LotEntry]:
    yield LotEntry(
        customer_id=event.customer_id,
        lot_id=event.lot_id,
        position=at.position,
        at=event.timestamp,
        kind="granted",
        credits=event.credits,
        held=0,
        credit_class=event.credit_class,
        origin=event.origin,
        expires_at=event.expires_at,
        paid=event.paid,
        order_id=event.order_id,
    )


@wallet_entries.on(Wallet.CreditsHeld)
def held(event: Wallet.CreditsHeld, at: Recorded) -> Iterator[LotEntry]:
    for share in event.shares:
        yield _moved(event, at, share=share, kind="held", changes=(0, share.credits))


@wallet_entries.on(Wallet.HoldCaptured)
def captured(event: Wallet.HoldCaptured, at: Recorded) -> Iterator[LotEntry]:
    rest = {share.lot_id: share for share in event.released}
    for share in event.shares:
        back = rest.pop(share.lot_id, None)
        held = share.credits + (back.credits if back else 0)
        yield _moved(event, at, share=share, kind="captured", changes=(-share.credits, -held))
    for share in rest.values():
        yield _moved(event, at, share=share, kind="given_back", changes=(0, -share.credits))


@wallet_entries.on(Wallet.HoldReleased, Wallet.HoldExpired)
def given_back(event: GivenBack, at: Recorded) -> Iterator[LotEntry]:
    for share in event.shares:
        yield _moved(event, at, share=share, kind="given_back", changes=(0, -share.credits))


@wallet_entries.on(Wallet.CaptureRefunded)
def refunded(event: Wallet.CaptureRefunded, at: Recorded) -> Iterator[LotEntry]:
    for share in event.shares:
        yield _moved(event, at, share=share, kind="refunded", changes=(share.credits, 0))


@wallet_entries.on(Wallet.CreditsExpired)
def expired(event: Wallet.CreditsExpired, at: Recorded) -> Iterator[LotEntry]:
    yield LotEntry(
        customer_id=event.customer_id,
        lot_id=event.lot_id,
        position=at.position,
        at=event.timestamp,
        kind="expired",
        credits=-event.credits,
        held=0,
    )


@wallet_entries.on(Wallet.CreditsClawedBack)
def clawed_back(event: Wallet.CreditsClawedBack, at: Recorded) -> Iterator[LotEntry]:
    for share in event.shares:
        yield LotEntry(
            customer_id=event.customer_id,
            lot_id=share.lot_id,
            position=at.position,
            at=event.timestamp,
            kind="taken",
            credits=-share.credits,
            held=0,
        )


def _moved(
    event: Moved,
    at: Recorded,
    *,
    share: LotShare,
    kind: EntryKind,
    changes: tuple[int, int],
) -> LotEntry:
    """An entry of a hold; `changes` are those of the remainder and of what is held."""
    return LotEntry(
        customer_id=event.customer_id,
        lot_id=share.lot_id,
        position=at.position,
        at=event.timestamp,
        kind=kind,
        credits=changes[0],
        held=changes[1],
        hold_id=event.hold_id,
    )


@wallet_uses.on(Generation.Requested)
def generation_requested(row: HoldUse | None, event: Generation.Requested) -> HoldUse:
    row = row or HoldUse(hold_id=event.originator_id, customer_id=event.customer_id)
    return replace(row, draft_id=event.draft_id, title=event.wish.title)


@wallet_uses.on(Generation.Completed)
def generation_completed(row: HoldUse, event: Generation.Completed) -> HoldUse:
    return replace(row, candidates=len(event.candidates))


@wallet_uses.on(Wallet.CreditsHeld, key=_hold)
def used(row: HoldUse | None, event: Wallet.CreditsHeld) -> HoldUse:
    row = row or HoldUse(hold_id=event.hold_id, customer_id=event.customer_id)
    return replace(row, purpose=event.purpose)


async def wallet_lots(
    reads: Reads, customer_id: UUID, *, before: int | None = None, limit: int = 100
) -> list[LotRow]:
    """The newest lots before a position (None: from the newest on), newest first."""
    return await reads.all(
        LotRow,
        "SELECT g.lot_id, g.position, g.at, g.credit_class, g.origin, g.expires_at, g.paid,"
        " g.order_id, g.credits AS granted, s.remaining, s.held"
        " FROM (SELECT * FROM read.wallet_entries WHERE customer_id = %(customer)s"
        " AND kind = 'granted' AND (%(before)s::bigint IS NULL OR position < %(before)s)"
        " ORDER BY position DESC LIMIT %(limit)s) AS g CROSS JOIN LATERAL ("
        " SELECT sum(e.credits)::bigint AS remaining, sum(e.held)::bigint AS held"
        " FROM read.wallet_entries AS e"
        " WHERE e.customer_id = g.customer_id AND e.lot_id = g.lot_id) AS s"
        " ORDER BY g.position DESC",
        {"customer": customer_id, "before": before, "limit": limit},
    )


async def lot_payments(
    reads: Reads, customer_id: UUID, *, lot_ids: Collection[UUID], most: int = 50
) -> list[LotEntry]:
    """The newest charges and refunds of each of these lots, newest first."""
    return await reads.all(
        LotEntry,
        "SELECT e.* FROM unnest(%(lots)s::uuid[]) AS asked(lot_id) CROSS JOIN LATERAL ("
        " SELECT * FROM read.wallet_entries WHERE customer_id = %(customer)s"
        " AND lot_id = asked.lot_id AND kind IN ('captured', 'refunded')"
        " ORDER BY position DESC LIMIT %(most)s) AS e ORDER BY e.position DESC",
        {"customer": customer_id, "lots": list(lot_ids), "most": most},
    )


async def hold_entries(reads: Reads, customer_id: UUID, *, hold_id: UUID) -> list[LotEntry]:
    """What a hold and its end did to lots, oldest first."""
    return await reads.all(
        LotEntry,
        "SELECT * FROM read.wallet_entries WHERE hold_id = %s AND customer_id = %s"
        " ORDER BY position",
        (hold_id, customer_id),
    )


async def lots_by_id(reads: Reads, customer_id: UUID, *, lot_ids: Collection[UUID]) -> list[LotRow]:
    """These lots of a customer as they are now."""
    entries = await reads.all(
        LotEntry,
        "SELECT * FROM read.wallet_entries WHERE customer_id = %s AND lot_id = ANY (%s)"
        " ORDER BY position",
        (customer_id, list(lot_ids)),
    )
    return lots_of(entries)


async def hold_uses(reads: Reads, hold_ids: Collection[UUID]) -> dict[UUID, HoldUse]:
    """What these holds were made for."""
    uses = await reads.all(
        HoldUse, "SELECT * FROM read.wallet_uses WHERE hold_id = ANY (%s)", (list(hold_ids),)
    )
    return {use.hold_id: use for use in uses}


async def expiring(reads: Reads, customer_id: UUID, *, limit: int = 5) -> list[Expiring]:
    """What expires first, and when: never what is held, spent, expired or taken back."""
    return await reads.all(
        Expiring,
        "SELECT sum(s.free)::bigint AS credits, g.expires_at"
        " FROM read.wallet_entries AS g CROSS JOIN LATERAL ("
        " SELECT sum(e.credits - e.held) AS free FROM read.wallet_entries AS e"
        " WHERE e.customer_id = g.customer_id AND e.lot_id = g.lot_id) AS s"
        " WHERE g.customer_id = %s AND g.kind = 'granted' AND g.expires_at IS NOT NULL"
        " AND s.free > 0 GROUP BY g.expires_at ORDER BY g.expires_at LIMIT %s",
        (customer_id, limit),
    )


async def lots_then(past: Past, customer_id: UUID) -> list[LotRow]:
    """All lots of that time, newest first."""
    events = await past.events([Wallet.id_of(customer_id)])
    return lots_of(await past.lines(wallet_entries, events))


def lots_of(entries: Iterable[LotEntry]) -> list[LotRow]:
    """What these entries, which are in order, add up to; the newest lot first."""
    lots: dict[UUID, LotRow] = {}
    for entry in entries:
        lot = lots.get(entry.lot_id) or _new(entry)
        lots[entry.lot_id] = replace(
            lot, remaining=lot.remaining + entry.credits, held=lot.held + entry.held
        )
    return sorted(lots.values(), key=attrgetter("position"), reverse=True)


def expiring_of(lots: Iterable[LotRow], *, limit: int = 5) -> list[Expiring]:
    """What of these lots expires first, and when."""
    free: dict[datetime, int] = {}
    for lot in lots:
        if lot.expires_at is not None and lot.remaining > lot.held:
            free[lot.expires_at] = free.get(lot.expires_at, 0) + lot.remaining - lot.held
    return [Expiring(free[end], end) for end in sorted(free)[:limit]]


def _new(grant: LotEntry) -> LotRow:
    assert grant.credit_class is not None, "the first entry of a lot is its grant"
    assert grant.origin is not None
    return LotRow(
        lot_id=grant.lot_id,
        position=grant.position,
        at=grant.at,
        credit_class=grant.credit_class,
        origin=grant.origin,
        expires_at=grant.expires_at,
        paid=grant.paid,
        order_id=grant.order_id,
        granted=grant.credits,
        remaining=0,
        held=0,
    )
