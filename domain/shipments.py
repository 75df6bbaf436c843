"""A parcel on its way: what the carrier tells, in whatever order, adds up to one truth."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.errors import Conflict

SHIPMENTS = UUID("6a1e2b34-0c55-4a67-9d0c-51b5d7a90c03")

ParcelStatus = Literal[
    "created",
    "label_created",
    "in_transit",
    "out_for_delivery",
    "delivered",
    "exception",
    "returned",
    "cancelled",
]
ShipmentStatus = Literal["requested", ParcelStatus]

RANKS: dict[ShipmentStatus, int] = {
    "requested": 0,
    "created": 1,
    "label_created": 2,
    "in_transit": 3,
    "out_for_delivery": 4,
    "cancelled": 5,
    "delivered": 6,
    "returned": 7,
}
"""How far each status is; an exception has no place of its own, it stands where it happened."""

MOVING = frozenset({"in_transit", "out_for_delivery", "delivered"})
ENDED = RANKS["cancelled"]


class ParcelUnknown(Conflict):
    """The carrier has not given the parcel a reference yet."""


class StatusReport(Struct, frozen=True):
    """What a carrier says happened; `sequence` counts a parcel's reports as they were made."""

    sequence: int
    status: ParcelStatus
    occurred_at: datetime


def standing(reports: frozenset[StatusReport]) -> ShipmentStatus:
    """Where a parcel stands after these reports, in whatever order they came.

    It is as far as the furthest of them. An exception shows until a later report of anything else,
    or the end of the journey.
    """
    steps = [each for each in reports if each.status != "exception"]
    furthest = max((each.status for each in steps), key=RANKS.__getitem__, default=None)
    reached: ShipmentStatus = furthest or "requested"
    last_step = max((each.sequence for each in steps), default=0)
    last_exception = max((r.sequence for r in reports if r.status == "exception"), default=0)
    if last_exception > last_step and RANKS[reached] < ENDED:
        return "exception"
    return reached


class Shipment(Aggregate):
    """One parcel per order. `status` depends on what was reported and never on the order of it.

    The carrier's secret for the parcel is encrypted like personal data, with the customer's key.
    """

    TOPIC = "shipment"

    class Requested(Created, frozen=True, kw_only=True):
        TOPIC = "shipment.requested"
        order_id: UUID
        customer_id: UUID
        order_number: str
        carrier: str

    class ParcelCreated(Event, frozen=True, kw_only=True):
        TOPIC = "shipment.parcel_created"
        SUBJECT = "customer_id"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "carrier", "carrier_reference")
        order_id: UUID
        customer_id: UUID
        carrier: str
        carrier_reference: str
        webhook_secret: Personal

    class StatusReported(Event, frozen=True, kw_only=True):
        TOPIC = "shipment.status_reported"
        CONCERNS = ("customer_id",)
        SHOWS = ("order_id", "stands_at")
        order_id: UUID
        customer_id: UUID
        report: StatusReport
        stands_at: ShipmentStatus

    class Dispatched(Event, frozen=True, kw_only=True):
        TOPIC = "shipment.dispatched"
        order_id: UUID
        customer_id: UUID
        order_number: str
        carrier: str
        carrier_reference: str

    class Arrived(Event, frozen=True, kw_only=True):
        TOPIC = "shipment.arrived"
        order_id: UUID
        customer_id: UUID
        order_number: str

    @staticmethod
    def id_of(order_id: UUID) -> UUID:
        """The one shipment of an order."""
        return uuid5(SHIPMENTS, str(order_id))

    @classmethod
    def request(
        cls, order_id: UUID, *, customer_id: UUID, order_number: str, carrier: str, now: datetime
    ) -> Shipment:
        """A new shipment, for which the carrier is still to be asked."""
        return cls.begin(
            cls.Requested,
            id=cls.id_of(order_id),
            now=now,
            order_id=order_id,
            customer_id=customer_id,
            order_number=order_number,
            carrier=carrier,
        )

    @property
    def status(self) -> ShipmentStatus:
        """Where the parcel stands."""
        return standing(frozenset(self.reports))

    def record_parcel(self, carrier_reference: str, webhook_secret: str) -> None:
        """The carrier knows the parcel now; its first answer stays."""
        if self.carrier_reference is not None:
            return
        self.emit(
            Shipment.ParcelCreated,
            order_id=self.order_id,
            customer_id=self.customer_id,
            carrier=self.carrier,
            carrier_reference=carrier_reference,
            webhook_secret=webhook_secret,
        )

    def record_status(self, report: StatusReport) -> None:
        """The carrier tells something; the same again changes nothing. Raises `ParcelUnknown`."""
        if self.carrier_reference is None:
            raise ParcelUnknown(shipment_id=self.id)
        if report in self.reports:
            return
        self.emit(
            Shipment.StatusReported,
            order_id=self.order_id,
            customer_id=self.customer_id,
            report=report,
            stands_at=standing(frozenset({*self.reports, report})),
        )
        if report.status in MOVING and not self.dispatched:
            self.emit(
                Shipment.Dispatched,
                order_id=self.order_id,
                customer_id=self.customer_id,
                order_number=self.order_number,
                carrier=self.carrier,
                carrier_reference=self.carrier_reference,
            )
        if report.status == "delivered" and not self.arrived:
            self.emit(
                Shipment.Arrived,
                order_id=self.order_id,
                customer_id=self.customer_id,
                order_number=self.order_number,
            )

    @event(Requested)
    def __init__(self, order_id: UUID, customer_id: UUID, order_number: str, carrier: str) -> None:
        self.order_id = order_id
        self.customer_id = customer_id
        self.order_number = order_number
        self.carrier = carrier
        self.carrier_reference: str | None = None
        self.webhook_secret = ""
        self.reports: set[StatusReport] = set()
        self.dispatched = False
        self.arrived = False

    @event(ParcelCreated)
    def _parcel_created(self, carrier_reference: str, webhook_secret: str) -> None:
        self.carrier_reference = carrier_reference
        self.webhook_secret = webhook_secret

    @event(StatusReported)
    def _status_reported(self, report: StatusReport) -> None:
        self.reports.add(report)

    @event(Dispatched)
    def _dispatched(self) -> None:
        self.dispatched = True

    @event(Arrived)
    def _arrived(self) -> None:
        self.arrived = True
