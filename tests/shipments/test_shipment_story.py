"""A printed cover gets its parcel, the carrier's word moves the order, and the reader hears."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from adapters.carriers.seals import WebhookSeals
from adapters.carriers.signatures import new_secret, sign_webhook
from adapters.mapper import personal_fields
from application.links import token_text
from application.notifications import MailedLink, SendMail
from application.ports import Unavailable
from application.shipments import (
    TRACKING,
    CreateParcel,
    RecordParcelStatus,
    RequestShipment,
    shipment_of,
)
from domain.orders import Order
from domain.shipments import Shipment
from tests.given import NOW
from tests.production.examples import (
    CUSTOMER,
    DRAFT,
    LINKS,
    ORDER,
    PICTURE,
    Workshop,
    a_paid_order,
    a_workshop,
    artwork,
    keep,
)
from tests.shipments.test_shipment_rules import JOURNEY

SHIPMENT = Shipment.id_of(ORDER)


@pytest.fixture
def workshop(monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return a_workshop(monkeypatch)


async def a_printed_order(workshop: Workshop) -> None:
    digest = await workshop.files.put(artwork(b"red"))
    await keep(workshop.log, a_paid_order(picture=replace(PICTURE, digest=digest)))
    await workshop.settle()


async def tell(workshop: Workshop, *places: int) -> list[SendMail]:
    for place in places:
        await workshop.do(RecordParcelStatus(shipment_id=SHIPMENT, report=JOURNEY[place]))
    jobs = [wish.intent for wish in await workshop.react()]
    return [job for job in jobs if isinstance(job, SendMail)]


async def test_a_printed_cover_is_announced_to_the_carrier(workshop: Workshop) -> None:
    await a_printed_order(workshop)
    shipment = await workshop.now_is(Shipment, SHIPMENT)
    assert shipment.carrier_reference == "SIM0000000001"
    assert shipment.webhook_secret == workshop.carrier.parcels[SHIPMENT].webhook_secret


async def test_the_parcels_secret_is_stored_encrypted() -> None:
    assert "webhook_secret" in personal_fields(Shipment.ParcelCreated)
    assert Shipment.ParcelCreated.SUBJECT == "customer_id"


async def test_a_parcel_is_announced_once(workshop: Workshop) -> None:
    await a_printed_order(workshop)
    await workshop.do(RequestShipment(order_id=ORDER))
    assert await workshop.work(CreateParcel(shipment_id=SHIPMENT)) is None
    assert workshop.happened().count(Shipment.Requested) == 1


async def test_a_carrier_that_is_away_is_asked_again(workshop: Workshop) -> None:
    await keep(workshop.log, a_paid_order())
    await workshop.do(RequestShipment(order_id=ORDER))
    workshop.carrier.down = True
    with pytest.raises(Unavailable):
        await workshop.work(CreateParcel(shipment_id=SHIPMENT))
    workshop.carrier.down = False
    assert await workshop.work(CreateParcel(shipment_id=SHIPMENT))


async def test_the_carriers_word_moves_the_order_and_the_customer_hears(
    workshop: Workshop,
) -> None:
    await a_printed_order(workshop)
    assert await tell(workshop, 0, 1) == []
    (shipped,) = await tell(workshop, 2)
    assert (shipped.person_id, shipped.template) == (CUSTOMER, "shipped")
    assert shipped.facts["carrier_reference"] == "SIM0000000001"
    assert shipped.link == MailedLink(path="/tracking", purpose=TRACKING, subject_id=SHIPMENT)
    order = await workshop.now_is(Order, ORDER)
    assert (order.state, order.shipment_id) == ("shipped", SHIPMENT)
    (delivered,) = await tell(workshop, 3, 4)
    assert delivered.template == "delivered"
    assert (await workshop.now_is(Order, ORDER)).state == "delivered"


async def test_news_of_delivery_alone_ships_and_delivers_the_order(workshop: Workshop) -> None:
    await a_printed_order(workshop)
    mails = await tell(workshop, 4)
    assert [mail.template for mail in mails] == ["shipped", "delivered"]
    assert (await workshop.now_is(Order, ORDER)).state == "delivered"
    assert await tell(workshop, 0, 1, 2, 3) == []


def test_a_tracking_token_opens_its_own_shipment() -> None:
    token = token_text(LINKS, TRACKING, subject_id=SHIPMENT)
    assert shipment_of(token, LINKS) == SHIPMENT
    other = token_text(LINKS, TRACKING, subject_id=DRAFT).partition(".")[2]
    assert shipment_of(f"{SHIPMENT.hex}.{other}", LINKS) is None
    assert shipment_of(token_text(LINKS, "reset_password", subject_id=SHIPMENT), LINKS) is None
    assert shipment_of("\ud800", LINKS) is None


def test_only_the_parcels_own_secret_seals_its_messages() -> None:
    seals, secret = WebhookSeals(), new_secret(bytes(32))
    headers = sign_webhook(secret, message_id="m", body=b"{}", now=NOW)
    assert seals.genuine(secret, headers, body=b"{}", now=NOW)
    assert not seals.genuine(new_secret(bytes(range(32))), headers, body=b"{}", now=NOW)
    assert not seals.genuine("", headers, body=b"{}", now=NOW)
    assert not seals.genuine("[erased]", headers, body=b"{}", now=NOW)
