"""Every command about orders, each in a house where it does something."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from msgspec.structs import replace

from application.orders import (
    AttachFinalArtwork,
    CancelOrder,
    ChangeBilling,
    ChangeDelivery,
    CommitDraft,
    ExpireOrder,
    GiveCreditsBack,
    GiveUpOrder,
    GrantCredits,
    HoldOrder,
    NoteOrder,
    RecordDelivered,
    RecordShipped,
    RefuseOrder,
    ReleaseOrder,
    StartDesign,
    StartProduction,
)
from application.store import Append
from domain.orders import Order, OrderMethod
from domain.shared.aggregate import Event, Metadata
from tests.asked import State
from tests.orders.credits import BUY, REFUND, REFUND_ID, CreditShop
from tests.orders.credits import ORDER as ORDER_OF_CREDITS
from tests.orders.examples import (
    ADDRESS,
    ARTWORK,
    CUSTOMER,
    DRAFT,
    FINANCE,
    ORDER,
    Shop,
    an_order,
    pay,
    start,
)

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


async def a_till() -> CreditShop:
    """The customer has an account and a wallet."""
    shop = CreditShop()
    await shop.opened()
    return shop


async def credits_just_paid() -> CreditShop:
    """Credits are ordered and paid, and not in the wallet yet."""
    shop = await a_till()
    await shop.do(BUY)
    await shop.pays()
    return shop


async def credits_bought() -> CreditShop:
    """Bought credits are in the wallet."""
    shop = CreditShop()
    await shop.bought()
    return shop


COMMIT = CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER)
PRODUCE = StartProduction(order_id=ORDER, print_digest="ef" * 32)
SHIP = RecordShipped(order_id=ORDER, shipment_id=SHIPMENT)
READY, PAID = State(a_shop), State(a_paid_order)
FOR_ARTIST = State(a_paid_order_for_an_artist)
DESIGN = StartDesign(order_id=ORDER)

ELSEWHERE = replace(ADDRESS, line="Atatürk Bulvarı 7", district="Çankaya", province="Ankara")
HOLD = HoldOrder(order_id=ORDER, hold_id=SHIPMENT, kind="fraud", reason="Kart?", by=FINANCE)
NOTE = NoteOrder(order_id=ORDER, note_id=SHIPMENT, by=FINANCE, text="Aradık", shown_to="staff")
MOVE = ChangeDelivery(order_id=ORDER, by=CUSTOMER, address=ELSEWHERE, customer_id=CUSTOMER)
BILL = ChangeBilling(order_id=ORDER, by=CUSTOMER, address=ELSEWHERE, customer_id=CUSTOMER)

GRANT = GrantCredits(order_id=ORDER_OF_CREDITS)
GIVE_BACK = GiveCreditsBack(order_id=ORDER_OF_CREDITS, refund_id=REFUND_ID)

EXAMPLES = [
    *READY.asked(COMMIT),
    *READY.after(COMMIT).asked(CancelOrder(order_id=ORDER, customer_id=CUSTOMER)),
    *READY.after(COMMIT).asked(BILL),
    *PAID.asked(HOLD, NOTE, MOVE, RefuseOrder(order_id=ORDER)),
    *PAID.after(HOLD).asked(ReleaseOrder(order_id=ORDER, hold_id=SHIPMENT, by=FINANCE)),
    *State(an_order_nobody_paid).asked(ExpireOrder(order_id=ORDER)),
    *PAID.asked(PRODUCE, GiveUpOrder(order_id=ORDER, reason="designer")),
    *PAID.after(PRODUCE).asked(SHIP),
    *PAID.after(PRODUCE, SHIP).asked(RecordDelivered(order_id=ORDER)),
    *FOR_ARTIST.asked(DESIGN),
    *State(a_till).asked(BUY),
    *State(credits_just_paid).asked(GRANT),
    *State(credits_bought).asked(REFUND),
    *State(credits_bought).after(REFUND).asked(GIVE_BACK),
    *FOR_ARTIST.after(DESIGN).asked(AttachFinalArtwork(order_id=ORDER, artwork=ARTWORK)),
]
