"""Parcels over HTTP for admins, several of them on the customer's page, and asking carriers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from adapters.carriers.named import NamedCarriers
from adapters.memory import MemoryCarrier
from adapters.postgres.log import PostgresLog
from adapters.postgres.pool import Pool
from application.links import token_text
from application.ports import Label, LabelPrinter, ParcelNews
from application.shipments import (
    TRACKING,
    LabelDesk,
    RecordParcelCreated,
    RequestShipment,
    ShippingRules,
)
from application.store import Store
from domain.orders import Order
from domain.shipments import Estimate, Shipment
from tests.given import NOW
from tests.orders.test_credit_purchases import an_order
from tests.production.examples import CUSTOMER, LINKS, ORDER, a_paid_order, keep
from tests.production.front import Front, open_front
from workers.parcels import ParcelWatch

SHIPMENT = Shipment.id_of(ORDER)
SECOND = Shipment.id_of(ORDER, 100)


class Untold(MemoryCarrier):
    """A carrier that sends no webhooks."""

    tells = False


class PlainLabels:
    """Writes the recipient's name."""

    async def print_label(self, label: Label) -> bytes:
        return f"%PDF {label.recipient.name} {label.number}/{label.count}".encode()


@pytest.fixture
async def front(pool: Pool, event_log: PostgresLog, database_url: str) -> AsyncIterator[Front]:
    async with open_front(pool, event_log, database_url=database_url) as front:
        ports: Any = front.backend.ports
        printer: LabelPrinter = PlainLabels()
        ports[LabelDesk] = LabelDesk(printer, ShippingRules())
        order = a_paid_order()
        order.start_production("00")
        await keep(event_log, order)
        await front.bus.execute(RequestShipment(order_id=ORDER))
        await announced(front, SHIPMENT)
        yield front


async def announced(front: Front, shipment_id: UUID) -> None:
    await front.bus.execute(
        RecordParcelCreated(
            shipment_id=shipment_id, carrier_reference=f"SIM{shipment_id}", webhook_secret=""
        )
    )
    await front.catch_up()


async def ask(front: Front, path: str, body: Any = None, **headers: str) -> Any:
    key = {"Idempotency-Key": f"{path}{body}"[:100]}
    sent = (
        front.person("admin")
        | key
        | {name.replace("_", "-"): text for name, text in headers.items()}
    )
    answer = await front.client.post(path, json=body, headers=sent)
    await front.catch_up()
    return answer


async def one(front: Front, shipment_id: UUID = SHIPMENT) -> Any:
    answer = await front.client.get(f"/shipments/{shipment_id}", headers=front.person("admin"))
    assert answer.status_code == 200
    return answer.json()


async def promise(front: Front, shipment_id: UUID, estimate: Estimate) -> None:
    shipment = await Store(front.log, NOW).get(Shipment, shipment_id)
    shipment.record_estimate(estimate)
    await keep(front.log, shipment)
    await front.catch_up()


async def estimate_of_order(front: Front) -> Any:
    answer = await front.client.get(f"/orders/{ORDER}", headers=front.customer)
    return answer.json()["estimate"]


async def test_a_further_parcel_is_added_once_for_each_key(front: Front) -> None:
    headers = front.person("admin") | {"Idempotency-Key": "one-parcel"}
    for _ in range(2):
        answer = await front.client.post(f"/orders/{ORDER}/parcels", json={}, headers=headers)
        assert (answer.status_code, answer.json()["shipment_id"]) == (201, str(SECOND))
    await front.catch_up()
    rows = await front.client.get(
        "/shipments", params={"order_id": str(ORDER)}, headers=front.person("admin")
    )
    assert {row["parcel"] for row in rows.json()["items"]} == {0, 100}


