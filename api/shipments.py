"""Parcels over HTTP: for the customer, for whoever has the tracking link, and for carriers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid5

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.openapi.spec import (
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from msgspec import Meta, Struct

from api.ask import OPEN, Ask, Listed, Rate
from api.inputs import decode_strictly
from application.bus import Call
from application.links import Links, token_text
from application.shipments import (
    TRACKING,
    TRACKING_PAGE,
    ParcelSeals,
    RecordParcelStatus,
    shipment_of,
)
from application.store import Store
from domain.shared.errors import NotFound
from domain.shipments import ParcelStatus, Shipment, ShipmentStatus, StatusReport
from projections.shipments import Tracking, tracking, tracking_list, tracking_of_order, trackings

MESSAGE_ID = "webhook-id"

Place = tuple[datetime, UUID]


class CarrierReport(Struct, frozen=True, kw_only=True):
    """What a carrier tells of a parcel; `sequence` counts its reports as they were made.

    Carriers may say more than we read.
    """

    carrier_reference: str
    status: ParcelStatus
    occurred_at: Annotated[datetime, Meta(tz=True)]
    sequence: Annotated[int, Meta(ge=1, le=1_000_000)]


class TrackingStepAnswer(Struct, frozen=True, kw_only=True):
    """One thing that the carrier reported, and when it happened."""

    status: ParcelStatus
    occurred_at: datetime


class TrackingAnswer(Struct, frozen=True, kw_only=True):
    """Where a parcel is. Nothing in it says whose it is or where it goes."""

    carrier: str
    status: ShipmentStatus
    steps: list[TrackingStepAnswer]


class ShipmentAnswer(Struct, frozen=True, kw_only=True):
    """A customer's own shipment. `tracking_url` is the page that may be shared with others, and
    `tracking_token` opens the same as `GET /tracking/{token}`.
    """

    shipment_id: UUID
    order_id: UUID
    carrier: str
    carrier_reference: str | None
    status: ShipmentStatus
    steps: list[TrackingStepAnswer]
    tracking_url: str
    tracking_token: str


class ShipmentSummary(Struct, frozen=True, kw_only=True):
    """A shipment as admins see it in their list."""

    shipment_id: UUID
    order_id: UUID
    order_number: str
    carrier: str
    carrier_reference: str | None
    status: ShipmentStatus
    requested_at: datetime


@dataclass
class SignedReport(Operation):
    """Tells in the OpenAPI document that the body is a report, which is verified as raw bytes."""

    def __post_init__(self) -> None:
        report = Schema(type=OpenAPIType.OBJECT, description=CarrierReport.__doc__)
        self.request_body = RequestBody(
            content={"application/json": OpenAPIMediaType(schema=report)}, required=True
        )


class ShipmentsController(Controller):
    tags = ("shipments",)

    @get(
        "/orders/{order_id:uuid}/shipment",
        operation_id="ShipmentOfOrder",
        summary="Where the parcel of one of the caller's orders is",
    )
    async def of_order(self, ask: Ask, order_id: UUID) -> Response[ShipmentAnswer]:
        """The shipment, with its tracking link. 404 until the cover has been printed."""
        customer_id = ask.person
        await ask.fresh(trackings)
        row = await tracking_of_order(ask.reads, order_id)
        if row is None or row.customer_id != customer_id:
            raise NotFound
        token = token_text(_links(ask), TRACKING, subject_id=row.shipment_id)
        return ask.answer(
            ShipmentAnswer(
                shipment_id=row.shipment_id,
                order_id=row.order_id,
                carrier=row.carrier,
                carrier_reference=row.carrier_reference,
                status=row.status,
                steps=_steps(row),
                tracking_url=f"{_links(ask).url(TRACKING_PAGE)}#token={token}",
                tracking_token=token,
            )
        )

    @get("/shipments", operation_id="Shipments", summary="All shipments, newest first")
    async def all(
        self,
        ask: Ask,
        status: ShipmentStatus | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[ShipmentSummary]]:
        """For admins. With `status`, those that stand there, such as `exception`."""
        ask.must_be("admin")
        page = ask.page(limit, cursor)
        await ask.fresh(trackings)
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await tracking_list(ask.reads, status=status, before=before, limit=page.limit + 1)
        return ask.listed(
            [_summary(row) for row in rows],
            page,
            key=lambda item: [item.requested_at, item.shipment_id],
        )

    @get(
        "/tracking/{token:str}",
        operation_id="TrackParcel",
        summary="Where a parcel is, for whoever has its secret link",
        opt=OPEN | {"rate": Rate("tracking", 60)},
    )
    async def track(self, ask: Ask, token: str) -> Response[TrackingAnswer]:
        """Status, carrier and times, without names or addresses. 404 for any other token."""
        shipment_id = shipment_of(token, _links(ask))
        if shipment_id is None:
            raise NotFound
        await ask.fresh(trackings)
        row = await tracking(ask.reads, shipment_id)
        if row is None:
            raise NotFound
        return ask.answer(TrackingAnswer(carrier=row.carrier, status=row.status, steps=_steps(row)))

    @post(
        "/webhooks/carrier/{shipment_id:uuid}",
        operation_id="RecordParcelStatus",
        summary="A carrier tells where a parcel is",
        opt=OPEN,
        status_code=204,
        operation_class=SignedReport,
    )
    async def reported(self, ask: Ask, request: Request[Any, Any, Any], shipment_id: UUID) -> None:
        """Signed with the parcel's own secret; anything else is 404. A message that comes again
        changes nothing, and the order in which messages come makes no difference.
        """
        shipment = await Store(ask.log, ask.now).find(Shipment, shipment_id)
        body = await request.body()
        if shipment is None or not _genuine(ask, request, shipment=shipment, body=body):
            raise NotFound
        decode_strictly(body, CarrierReport)
        said = msgspec.json.decode(body, type=CarrierReport)
        if said.carrier_reference != shipment.carrier_reference:
            raise NotFound
        await ask.bus.execute(
            RecordParcelStatus(
                shipment_id=shipment_id,
                report=StatusReport(said.sequence, said.status, said.occurred_at),
            ),
            Call(
                key=str(uuid5(shipment_id, request.headers[MESSAGE_ID])),
                caller="carriers",
                trace_id=ask.trace_id,
            ),
        )


def _genuine(ask: Ask, request: Request[Any, Any, Any], *, shipment: Shipment, body: bytes) -> bool:
    seals = ask.port(ParcelSeals)
    return seals.genuine(shipment.webhook_secret, request.headers, body=body, now=ask.now)


def _links(ask: Ask) -> Links:
    return ask.port(Links)


def _steps(row: Tracking) -> list[TrackingStepAnswer]:
    return [
        TrackingStepAnswer(status=step.status, occurred_at=step.occurred_at) for step in row.steps
    ]


def _summary(row: Tracking) -> ShipmentSummary:
    return ShipmentSummary(
        shipment_id=row.shipment_id,
        order_id=row.order_id,
        order_number=row.order_number,
        carrier=row.carrier,
        carrier_reference=row.carrier_reference,
        status=row.status,
        requested_at=row.requested_at,
    )
