"""Whatever breaks between the carrier and our log, the carrier has one parcel, and none that was
to be stopped.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import get_args

import pytest
from msgspec.structs import replace

from adapters.carriers.named import NamedCarriers
from adapters.carriers.yurtici import cargo_key
from adapters.carriers.yurtici.local import LocalFault, LocalYurtici
from application.bus import Command
from application.ports import Unavailable
from application.processes import fulfilment, shipping
from application.production import RequestReprint
from application.shipments import (
    AddParcel,
    AnnounceAgain,
    CancelAtCarrier,
    CancelParcel,
    CreateParcel,
    DecideParcel,
    DeclareParcelLost,
    HoldParcelBack,
    RecordParcelCreated,
    RecordParcelNews,
    RecordParcelRefused,
    RequestShipment,
    ResumeShipment,
    ShippingRules,
)
from application.work import reactions_to
from domain.orders import Order
from domain.shipments import (
    CancelTooLate,
    NothingToDecide,
    ParcelDecided,
    Shipment,
    UnknownCarrier,
)
from domain.work_items import WorkItem
from tests.given import NOW
from tests.production import examples
from tests.production.examples import (
    HOME,
    LINKS,
    ORDER,
    STRANGER,
    Workshop,
    a_paid_order,
    keep,
)
from tests.shipments.carriers import REQUEST, yurtici
from workers.shipments import create_parcel

REACTING = (fulfilment, shipping)
SHIPMENT = Shipment.id_of(ORDER)
KEY = cargo_key(SHIPMENT)
JOB = CreateParcel(shipment_id=SHIPMENT)


class Depot(Workshop):
    """A workshop whose parcels go by the real carrier's protocol."""

    def __init__(self, carriers: NamedCarriers, local: LocalYurtici) -> None:
        super().__init__()
        self.carriers = carriers
        self.local = local

    def at_the_carrier(self) -> dict[str, str]:
        """The parcels in the carrier's book, and where each stands."""
        return {key: kept.status for key, kept in self.local.book.items()}

    async def announce(self) -> Command:
        """Announce it, and leave open whether that is recorded."""
        outcome = await create_parcel(
            JOB, self.log, carriers=self.carriers, links=LINKS, rules=ShippingRules()
        )
        assert isinstance(outcome, Command)
        return outcome

    async def work_off(self) -> None:
        """Do what follows, until nothing does."""
        while wanted := await self.react():
            for wish in wanted:
                if isinstance(wish.intent, CreateParcel | CancelAtCarrier):
                    await self.work(wish.intent)


@pytest.fixture
async def depot(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Depot]:
    monkeypatch.setattr(examples, "HOME", replace(HOME, phone="0532 111 22 33"))
    async with yurtici(seconds=0.5) as (carrier, local):
        depot = Depot(NamedCarriers({"simulated": carrier}), local)
        order = a_paid_order()
        order.start_production("00")
        await keep(depot.log, order)
        await depot.do(RequestShipment(order_id=ORDER))
        yield depot


async def test_a_worker_that_dies_before_it_records_announces_nothing_twice(depot: Depot) -> None:
    await depot.announce()
    await depot.work_off()
    shipment = await depot.now_is(Shipment, SHIPMENT)
    assert shipment.carrier_reference == KEY
    assert depot.at_the_carrier() == {KEY: "NOP"}


async def test_an_outcome_that_is_recorded_twice_is_one_parcel(depot: Depot) -> None:
    outcomes = [await depot.announce() for _ in range(2)]
    for outcome in outcomes:
        await depot.do(outcome)
    assert depot.happened().count(Shipment.ParcelCreated) == 1
    assert depot.at_the_carrier() == {KEY: "NOP"}


@pytest.mark.parametrize("fault", get_args(LocalFault))
async def test_whatever_breaks_at_the_carrier_it_has_one_parcel(
    depot: Depot, fault: LocalFault
) -> None:
    depot.local.faults.append(fault)
    with pytest.raises(Unavailable):
        await depot.announce()
    await depot.work_off()
    assert (await depot.now_is(Shipment, SHIPMENT)).carrier_reference == KEY
    assert depot.at_the_carrier() == {KEY: "NOP"}


async def test_what_is_stopped_before_it_is_announced_never_is(depot: Depot) -> None:
    await depot.do(CancelParcel(shipment_id=SHIPMENT, by=STRANGER))
    await depot.work_off()
    assert (await depot.now_is(Shipment, SHIPMENT)).status == "cancelled"
    assert depot.at_the_carrier() == {}


async def test_what_is_stopped_while_it_is_announced_is_stopped_there(depot: Depot) -> None:
    on_its_way = await depot.announce()
    await depot.do(CancelParcel(shipment_id=SHIPMENT, by=STRANGER))
    await depot.do(on_its_way)
    await depot.work_off()
    assert (await depot.now_is(Shipment, SHIPMENT)).status == "cancelled"
    assert depot.at_the_carrier() == {KEY: "CNL"}


async def test_an_answer_that_comes_after_the_stop_stops_the_parcel_there(depot: Depot) -> None:
    depot.local.faults.append("silent_before")
    with pytest.raises(Unavailable):
        await depot.announce()
    await depot.do(CancelParcel(shipment_id=SHIPMENT, by=STRANGER))
    await depot.work_off()
    # The call that nobody waited for is carried out after all, and its worker was slow
    await depot.carriers.named("simulated").create_parcel(replace(REQUEST, shipment_id=SHIPMENT))
    await depot.do(
        RecordParcelCreated(shipment_id=SHIPMENT, carrier_reference=KEY, webhook_secret="")
    )
    await depot.work_off()
    assert (await depot.now_is(Shipment, SHIPMENT)).status == "cancelled"
    assert depot.at_the_carrier() == {KEY: "CNL"}


