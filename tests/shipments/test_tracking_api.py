"""Parcels over HTTP: carriers tell, customers and holders of the link look, nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest

from adapters.carriers.signatures import new_secret, sign_webhook
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.bus import Call
from application.links import token_text
from application.shipments import TRACKING, RecordParcelCreated, RequestShipment
from domain.shipments import Shipment
from tests.given import NOW
from tests.production.examples import CUSTOMER, HOME, LINKS, ORDER, a_paid_order, keep
from tests.production.front import Front, open_front

SHIPMENT = Shipment.id_of(ORDER)
OTHER_ORDER = a_paid_order(CUSTOMER)
OTHER = Shipment.id_of(OTHER_ORDER.id)
SECRETS = {SHIPMENT: new_secret(b"a" * 32), OTHER: new_secret(b"b" * 32)}
REFERENCES = {SHIPMENT: "SIM0000000001", OTHER: "SIM0000000002"}
TOKEN = token_text(LINKS, TRACKING, subject_id=SHIPMENT)


@pytest.fixture
async def front(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, event_log, database_url=database_url) as front:
        await keep(event_log, a_paid_order(), a_paid_order(CUSTOMER))
        for shipment_id, order_id in ((SHIPMENT, ORDER), (OTHER, OTHER_ORDER.id)):
            await front.bus.execute(RequestShipment(order_id=order_id))
            await front.bus.execute(
                RecordParcelCreated(
                    shipment_id=shipment_id,
                    carrier_reference=REFERENCES[shipment_id],
                    webhook_secret=SECRETS[shipment_id],
                ),
                Call(key=str(shipment_id)),
            )
        await front.catch_up()
        yield front


def body(sequence: int, status: str, shipment_id: UUID = SHIPMENT) -> dict[str, Any]:
    return {
        "carrier_reference": REFERENCES[shipment_id],
        "status": status,
        "occurred_at": NOW + timedelta(minutes=sequence),
        "sequence": sequence,
    }


async def tell(
    front: Front, said: object, *, secret: str = SECRETS[SHIPMENT], about: UUID = SHIPMENT
) -> httpx.Response:
    """A carrier's call, signed with a parcel's secret."""
    content = said if isinstance(said, bytes) else msgspec.json.encode(said)
    message_id = f"msg_{hash(content)}"
    signed = sign_webhook(secret, message_id=message_id, body=content, now=NOW)
    headers = {"content-type": "application/json", **signed}
    return await front.client.post(f"/webhooks/carrier/{about}", content=content, headers=headers)


async def reports(front: Front) -> list[type]:
    history = await front.log.load(SHIPMENT)
    return [type(each.event) for each in history if isinstance(each.event, Shipment.StatusReported)]


async def test_a_signed_report_is_taken_and_seen(front: Front) -> None:
    assert (await tell(front, body(3, "in_transit"))).status_code == 204
    await front.catch_up()
    answer = await front.client.get(f"/tracking/{TOKEN}")
    assert answer.status_code == 200
    assert answer.json() == {
        "number": 1,
        "count": 1,
        "carrier": "simulated",
        "status": "in_transit",
        "estimate": None,
        "others": [],
        "steps": [{"status": "in_transit", "occurred_at": "2026-03-01T09:03:00Z"}],
    }


async def test_fifty_deliveries_of_one_message_are_one_report(front: Front) -> None:
    answers = await asyncio.gather(*(tell(front, body(1, "created")) for _ in range(50)))
    assert {answer.status_code for answer in answers} <= {204, 503}
    assert 204 in {answer.status_code for answer in answers}
    assert len(await reports(front)) == 1


async def test_messages_of_another_parcel_are_not_found(front: Front) -> None:
    foreign = body(5, "delivered", OTHER)
    for secret in SECRETS.values():
        assert (await tell(front, foreign, secret=secret)).status_code == 404
    stolen = await tell(front, body(5, "delivered"), secret=SECRETS[OTHER])
    assert stolen.status_code == 404
    assert await reports(front) == []


async def test_parcels_that_do_not_exist_look_the_same_as_wrong_signatures(front: Front) -> None:
    nowhere = await tell(front, body(1, "created"), about=ORDER)
    unsigned = await front.client.post(f"/webhooks/carrier/{SHIPMENT}", json={})
    assert nowhere.status_code == unsigned.status_code == 404
    assert nowhere.json()["code"] == unsigned.json()["code"] == "not_found"


async def test_old_messages_are_not_taken(front: Front) -> None:
    front.clock.pass_(minutes=6)  # type: ignore[attr-defined]  # a test's clock
    assert (await tell(front, body(1, "created"))).status_code == 404


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"not json", 400),
        (b"[]", 422),
        (body(0, "created"), 422),
        (body(1, "teleported"), 422),
        (body(1, "created") | {"occurred_at": "2026-03-01T09:00:00"}, 422),
        (body(1, "in_transit") | {"occurred_at": "9999-12-31T23:59:59Z"}, 422),
        (body(1, "in_transit") | {"occurred_at": "9999-12-31T23:59:59-14:00"}, 422),
        (body(1, "exception") | {"occurred_at": "0001-01-01T00:00:00+14:00"}, 422),
        (body(1, "in_transit") | {"occurred_at": NOW + timedelta(days=2)}, 422),
    ],
)
async def test_signed_nonsense_is_refused(front: Front, said: object, status: int) -> None:
    assert (await tell(front, said)).status_code == status
    assert await reports(front) == []


async def test_carriers_may_say_more_than_we_read(front: Front) -> None:
    assert (await tell(front, body(1, "created") | {"depot": "İzmir"})).status_code == 204


async def test_the_customer_sees_the_shipment_with_its_link(front: Front) -> None:
    answer = await front.client.get(f"/orders/{ORDER}/shipment", headers=front.customer)
    seen = answer.json()
    assert (seen["status"], seen["carrier_reference"]) == ("requested", "SIM0000000001")
    assert seen["tracking_url"] == f"https://shop.test/tracking#token={TOKEN}"
    assert (await front.client.get(f"/tracking/{seen['tracking_token']}")).status_code == 200


async def test_a_shipment_is_its_customers_own(front: Front) -> None:
    path = f"/orders/{ORDER}/shipment"
    assert (await front.client.get(path)).status_code == 401
    assert (await front.client.get(path, headers=front.person("admin"))).status_code == 404
    nowhere = f"/orders/{SHIPMENT}/shipment"
    assert (await front.client.get(nowhere, headers=front.customer)).status_code == 404


@pytest.mark.parametrize(
    "token",
    [
        "x",
        f"{SHIPMENT.hex}.",
        f"{SHIPMENT.hex}.{token_text(LINKS, TRACKING, subject_id=OTHER).partition('.')[2]}",
        token_text(LINKS, TRACKING, subject_id=ORDER),
    ],
)
async def test_no_other_token_opens_anything(front: Front, token: str) -> None:
    assert (await front.client.get(f"/tracking/{token}")).status_code == 404


async def test_tracking_tells_nothing_about_the_person(front: Front) -> None:
    await tell(front, body(5, "delivered"))
    await front.catch_up()
    text = (await front.client.get(f"/tracking/{TOKEN}")).text
    for private in (HOME.name, HOME.line, HOME.district, str(CUSTOMER), str(ORDER)):
        assert private not in text


async def test_admins_see_all_shipments_and_those_with_a_problem(front: Front) -> None:
    admin = front.person("admin")
    await tell(front, body(4, "exception"))
    await front.catch_up()
    first = (await front.client.get("/shipments?limit=1", headers=admin)).json()
    rest = await front.client.get(
        "/shipments", params={"limit": 1, "cursor": first["next"]}, headers=admin
    )
    seen = {item["shipment_id"] for item in first["items"] + rest.json()["items"]}
    assert seen == {str(SHIPMENT), str(OTHER)}
    held_up = await front.client.get("/shipments?status=exception", headers=admin)
    assert [item["carrier_reference"] for item in held_up.json()["items"]] == ["SIM0000000001"]
    lost = await front.client.get("/shipments?status=mislaid", headers=admin)
    assert lost.status_code == 422


async def test_only_admins_see_all_shipments(front: Front) -> None:
    assert (await front.client.get("/shipments", headers=front.customer)).status_code == 403


async def test_the_document_tells_carriers_what_to_send(front: Front) -> None:
    document = (await front.client.get("https://cover.test/schema/openapi.json")).json()
    operation = document["paths"]["/api/v1/webhooks/carrier/{shipment_id}"]["post"]
    assert operation["operationId"] == "RecordParcelStatus"
    assert "application/json" in operation["requestBody"]["content"]
