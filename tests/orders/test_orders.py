"""What an order allows and refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from domain.orders import (
    EDGES,
    ArtworkMissing,
    LinesWorthNothing,
    Order,
    OrderCannotMove,
    OrderLine,
    OrderMethod,
    OrderNotPayable,
    OrderNumber,
    OrderState,
    PaymentUnderWay,
    number_of,
)
from domain.shared.money import Money
from tests.given import NOW, given
from tests.orders.examples import (
    ARTWORK,
    ATTEMPT,
    CUSTOMER,
    LINES,
    ORDER,
    OTHER_ATTEMPT,
    PAY_BY,
    TOTAL,
    a_line,
    a_purchase,
    an_order,
    pay,
    start,
)

SHIPMENT, REFUND, SECOND_REFUND = (UUID(int=number) for number in (21, 22, 23))
PRINT = "ef" * 32


def produce(order: Order) -> None:
    order.start_production(PRINT)


def ship(order: Order) -> None:
    order.ship(SHIPMENT)


def deliver(order: Order) -> None:
    order.deliver()


def cancel(order: Order) -> None:
    order.cancel("customer")


def design(order: Order) -> None:
    order.start_design()


def attach(order: Order) -> None:
    order.attach_final_artwork(ARTWORK)


def expire(order: Order) -> None:
    order.at(PAY_BY).expire()


def refund(
    amount: str, refund_id: UUID = REFUND, line: OrderLine = LINES[0]
) -> Callable[[Order], None]:
    return lambda order: order.record_refunded(refund_id, line.line_id, amount=Money.of(amount))


def test_an_order_costs_the_sum_of_its_lines() -> None:
    assert an_order().total == TOTAL


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (a_line("cover", "0.00"),),
        (
            LINES[0],
            OrderLine(
                line_id=ORDER,
                kind="cargo",
                name="cargo",
                gross=Money.of(1, "EUR"),
                kdv_rate=LINES[0].kdv_rate,
            ),
        ),
    ],
)
def test_an_order_without_worth_is_not_placed(lines: tuple[OrderLine, ...]) -> None:
    example = an_order()
    with pytest.raises(LinesWorthNothing):
        Order.place(
            CUSTOMER,
            a_purchase(lines=lines),
            number=example.number,
            particulars=example.particulars,
            now=NOW,
        )


def test_one_attempt_is_open_at_a_time() -> None:
    given(an_order()).when(start).then(Order.PaymentStarted)
    given(an_order(), start).when(start).ignored()
    given(an_order(), start).when(lambda order: order.start_payment(OTHER_ATTEMPT)).refused(
        PaymentUnderWay, attempt_id=ATTEMPT
    )


def test_after_an_attempt_ended_another_may_begin() -> None:
    def end(order: Order) -> None:
        order.end_payment(ATTEMPT)

    given(an_order(), start).when(end).then(Order.PaymentEnded)
    given(an_order()).when(end).ignored()
    given(an_order(), start, end).when(lambda order: order.start_payment(OTHER_ATTEMPT)).then(
        Order.PaymentStarted
    )


def test_an_order_past_its_time_takes_no_new_attempt() -> None:
    given(an_order()).at(PAY_BY).when(start).refused(OrderNotPayable, state="expired")


@pytest.mark.parametrize("over", [pay, cancel, expire])
def test_what_is_paid_or_over_takes_no_new_attempt(over: Callable[[Order], None]) -> None:
    given(an_order(), over).when(start).refused(OrderNotPayable)


def test_an_order_keeps_one_payment() -> None:
    outcome = given(an_order(), start).when(pay).then(Order.Paid)
    assert (outcome.aggregate.paid, outcome.aggregate.open_attempt) == (TOTAL, None)
    given(an_order(), pay).when(pay).ignored()
    given(an_order(), pay).when(lambda order: order.mark_paid(OTHER_ATTEMPT, TOTAL)).refused(
        OrderCannotMove, state="paid", to="paid"
    )


def test_late_money_of_an_ended_attempt_leaves_the_open_one_open() -> None:
    order = given(an_order(), start).when(lambda order: order.mark_paid(OTHER_ATTEMPT, TOTAL))
    assert order.then(Order.Paid).aggregate.open_attempt == ATTEMPT


def test_a_cover_is_printed_shipped_and_delivered_once() -> None:
    given(an_order(), pay).when(produce).then(Order.ProductionStarted)
    given(an_order(), pay, produce).when(ship).then(Order.Shipped)
    given(an_order(), pay, produce, ship).when(deliver).then(Order.Delivered)
    everything = given(an_order(), pay, produce, ship, deliver)
    everything.when(deliver).ignored()
    given(an_order(), pay, produce, ship).when(ship).ignored()
    given(an_order(), pay, produce).when(produce).ignored()


def test_an_artist_works_before_the_print() -> None:
    given(an_order("artist"), pay).when(design).then(Order.DesignStarted)
    given(an_order("artist"), pay, design).when(design).ignored()
    given(an_order("artist"), pay, design).when(produce).refused(ArtworkMissing)
    given(an_order("artist"), pay, design).when(attach).then(Order.ArtworkAttached)
    given(an_order("artist"), pay, design, attach).when(attach).ignored()
    given(an_order("artist"), pay, design, attach).when(produce).then(Order.ProductionStarted)


def test_only_an_artists_order_is_designed_and_gets_its_artwork_later() -> None:
    given(an_order("upload"), pay).when(design).refused(OrderCannotMove, to="in_design")
    changed = ARTWORK.__class__(
        digest="00", media_type="image/png", width=1, height=1, preview_digest="00"
    )
    given(an_order("upload"), pay).when(lambda order: order.attach_final_artwork(changed)).refused(
        OrderCannotMove, to="artwork"
    )


def test_a_customer_cancels_until_it_is_in_production() -> None:
    outcome = given(an_order()).when(cancel).then(Order.Cancelled)
    assert isinstance(outcome.events[0], Order.Cancelled)
    assert outcome.events[0].paid_attempt_id is None
    outcome = given(an_order(), pay).when(cancel).then(Order.Cancelled)
    assert isinstance(outcome.events[0], Order.Cancelled)
    assert outcome.events[0].paid_attempt_id == ATTEMPT
    given(an_order(), cancel).when(cancel).ignored()
    given(an_order(), pay, produce).when(cancel).refused(OrderCannotMove, state="in_production")


def test_an_unpaid_order_expires_when_its_time_is_over_and_no_attempt_is_open() -> None:
    given(an_order()).when(expire).then(Order.Expired)
    given(an_order()).when(lambda order: order.at(PAY_BY - timedelta(seconds=1)).expire()).ignored()
    given(an_order(), start).when(expire).ignored()
    given(an_order(), pay).when(expire).ignored()


def test_refunds_are_counted_once_beside_the_state() -> None:
    order = given(an_order(), pay).when(refund("1260.00")).then(Order.MoneyReturned).aggregate
    assert (order.refund_state, order.state) == ("partly", "paid")
    given(order).when(refund("1260.00")).ignored()
    given(order).when(refund("30.00", SECOND_REFUND)).ignored()
    cargo = refund("30.00", SECOND_REFUND, LINES[1])
    order = given(order).when(cargo).then(Order.MoneyReturned).aggregate
    assert order.refund_state == "fully"
    assert an_order().refund_state == "none"


STEPS: dict[OrderState, Callable[[Order], None]] = {
    "paid": pay,
    "in_design": design,
    "in_production": produce,
    "shipped": ship,
    "delivered": deliver,
    "cancelled": cancel,
    "expired": expire,
}
WAYS: dict[OrderState, tuple[Callable[[Order], None], ...]] = {
    "awaiting_payment": (),
    "paid": (pay,),
    "in_design": (pay, design, attach),
    "in_production": (pay, attach, produce),
    "shipped": (pay, attach, produce, ship),
    "delivered": (pay, attach, produce, ship, deliver),
    "cancelled": (cancel,),
    "expired": (expire,),
}


@pytest.mark.parametrize("goal", STEPS)
@pytest.mark.parametrize("state", WAYS)
def test_an_order_takes_no_step_that_it_does_not_have(state: OrderState, goal: OrderState) -> None:
    method: OrderMethod = "artist"
    outcome = given(an_order(method), *WAYS[state], attach if state == "paid" else _nothing).when(
        STEPS[goal]
    )
    moved = outcome.aggregate.state
    only_credits = (state, goal) == ("paid", "delivered")
    steps = goal in EDGES[state] and not only_credits
    assert moved == (goal if steps else state)
    assert bool(outcome.events) == steps


def _nothing(_order: Order) -> None:
    return


def test_an_order_number_reads_well_and_is_always_the_same() -> None:
    number = number_of(ORDER)
    assert number == number_of(ORDER)
    assert number != number_of(ORDER, 1)
    assert len(number) == len("PK-XXXXX-XXXXX")
    assert not set("ILOU") & set(number[3:])


def test_a_number_is_taken_by_one_order() -> None:
    taken = OrderNumber.take(number_of(ORDER), ORDER, now=NOW)
    assert (taken.id, taken.order_id) == (OrderNumber.id_of(taken.number), ORDER)
