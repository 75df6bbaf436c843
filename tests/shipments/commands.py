"""Every command about parcels, each in a house where it does something."""

from __future__ import annotations

from datetime import date

from application.orders import RecordParcelGone, RecordShipped, StartProduction
from application.shipments import (
    AddParcel,
    AnnounceAgain,
    CancelParcel,
    DecideParcel,
    DeclareParcelLost,
    HoldParcelBack,
    RecordCancelRefused,
    RecordParcelCancelled,
    RecordParcelCreated,
    RecordParcelNews,
    RecordParcelRefused,
    RecordParcelStatus,
    RequestShipment,
    ResumeShipment,
    ShippingRules,
)
from domain.shipments import DeliveryTimes, ParcelStatus, Shipment, Span, StatusReport
from tests.asked import State
from tests.given import NOW
from tests.production.commands import PAID
from tests.production.examples import ORDER, STRANGER, Workshop, a_customer, a_paid_order, keep

SHIPMENT = Shipment.id_of(ORDER)
REQUEST = RequestShipment(order_id=ORDER)
CREATED = RecordParcelCreated(
    shipment_id=SHIPMENT, carrier_reference="SIM-1", webhook_secret="whsec-examples"
)
PRODUCED = StartProduction(order_id=ORDER, print_digest="00")
SHIPPED = RecordShipped(order_id=ORDER, shipment_id=SHIPMENT)
CANCEL = CancelParcel(shipment_id=SHIPMENT, by=STRANGER)
LOST = DeclareParcelLost(shipment_id=SHIPMENT, by=STRANGER)
REFUSED = RecordParcelRefused(shipment_id=SHIPMENT, code="82516")


def told(sequence: int, status: ParcelStatus) -> RecordParcelStatus:
    """The carrier reports a status."""
    return RecordParcelStatus(shipment_id=SHIPMENT, report=StatusReport(sequence, status, NOW))


def found(status: ParcelStatus, *codes: str) -> RecordParcelNews:
    """The carrier answers a question."""
    return RecordParcelNews(
        shipment_id=SHIPMENT,
        status=status,
        occurred_at=NOW,
        tracking_number="100300000001",
        codes=codes,
    )


async def with_tables() -> Workshop:
    """It is known how long the carrier takes."""
    span = Span(valid_from=date(2026, 1, 1), zone="far", fewest=2, most=4)
    workshop = Workshop(ShippingRules(times=DeliveryTimes(spans=(span,))))
    await keep(workshop.log, a_customer(), a_paid_order())
    return workshop


ANNOUNCED = PAID.after(PRODUCED, REQUEST, CREATED)
EXAMPLES = [
    *PAID.asked(REQUEST, RequestShipment(order_id=ORDER, parcel=1)),
    *PAID.after(REQUEST).asked(CREATED),
    *State(with_tables).after(REQUEST).asked(CREATED),
    *PAID.after(REQUEST).asked(REFUSED),
    *PAID.after(REQUEST).asked(HoldParcelBack(shipment_id=SHIPMENT)),
    *PAID.after(REQUEST, HoldParcelBack(shipment_id=SHIPMENT)).asked(
        ResumeShipment(order_id=ORDER)
    ),
    *PAID.after(REQUEST, REFUSED).asked(AnnounceAgain(shipment_id=SHIPMENT)),
    *ANNOUNCED.asked(told(1, "in_transit"), told(2, "delivered"), told(3, "exception")),
    *ANNOUNCED.asked(found("in_transit", "operationStatus XYZ"), told(9, "returned")),
    *ANNOUNCED.asked(CANCEL, RecordParcelCancelled(shipment_id=SHIPMENT)),
    *ANNOUNCED.after(CANCEL).asked(RecordCancelRefused(shipment_id=SHIPMENT, code="too_late")),
    *ANNOUNCED.asked(LOST),
    *ANNOUNCED.after(LOST).asked(
        DecideParcel(shipment_id=SHIPMENT, decision="resend", by=STRANGER)
    ),
    *ANNOUNCED.after(SHIPPED).asked(
        AddParcel(order_id=ORDER, by=STRANGER),
        RecordParcelGone(order_id=ORDER, shipment_id=SHIPMENT, end="lost"),
    ),
]
