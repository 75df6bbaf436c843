"""The graph of an order: nothing takes a step that is not in it, and every step is taken."""

from __future__ import annotations

import itertools
import typing
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.orders import EDGES, OrderState, number_of
from tests import order_docs
from tests.orders.examples import an_order
from tests.orders.walking import (
    DECISIONS,
    edges_allowed,
    edges_taken,
    public_decisions,
    walks,
)

STATES = typing.get_args(OrderState)


def test_every_decision_is_tried() -> None:
    assert set(DECISIONS) == public_decisions()


def test_the_graph_names_every_state_and_no_other() -> None:
    assert set(EDGES) == set(STATES)
    assert set(itertools.chain.from_iterable(EDGES.values())) <= set(STATES)


def test_every_decision_in_every_state_takes_a_step_of_the_graph_or_stays() -> None:
    assert edges_taken().keys() <= edges_allowed()


def test_every_step_of_the_graph_is_taken_by_some_decision() -> None:
    assert edges_allowed() <= edges_taken().keys()


def test_each_step_is_taken_by_one_decision_only() -> None:
    assert {step: sorted(by) for step, by in edges_taken().items() if len(by) > 1} == {}


def test_every_state_is_tried() -> None:
    assert {walk.before for walk in walks()} == set(STATES)


@pytest.mark.parametrize("state", [state for state, ends in EDGES.items() if not ends])
def test_an_end_is_the_end(state: OrderState) -> None:
    assert {walk.after for walk in walks() if walk.before == state} == {state}


def test_an_order_is_only_moved_by_its_decisions() -> None:
    """Whoever decides asks `has_edge_to`, which knows nothing but the graph."""
    order = an_order()
    assert [state for state in STATES if order.has_edge_to(state)] == [
        state for state in STATES if state in EDGES[order.state]
    ]


def test_the_page_about_orders_is_up_to_date() -> None:
    told = order_docs.DOCUMENT.read_text(encoding="utf-8")
    assert told == order_docs.written_into(told), "python -m tests.order_docs"


@given(st.lists(st.uuids(), min_size=2, max_size=40, unique=True))
def test_numbers_tell_neither_order_nor_volume(order_ids: list[UUID]) -> None:
    """Ids of orders come from drafts, which are numbered by time: their numbers may not follow."""
    ids = sorted(order_ids, key=str)
    numbers = [number_of(each) for each in ids]
    assert len(set(numbers)) == len(numbers)
    assert all(len(number) == len("PK-XXXXX-XXXXX") for number in numbers)


def test_numbers_of_orders_made_one_after_the_other_rise_as_often_as_they_fall() -> None:
    made = [number_of(UUID(int=(1 << 100) + each)) for each in range(4_000)]
    rises = sum(later > earlier for earlier, later in itertools.pairwise(made))
    # A run of fair coins of this length leaves these bounds once in a hundred million times
    assert 1_820 < rises < 2_180
    first_digits = {number[3] for number in made}
    assert len(first_digits) == 32
