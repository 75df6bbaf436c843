"""Where parcels are: for the customer, for admins, and for whoever holds the tracking link."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.store import Recorded
from domain.shared.aggregate import Event
from domain.shipments import Estimate, ParcelDecision, ParcelStatus, Shipment, ShipmentStatus
from projections.base import Fold, Lines
from projections.reads import Reads


class TrackingStep(Struct, frozen=True, kw_only=True):
    """One thing that the carrier reported, and when it says that it happened."""

    sequence: int
    status: ParcelStatus
    occurred_at: datetime


class Tracking(Struct, frozen=True, kw_only=True):
    """One parcel. It holds neither names nor addresses. `heard_at` is when the carrier last told
    something new; `codes` are its words that we do not know. `held_back` says why it is not
    announced.
    """

    shipment_id: UUID
    version: int
    order_id: UUID
    order_number: str
    customer_id: UUID
    parcel: int
    lines: tuple[UUID, ...]
    carrier: str
    carrier_reference: str | None
    tracking_number: str | None
    status: ShipmentStatus
    held_back: str | None
    estimate: Estimate | None
    requested_at: datetime
    heard_at: datetime
    steps: tuple[TrackingStep, ...]
    codes: tuple[str, ...]
    cancelling: bool
    decision: ParcelDecision | None


class ParcelEntry(Struct, frozen=True, kw_only=True):
    """One thing that happened to a parcel; `kind` is the event's stored name."""

    shipment_id: UUID
    position: int
    at: datetime
    kind: str
    facts: dict[str, str]


class ParcelFilter(Struct, frozen=True, kw_only=True):
    """What a list shows; None shows all. Under way and not heard of since `silent_since`."""

    status: ShipmentStatus | None = None
    carrier: str | None = None
    order_id: UUID | None = None
    silent_since: datetime | None = None


trackings = Fold(
    "trackings",
    Tracking,
    version=2,
    key=["shipment_id"],
    indexes=["order_id, parcel", "requested_at DESC, shipment_id", "status, heard_at"],
)
parcel_histories = Lines(
    "parcel_histories", ParcelEntry, version=1, key=["shipment_id", "position"]
)

OVER: Final = ("cancelled", "lost", "delivered", "returned")
TOLD: dict[type[Event], tuple[str, ...]] = {
    Shipment.Requested: ("carrier", "parcel"),
    Shipment.HeldBack: ("reason", "code"),
    Shipment.AskedAgain: (),
    Shipment.ParcelCreated: ("carrier_reference",),
    Shipment.StatusReported: ("stands_at",),
    Shipment.CodeNotUnderstood: ("code",),
    Shipment.TrackingNumberTold: ("tracking_number",),
    Shipment.Estimated: (),
    Shipment.Dispatched: (),
    Shipment.Arrived: (),
    Shipment.Lost: (),
    Shipment.ReturnedToSender: (),
    Shipment.CancelRequested: ("by",),
    Shipment.CancelRefused: ("code",),
    Shipment.Cancelled: (),
    Shipment.Decided: ("decision", "by"),
}
"""The events that make a parcel's history, and the facts that are told."""


def history_entry(event: Any, at: Recorded) -> Iterator[ParcelEntry]:
    facts = {name: str(getattr(event, name)) for name in TOLD[type(event)]}
    if isinstance(event, Shipment.StatusReported):
        facts |= {"status": event.report.status, "at": event.report.occurred_at.isoformat()}
    if isinstance(event, Shipment.Estimated):
        facts |= {
            "earliest": event.estimate.earliest.isoformat(),
            "latest": event.estimate.latest.isoformat(),
        }
    yield ParcelEntry(
        shipment_id=event.originator_id,
        position=at.position,
        at=event.timestamp,
        kind=event.TOPIC,
        facts=facts,
    )


parcel_histories.on(*TOLD)(history_entry)


@trackings.on(Shipment.Requested)
def requested(_row: Tracking | None, event: Shipment.Requested) -> Tracking:
    return Tracking(
        shipment_id=event.originator_id,
        version=event.originator_version,
        order_id=event.order_id,
        order_number=event.order_number,
        customer_id=event.customer_id,
        parcel=event.parcel,
        lines=event.lines,
        carrier=event.carrier,
        carrier_reference=None,
        tracking_number=None,
        status="requested",
        held_back=None,
        estimate=None,
        requested_at=event.timestamp,
        heard_at=event.timestamp,
        steps=(),
        codes=(),
        cancelling=False,
        decision=None,
    )


@trackings.on(Shipment.HeldBack)
def held_back(row: Tracking, event: Shipment.HeldBack) -> Tracking:
    return _next(row, event, held_back=event.reason)


@trackings.on(Shipment.AskedAgain)
def asked_again(row: Tracking, event: Shipment.AskedAgain) -> Tracking:
    return _next(row, event, held_back=None)


@trackings.on(Shipment.ParcelCreated)
def parcel_created(row: Tracking, event: Shipment.ParcelCreated) -> Tracking:
    return _next(
        row,
        event,
        carrier_reference=event.carrier_reference,
        held_back=None,
        heard_at=event.timestamp,
    )


@trackings.on(Shipment.StatusReported)
def status_reported(row: Tracking, event: Shipment.StatusReported) -> Tracking:
    report = event.report
    step = TrackingStep(
        sequence=report.sequence, status=report.status, occurred_at=report.occurred_at
    )
    steps = sorted(
        (*row.steps, step), key=lambda each: (each.sequence, each.occurred_at, each.status)
    )
    return _next(row, event, status=event.stands_at, steps=tuple(steps), heard_at=event.timestamp)


