"""Parcels over HTTP: for the customer, for whoever has the tracking link, and for carriers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
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

from api.ask import OPEN, Ask, Rate
from api.field_faults import FieldFault
from api.inputs import decode_strictly
from api.problems import Trouble
from api.shipments.answers import (
    ShipmentAnswer,
    TrackingAnswer,
    shipment_answer,
    tracking_answer,
)
from application.bus import Call
from application.links import Links
from application.shipments import (
    ParcelSeals,
    RecordParcelStatus,
    shipment_of,
)
from application.store import Store
from domain.shared.errors import NotFound
from domain.shipments import ParcelStatus, Shipment, StatusReport
from projections.shipments import Tracking, tracking, trackings, trackings_of_order

MESSAGE_ID = "webhook-id"
CLOCKS_DIFFER = timedelta(days=1)
"""So far from its parcel's life may the time of a report lie."""


class CarrierReport(Struct, frozen=True, kw_only=True):
    """What a carrier tells of a parcel; `sequence` counts its reports as they were made.

    Carriers may say more than we read.
    """

    carrier_reference: str
    status: ParcelStatus
    occurred_at: Annotated[datetime, Meta(tz=True)]
    sequence: Annotated[int, Meta(ge=1, le=1_000_000)]


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
        summary="Where the first parcel of one of the caller's orders is",
    )
    async def of_order(self, ask: Ask, order_id: UUID) -> Response[ShipmentAnswer]:
        """The shipment, with its tracking link. 404 until the cover has been printed."""
        rows = await _own_parcels(ask, order_id)
        return ask.answer(shipment_answer(rows[0], rows, links=ask.port(Links)))

    @get(
        "/orders/{order_id:uuid}/shipments",
        operation_id="ShipmentsOfOrder",
        summary="Where the parcels of one of the caller's orders are",
    )
    async def all_of_order(self, ask: Ask, order_id: UUID) -> Response[list[ShipmentAnswer]]:
        """All parcels with their tracking links, when each should arrive, and what the carriers
        reported. 404 until the cover has been printed.
        """
        rows = await _own_parcels(ask, order_id)
        links = ask.port(Links)
        return ask.answer([shipment_answer(row, rows, links=links) for row in rows])

    @get(
        "/tracking/{token:str}",
        operation_id="TrackParcel",
        summary="Where a parcel is, for whoever has its secret link",
        opt=OPEN | {"rate": Rate("tracking", 60)},
    )
    async def track(self, ask: Ask, token: str) -> Response[TrackingAnswer]:
        """Status, carrier, times and estimate of it and of the order's other parcels, without names
        or addresses. 404 for any other token.
        """
        shipment_id = shipment_of(token, ask.port(Links))
        if shipment_id is None:
            raise NotFound
        await ask.fresh(trackings)
        row = await tracking(ask.reads, shipment_id)
        if row is None:
            raise NotFound
        return ask.answer(tracking_answer(row, await trackings_of_order(ask.reads, row.order_id)))

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
        changes nothing, and the order in which messages come makes no difference. 422 for a time
        before there was a parcel, or in days to come.
        """
        shipment = await Store(ask.log, ask.now).find(Shipment, shipment_id)
        body = await request.body()
        if shipment is None or not _genuine(ask, request, shipment=shipment, body=body):
            raise NotFound
        decode_strictly(body, CarrierReport)
        said = msgspec.json.decode(body, type=CarrierReport)
        if said.carrier_reference != shipment.carrier_reference:
            raise NotFound
        _must_be_plausible(said.occurred_at, shipment, now=ask.now)
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


def _must_be_plausible(occurred_at: datetime, shipment: Shipment, *, now: datetime) -> None:
    earliest, latest = shipment.created_on - CLOCKS_DIFFER, now + CLOCKS_DIFFER
    if earliest <= occurred_at <= latest:
        return
    early = occurred_at < earliest
    fault = FieldFault(
        code="field_too_small" if early else "field_too_big",
        pointer="/occurred_at",
        facts={"limit": (earliest if early else latest).isoformat(timespec="seconds")},
    )
    raise Trouble(422, "invalid_body", errors=[fault])


async def _own_parcels(ask: Ask, order_id: UUID) -> list[Tracking]:
    customer_id = ask.person
    await ask.fresh(trackings)
    rows = await trackings_of_order(ask.reads, order_id)
    if not rows or rows[0].customer_id != customer_id:
        raise NotFound
    return rows
