"""Where a parcel stands depends on what was reported, never on the order in which it arrived."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import get_args

import pytest
from hypothesis import given as generated
from hypothesis import strategies as st

from adapters.carriers.parcels import STATUSES
from api.wording import all_words
from application.store import Recorded
from domain.shared.aggregate import Event
from domain.shipments import (
    RANKS,
    Consignment,
    ParcelStatus,
    ParcelUnknown,
    Shipment,
    ShipmentStatus,
    StatusReport,
    standing,
)
from projections.shipments import Tracking, trackings
from tests.given import NOW, given
from tests.production.examples import CUSTOMER, ORDER

SECRET = "whsec_c2VjcmV0"


def a_shipment() -> Shipment:
    consignment = Consignment(order_id=ORDER, customer_id=CUSTOMER, order_number="PK-1")
    return Shipment.request(consignment, carrier="simulated", now=NOW)


def announced(shipment: Shipment) -> None:
    shipment.record_parcel("SIM0000000001", SECRET)


def report(sequence: int, status: ParcelStatus) -> StatusReport:
    return StatusReport(sequence, status, NOW + timedelta(minutes=sequence))


def told(*reports: StatusReport) -> Shipment:
    """A shipment of which all this was reported."""
    shipment = given(a_shipment(), announced).aggregate
    for each in reports:
        shipment.record_status(each)
    return shipment


JOURNEY = [
    report(1, "created"),
    report(2, "label_created"),
    report(3, "in_transit"),
    report(4, "out_for_delivery"),
    report(5, "delivered"),
]
reports = st.builds(
    report, st.integers(min_value=1, max_value=9), st.sampled_from(get_args(ParcelStatus))
)


def test_the_carriers_first_answer_stays() -> None:
    given(a_shipment()).when(announced).then(Shipment.ParcelCreated)
    given(a_shipment(), announced).when(
        lambda shipment: shipment.record_parcel("SIM2", "other")
    ).ignored()


def test_nothing_is_told_of_a_parcel_that_the_carrier_does_not_know() -> None:
    given(a_shipment()).when(lambda each: each.record_status(JOURNEY[0])).refused(ParcelUnknown)


def test_refusals_have_words_in_both_languages() -> None:
    assert ParcelUnknown.code in all_words()


def test_a_journey_is_told_once_however_often_it_is_reported() -> None:
    shipment = told(*JOURNEY, *JOURNEY)
    happened = [type(each) for each in shipment.collect_events()]
    assert happened.count(Shipment.StatusReported) == 5
    assert happened.count(Shipment.Dispatched) == happened.count(Shipment.Arrived) == 1


def test_a_parcel_that_has_not_moved_is_not_dispatched() -> None:
    outcome = given(told(*JOURNEY[:2])).when(lambda each: each.record_status(JOURNEY[2]))
    outcome.then(Shipment.StatusReported, Shipment.Dispatched)


def test_what_is_delivered_was_on_its_way_even_if_nobody_said_so() -> None:
    outcome = given(told()).when(lambda each: each.record_status(JOURNEY[4]))
    outcome.then(Shipment.StatusReported, Shipment.Dispatched, Shipment.Arrived)


def test_every_order_of_the_journey_ends_delivered() -> None:
    for order in permutations(JOURNEY):
        shipment = told(*order)
        assert (shipment.status, shipment.dispatched, shipment.arrived) == ("delivered", True, True)


@generated(seen=st.lists(reports, max_size=8), data=st.data())
def test_every_order_and_every_repetition_of_reports_ends_the_same(
    seen: list[StatusReport], data: st.DataObject
) -> None:
    repeated = seen + data.draw(st.lists(st.sampled_from(seen), max_size=5)) if seen else []
    straight, mixed = told(*seen), told(*data.draw(st.permutations(repeated)))
    assert the_end(straight) == the_end(mixed)


def the_end(shipment: Shipment) -> object:
    row = row_of(shipment)
    facts = (shipment.status, shipment.reports, shipment.dispatched, shipment.arrived)
    return facts, row.status, row.steps


@generated(seen=st.lists(reports, max_size=8), later=reports)
def test_a_status_only_moves_forward(seen: list[StatusReport], later: StatusReport) -> None:
    before, after = standing(frozenset(seen)), standing(frozenset({*seen, later}))
    if "exception" not in {before, after}:
        assert RANKS[after] >= RANKS[before]


@pytest.mark.parametrize(
    ("seen", "stands_at"),
    [
        ([], "requested"),
        ([report(1, "exception")], "exception"),
        ([report(3, "in_transit"), report(4, "exception")], "exception"),
        ([report(3, "in_transit"), report(4, "exception"), report(5, "in_transit")], "in_transit"),
        (
            [report(4, "out_for_delivery"), report(5, "exception"), report(6, "in_transit")],
            "out_for_delivery",
        ),
        ([report(4, "exception"), report(3, "delivered")], "delivered"),
        ([report(1, "cancelled"), report(2, "exception")], "cancelled"),
        ([report(5, "delivered"), report(6, "returned")], "returned"),
        ([report(1, "created"), report(2, "cancelled")], "cancelled"),
    ],
)
def test_where_a_parcel_stands(seen: list[StatusReport], stands_at: ShipmentStatus) -> None:
    assert standing(frozenset(seen)) == stands_at


def test_the_simulated_carrier_speaks_our_words() -> None:
    assert set(STATUSES) <= set(get_args(ParcelStatus))
    assert RANKS.keys() == {"requested", *get_args(ParcelStatus)} - {"exception"}


def test_the_row_says_what_the_shipment_says() -> None:
    row = row_of(told(*reversed(JOURNEY)))
    assert (row.status, row.carrier_reference) == ("delivered", "SIM0000000001")
    assert [step.status for step in row.steps] == list(STATUSES)


def row_of(shipment: Shipment) -> Tracking:
    """The row of a shipment: of its beginning, and of all that happened since."""
    begun = a_shipment()
    announced(begun)
    row: Tracking | None = None
    for happened in (*begun.collect_events(), *shipment.pending_events):
        assert isinstance(happened, Event)
        recorded = Recorded(1, happened)
        if trackings.wants(recorded):
            row = trackings.evolve(row, recorded)
    assert row
    return row
