"""What is answered about parcels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from application.links import Links, token_text
from application.shipments import TRACKING, TRACKING_PAGE
from domain.shipments import Estimate, ParcelDecision, ParcelStatus, ShipmentStatus
from projections.shipments import ParcelEntry, Tracking


class TrackingStepAnswer(Struct, frozen=True, kw_only=True):
    """One thing that the carrier reported, and when it happened."""

    status: ParcelStatus
    occurred_at: datetime


class EstimateAnswer(Struct, frozen=True, kw_only=True):
    """The parcel should arrive between these days, both included."""

    earliest: date
    latest: date


class ParcelAnswer(Struct, frozen=True, kw_only=True):
    """Where one parcel of an order is: `number` of `count`. Nothing in it says whose it is or where
    it goes. `estimate` is null once it has arrived, or when nobody can say.
    """

    number: int
    count: int
    carrier: str
    status: ShipmentStatus
    estimate: EstimateAnswer | None
    steps: list[TrackingStepAnswer]


class TrackingAnswer(ParcelAnswer, frozen=True, kw_only=True):
    """The parcel of the link, and the other parcels of the same order."""

    others: list[ParcelAnswer]


class ShipmentAnswer(ParcelAnswer, frozen=True, kw_only=True):
    """A parcel of a customer's own order. `tracking_url` is the page that may be shared with
    others, and `tracking_token` opens the same as `GET /tracking/{token}`. `tracking_number` is the
    carrier's own, if it has given one. Without `lines` it holds all that goes anywhere.
    """

    shipment_id: UUID
    order_id: UUID
    carrier_reference: str | None
    tracking_number: str | None
    lines: list[UUID]
    tracking_url: str
    tracking_token: str


class ShipmentSummary(Struct, frozen=True, kw_only=True):
    """A parcel as admins see it. `heard_at` is when the carrier last told something new, `codes`
    are its words that nobody has told us the meaning of. `held_back` says why it is not announced:
    `order_held`, or `refused` by the carrier. `decision` is what was decided of a lost one.
    """

    shipment_id: UUID
    version: int
    order_id: UUID
    order_number: str
    parcel: int
    lines: list[UUID]
    carrier: str
    carrier_reference: str | None
    tracking_number: str | None
    status: ShipmentStatus
    held_back: str | None
    cancelling: bool
    decision: ParcelDecision | None
    estimate: EstimateAnswer | None
    codes: list[str]
    requested_at: datetime
    heard_at: datetime


class ParcelEntryAnswer(Struct, frozen=True, kw_only=True):
    """One thing that happened to a parcel; `kind` is the event's name."""

    at: datetime
    kind: str
    facts: dict[str, str]


class ShipmentDetail(ShipmentSummary, frozen=True, kw_only=True):
    """A parcel with all that the carrier reported and all that happened to it."""

    steps: list[TrackingStepAnswer]
    history: list[ParcelEntryAnswer]


def parcel_answer(row: Tracking, all_of_order: Sequence[Tracking]) -> ParcelAnswer:
    """A parcel among those of its order."""
    number = [each.shipment_id for each in all_of_order].index(row.shipment_id) + 1
    return ParcelAnswer(
        number=number,
        count=len(all_of_order),
        carrier=row.carrier,
        status=row.status,
        estimate=_awaited(row),
        steps=steps_of(row),
    )


def tracking_answer(row: Tracking, all_of_order: Sequence[Tracking]) -> TrackingAnswer:
    """The parcel of a link beside the others."""
    others = [each for each in all_of_order if each.shipment_id != row.shipment_id]
    return TrackingAnswer(
        **_facts(parcel_answer(row, all_of_order)),
        others=[parcel_answer(each, all_of_order) for each in others],
    )


def shipment_answer(
    row: Tracking, all_of_order: Sequence[Tracking], *, links: Links
) -> ShipmentAnswer:
    """A customer's own parcel, with its link."""
    token = token_text(links, TRACKING, subject_id=row.shipment_id)
    return ShipmentAnswer(
        **_facts(parcel_answer(row, all_of_order)),
        shipment_id=row.shipment_id,
        order_id=row.order_id,
        carrier_reference=row.carrier_reference,
        tracking_number=row.tracking_number,
        lines=list(row.lines),
        tracking_url=f"{links.url(TRACKING_PAGE)}#token={token}",
        tracking_token=token,
    )


def shipment_summary(row: Tracking) -> ShipmentSummary:
    """A parcel in an admin's list."""
    return ShipmentSummary(
        shipment_id=row.shipment_id,
        version=row.version,
        order_id=row.order_id,
        order_number=row.order_number,
        parcel=row.parcel,
        lines=list(row.lines),
        carrier=row.carrier,
        carrier_reference=row.carrier_reference,
        tracking_number=row.tracking_number,
        status=row.status,
        held_back=row.held_back,
        cancelling=row.cancelling,
        decision=row.decision,
        estimate=estimate_answer(row.estimate),
        codes=list(row.codes),
        requested_at=row.requested_at,
        heard_at=row.heard_at,
    )


def shipment_detail(row: Tracking, history: Sequence[ParcelEntry]) -> ShipmentDetail:
    """A parcel with its history."""
    return ShipmentDetail(
        **_facts(shipment_summary(row)),
        steps=steps_of(row),
        history=[
            ParcelEntryAnswer(at=each.at, kind=each.kind, facts=each.facts) for each in history
        ],
    )


def estimate_answer(estimate: Estimate | None) -> EstimateAnswer | None:
    """An estimate, if there is one."""
    if estimate is None:
        return None
    return EstimateAnswer(earliest=estimate.earliest, latest=estimate.latest)


def steps_of(row: Tracking) -> list[TrackingStepAnswer]:
    """What the carrier reported, in the order in which it says that it happened."""
    return [
        TrackingStepAnswer(status=step.status, occurred_at=step.occurred_at) for step in row.steps
    ]


def _awaited(row: Tracking) -> EstimateAnswer | None:
    over = row.status in {"delivered", "returned", "cancelled", "lost"}
    return None if over else estimate_answer(row.estimate)


def _facts(answer: Struct) -> dict[str, Any]:
    return {name: getattr(answer, name) for name in answer.__struct_fields__}
