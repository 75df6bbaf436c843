"""Whoever issues what, and whenever: each series of a year counts on by one, in order of dates."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from adapters.memory_log import MemoryLog
from application.invoices import InvoicingRules, issue_return_document
from application.invoices.issuing import invoice_of
from application.store import Append, ConcurrentChange, Store
from domain.invoices import (
    Invoice,
    InvoiceBook,
    IssuedNumber,
    ReturnDocument,
    SeriesName,
    series,
)
from domain.orders import Order
from domain.payments import PaymentAttempt
from domain.shared.aggregate import Metadata
from domain.shared.money import total
from tests.given import NOW
from tests.invoices.issuers import draft_of
from tests.invoices.returning import PARTS, a_returned_order, refund_of
from tests.production.examples import keep

ISTANBUL = ZoneInfo("Europe/Istanbul")
NEW_YEAR = datetime(2026, 12, 31, 23, 59, 30, tzinfo=ISTANBUL)
ORDERS = 8
RULES = InvoicingRules()
FACTS = Metadata(command_id=UUID(int=1), command="Test", correlation_id=UUID(int=1))

issuers = st.integers(0, 3)
orders = st.integers(0, ORDERS - 1)
clocks = st.integers(-7_200, 7_200)


class SeriesMachine(RuleBasedStateMachine):
    """Issuers who look, decide and save while others do the same; books of three numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.log = MemoryLog()
        self.deciding: dict[int, Store] = {}
        for number in range(ORDERS):
            self.run(keep(self.log, *a_returned_order(draft_of(number))))

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(work)

    @rule(issuer=issuers, order=orders, seconds=clocks)
    def decide_on_an_invoice(self, issuer: int, order: int, seconds: int) -> None:
        self.deciding[issuer] = store = self.looking(seconds)
        self.run(self.invoice(store, order))

    @rule(
        issuer=issuers,
        order=orders,
        seconds=clocks,
        parts=st.sets(st.integers(0, len(PARTS) - 1), min_size=1),
    )
    def decide_on_a_return(self, issuer: int, order: int, seconds: int, parts: set[int]) -> None:
        self.deciding[issuer] = store = self.looking(seconds)
        self.run(self.returned(store, order, parts=parts))

    @rule(issuer=issuers)
    def save(self, issuer: int) -> None:
        store = self.deciding.pop(issuer, None)
        if store is not None and store.pending():
            try:
                self.run(self.log.append(Append(events=store.pending(), metadata=FACTS)))
            except ConcurrentChange:
                return

    @rule(turn=st.permutations(range(ORDERS)), seconds=st.lists(clocks, min_size=5, max_size=5))
    def issue_one_after_the_other(self, turn: list[int], seconds: list[int]) -> None:
        """So many that books are filled, at whatever the clock says."""
        for number, moment in zip(turn, seconds, strict=False):
            self.decide_on_an_invoice(0, number, moment)
            self.save(0)

    @rule(issuer=issuers)
    def give_up(self, issuer: int) -> None:
        self.deciding.pop(issuer, None)

    def looking(self, seconds: int) -> Store:
        """What somebody sees whose clock says so."""
        return Store(self.log, NEW_YEAR + timedelta(seconds=seconds))

    async def invoice(self, store: Store, number: int) -> None:
        order = await store.get(Order, Order.id_of(draft_of(number)))
        await invoice_of(order, NOW, store=store, rules=RULES)

    async def returned(self, store: Store, number: int, *, parts: set[int]) -> None:
        order = await store.get(Order, Order.id_of(draft_of(number)))
        attempt = await store.get(PaymentAttempt, order.paid_attempt or order.id)
        refund_ids = tuple(refund_of(order, part) for part in parts)
        document = await issue_return_document(
            order, attempt, refund_ids=refund_ids, store=store, rules=RULES
        )
        assert set(document.given_back.refund_ids) & set(refund_ids)

    @invariant()
    def each_series_counts_on_by_one(self) -> None:
        given: dict[SeriesName, list[IssuedNumber]] = {}
        for event in self.events(Invoice.Issued, ReturnDocument.Issued):
            given.setdefault(event.series, []).append(event.issued)
        for name, numbers in given.items():
            assert [each.number for each in numbers] == [
                name.number(place + 1) for place in range(len(numbers))
            ]
            assert all(one.issued_at <= two.issued_at for one, two in pairwise(numbers))
            assert {each.issued_at.astimezone(ISTANBUL).year for each in numbers} == {name.year}
        booked = len(self.events(InvoiceBook.InvoiceIssued))
        assert booked == sum(len(numbers) for numbers in given.values())

    @invariant()
    def nothing_is_documented_twice(self) -> None:
        invoiced = [event.order_id for event in self.events(Invoice.Issued)]
        assert len(invoiced) == len(set(invoiced))
        refunds = [
            each
            for event in self.events(ReturnDocument.Issued)
            for each in event.given_back.refund_ids
        ]
        assert len(refunds) == len(set(refunds))

    @invariant()
    def a_return_is_never_more_than_its_invoice(self) -> None:
        for event in self.events(ReturnDocument.Issued):
            back = event.given_back
            assert back.returned == total(line.gross for line in back.lines)
            assert all(line.net + line.tax == line.gross for line in back.lines)
            assert any(
                issued.order_id == event.order_id and issued.number == back.invoice.number
                for issued in self.events(Invoice.Issued)
            )

    def events(self, *kinds: type[Any]) -> list[Any]:
        return [each.event for each in self.log.recorded if isinstance(each.event, kinds)]

    def teardown(self) -> None:
        self.runner.close()


def test_no_history_of_issuers_breaks_a_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "BOOK_LENGTH", 3)
    run_state_machine_as_test(
        SeriesMachine, settings=settings(deadline=None, max_examples=40, stateful_step_count=40)
    )
