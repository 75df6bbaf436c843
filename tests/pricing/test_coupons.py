"""Coupons: what they take off, whom they refuse, how uses are counted, and who wins the last."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import pytest

from adapters.postgres.log import PostgresLog
from adapters.system import UuidIds
from application.bus import Bus
from application.drafts import RemoveCoupon
from application.orders import CancelOrder, CommitDraft, ExpireOrder
from application.pricing import EndCoupon, GiveCouponsBack, IssueCoupon
from application.store import Store
from application.terms import Terms
from domain.drafts import TooManyCoupons
from domain.orders import Order
from domain.pricing import (
    Coupon,
    CouponExists,
    CouponForFirstOrder,
    CouponNeedsMore,
    CouponNotValid,
    CouponRulesWrong,
    CouponsDoNotStack,
    CouponsLeaveNothing,
    CouponTakesNothingOff,
    CouponUsedByYou,
    CouponUsedUp,
    UnknownCoupon,
)
from domain.shared.errors import Refusal
from domain.shared.money import Money
from tests.given import NOW, TestClock
from tests.orders.examples import CUSTOMER, DRAFT, ORDER
from tests.pricing.examples import (
    CODE,
    FINANCE,
    Counter,
    complete_draft,
    enter,
    issue,
    rules,
    somebody,
)

SECOND = uuid5(DRAFT, "second")
COMMIT = CommitDraft(draft_id=DRAFT, customer_id=CUSTOMER)
COMMIT_SECOND = CommitDraft(draft_id=SECOND, customer_id=CUSTOMER)
CANCEL = CancelOrder(order_id=ORDER, customer_id=CUSTOMER)


@pytest.fixture
async def counter() -> Counter:
    """A draft that lacks nothing."""
    counter = Counter()
    await counter.draft()
    return counter


async def test_fifteen_percent_is_taken_off_each_line(counter: Counter) -> None:
    await counter.do(issue())
    await counter.do(enter("ilk sipariş".replace("ş", "s")))
    order = await counter.commits()
    assert [(line.kind, line.gross.amount, line.discount.amount) for line in order.lines] == [
        ("cover", Decimal("1071.00"), Decimal("189.00")),
        ("cargo", Decimal("25.50"), Decimal("4.50")),
    ]
    assert [(each.code, each.discount.amount) for each in order.coupons] == [
        (CODE, Decimal("193.50"))
    ]
    assert [line.list_price.amount for line in order.lines] == [1260, 30]


async def test_an_amount_is_shared_by_what_lines_cost(counter: Counter) -> None:
    await counter.do(issue(amount=Money.of("100.00")))
    await counter.do(enter())
    order = await counter.commits()
    assert [line.discount for line in order.lines] == [Money.of("97.67"), Money.of("2.33")]
    assert order.total == Money.of("1190.00")


async def test_a_coupon_for_cargo_leaves_the_cover_alone(counter: Counter) -> None:
    await counter.do(issue(amount=Money.of("100.00"), kinds=("cargo",)))
    await counter.do(enter())
    order = await counter.commits()
    assert [line.gross.amount for line in order.lines] == [1260, 0]


async def test_percentages_go_before_amounts_whatever_was_entered_first(counter: Counter) -> None:
    await counter.do(issue("ONCE", amount=Money.of("100.00"), stacks=True))
    await counter.do(issue("SONRA", percent=Decimal(10), stacks=True))
    for code in ("ONCE", "SONRA"):
        await counter.do(enter(code))
    order = await counter.commits()
    assert order.total == Money.of("1061.00")
    assert {each.code: each.discount.amount for each in order.coupons} == {
        "SONRA": 129,
        "ONCE": 100,
    }


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"valid_from": NOW + timedelta(seconds=1)}, CouponNotValid),
        ({"valid_from": NOW - timedelta(days=1), "valid_until": NOW}, CouponNotValid),
    ],
)
async def test_a_coupon_out_of_its_time_is_refused(
    counter: Counter, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    await counter.do(issue(**changes))
    await counter.refuses(refusal, enter())


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"minimum": Money.of("1260.01")}, CouponNeedsMore),
        ({"kinds": ("message_card",)}, CouponTakesNothingOff),
        ({"percent": Decimal(100)}, CouponsLeaveNothing),
        ({"amount": Money.of("1290.00")}, CouponsLeaveNothing),
    ],
)
async def test_a_coupon_that_does_not_fit_the_basket_is_refused_at_commit(
    counter: Counter, changes: dict[str, Any], refusal: type[Refusal]
) -> None:
    await counter.do(issue(**changes))
    await counter.do(enter())
    await counter.refuses(refusal, COMMIT)
    await counter.do(RemoveCoupon(draft_id=DRAFT, customer_id=CUSTOMER, code=CODE))
    assert (await counter.commits()).total == Money.of("1290.00")


async def test_the_minimum_counts_the_goods_without_cargo(counter: Counter) -> None:
    await counter.do(issue(minimum=Money.of("1260.00")))
    await counter.do(enter())
    assert (await counter.commits()).coupons


async def test_one_that_does_not_stack_is_used_alone(counter: Counter) -> None:
    await counter.do(issue("TEK"))
    await counter.do(issue("CIFT", stacks=True))
    for code in ("TEK", "CIFT"):
        await counter.do(enter(code))
    await counter.refuses(CouponsDoNotStack, COMMIT)


async def test_no_more_than_five_coupons_are_on_a_draft(counter: Counter) -> None:
    for number in range(6):
        await counter.do(issue(f"KUPON{number}", stacks=True))
    for number in range(5):
        await counter.do(enter(f"KUPON{number}"))
    await counter.refuses(TooManyCoupons, enter("KUPON5"))


async def test_what_nobody_issued_is_unknown(counter: Counter) -> None:
    await counter.refuses(UnknownCoupon, enter("YOKBOYLE"))
    await counter.refuses(UnknownCoupon, EndCoupon(code="YOKBOYLE", by=FINANCE))


async def test_one_that_was_ended_is_refused_also_when_it_was_entered_before(
    counter: Counter,
) -> None:
    await counter.do(issue())
    await counter.do(enter())
    await counter.do(EndCoupon(code=CODE, by=FINANCE))
    await counter.refuses(CouponNotValid, COMMIT)


async def test_rules_are_never_changed(counter: Counter) -> None:
    await counter.do(issue())
    await counter.do(issue())
    await counter.refuses(CouponExists, issue(percent=Decimal(99)))


@pytest.mark.parametrize(
    "wrong",
    [
        {"percent": Decimal(0)},
        {"percent": Decimal("100.01")},
        {"percent": Decimal("1.001")},
        {"percent": Decimal(1), "amount": Money.of(1)},
        {"percent": None},
        {"amount": Money.of(0)},
        {"amount": Money(Decimal("0.001"))},
        {"amount": Money.of(1, "EUR")},
        {"kinds": ()},
        {"kinds": ("cover", "cover")},
        {"kinds": ("credits",)},
        {"minimum": Money.of(-1)},
        {"most_uses": 0},
        {"most_per_person": 0},
        {"valid_until": NOW},
    ],
)
async def test_rules_that_can_not_be_are_refused(counter: Counter, wrong: dict[str, Any]) -> None:
    command = IssueCoupon(code="YANLIS", rules=rules(**wrong), by=FINANCE)
    await counter.refuses(CouponRulesWrong, command)


@pytest.mark.parametrize("code", ["", "ab", "A" * 25, "kupon!", "şş"])
async def test_codes_are_plain(counter: Counter, code: str) -> None:
    await counter.refuses(CouponRulesWrong, issue(code))


async def test_each_person_uses_it_as_often_as_it_says(counter: Counter) -> None:
    await counter.do(issue())
    await counter.draft(SECOND)
    for draft_id in (DRAFT, SECOND):
        await counter.do(enter(draft_id=draft_id))
    await counter.commits()
    await counter.refuses(CouponUsedByYou, COMMIT_SECOND)
    assert await counter.uses() == 1


async def test_the_first_order_is_one_that_was_not_given_up(counter: Counter) -> None:
    await counter.do(issue(first_order=True, most_per_person=None))
    await counter.draft(SECOND)
    await counter.commits()
    await counter.refuses(CouponForFirstOrder, enter(draft_id=SECOND))
    await counter.do(CANCEL)
    await counter.react()
    await counter.do(enter(draft_id=SECOND))
    assert (await counter.commits(SECOND)).coupons


async def test_who_has_another_order_has_had_a_first_one(counter: Counter) -> None:
    await counter.do(issue(first_order=True))
    await counter.commits()
    await counter.commits(await counter.draft(SECOND))
    await counter.do(CANCEL)
    await counter.react()
    third = await counter.draft(uuid5(DRAFT, "third"))
    await counter.refuses(CouponForFirstOrder, enter(draft_id=third))


@pytest.mark.parametrize("ending", ["cancelled", "expired"])
async def test_an_order_that_comes_to_nothing_gives_its_coupon_back(
    counter: Counter, ending: str
) -> None:
    await counter.do(issue(most_uses=1))
    await counter.do(enter())
    await counter.commits()
    assert (await counter.coupon()).taken == await counter.uses() == 1
    counter.clock.pass_(hours=25)
    await counter.do(CANCEL if ending == "cancelled" else ExpireOrder(order_id=ORDER))
    await counter.react()
    assert (await counter.coupon()).taken == await counter.uses() == 0
    head = await counter.log.head()
    await counter.do(GiveCouponsBack(order_id=ORDER))
    assert await counter.log.head() == head


async def test_an_order_that_stands_keeps_its_coupon(counter: Counter) -> None:
    await counter.do(issue(most_uses=1))
    await counter.do(enter())
    await counter.commits()
    await counter.do(GiveCouponsBack(order_id=ORDER))
    assert await counter.uses() == 1


async def one_of_many(bus: Bus, draft_id: UUID, customer_id: UUID) -> Order | Refusal | None:
    """Try to commit; the refusal if there is one."""
    try:
        await bus.execute(CommitDraft(draft_id=draft_id, customer_id=customer_id))
    except (CouponUsedUp, CouponUsedByYou, CouponForFirstOrder) as refusal:
        return refusal
    return None


async def test_of_fifty_people_at_once_one_has_the_last_use(counter: Counter) -> None:
    await counter.do(issue(most_uses=3))
    people = [somebody(number) for number in range(50)]
    drafts = [await counter.draft(uuid5(DRAFT, str(person)), person) for person in people]
    for draft_id, person in zip(drafts, people, strict=True):
        await counter.do(enter(draft_id=draft_id, customer_id=person))
    tried = await asyncio.gather(
        *(one_of_many(counter.bus, *pair) for pair in zip(drafts, people, strict=True))
    )
    assert sum(each is None for each in tried) == 3
    assert {type(each) for each in tried if each} == {CouponUsedUp}
    assert (await counter.coupon()).taken == 3
    assert counter.happened().count(Order.Placed) == 3


async def test_two_processes_never_give_out_one_use_twice_on_postgres(
    event_log: PostgresLog,
) -> None:
    buses = [Bus(event_log, {Terms: Terms()}, clock=TestClock(), ids=UuidIds()) for _ in range(3)]
    await buses[0].execute(issue(most_uses=2))
    people = [somebody(number) for number in range(12)]
    for person in people:
        for command in (*complete_draft(uuid5(DRAFT, str(person)), person),):
            await buses[0].execute(command)
        await buses[0].execute(enter(draft_id=uuid5(DRAFT, str(person)), customer_id=person))
    tried = await asyncio.gather(
        *(
            one_of_many(buses[n % 3], uuid5(DRAFT, str(person)), person)
            for n, person in enumerate(people)
        )
    )
    assert sum(each is None for each in tried) == 2
    coupon = await Store(event_log, NOW).get(Coupon, Coupon.id_of(CODE))
    assert coupon.taken == 2


@pytest.mark.parametrize("changes", [{}, {"first_order": True, "most_per_person": None}])
async def test_one_person_with_ten_drafts_at_once_uses_it_once(
    counter: Counter, changes: dict[str, Any]
) -> None:
    await counter.do(issue(**changes))
    drafts = [await counter.draft(uuid5(DRAFT, f"at once {number}")) for number in range(10)]
    for draft_id in drafts:
        await counter.do(enter(draft_id=draft_id))
    tried = await asyncio.gather(
        *(one_of_many(counter.bus, draft_id, CUSTOMER) for draft_id in drafts)
    )
    assert sum(each is None for each in tried) == 1
    assert await counter.uses() == 1
