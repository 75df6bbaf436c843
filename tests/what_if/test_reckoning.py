"""Whatever a person did: the present rules give what is booked, and other rules what they say."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from application.store import Recorded
from application.what_if import (
    FIGURES,
    CodedRules,
    Figures,
    NotReckoned,
    WrittenRules,
    changed_rules,
    facts_of,
    present_rules,
)
from domain.orders import Order
from domain.shared.money import Money
from tests.given import NOW
from tests.what_if.shop import TERMS, Shop

PRESENT = present_rules(TERMS)
ACTIONS = st.one_of(
    st.tuples(st.just("waits"), st.integers(1, 50)),
    st.tuples(st.just("generates"), st.integers(0, 2)),
    st.tuples(st.just("gets_candidates")),
    st.tuples(st.just("gets_nothing")),
    st.tuples(st.just("complains"), st.integers(1, 250)),
    st.tuples(st.just("buys_credits"), st.integers(1, 700), st.decimals(1, 200, places=2)),
    st.tuples(st.just("returns_credits")),
    st.tuples(
        st.just("orders_cover"),
        st.one_of(st.none(), st.decimals(1, 900, places=2)),
        st.decimals(0, 1260, places=2),
    ),
    st.tuples(st.just("cancels")),
    st.tuples(st.just("is_granted"), st.integers(1, 300), st.integers(1, 90)),
    st.tuples(
        st.just("is_adjusted"),
        st.integers(1, 300),
        st.sampled_from([None, "promotional", "purchased"]),
    ),
    st.tuples(st.just("spends_some"), st.integers(1, 300), st.integers(1, 300)),
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "generation_prices": st.lists(st.integers(0, 400), min_size=1, max_size=4).map(tuple),
        "welcome": st.integers(0, 900),
        "welcome_days": st.integers(0, 200),
        "purchased_days": st.integers(1, 100),
        "cancelled_percent": st.integers(0, 100),
        "lines_kept": st.sampled_from([(), ("cargo",), ("cover", "design_fee")]),
        "credits_percent": st.integers(0, 100),
        "keeps": st.sampled_from(["gross", "net"]),
        "cover": st.decimals(0, 3000, places=2),
        "customer_fee_percent": st.integers(0, 300),
        "designer_share_percent": st.integers(0, 100),
    },
)


def lived(actions: list[tuple[Any, ...]]) -> Shop:
    """A person who has done all of this."""
    shop = Shop()
    for name, *arguments in actions:
        getattr(shop, name)(*arguments)
    return shop


def difference(shop: Shop, changed: Any, figure: str, **more: Any) -> Any:
    """By how much one figure differs, for somebody whose books are as the present rules say."""
    outcome = shop.outcome(changed, present=PRESENT, **more)
    assert not outcome.deviations
    return getattr(outcome.changed, figure) - getattr(outcome.present, figure)


@given(st.lists(ACTIONS, max_size=25))
def test_the_present_rules_give_exactly_what_is_booked(actions: list[tuple[Any, ...]]) -> None:
    outcome = lived(actions).outcome(PRESENT, present=PRESENT)
    assert outcome.deviations == ()
    assert outcome.present == outcome.changed


@given(st.lists(ACTIONS, max_size=25), CHANGES)
def test_by_any_rules_nobody_spends_what_they_have_not_and_all_figures_are_exact(
    actions: list[tuple[Any, ...]], changes: dict[str, Any]
) -> None:
    changed = replace(PRESENT, **changes)
    outcome = lived(actions).outcome(changed, present=PRESENT)
    assert outcome.deviations == ()
    figures = outcome.changed
    assert figures.left >= 0
    assert 0 <= figures.returned <= figures.charged
    for name, value in zip(FIGURES, figures.values, strict=True):
        assert type(value) in {int, Decimal}
        assert isinstance(value, int) or value == value.quantize(Decimal("0.01")), name


@given(st.lists(ACTIONS, max_size=20), CHANGES)
def test_rules_that_change_later_change_nothing_before(
    actions: list[tuple[Any, ...]], changes: dict[str, Any]
) -> None:
    shop = lived(actions)
    changed = replace(PRESENT, **changes)
    outcome = shop.outcome(changed, present=PRESENT, since=shop.now + timedelta(days=1))
    assert outcome.present == outcome.changed


def painted(generations: int) -> Shop:
    """Somebody who had so many generations of one draft."""
    shop = Shop()
    for _ in range(generations):
        assert shop.generates(0)
        shop.gets_candidates()
    return shop


def test_a_dearer_ladder_costs_more_until_there_is_no_credit_for_it() -> None:
    shop = painted(2)
    dearer = replace(PRESENT, generation_prices=(100, 250))
    assert difference(shop, dearer, "spent") == 50
    dear = replace(PRESENT, generation_prices=(300,))
    outcome = shop.outcome(dear, present=PRESENT)
    assert (outcome.changed.spent, outcome.changed.unpaid, outcome.changed.left) == (300, 300, 200)


def test_a_generation_that_could_not_have_been_paid_does_not_make_the_next_one_dearer() -> None:
    shop = painted(2)
    shop.buys_credits(1_000, Decimal(150))
    shop.generates(0)
    shop.gets_candidates()
    ladder = replace(PRESENT, generation_prices=(450, 460))
    outcome = shop.outcome(ladder, present=PRESENT)
    assert (outcome.changed.spent, outcome.changed.unpaid) == (450 + 460, 460)


def test_a_free_generation_needs_no_credits_and_still_counts() -> None:
    assert difference(painted(2), replace(PRESENT, generation_prices=(0, 10)), "left") == 290


def test_without_a_bonus_nothing_could_have_been_generated() -> None:
    outcome = painted(2).outcome(replace(PRESENT, welcome=0), present=PRESENT)
    assert (outcome.changed.granted, outcome.changed.unpaid, outcome.changed.left) == (0, 200, 0)


def test_a_bonus_that_expires_sooner_is_gone_when_it_is_wanted() -> None:
    shop = Shop()
    shop.waits(40)
    shop.generates(0)
    shop.gets_candidates()
    outcome = shop.outcome(replace(PRESENT, welcome_days=30), present=PRESENT)
    assert (outcome.changed.expired, outcome.changed.unpaid) == (500, 100)


def test_bought_credits_that_expire_carry_their_money_to_the_house() -> None:
    shop = Shop()
    shop.buys_credits(500, Decimal("80.00"))
    shop.waits(60)
    outcome = shop.outcome(replace(PRESENT, purchased_days=30), present=PRESENT)
    assert outcome.changed.expired - outcome.present.expired == 500
    assert outcome.changed.carried == Decimal("66.67")


@pytest.mark.parametrize(
    ("changes", "returned"),
    [
        ({"cancelled_percent": 90}, Decimal("1161.00")),
        ({"lines_kept": ("cargo",)}, Decimal("1260.00")),
        ({"cover": Decimal("1000.00")}, Decimal("1030.00")),
    ],
)
def test_a_cancelled_order_gives_back_what_the_rule_says(
    changes: dict[str, Any], returned: Decimal
) -> None:
    shop = Shop()
    shop.orders_cover()
    shop.cancels()
    assert shop.outcome(replace(PRESENT, **changes), present=PRESENT).changed.returned == returned


def test_a_lower_kdv_leaves_the_price_or_what_is_left_without_it() -> None:
    shop = Shop()
    shop.orders_cover()
    text = '[kdv]\nrates = [{from = 2026-02-01, rate = 10}]\nkeeps = "%s"'
    by_price = changed_rules(text % "gross", PRESENT)
    assert difference(shop, by_price, "kept") == 0
    assert difference(shop, by_price, "kdv") == Decimal("117.28") - 215
    by_net = changed_rules(text % "net", PRESENT)
    assert difference(shop, by_net, "kept") == Decimal("-107.50")
    later = changed_rules("[kdv]\nrates = [{from = 2026-03-02, rate = 10}]", PRESENT)
    assert difference(shop, later, "kdv") == 0


def test_a_designers_share_is_taken_of_what_the_customer_is_asked_for() -> None:
    shop = Shop()
    shop.orders_cover(Decimal("400.00"))
    half = replace(PRESENT, customer_fee_percent=50, designer_share_percent=80)
    assert difference(shop, half, "fees") == Decimal("-240.00")
    assert difference(shop, half, "charged") == Decimal("-200.00")


def test_designers_earn_what_their_accounts_say() -> None:
    """Of a fee of 450.00 their share is 300.00, and a third of it went back."""
    shop = Shop()
    shop.is_paid_for_design("300.00")
    outcome = shop.outcome(replace(PRESENT, designer_share_percent=80), present=PRESENT)
    assert (outcome.present.fees, outcome.changed.fees) == (Decimal("200.00"), Decimal("160.00"))
    assert outcome.deviations == ()


def test_half_of_a_complaint_comes_back_where_the_rule_says_so() -> None:
    shop = painted(1)
    shop.complains(60)
    assert difference(shop, replace(PRESENT, credits_percent=50), "given_back") == -30


def test_a_coupon_makes_another_price_cheaper_in_proportion() -> None:
    shop = painted(1)
    shop.orders_cover(None, Decimal("315.00"))
    assert difference(shop, replace(PRESENT, cover=Decimal("1300.00")), "kept") == 30


def test_another_rate_of_the_general_class_leaves_other_classes_alone() -> None:
    shop = painted(1)
    shop.orders_cover(None, Decimal("60.00"))
    assert difference(shop, changed_rules("[kdv]\nrate = 0", PRESENT), "kdv") == -200


def test_books_by_other_rules_than_the_present_ones_are_told() -> None:
    present = replace(PRESENT, welcome=300, cover=Decimal("900.00"))
    shop = painted(1)
    shop.orders_cover()
    deviations = shop.outcome(present, present=present).deviations
    told = {each.figure: (each.booked, each.present) for each in deviations}
    assert told["granted"] == ("500", "300")
    assert told["kept"] == ("1290.00", "930.00")
    assert "spent" not in told


def test_python_rules_answer_anew_beside_the_present_answer() -> None:
    rules = CodedRules.of(
        "def generation_price(earlier, present):\n    return 0 if earlier else present\n"
        "def kdv_rate(at, present):\n    return present / 2\n",
        PRESENT,
    )
    shop = painted(2)
    shop.orders_cover()
    assert difference(shop, rules, "spent") == -200
    assert difference(shop, rules, "kdv") == Decimal("117.28") - 215
    assert (
        difference(shop, CodedRules.of("def fee_percent(present): return present", PRESENT), "kept")
        == 0
    )


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("return -1", r"generation_price answered -1; it must be a whole number of credits"),
        ("return 0.5", r"answered 0\.5"),
        ("return 1 // 0", r"generation_price failed at line 2: ZeroDivisionError"),
    ],
)
def test_a_python_rule_that_gives_nonsense_is_named(code: str, why: str) -> None:
    rules = CodedRules.of(f"def generation_price():\n    {code}\n", PRESENT)
    with pytest.raises(NotReckoned, match=why):
        painted(1).outcome(rules, present=PRESENT)


EVERYTHING = """
from decimal import ROUND_DOWN