async def test_what_has_left_is_not_stopped_and_the_order_is_shipped(depot: Depot) -> None:
    await depot.work_off()
    depot.local.move(KEY, "IND")
    await depot.do(CancelParcel(shipment_id=SHIPMENT, by=STRANGER))
    await depot.work_off()
    shipment = await depot.now_is(Shipment, SHIPMENT)
    assert (shipment.status, shipment.cancelling) == ("requested", False)
    await depot.do(RecordParcelNews(shipment_id=SHIPMENT, status="in_transit", occurred_at=NOW))
    await depot.work_off()
    assert (await depot.now_is(Order, ORDER)).state == "shipped"


async def test_a_held_order_is_not_announced_until_it_is_let_go(depot: Depot) -> None:
    await depot.do(HoldParcelBack(shipment_id=SHIPMENT))
    await depot.work_off()
    assert depot.at_the_carrier() == {}
    await depot.do(ResumeShipment(order_id=ORDER))
    await depot.work_off()
    assert depot.at_the_carrier() == {KEY: "NOP"}


async def test_a_parcel_that_is_refused_waits_for_somebody(depot: Depot) -> None:
    await depot.do(RecordParcelRefused(shipment_id=SHIPMENT, code="82516"))
    await depot.work_off()
    assert depot.at_the_carrier() == {}
    item = await depot.now_is(WorkItem, WorkItem.id_of("parcel_refused", str(SHIPMENT)))
    assert (item.state, item.facts) == ("open", (("code", "82516"),))
    await depot.do(AnnounceAgain(shipment_id=SHIPMENT))
    await depot.work_off()
    assert depot.at_the_carrier() == {KEY: "NOP"}
    assert (await depot.now_is(WorkItem, item.id)).state == "lapsed"


async def test_a_lost_parcel_is_sent_again_once_and_the_order_is_delivered_by_it(
    depot: Depot,
) -> None:
    await depot.work_off()
    await depot.do(RecordParcelNews(shipment_id=SHIPMENT, status="in_transit", occurred_at=NOW))
    await depot.do(DeclareParcelLost(shipment_id=SHIPMENT, by=STRANGER))
    await depot.work_off()
    item_id = WorkItem.id_of("parcel_lost", str(SHIPMENT))
    assert (await depot.now_is(WorkItem, item_id)).state == "open"
    for _ in range(2):
        await depot.do(DecideParcel(shipment_id=SHIPMENT, decision="resend", by=STRANGER))
    await depot.refuses(
        ParcelDecided, DecideParcel(shipment_id=SHIPMENT, decision="refund", by=STRANGER)
    )
    await depot.work_off()
    assert (await depot.now_is(WorkItem, item_id)).state == "lapsed"
    second = Shipment.id_of(ORDER, 100)
    assert depot.at_the_carrier().keys() == {KEY, cargo_key(second)}
    await depot.do(RecordParcelNews(shipment_id=second, status="delivered", occurred_at=NOW))
    await depot.work_off()
    order = await depot.now_is(Order, ORDER)
    assert (order.state, order.parcels) == ("delivered", {SHIPMENT: "lost", second: "arrived"})


async def test_a_refund_is_left_to_finance(depot: Depot) -> None:
    await depot.work_off()
    await depot.do(RecordParcelNews(shipment_id=SHIPMENT, status="returned", occurred_at=NOW))
    await depot.work_off()
    await depot.do(DecideParcel(shipment_id=SHIPMENT, decision="refund", by=STRANGER))
    await depot.work_off()
    item = await depot.now_is(WorkItem, WorkItem.id_of("parcel_returned", str(SHIPMENT)))
    assert (item.state, item.facts) == ("open", (("decision", "refund"),))


async def test_a_copy_is_printed_instead_of_a_lost_one(depot: Depot) -> None:
    await depot.work_off()
    await depot.do(DeclareParcelLost(shipment_id=SHIPMENT, by=STRANGER))
    await depot.do(DecideParcel(shipment_id=SHIPMENT, decision="reprint", by=STRANGER))
    happened = await depot.log.load(SHIPMENT)
    wanted = [wish.intent for recorded in happened for wish in reactions_to(recorded)]
    [reprint] = [each for each in wanted if isinstance(each, RequestReprint)]
    assert (reprint.order_id, reprint.reason, reprint.by) == (ORDER, "lost", STRANGER)


async def test_only_what_is_lost_or_back_is_decided(depot: Depot) -> None:
    await depot.work_off()
    await depot.refuses(
        NothingToDecide, DecideParcel(shipment_id=SHIPMENT, decision="resend", by=STRANGER)
    )
    await depot.do(RecordParcelNews(shipment_id=SHIPMENT, status="delivered", occurred_at=NOW))
    await depot.refuses(CancelTooLate, CancelParcel(shipment_id=SHIPMENT, by=STRANGER))
    await depot.refuses(UnknownCarrier, AddParcel(order_id=ORDER, by=STRANGER, carrier="nobody"))