@trackings.on(Shipment.CodeNotUnderstood)
def code_not_understood(row: Tracking, event: Shipment.CodeNotUnderstood) -> Tracking:
    return _next(row, event, codes=(*row.codes, event.code))


@trackings.on(Shipment.TrackingNumberTold)
def tracking_number_told(row: Tracking, event: Shipment.TrackingNumberTold) -> Tracking:
    return _next(row, event, tracking_number=event.tracking_number)


@trackings.on(Shipment.Estimated)
def estimated(row: Tracking, event: Shipment.Estimated) -> Tracking:
    return _next(row, event, estimate=event.estimate)


@trackings.on(Shipment.CancelRequested)
def cancel_requested(row: Tracking, event: Shipment.CancelRequested) -> Tracking:
    return _next(row, event, cancelling=True)


@trackings.on(Shipment.CancelRefused)
def cancel_refused(row: Tracking, event: Shipment.CancelRefused) -> Tracking:
    return _next(row, event, cancelling=False)


@trackings.on(Shipment.Cancelled)
def cancelled(row: Tracking, event: Shipment.Cancelled) -> Tracking:
    status: ShipmentStatus = row.status if row.carrier_reference else "cancelled"
    return _next(row, event, cancelling=False, status=status)


@trackings.on(Shipment.Decided)
def decided(row: Tracking, event: Shipment.Decided) -> Tracking:
    return _next(row, event, decision=event.decision)


@trackings.on(Shipment.Dispatched, Shipment.Arrived, Shipment.Lost, Shipment.ReturnedToSender)
def concluded(row: Tracking, event: Event) -> Tracking:
    return _next(row, event)


async def tracking(reads: Reads, shipment_id: UUID) -> Tracking | None:
    """Where a parcel is."""
    return await reads.one(
        Tracking, "SELECT * FROM read.trackings WHERE shipment_id = %s", (shipment_id,)
    )


async def trackings_of_order(reads: Reads, order_id: UUID) -> list[Tracking]:
    """Where an order's parcels are, in their order; none before there is one."""
    return await reads.all(
        Tracking, "SELECT * FROM read.trackings WHERE order_id = %s ORDER BY parcel", (order_id,)
    )


async def estimate_of_order(reads: Reads, order_id: UUID) -> Estimate | None:
    """When the last parcel should be there that is still awaited; None where nobody can say."""
    rows = await trackings_of_order(reads, order_id)
    awaited = [each.estimate for each in rows if each.estimate and each.status not in OVER]
    return max(awaited, key=lambda each: (each.latest, each.earliest), default=None)


async def parcel_history(reads: Reads, shipment_id: UUID) -> list[ParcelEntry]:
    """What happened to a parcel, oldest first."""
    return await reads.all(
        ParcelEntry,
        "SELECT * FROM read.parcel_histories WHERE shipment_id = %s ORDER BY position",
        (shipment_id,),
    )


async def tracking_list(
    reads: Reads,
    wanted: ParcelFilter,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Tracking]:
    """Parcels requested before a date and id (None: from the newest on), newest first."""
    moment, identity = before or (None, None)
    return await reads.all(
        Tracking,
        "SELECT * FROM read.trackings WHERE (%(status)s::text IS NULL OR status = %(status)s)"
        " AND (%(carrier)s::text IS NULL OR carrier = %(carrier)s)"
        " AND (%(order)s::uuid IS NULL OR order_id = %(order)s)"
        " AND (%(silent)s::timestamptz IS NULL"
        " OR heard_at < %(silent)s AND carrier_reference IS NOT NULL AND status <> ALL(%(over)s))"
        " AND (%(moment)s::timestamptz IS NULL"
        " OR (requested_at, shipment_id) < (%(moment)s, %(id)s::uuid))"
        " ORDER BY requested_at DESC, shipment_id DESC LIMIT %(limit)s",
        {
            "status": wanted.status,
            "carrier": wanted.carrier,
            "order": wanted.order_id,
            "silent": wanted.silent_since,
            "over": list(OVER),
            "moment": moment,
            "id": identity,
            "limit": limit,
        },
    )


async def under_way(
    reads: Reads, carrier: str, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[Tracking]:
    """A carrier's parcels whose journey is not over, those longest without news first; `after` is
    when the last one before was heard of, and its id.
    """
    moment, identity = after or (None, None)
    return await reads.all(
        Tracking,
        "SELECT * FROM read.trackings WHERE carrier = %(carrier)s"
        " AND carrier_reference IS NOT NULL AND status <> ALL(%(over)s)"
        " AND (%(moment)s::timestamptz IS NULL"
        " OR (heard_at, shipment_id) > (%(moment)s, %(id)s::uuid))"
        " ORDER BY heard_at, shipment_id LIMIT %(limit)s",
        {
            "carrier": carrier,
            "over": list(OVER),
            "moment": moment,
            "id": identity,
            "limit": limit,
        },
    )


class CarrierStanding(Struct, frozen=True, kw_only=True):
    """Of a carrier's parcels under way: how many nothing was heard of, and how many have words in
    their answers that we do not know.
    """

    carrier: str
    silent: int
    unread: int


async def carrier_standings(reads: Reads, *, silent_since: datetime) -> list[CarrierStanding]:
    """How the carriers' parcels stand."""
    return await reads.all(
        CarrierStanding,
        "SELECT carrier, count(*) FILTER (WHERE heard_at < %s) AS silent,"
        " count(*) FILTER (WHERE codes <> '[]'::jsonb) AS unread FROM read.trackings"
        " WHERE carrier_reference IS NOT NULL AND status <> ALL(%s) GROUP BY carrier",
        (silent_since, list(OVER)),
    )


def _next(row: Tracking, event: Event, **changes: Any) -> Tracking:
    return replace(row, version=event.originator_version, **changes)
