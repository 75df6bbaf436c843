"""Every command about parcels, each in a house where it does something."""

from __future__ import annotations

from application.production import RecordHandedOver, ResumeProduction
from application.shipments import (
    RecordParcelCreated,
    RecordParcelStatus,
    RequestShipment,
    ResumeShipment,
)
from domain.shipments import ParcelStatus, Shipment, StatusReport
from tests.given import NOW
from tests.production.commands import MADE, PAID
from tests.production.commands import REQUEST as PRINT
from tests.production.examples import ORDER

SHIPMENT = Shipment.id_of(ORDER)
REQUEST = RequestShipment(order_id=ORDER)
CREATED = RecordParcelCreated(
    shipment_id=SHIPMENT, carrier_reference="SIM-1", webhook_secret="whsec-examples"
)


def told(sequence: int, status: ParcelStatus) -> RecordParcelStatus:
    """The carrier reports a status."""
    return RecordParcelStatus(shipment_id=SHIPMENT, report=StatusReport(sequence, status, NOW))


PRINTED = PAID.after(
    PRINT, MADE, ResumeProduction(order_id=ORDER), RecordHandedOver(order_id=ORDER)
)

EXAMPLES = [
    *PRINTED.asked(ResumeShipment(order_id=ORDER)),
    *PAID.asked(REQUEST),
    *PAID.after(REQUEST).asked(CREATED),
    *PAID.after(REQUEST, CREATED).asked(
        told(1, "in_transit"), told(2, "delivered"), told(3, "exception")
    ),
]
