"""What was put off while an order was held is asked for again when the hold is over."""

from __future__ import annotations

from collections.abc import Iterator

from application.orders import GrantCredits
from application.production import RequestPrint, ResumeProduction
from application.shipments import ResumeShipment
from application.work import Intent, when
from domain.orders import Order


@when(Order.HoldReleased)
def go_on(event: Order.HoldReleased) -> Iterator[Intent]:
    """Each of these looks how the order stands, and whether another hold is left."""
    order_id = event.originator_id
    yield RequestPrint(order_id=order_id)
    yield ResumeProduction(order_id=order_id)
    yield ResumeShipment(order_id=order_id)
    yield GrantCredits(order_id=order_id)
