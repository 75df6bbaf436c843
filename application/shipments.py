"""What can be asked of shipments: a parcel for an order, and what the carrier tells of it."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, Protocol
from uuid import UUID

from msgspec import Struct

from application.bus import Command, handles
from application.links import Links, read_token, secret_hash
from application.store import Store
from application.work import Job
from domain.orders import Order
from domain.production import PrintJob
from domain.shipments import Shipment, StatusReport

TRACKING = "tracking"
"""The purpose of the secrets in tracking links."""

TRACKING_PAGE = "/tracking"
"""The page of our public address that tracking links lead to."""

WEBHOOK_PATH = "/api/v1/webhooks/carrier/{shipment_id}"


class ShippingRules(Struct, frozen=True, kw_only=True):
    """Who takes the parcels; the name is shown to customers."""

    carrier: str = "simulated"


class ParcelSeals(Protocol):
    """Tells whether a carrier's message is what it says it is."""

    def genuine(
        self, secret: str, headers: Mapping[str, str], *, body: bytes, now: datetime
    ) -> bool:
        """Whether `body` was signed, within minutes of `now`, with the parcel's own secret."""
        ...


class RequestShipment(Command, frozen=True, kw_only=True):
    """Have an order taken to its reader; once per order, and not while it is held."""

    order_id: UUID


class ResumeShipment(Command, frozen=True, kw_only=True):
    """A hold is over: send what it kept back; ignored where nothing is printed yet."""

    order_id: UUID


class RecordParcelCreated(Command, frozen=True, kw_only=True):
    """The carrier knows the parcel; `webhook_secret` signs what it will tell."""

    shipment_id: UUID
    carrier_reference: str
    webhook_secret: str


class RecordParcelStatus(Command, frozen=True, kw_only=True):
    """The carrier told where a parcel is; the signature has been verified."""

    shipment_id: UUID
    report: StatusReport


class CreateParcel(Job, frozen=True, kw_only=True):
    """Announce a parcel to the carrier, which knows it by our id."""

    ATTEMPTS: ClassVar[int] = 12
    shipment_id: UUID


def shipment_of(token: str, links: Links) -> UUID | None:
    """The shipment that a tracking token opens; None when the token is anything else."""
    shown = read_token(token)
    if shown is None:
        return None
    expected = secret_hash(links.secret(TRACKING, shown.subject_id))
    return shown.subject_id if hmac.compare_digest(shown.secret_hash, expected) else None


@handles
async def request_shipment(command: RequestShipment, store: Store, rules: ShippingRules) -> None:
    order = await store.get(Order, command.order_id)
    shipment = await store.find(Shipment, Shipment.id_of(order.id))
    if shipment is None and not order.is_held:
        shipment = Shipment.request(
            order.id,
            customer_id=order.customer_id,
            order_number=order.number,
            carrier=rules.carrier,
            now=store.now,
        )
    store.save(shipment or order)


@handles
async def resume_shipment(command: ResumeShipment, store: Store, rules: ShippingRules) -> None:
    order = await store.get(Order, command.order_id)
    job = await store.find(PrintJob, PrintJob.id_of(order.id))
    if job is not None and job.state == "handed_over" and order.may_move_to("shipped"):
        await request_shipment(RequestShipment(order_id=order.id), store, rules)
    else:
        store.save(order)


@handles
async def record_parcel_created(command: RecordParcelCreated, store: Store) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.record_parcel(command.carrier_reference, command.webhook_secret)
    store.save(shipment)


@handles
async def record_parcel_status(command: RecordParcelStatus, store: Store) -> None:
    shipment = await store.get(Shipment, command.shipment_id)
    shipment.record_status(command.report)
    store.save(shipment)
