"""Every command about orders, each in a house where it does something."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from application.orders import (
    AttachFinalArtwork,
    CancelOrder,
    CommitDraft,
    ExpireOrder,
    GiveUpOrder,
    RecordDelivered,
    RecordShipped,
    StartDesign,
    StartProduction,
)
from application.store import Append
from domain.orders import Order, OrderMethod
from domain.shared.aggregate import Event, Metadata
from tests.asked import State
from tests.orders.examples import ARTWORK, CUSTOMER, DRAFT, ORDER, Shop, an_order, pay, start

SHIPMENT = UUID(int=41)


async def a_shop() -> Shop:
    """A draft that lacks nothing."""
    shop = Shop()
    await shop.draft()
    return shop


async def a_paid_order(method: OrderMethod = "upload") -> Shop:
    """An order whose money is there."""
    shop = Shop()
    order: Order = an_order(method)
    start(order)
    pay(order)
    metadata = Metadata(command_id=CUSTOMER, command="Test", correlation_id=CUSTOMER)
    events = [event for event in order.collect_events() if isinstance(event, Event)]
    await shop.log.append(Append(events=events, metadata=metadata))
    return shop


async def a_paid_order_for_an_artist() -> Shop:
    """An order that waits for the artist's work."""
    return await a_paid_order("artist")


async def an_order_nobody_paid() -> Shop:
    """The time to pay is over."""
    shop = await a_shop()
    await shop.do(COMMIT)
    shop.clock.pass_(hours=timedelta(days=1, hours=1) / timedelta(hours=1))
    return shop


COMMIT = CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER)
PRODUCE = StartProduction(order_id=ORDER, print_digest="ef" * 32)
SHIP = RecordShipped(order_id=ORDER, shipment_id=SHIPMENT)
READY, PAID = State(a_shop), State(a_paid_order)
FOR_ARTIST = State(a_paid_order_for_an_artist)
DESIGN = StartDesign(order_id=ORDER)

EXAMPLES = [
    *READY.asked(COMMIT),
    *READY.after(COMMIT).asked(CancelOrder(order_id=ORDER, customer_id=CUSTOMER)),
    *State(an_order_nobody_paid).asked(ExpireOrder(order_id=ORDER)),
    *PAID.asked(PRODUCE, GiveUpOrder(order_id=ORDER, reason="designer")),
    *PAID.after(PRODUCE).asked(SHIP),
    *PAID.after(PRODUCE, SHIP).asked(RecordDelivered(order_id=ORDER)),
    *FOR_ARTIST.asked(DESIGN),
    *FOR_ARTIST.after(DESIGN).asked(AttachFinalArtwork(order_id=ORDER, artwork=ARTWORK)),
]
