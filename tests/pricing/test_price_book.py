"""The price book: what is scheduled, what is refused, and that nothing past ever changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from application.terms import Terms
from domain.pricing import (
    EVERYWHERE,
    CargoNotOffered,
    CargoPrice,
    CargoZone,
    CreditList,
    CreditPackage,
    Entry,
    LineTax,
    NoCreditPackages,
    NoSuchSize,
    NothingScheduled,
    NotOffered,
    PriceBook,
    PriceImpossible,
    PriceInForce,
    PriceInThePast,
    PriceList,
    RateInUse,
    RateNotPossible,
    TaxRate,
    UnknownTaxClass,
)
from domain.shared.errors import Refusal
from domain.shared.money import Money
from tests.given import NOW, given
from tests.pricing.examples import FINANCE, LATER, LEAD, a_cover

OPENING = Terms().opening_at(NOW)
KEY = "product/135x210/matte"
BOOKS = TaxRate(tax_class="books", rate=Decimal(0), exemption="335")
CARDS_AS_BOOKS = LineTax(kind="message_card", tax_class="books")

Decide = Callable[[PriceBook], Any]


def scheduled(entry: Entry, since: datetime | None = LATER) -> Decide:
    def decide(book: PriceBook) -> datetime:
        return book.schedule(entry, since=since, lead=LEAD, opening=OPENING, by=FINANCE)

    return decide


def withdrawn(key: str, since: datetime = LATER) -> Decide:
    def decide(book: PriceBook) -> None:
        book.withdraw(key, since, opening=OPENING, by=FINANCE)

    return decide


def at(moment: datetime) -> Decide:
    return lambda book: book.at(moment)


def asked(book: PriceBook, moment: datetime) -> Money | None:
    return book.prices_at(moment, OPENING).product("135x210", "matte").price


def test_a_price_holds_from_its_moment_until_the_next_one() -> None:
    book = given(
        PriceBook.open(NOW),
        scheduled(a_cover("1300.00")),
        scheduled(a_cover("1350.00"), LATER + timedelta(days=9)),
    ).aggregate
    tick = timedelta(microseconds=1)
    moments = (LATER - tick, LATER, LATER + timedelta(days=9) - tick, LATER + timedelta(days=9))
    asked_then = [asked(book, moment) for moment in moments]
    assert asked_then == [Money.of(p) for p in ("1260", "1300", "1300", "1350")]


def test_now_is_a_moment_that_nobody_has_decided_at_yet() -> None:
    book = PriceBook.open(NOW)
    assert scheduled(a_cover("1300.00"), None)(book) == NOW + LEAD
    assert asked(book, NOW) == Money.of("1260.00")
    assert asked(book, NOW + LEAD) == Money.of("1300.00")


def test_nothing_is_written_into_the_past() -> None:
    outcome = given(PriceBook.open(NOW)).when(
        scheduled(a_cover("1.00"), NOW - timedelta(microseconds=1))
    )
    outcome.refused(PriceInThePast, now=NOW)


def test_what_is_in_force_is_not_replaced_and_not_withdrawn() -> None:
    begun = given(PriceBook.open(NOW), scheduled(a_cover("1300.00"))).at(LATER)
    begun.when(withdrawn(KEY)).refused(PriceInForce, since=LATER)
    sooner = LATER - LEAD
    replaced = given(PriceBook.open(NOW), scheduled(a_cover("1300.00"), sooner)).at(sooner)
    replaced.when(
        lambda book: book.schedule(
            a_cover("1.00"), since=sooner, lead=timedelta(0), opening=OPENING, by=FINANCE
        )
    ).refused(PriceInForce, since=sooner)


def test_what_is_to_come_is_replaced_and_withdrawn() -> None:
    planned = given(PriceBook.open(NOW), scheduled(a_cover("1300.00")))
    book = planned.when(scheduled(a_cover("1400.00"))).then(PriceBook.EntryScheduled).aggregate
    assert asked(book, LATER) == Money.of("1400.00")
    book = given(book).when(withdrawn(KEY)).then(PriceBook.EntryWithdrawn).aggregate
    assert asked(book, LATER) == Money.of("1260.00")
    given(book).when(withdrawn(KEY)).refused(NothingScheduled)


def test_the_same_entry_at_the_same_moment_is_one() -> None:
    given(PriceBook.open(NOW), scheduled(a_cover("1300.00"))).when(
        scheduled(a_cover("1300.00"))
    ).ignored()


def test_a_cover_without_a_price_is_not_on_offer() -> None:
    book = given(PriceBook.open(NOW), scheduled(a_cover(None))).aggregate
    assert asked(book, NOW)
    with pytest.raises(NotOffered):
        asked(book, LATER)
    assert all(each.price for each in book.prices_at(LATER, OPENING).products)


def test_cargo_costs_what_its_zone_and_weight_cost() -> None:
    book = given(
        PriceBook.open(NOW),
        scheduled(CargoZone(province="Iğdır", zone="far")),
        scheduled(CargoPrice(zone="far", up_to_grams=500, price=Money.of("60.00"))),
        scheduled(CargoPrice(zone="far", up_to_grams=1000, price=Money.of("75.00"))),
    ).aggregate
    prices = book.prices_at(LATER, OPENING)
    costs = [prices.cargo_price("IĞDIR", grams).amount for grams in (1, 500, 501, 1000)]
    assert costs == [60, 60, 75, 75]
    assert prices.cargo_price("İstanbul", 1000) == Money.of("30.00")
    with pytest.raises(CargoNotOffered):
        prices.cargo_price("ığdır", 1001)


def test_a_rate_holds_from_its_day() -> None:
    raised = TaxRate(tax_class="general", rate=Decimal(22))
    book = given(PriceBook.open(NOW), scheduled(raised)).aggregate
    assert book.prices_at(NOW, OPENING).tax_of("cover").rate == 20
    assert book.prices_at(LATER, OPENING).tax_of("cover").rate == 22


def test_lines_are_put_only_into_a_class_that_has_a_rate_then() -> None:
    empty = given(PriceBook.open(NOW))
    empty.when(scheduled(CARDS_AS_BOOKS)).refused(UnknownTaxClass, tax_class="books")
    dated = given(PriceBook.open(NOW), scheduled(BOOKS))
    dated.when(scheduled(CARDS_AS_BOOKS, LATER - timedelta(days=1) + LEAD)).refused(UnknownTaxClass)
    book = dated.when(scheduled(CARDS_AS_BOOKS)).then(PriceBook.EntryScheduled).aggregate
    tax = book.prices_at(LATER, OPENING).tax_of("message_card")
    assert (tax.rate, tax.exemption) == (Decimal(0), "335")
    given(book).when(withdrawn("rate/books")).refused(RateInUse, tax_class="books")


def test_a_rate_that_nothing_needs_can_be_withdrawn() -> None:
    given(PriceBook.open(NOW), scheduled(BOOKS)).when(withdrawn("rate/books")).then(
        PriceBook.EntryWithdrawn
    )


@pytest.mark.parametrize(
    ("entry", "refusal"),
    [
        (a_cover("0.00"), PriceImpossible),
        (a_cover("-1.00"), PriceImpossible),
        (a_cover("9.00", size="135"), NoSuchSize),
        (a_cover("9.00", size="49x210"), NoSuchSize),
        (a_cover("9.00", size="135x501"), NoSuchSize),
        (CargoPrice(zone=EVERYWHERE, up_to_grams=1, price=Money.of(-1)), PriceImpossible),
        (CargoPrice(zone="x", up_to_grams=1, price=Money(Decimal("1.001"))), PriceImpossible),
        (CargoPrice(zone="x", up_to_grams=1, price=Money.of(1, "EUR")), PriceImpossible),
        (TaxRate(tax_class="general", rate=Decimal(101)), RateNotPossible),
        (TaxRate(tax_class="general", rate=Decimal(-1)), RateNotPossible),
        (TaxRate(tax_class="general", rate=Decimal(0)), RateNotPossible),
        (TaxRate(tax_class="general", rate=Decimal(1), exemption="335"), RateNotPossible),
        (CreditList(packages=(), least=2, most=1, per_credit=Decimal(1)), NoCreditPackages),
        (CreditList(packages=(), least=1, most=1, per_credit=Decimal(0)), PriceImpossible),
        (
            CreditList(
                packages=(CreditPackage(package_id="a", credits=1, price=Money.of(1)),) * 2,
                least=1,
                most=1,
                per_credit=Decimal(1),
            ),
            NoCreditPackages,
        ),
    ],
)
def test_entries_that_can_not_be_are_refused(entry: Entry, refusal: type[Refusal]) -> None:
    given(PriceBook.open(NOW)).when(scheduled(entry)).refused(refusal)


def test_free_cargo_can_be() -> None:
    free = CargoPrice(zone=EVERYWHERE, up_to_grams=30_000, price=Money.of(0))
    book = given(PriceBook.open(NOW), scheduled(free)).aggregate
    assert book.prices_at(LATER, OPENING).cargo_price("Van", 1) == Money.of(0)


def test_the_opening_list_offers_sizes_papers_and_all_classes() -> None:
    prices = PriceList(NOW, OPENING, ())
    assert len({each.size for each in prices.products}) >= 3
    assert len({each.paper for each in prices.products}) >= 2
    rates = {each.tax_class: (each.rate, each.exemption) for each in prices.rates}
    assert rates == {
        "general": (Decimal(20), ""),
        "reduced": (Decimal(10), ""),
        "lowest": (Decimal(1), ""),
        "printed_books": (Decimal(0), "335"),
    }


class Books(RuleBasedStateMachine):
    """The book against a plain list of what was asked at each moment: what was read once of a
    moment that has come is read for ever.
    """

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.book = PriceBook.open(NOW)
        self.read: dict[datetime, dict[str, Any]] = {}
        self.planned: dict[tuple[str, datetime], Entry] = {}

    @rule(
        price=st.none() | st.integers(1, 500),
        paper=st.sampled_from(["matte", "textured"]),
        minutes=st.none() | st.integers(-3, 40),
    )
    def schedules(self, price: int | None, paper: str, minutes: int | None) -> None:
        entry = a_cover(None if price is None else str(price), paper=paper)
        since = None if minutes is None else self.now + timedelta(minutes=minutes)
        try:
            begins = scheduled(entry, since)(self.book)
        except PriceInThePast:
            assert since is not None
            assert since < self.now
            return
        assert begins >= self.now + LEAD
        self.planned[entry.key, begins] = entry

    @rule(number=st.integers(0, 5))
    def withdraws(self, number: int) -> None:
        if self.planned:
            key, since = sorted(self.planned)[number % len(self.planned)]
            try:
                withdrawn(key, since)(self.book)
            except PriceInForce:
                assert since <= self.now
                return
            assert since > self.now
            del self.planned[key, since]

    @rule(minutes=st.integers(0, 30))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.book.at(self.now)
        self.read[self.now] = dict(self.book.prices_at(self.now, OPENING).entries)

    @invariant()
    def what_held_is_never_changed(self) -> None:
        for moment, entries in self.read.items():
            assert self.book.prices_at(moment, OPENING).entries == entries

    @invariant()
    def what_holds_is_the_latest_that_has_begun(self) -> None:
        for ahead in (0, 10, 60):
            moment = self.now + timedelta(minutes=ahead)
            prices = self.book.prices_at(moment, OPENING).entries
            for paper in ("matte", "textured"):
                key = f"product/135x210/{paper}"
                begun = [each for each in self.planned if each[0] == key and each[1] <= moment]
                if begun:
                    assert prices[key] == self.planned[max(begun)]


TestBooks = Books.TestCase
TestBooks.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
