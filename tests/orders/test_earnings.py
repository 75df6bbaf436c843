"""What an order's delivery earns, and how money that goes back is taken apart, to the kuruş."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.orders import EarnedLine, Order, OrderLine, ReturnedPart
from domain.orders.earnings import earned_by, part_of, refund_state_of
from domain.shared.aggregate import Event
from domain.shared.money import Money, split_gross, total
from domain.upcasters import upcast
from tests.orders.examples import ATTEMPT, LINES, ORDER, TOTAL, a_line, an_order

ZERO = Money.of(0)


def happened(order: Order) -> list[Event]:
    """What happened to an order since it was last asked."""
    return [each for each in order.collect_events() if isinstance(each, Event)]


def delivered(*, returned: str | None = None) -> tuple[Order, Order.Delivered]:
    """An order that has arrived; some money of its cover went back before."""
    order = an_order()
    order.mark_paid(ATTEMPT, TOTAL)
    if returned is not None:
        order.record_refunded(UUID(int=1), LINES[0].line_id, amount=Money.of(returned))
    order.start_production("ab" * 32)
    order.ship(UUID(int=2))
    order.deliver()
    *_, last = happened(order)
    assert isinstance(last, Order.Delivered)
    return order, last


def test_a_delivery_earns_the_net_of_every_line() -> None:
    _, event = delivered()
    assert event.earned == (
        EarnedLine(line_id=LINES[0].line_id, kind="cover", net=Money.of("1050.00")),
        EarnedLine(line_id=LINES[1].line_id, kind="cargo", net=Money.of("25.00")),
    )


def test_a_delivery_does_not_earn_what_went_back_before() -> None:
    _, event = delivered(returned="420.00")
    assert [each.net for each in event.earned] == [Money.of("700.00"), Money.of("25.00")]
    _, event = delivered(returned="1260.00")
    assert [each.kind for each in event.earned] == ["cargo"]


def test_money_that_goes_back_says_whether_it_was_earned() -> None:
    order, _ = delivered()
    order.record_refunded(UUID(int=3), LINES[1].line_id, amount=Money.of("30.00"))
    [event] = happened(order)
    assert isinstance(event, Order.MoneyReturned)
    assert event.part == ReturnedPart(
        kind="cargo", net=Money.of("25.00"), kdv=Money.of("5.00"), earned=True
    )
    order = an_order()
    order.mark_paid(ATTEMPT, TOTAL)
    order.record_refunded(UUID(int=3), LINES[1].line_id, amount=Money.of("30.00"))
    *_, event = happened(order)
    assert isinstance(event, Order.MoneyReturned)
    assert not event.part.earned


KURUS = st.integers(min_value=1, max_value=500_000)


@settings(max_examples=200)
@given(
    kurus=st.lists(KURUS, min_size=1, max_size=6),
    rate=st.sampled_from((Decimal(1), Decimal(10), Decimal(20))),
    gone=st.integers(min_value=0, max_value=6),
)
def test_all_parts_of_a_line_are_its_invoice(kurus: list[int], rate: Decimal, gone: int) -> None:
    parts = [Money.of(Decimal(each) / 100) for each in kurus]
    line = OrderLine(line_id=ORDER, kind="cover", name="", gross=total(parts), kdv_rate=rate)
    before, cut = ZERO, []
    for part in parts[:gone]:
        cut.append(part_of(line, part, before=before, state="paid"))
        before += part
    earned = total(each.net for each in earned_by([line], {ORDER: before}))
    assert total(each.net for each in cut) + earned == split_gross(line.gross, rate).net
    assert all(each.net + each.kdv == part for each, part in zip(cut, parts, strict=False))


def test_how_much_went_back_is_told() -> None:
    paid = Money.of(10)
    assert refund_state_of(paid, ZERO) == "none"
    assert refund_state_of(paid, Money.of(9)) == "partly"
    assert refund_state_of(paid, paid) == "fully"


@pytest.mark.parametrize("kind", ["cover", "cargo", "design_fee", "message_card"])
def test_money_that_went_back_before_is_read_with_its_kdv(kind: str) -> None:
    line = a_line(kind, "100.00")  # type: ignore[arg-type]  # each of them is a kind
    stored = {
        "originator_id": str(ORDER),
        "line_id": str(line.line_id),
        "amount": {"amount": "100.00", "currency": "TRY"},
    }
    state = upcast("order.money_returned", stored, stored=1, present=2)
    assert state["part"] == {
        "kind": kind,
        "net": {"amount": "83.33", "currency": "TRY"},
        "kdv": {"amount": "16.67", "currency": "TRY"},
        "earned": False,
    }
