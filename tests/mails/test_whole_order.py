"""An order from its commit to a return: each mail once, with what belongs to it."""

from __future__ import annotations

from uuid import UUID

from application.four_eyes import Hand
from application.ports import Mail, Mailer
from application.returns import (
    AddReturnPicture,
    ApproveReturn,
    ReceiveReturn,
    RefundReturn,
    RequestReturn,
)
from application.shipments import RecordParcelStatus
from application.store import Store
from deploy.seed import ACCOUNTS
from domain.notifications import SentMail
from domain.orders import Order
from domain.shared.artwork import Artwork
from domain.shipments import ParcelStatus, Shipment, StatusReport
from tests.security.town import Town, order, pay, uploaded

PICTURE = Artwork(
    digest="ab" * 32,
    media_type="image/png",
    width=100,
    height=100,
    preview_digest="cd" * 32,
)
WAY: tuple[ParcelStatus, ...] = (
    "in_transit",
    "exception",
    "exception",
    "out_for_delivery",
    "out_for_delivery",
    "delivered",
)


def box(town: Town) -> list[Mail]:
    """All mails to the customer, oldest first."""
    return list(town.system.ports[Mailer].to(ACCOUNTS[0].email))  # type: ignore[attr-defined]  # it is the one in memory


async def templates(town: Town, number: str) -> dict[str, list[Mail]]:
    """The mails about an order by their templates."""
    names: dict[UUID, str] = {}
    async for page in town.system.event_log.pages(0, await town.system.event_log.head()):
        for recorded in page.events:
            if isinstance(recorded.event, SentMail.Sent):
                names[recorded.event.originator_id] = recorded.event.template
    found: dict[str, list[Mail]] = {}
    for mail in box(town):
        if number in mail.subject + mail.text:
            found.setdefault(names[mail.message_id], []).append(mail)
    return found


async def an_order(town: Town) -> Order:
    """An order that was just paid, and all that followed."""
    order_id = await order(town, await uploaded(town))
    await pay(town, order_id)
    store = Store(town.system.event_log, town.system.clock.now())
    return await store.get(Order, UUID(order_id))


async def travels(town: Town, bought: Order) -> None:
    """The parcel's way, on which the carrier tells some things twice."""
    for sequence, status in enumerate(WAY, start=1):
        report = StatusReport(sequence=sequence, status=status, occurred_at=town.system.clock.now())
        shipment_id = Shipment.id_of(bought.id)
        await town.system.bus.execute(RecordParcelStatus(shipment_id=shipment_id, report=report))
        await town.settle()


async def comes_back(town: Town, bought: Order) -> None:
    """The cover is damaged: it is asked back, sent, received and refunded."""
    run, admin = town.system.bus.execute, Hand(person_id=await admin_of(town), session_id=None)
    [cover] = [line for line in bought.lines if line.kind == "cover"]
    asked = await run(
        RequestReturn(
            order_id=bought.id,
            customer_id=bought.customer_id,
            line_id=cover.line_id,
            reason="damaged",
        )
    )
    return_id = asked.id
    assert return_id
    await run(
        AddReturnPicture(
            return_id=return_id, customer_id=bought.customer_id, picture=PICTURE, size_bytes=9
        )
    )
    await town.settle()
    for command in (
        ApproveReturn(return_id=return_id, by=admin, remedy="refund", instructions="Kod 8123"),
        ReceiveReturn(return_id=return_id, by=admin, condition="as_told"),
        RefundReturn(return_id=return_id, by=admin),
    ):
        await run(command)
        await town.settle()


async def admin_of(town: Town) -> UUID:
    profile = await town.client.get("/profile", headers=town.headers("admin"))
    return UUID(profile.json()["person_id"])


async def read_again(town: Town) -> None:
    """All events are read by the reactor once more, as after a crash that lost its place."""
    async with town.system.pool.connection() as connection:
        await connection.execute("UPDATE reactors SET position = 0")
    await town.settle()


async def test_an_order_with_a_return_writes_each_mail_once(post_town: Town) -> None:
    bought = await an_order(post_town)
    await travels(post_town, bought)
    await comes_back(post_town, bought)
    found = await templates(post_town, bought.number)
    assert {name: len(mails) for name, mails in found.items()} == {
        "order_placed": 1,
        "order_paid": 1,
        "invoice": 1,
        "production_started": 1,
        "shipped": 1,
        "parcel_delayed": 1,
        "parcel_near": 1,
        "delivered": 1,
        "return_requested": 1,
        "return_approved_send": 1,
        "return_received": 1,
        "money_returned": 1,
    }
    assert "Kod 8123" not in found["return_approved_send"][0].text
    [document] = found["money_returned"][0].attachments
    [invoice] = found["invoice"][0].attachments
    assert document.media_type == invoice.media_type == "application/pdf"
    assert document.name != invoice.name
    ids = [mail.message_id for mail in box(post_town)]
    assert len(ids) == len(set(ids))
    await read_again(post_town)
    assert [mail.message_id for mail in box(post_town)] == ids
