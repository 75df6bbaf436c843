"""Labels: made when they are asked for, from what the order says now, and kept nowhere."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from application.anonymous import ERASED
from application.ports import Label, LabelPrinter
from application.shipments.rules import ShippingRules
from application.store import EventLog, look_up
from domain.orders import Order
from domain.shared.errors import NotFound
from domain.shipments import ParcelUnknown, Shipment


class LabelDesk:
    """Makes labels. They are full of personal data, so that none is stored: whoever is erased has
    no address in the order any more, and then there is no label.
    """

    def __init__(self, printer: LabelPrinter, rules: ShippingRules) -> None:
        self._printer = printer
        self._rules = rules

    async def label(self, log: EventLog, shipment_id: UUID, *, now: datetime) -> bytes:
        """The label of a parcel as PDF. Raises `NotFound`, `ParcelUnknown`."""
        shipment = await look_up(Shipment, shipment_id, log=log)
        if shipment.carrier_reference is None:
            raise ParcelUnknown(shipment_id=shipment.id)
        order = await look_up(Order, shipment.order_id, log=log)
        recipient = order.particulars.delivery
        if recipient is None or recipient.name == ERASED:
            raise NotFound(kind="address", id=order.id)
        parcels = list(order.parcels) or [shipment.id]
        return await self._printer.print_label(
            Label(
                shipment_id=shipment.id,
                order_number=shipment.order_number,
                recipient=recipient,
                carrier=shipment.carrier,
                carrier_reference=shipment.carrier_reference,
                number=parcels.index(shipment.id) + 1,
                count=len(parcels),
                size=self._rules.size,
                made_at=now,
            )
        )
