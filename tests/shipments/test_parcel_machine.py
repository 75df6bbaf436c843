"""Several parcels of one order, told of in any order: the order and a plain model agree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import given as generated
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.orders import Order, ParcelEnd
from domain.orders.parcels import ENDS
from domain.shared.errors import Refusal
from domain.shipments import RANKS, Consignment, Shipment, StatusReport, standing
from tests.given import NOW
from tests.production.examples import CUSTOMER, ORDER, a_paid_order
from tests.shipments.test_shipment_rules import reports

MOST = 4
STATES = ("in_production", "shipped", "delivered")
numbers = st.integers(min_value=0, max_value=MOST - 1)
ENDED_BY: dict[Any, ParcelEnd] = {
    Shipment.Arrived: "arrived",
    Shipment.Lost: "lost",
    Shipment.ReturnedToSender: "returned",
    Shipment.Cancelled: "cancelled",
}


def an_order() -> Order:
    """An order that is being printed."""
    order = a_paid_order()
    order.start_production("00")
    order.collect_events()
    return order


def a_parcel(order: Order, number: int) -> Shipment:
    consignment = Consignment(
        order_id=ORDER, customer_id=CUSTOMER, order_number="PK-1", parcel=number
    )
    shipment = Shipment.request(consignment, carrier="simulated", now=NOW)
    order.add_parcel(shipment.id, number, lines=())
    return shipment


def follow(order: Order, happened: Iterable[Any]) -> None:
    """What the processes have the order do."""
    for event in happened:
        if isinstance(event, Shipment.Dispatched):
            if order.state == "in_production":
                order.ship(event.originator_id)
        elif end := ENDED_BY.get(type(event)):
            order.end_parcel(event.originator_id, end)


class Parcels(RuleBasedStateMachine):
    """Parcels are added, announced, told of, cancelled; what follows reaches the order later, in
    any order, and more than once.
    """

    def __init__(self) -> None:
        super().__init__()
        self.order = an_order()
        self.parcels: dict[int, Shipment] = {}
        self.told: dict[int, set[StatusReport]] = {}
        self.pending: list[Any] = []
        self.seen: list[Any] = []
        self.furthest = 0

    @rule(number=numbers)
    def request(self, number: int) -> None:
        if number not in self.parcels:
            self.parcels[number] = a_parcel(self.order, number)
            self.told[number] = set()

    @precondition(lambda self: self.parcels)
    @rule(data=st.data())
    def announce(self, data: st.DataObject) -> None:
        number = data.draw(st.sampled_from(sorted(self.parcels)))
        self.parcels[number].record_parcel(f"SIM{number}", "whsec")
        self._collect(number)

    @precondition(lambda self: self.parcels)
    @rule(data=st.data(), said=reports)
    def report(self, data: st.DataObject, said: StatusReport) -> None:
        number = data.draw(st.sampled_from(sorted(self.parcels)))
        shipment = self.parcels[number]
        if shipment.carrier_reference is None:
            return
        before = shipment.status
        shipment.record_status(said)
        self.told[number].add(said)
        if "exception" not in {before, shipment.status}:
            assert RANKS[shipment.status] >= RANKS[before]
        self._collect(number)

    @precondition(lambda self: self.parcels)
    @rule(data=st.data(), stopped=st.booleans())
    def cancel(self, data: st.DataObject, stopped: bool) -> None:
        number = data.draw(st.sampled_from(sorted(self.parcels)))
        shipment = self.parcels[number]
        try:
            shipment.request_cancel(CUSTOMER)
        except Refusal:
            return
        if stopped:
            shipment.record_cancelled()
            self.told[number] = set(shipment.reports)
        else:
            shipment.refuse_cancel("too_late")
        self._collect(number)

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), again=st.booleans())
    def hear(self, data: st.DataObject, again: bool) -> None:
        event = data.draw(st.sampled_from(self.pending))
        if not again:
            self.pending.remove(event)
        self.tell(event)

    def tell(self, event: Any) -> None:
        """The order hears of it, and is delivered with the last of its parcels only."""
        before = self.order.state
        follow(self.order, [event])
        if before != self.order.state == "delivered":
            assert None not in self.order.parcels.values()

    @invariant()
    def parcels_stand_where_they_were_told_to(self) -> None:
        for number, shipment in self.parcels.items():
            if not shipment.never_announced:
                assert shipment.status == standing(frozenset(self.told[number]))

    @invariant()
    def the_order_never_goes_back(self) -> None:
        now = STATES.index(self.order.state)
        assert now >= self.furthest
        self.furthest = now

    def teardown(self) -> None:
        for event in self.pending:
            self.tell(event)
        once = [type(each) for each in self.seen]
        for kind in (Shipment.Dispatched, *ENDED_BY):
            assert once.count(kind) <= len(self.parcels)
        ends = {number: self._end(number) for number in self.parcels}
        arrived = "arrived" in ends.values()
        assert (self.order.state == "in_production") == (Shipment.Dispatched not in once)
        if not arrived:
            assert self.order.state != "delivered"
        elif None not in ends.values():
            assert self.order.state == "delivered"

    def _end(self, number: int) -> ParcelEnd | None:
        mine = self.parcels[number].id
        mine_ended = [type(each) for each in self.seen if each.originator_id == mine]
        ends = [ENDED_BY[kind] for kind in mine_ended if kind in ENDED_BY]
        return max(ends, key=ENDS.__getitem__, default=None)

    def _collect(self, number: int) -> None:
        happened = [*self.parcels[number].collect_events()]
        self.seen += happened
        self.pending += happened


TestParcels = Parcels.TestCase
TestParcels.settings = settings(deadline=None, max_examples=150, stateful_step_count=40)


@generated(
    told=st.lists(st.tuples(st.integers(min_value=0, max_value=2), reports), max_size=10),
    data=st.data(),
)
def test_whatever_comes_first_the_order_ends_the_same(
    told: list[tuple[int, StatusReport]], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations([*told, *told[::2]]))
    assert end_of(told) == end_of(mixed)


def end_of(told: list[tuple[int, StatusReport]]) -> tuple[object, ...]:
    """The order and its three parcels when all was told."""
    order = an_order()
    parcels: list[Shipment] = [a_parcel(order, number) for number in range(3)]
    for number, parcel in enumerate(parcels):
        parcel.record_parcel(f"SIM{number}", "whsec")
    for number, said in told:
        parcels[number].record_status(said)
        follow(order, parcels[number].collect_events())
    statuses = tuple(parcel.status for parcel in parcels)
    return order.state, statuses, frozenset(order.parcels.items())