async def test_a_carrier_that_is_not_set_up_is_refused_by_name(front: Front) -> None:
    answer = await ask(front, f"/orders/{ORDER}/parcels", {"carrier": "nobody"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_carrier")


async def test_a_parcel_holds_goods_each_once(front: Front) -> None:
    cover, cargo = (str(Order.line_id_of(ORDER, kind)) for kind in ("cover", "cargo"))
    path = f"/orders/{ORDER}/parcels"
    refused = await ask(front, path, {"lines": [cover, cargo]})
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    taken = await ask(front, path, {"lines": [cover, cover]})
    assert (await one(front, UUID(taken.json()["shipment_id"])))["lines"] == [cover]


async def test_an_order_of_credits_takes_no_parcel(front: Front) -> None:
    bought = an_order()
    bought.mark_paid(bought.id, bought.total)
    bought.deliver()
    await keep(front.log, bought)
    answer = await ask(front, f"/orders/{bought.id}/parcels", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "order_cannot_move")


async def test_the_page_and_the_customer_see_all_parcels(front: Front) -> None:
    await ask(front, f"/orders/{ORDER}/parcels", {})
    await announced(front, SECOND)
    token = token_text(LINKS, TRACKING, subject_id=SECOND)
    seen = (await front.client.get(f"/tracking/{token}")).json()
    assert (seen["number"], seen["count"], len(seen["others"])) == (2, 2, 1)
    for private in (str(ORDER), str(CUSTOMER), str(SHIPMENT)):
        assert private not in str(seen)
    own = await front.client.get(f"/orders/{ORDER}/shipments", headers=front.customer)
    assert [each["shipment_id"] for each in own.json()] == [str(SHIPMENT), str(SECOND)]
    stranger = front.person("customer")
    hidden = await front.client.get(f"/orders/{ORDER}/shipments", headers=stranger)
    assert hidden.status_code == 404


async def test_the_order_tells_when_its_last_parcel_should_be_there(front: Front) -> None:
    assert await estimate_of_order(front) is None
    await ask(front, f"/orders/{ORDER}/parcels", {})
    await promise(front, SHIPMENT, Estimate(earliest=date(2026, 3, 3), latest=date(2026, 3, 4)))
    await promise(front, SECOND, Estimate(earliest=date(2026, 3, 5), latest=date(2026, 3, 6)))
    assert await estimate_of_order(front) == {"earliest": "2026-03-05", "latest": "2026-03-06"}
    await announced(front, SECOND)
    await ask(front, f"/shipments/{SECOND}/lost")
    assert (await estimate_of_order(front))["latest"] == "2026-03-04"


async def test_a_lost_parcel_is_decided_once(front: Front) -> None:
    assert (await ask(front, f"/shipments/{SHIPMENT}/lost")).status_code == 200
    assert (await one(front))["status"] == "lost"
    decided = await ask(front, f"/shipments/{SHIPMENT}/decision", {"decision": "resend"})
    assert decided.json()["resent_as"] == str(SECOND)
    other = await ask(front, f"/shipments/{SHIPMENT}/decision", {"decision": "refund"})
    assert (other.status_code, other.json()["code"]) == (409, "parcel_decided")
    kinds = [entry["kind"] for entry in (await one(front))["history"]]
    assert kinds[0] == "shipment.requested"
    assert kinds[-1] == "shipment.decided"


async def test_who_looked_at_another_version_is_refused(front: Front) -> None:
    version = (await one(front))["version"]
    stale = await ask(front, f"/shipments/{SHIPMENT}/cancel", If_Match=f'"{version - 1}"')
    assert stale.status_code == 412
    fresh = await ask(front, f"/shipments/{SHIPMENT}/cancel", None, If_Match=f'"{version}"')
    assert fresh.status_code in {200, 409, 422}


async def test_stopping_needs_a_key_and_shows(front: Front) -> None:
    admin = front.person("admin")
    path = f"/shipments/{SHIPMENT}/cancel"
    assert (await front.client.post(path, headers=admin)).status_code == 428
    assert (await ask(front, path)).status_code == 200
    assert (await one(front))["cancelling"] is True


async def test_a_label_is_made_for_admins_and_kept_nowhere(front: Front) -> None:
    path = f"/shipments/{SHIPMENT}/label"
    answer = await front.client.get(path, headers=front.person("admin"))
    assert answer.content == "%PDF Ayşe Işık 1/1".encode()
    assert answer.headers["cache-control"] == "private, no-store"
    assert (await front.client.get(path, headers=front.customer)).status_code == 403
    assert (await front.client.get(path)).status_code == 401


async def test_only_admins_do_any_of_it(front: Front) -> None:
    for path in ("cancel", "lost", "announce", "decision"):
        body = {"decision": "refund"} if path == "decision" else None
        answer = await front.client.post(
            f"/shipments/{SHIPMENT}/{path}", json=body, headers=front.customer
        )
        assert answer.status_code == 403


async def test_a_carrier_that_does_not_tell_is_asked(front: Front) -> None:
    carrier = Untold()
    carrier.news[SHIPMENT] = ParcelNews(
        status="in_transit", tracking_number="1003", codes=("operationStatus XYZ",)
    )
    watch = watch_of(front, carrier)
    assert [await watch.ask(), await watch.ask()] == [1, 1]
    await front.catch_up()
    assert await watch.ask() == 0
    seen = await one(front)
    assert (seen["status"], seen["tracking_number"]) == ("in_transit", "1003")
    assert seen["codes"] == ["operationStatus XYZ"]
    await watch.tell()
    assert REGISTRY.get_sample_value("parcels_unread", {"carrier": "simulated"}) == 1


async def test_a_carrier_that_is_away_is_counted_and_asked_again(front: Front) -> None:
    carrier = Untold()
    carrier.down = True
    labels = {"carrier": "simulated", "outcome": "away"}
    before = REGISTRY.get_sample_value("carrier_asked_total", labels) or 0
    assert await watch_of(front, carrier).ask() == 0
    assert REGISTRY.get_sample_value("carrier_asked_total", labels) == before + 1


async def test_a_parcel_of_which_nothing_is_heard_for_days_is_counted_and_listed(
    front: Front,
) -> None:
    watch = watch_of(front, MemoryCarrier())
    await watch.tell()
    assert REGISTRY.get_sample_value("parcels_silent", {"carrier": "simulated"}) == 0
    front.clock.pass_(days=5)  # type: ignore[attr-defined]  # a test's clock
    await watch.tell()
    assert REGISTRY.get_sample_value("parcels_silent", {"carrier": "simulated"}) == 1
    listed = await front.client.get("/shipments?silent_days=4", headers=front.person("admin"))
    assert [each["shipment_id"] for each in listed.json()["items"]] == [str(SHIPMENT)]


def watch_of(front: Front, carrier: MemoryCarrier) -> ParcelWatch:
    carriers = NamedCarriers({"simulated": carrier})
    return ParcelWatch(front.backend.reads, front.bus, carriers=carriers, clock=front.clock)
