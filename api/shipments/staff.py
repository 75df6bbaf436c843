"""Parcels over HTTP for admins: lists, histories, labels, and what they decide."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import QueryParameter
from msgspec import Meta, Struct

from api.ask import Ask, Done, Listed
from api.shipments.answers import (
    ShipmentDetail,
    ShipmentSummary,
    shipment_detail,
    shipment_summary,
)
from application.shipments import (
    AddParcel,
    AnnounceAgain,
    CancelParcel,
    DecideParcel,
    DeclareParcelLost,
    LabelDesk,
)
from domain.shared.errors import NotFound
from domain.shipments import ParcelDecision, ShipmentStatus
from projections.shipments import (
    ParcelFilter,
    parcel_histories,
    parcel_history,
    tracking,
    tracking_list,
    trackings,
)

Place = tuple[datetime, UUID]
SilentDays = Annotated[int | None, QueryParameter(ge=1, le=365)]
CarrierName = Annotated[str, Meta(pattern=r"^[a-z_]{1,40}$(?!\n)", examples=["simulated"])]


class ParcelBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A further parcel: which of the order's covers and cards it holds (none: all), and who takes
    it (null: the usual carrier).
    """

    lines: Annotated[list[UUID], Meta(max_length=50)] = []
    carrier: CarrierName | None = None


class DecisionBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens now; `carrier` takes what is sent again (null: the usual one)."""

    decision: ParcelDecision
    carrier: CarrierName | None = None


class ParcelAdded(Done, frozen=True, kw_only=True):
    """The new parcel, and who takes it."""

    shipment_id: UUID
    carrier: str


class DecisionMade(Done, frozen=True, kw_only=True):
    """What was decided; `resent_as` is the new parcel of one that is sent again."""

    decision: ParcelDecision
    resent_as: UUID | None = None


class ParcelsController(Controller):
    tags = ("shipments",)

    @get("/shipments", operation_id="Shipments", summary="All shipments, newest first")
    async def all(
        self,
        ask: Ask,
        *,
        status: ShipmentStatus | None = None,
        carrier: str | None = None,
        order_id: UUID | None = None,
        silent_days: SilentDays = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Response[Listed[ShipmentSummary]]:
        """For admins. All filters given must fit: those that stand at `status`, such as
        `exception`; those under way of which nothing new was heard for `silent_days`.
        """
        ask.must_be("admin")
        page = ask.page(limit, cursor)
        await ask.fresh(trackings)
        wanted = ParcelFilter(
            status=status,
            carrier=carrier,
            order_id=order_id,
            silent_since=ask.now - timedelta(days=silent_days) if silent_days else None,
        )
        before = msgspec.convert(page.after, Place) if page.after else None
        rows = await tracking_list(ask.reads, wanted, before=before, limit=page.limit + 1)
        return ask.listed(
            [shipment_summary(row) for row in rows],
            page,
            key=lambda item: [item.requested_at, item.shipment_id],
        )

    @get("/shipments/{shipment_id:uuid}", operation_id="Shipment", summary="One parcel")
    async def one(self, ask: Ask, shipment_id: UUID) -> Response[ShipmentDetail]:
        """For admins: the parcel with all that happened to it. 404 if there is no such parcel."""
        ask.must_be("admin")
        await ask.fresh(trackings)
        await ask.fresh(parcel_histories)
        row = await tracking(ask.reads, shipment_id)
        if row is None:
            raise NotFound
        history = await parcel_history(ask.reads, shipment_id)
        return ask.answer(shipment_detail(row, history), row.version)

    @get(
        "/shipments/{shipment_id:uuid}/label",
        operation_id="ShipmentLabel",
        summary="The label of a parcel, as PDF",
        media_type="application/pdf",
    )
    async def label(self, ask: Ask, shipment_id: UUID) -> Response[bytes]:
        """For admins. It is made when it is asked for and kept nowhere. 404 if there is no such
        parcel, 409 while the carrier does not know it.
        """
        ask.must_be("admin")
        pdf = await ask.port(LabelDesk).label(ask.log, shipment_id, now=ask.now)
        return Response(
            pdf, media_type="application/pdf", headers={"Cache-Control": "private, no-store"}
        )

    @post(
        "/orders/{order_id:uuid}/parcels",
        operation_id="AddParcel",
        summary="Send a further parcel of an order",
        status_code=201,
    )
    async def add(self, ask: Ask, order_id: UUID, data: ParcelBody) -> Response[ParcelAdded]:
        """For admins. Needs an `Idempotency-Key`. 404 if there is no such order, or no such line
        that is sent, 409 when the order is not being made, shipped or delivered, or goes nowhere,
        422 for a carrier that is not set up.
        """
        ask.must_be("admin")
        command = AddParcel(
            order_id=order_id, by=ask.person, lines=tuple(data.lines), carrier=data.carrier
        )
        return await ask.run(command, status=201, required_key=True)

    @post(
        "/shipments/{shipment_id:uuid}/announce",
        operation_id="AnnounceAgain",
        summary="Announce a parcel that was held back",
        status_code=200,
    )
    async def announce(self, ask: Ask, shipment_id: UUID) -> Response[Done]:
        """For admins, when the reason is put right. Changes nothing for any other parcel. 412 when
        the parcel is not at the version of `If-Match` any more.
        """
        ask.must_be("admin")
        return await ask.run(AnnounceAgain(shipment_id=shipment_id, expected_version=ask.if_match))

    @post(
        "/shipments/{shipment_id:uuid}/cancel",
        operation_id="CancelParcel",
        summary="Stop a parcel before it leaves",
        status_code=200,
    )
    async def cancel(self, ask: Ask, shipment_id: UUID) -> Response[Done]:
        """For admins. Needs an `Idempotency-Key`. The carrier is asked afterwards, and may refuse:
        then the parcel is `cancelling` no more. 409 once it has left, 412 when the parcel is not at
        the version of `If-Match` any more.
        """
        ask.must_be("admin")
        command = CancelParcel(
            shipment_id=shipment_id, by=ask.person, expected_version=ask.if_match
        )
        return await ask.run(command, required_key=True)

    @post(
        "/shipments/{shipment_id:uuid}/lost",
        operation_id="DeclareParcelLost",
        summary="Take a parcel as lost",
        status_code=200,
    )
    async def lost(self, ask: Ask, shipment_id: UUID) -> Response[Done]:
        """For admins, when the carrier tells nothing any more. Changes nothing once its journey is
        over. 409 while the carrier does not know it, 412 when the parcel is not at the version of
        `If-Match` any more.
        """
        ask.must_be("admin")
        command = DeclareParcelLost(
            shipment_id=shipment_id, by=ask.person, expected_version=ask.if_match
        )
        return await ask.run(command)

    @post(
        "/shipments/{shipment_id:uuid}/decision",
        operation_id="DecideParcel",
        summary="Say what happens with a parcel that is lost or came back",
        status_code=200,
    )
    async def decide(
        self, ask: Ask, shipment_id: UUID, data: DecisionBody
    ) -> Response[DecisionMade]:
        """For admins. Needs an `Idempotency-Key`. `resend` sends the same again, `reprint` has a
        copy printed and sent, `refund` leaves the work item to finance. 409 when it is neither lost
        nor brought back, or somebody decided otherwise, 412 when the parcel is not at the version
        of `If-Match` any more.
        """
        ask.must_be("admin")
        command = DecideParcel(
            shipment_id=shipment_id,
            decision=data.decision,
            by=ask.person,
            carrier=data.carrier,
            expected_version=ask.if_match,
        )
        return await ask.run(command, required_key=True)