def welcome_credits(present): return present * 2
def expires_at(origin, booked, at): return None if origin == "welcome" else booked
def line_price(kind, booked): return (booked / 2).quantize(Decimal("0.01"), ROUND_DOWN)
def returned_percent(kind, cancelled): return 50 if cancelled else 100
def refunded_percent(): return 0
def share_percent(present): return present // 4
keeps = "net"
"""


def test_python_rules_may_answer_every_question() -> None:
    rules = CodedRules.of(EVERYTHING, PRESENT)
    shop = painted(1)
    shop.complains(50)
    shop.orders_cover(Decimal("100.00"))
    shop.orders_cover()
    shop.cancels()
    shop.waits(100)
    changed = shop.outcome(rules, present=PRESENT).changed
    assert (changed.granted, changed.given_back, changed.expired) == (1_000, 0, 0)
    assert changed.charged == Decimal("1390.00") / 2 + Decimal("1290.00") / 2
    assert changed.returned == Decimal("322.50")
    assert changed.fees == Decimal("25.00")


def test_amounts_of_another_currency_are_not_reckoned() -> None:
    shop = Shop()
    order = shop.orders_cover()
    [placed] = [each for each in shop.events if isinstance(each, Order.Placed)]
    euros = tuple(replace(line, gross=Money.of(1, "EUR")) for line in order.lines)
    foreign = replace(placed, purchase=replace(placed.purchase, lines=euros))
    with pytest.raises(NotReckoned, match="there are amounts in EUR; only TRY is reckoned"):
        facts_of(Recorded(1, foreign, None))


def test_an_order_that_does_not_begin_is_not_reckoned() -> None:
    shop = Shop()
    shop.orders_cover()
    shop.events = [each for each in shop.events if not isinstance(each, Order.Placed)]
    with pytest.raises(NotReckoned, match="has no beginning in what was read"):
        shop.outcome(PRESENT, present=PRESENT)


def test_figures_of_nobody_are_zero() -> None:
    assert set(Figures().values) == {0, Decimal("0.00")}
    assert isinstance(PRESENT, WrittenRules)
    assert NOW.tzinfo
