"""Every way in which the two books may differ is found, named, and shown to somebody."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.reconciliation.books import MONDAY, Sale, TwoBooks, our_line, their_line

TUESDAY = MONDAY + timedelta(days=1)
LATER = MONDAY + timedelta(days=10)
ONE = Sale(name="one")
TWO = Sale(name="two", paid=Decimal("55.00"), commission=Decimal("1.36950000"))


async def test_what_both_have_and_was_paid_out_matches(books: TwoBooks) -> None:
    books.sell(ONE, TWO)
    books.pay_out(ONE, day=TUESDAY)
    books.pay_out(TWO, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {}
    assert [line.status for line in await books.look()] == ["matched", "matched"]


async def test_what_is_not_due_yet_is_expected(books: TwoBooks) -> None:
    books.come_to(TUESDAY)
    books.sell(ONE)
    await books.run()
    assert await books.stands() == {"payment tx-one": ("expected", ())}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"commission": ONE.commission + Decimal("0.01")}, "commission"),
        ({"fee": ONE.fee + Decimal("0.01")}, "fee"),
        ({"payment_id": "pay-other"}, "payment"),
        ({"conversation_id": str(TWO.attempt_id)}, "attempt"),
        ({"basket_id": str(TWO.order_id)}, "order"),
        ({"payout": ONE.net - Decimal("0.01")}, "payout_announced"),
    ],
)
async def test_a_figure_that_differs_is_named(
    books: TwoBooks, changed: dict[str, object], fault: str
) -> None:
    books.keep(our_line(ONE))
    books.theirs.rows[MONDAY].append(their_line(ONE, **changed))
    books.pay_out(ONE, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {"payment tx-one": ("mismatched", (fault,))}


async def test_a_line_that_they_never_report_is_aged(books: TwoBooks) -> None:
    books.sell(ONE, by="ours")
    books.pay_out(ONE, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert (await books.stands())["payment tx-one"] == ("aged", ("not_reported",))


async def test_a_line_that_they_report_twice_is_doubled(books: TwoBooks) -> None:
    books.sell(ONE)
    books.theirs.rows[MONDAY].append(their_line(ONE, reported_id="row-again"))
    books.pay_out(ONE, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {"payment tx-one": ("mismatched", ("doubled",))}


async def test_the_same_row_twice_in_a_report_is_doubled(books: TwoBooks) -> None:
    books.sell(ONE)
    books.theirs.rows[MONDAY] *= 2
    books.pay_out(ONE, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {"payment tx-one": ("mismatched", ("doubled",))}


async def test_a_payment_of_nobody_is_unknown(books: TwoBooks) -> None:
    books.theirs.rows[MONDAY].append(their_line(ONE, conversation_id="no id of ours"))
    await books.run()
    assert await books.stands() == {"payment tx-one": ("mismatched", ("unknown_payment",))}


async def test_a_payout_of_nothing_is_unknown(books: TwoBooks) -> None:
    books.pay_out(ONE, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {"payout tx-one": ("mismatched", ("unknown_payout",))}


async def test_what_is_not_paid_out_in_time_is_aged(books: TwoBooks) -> None:
    books.sell(ONE)
    await books.run(MONDAY, LATER)
    assert await books.stands() == {"payment tx-one": ("aged", ("not_paid_out",))}


@pytest.mark.parametrize("off", ["0.01", "-0.01", "50"])
async def test_a_payout_that_is_off_is_a_mismatch(books: TwoBooks, off: str) -> None:
    books.sell(ONE)
    books.pay_out(ONE, ONE.net + Decimal(off), day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {"payment tx-one": ("mismatched", ("payout",))}
    [line] = await books.look(ONE)
    assert line.difference == -Decimal(off)


async def test_a_payout_in_another_currency_is_shown(books: TwoBooks) -> None:
    books.sell(ONE)
    books.pay_out(ONE, day=TUESDAY)
    books.theirs.paid_out[TUESDAY] = [
        replace(each, currency="EUR") for each in books.theirs.paid_out[TUESDAY]
    ]
    await books.run(MONDAY, TUESDAY)
    assert (await books.stands())["payment tx-one"] == ("mismatched", ("currency",))


async def test_a_payout_that_bounced_is_not_paid_out(books: TwoBooks) -> None:
    books.sell(ONE)
    books.pay_out(ONE, day=TUESDAY, reference="STL-1")
    books.bounce("STL-1", "97.26", day=TUESDAY + timedelta(days=1))
    await books.run(MONDAY, LATER)
    assert await books.stands() == {"payment tx-one": ("aged", ("not_paid_out",))}
    books.pay_out(ONE, day=LATER, reference="STL-2")
    await books.run(LATER)
    assert await books.stands() == {}


async def test_a_refund_that_both_have_is_deducted_from_a_later_payout(books: TwoBooks) -> None:
    books.sell(ONE)
    books.pay_out(ONE, day=TUESDAY)
    books.refund(ONE, "40.00", day=TUESDAY)
    books.come_to(TUESDAY + timedelta(days=1))
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {"payment tx-one": ("expected", ())}
    books.come_to(LATER + timedelta(days=1))
    books.pay_out(ONE, "-40.00", day=LATER)
    await books.run(LATER)
    assert await books.stands() == {}


async def test_a_refund_that_is_never_deducted_is_a_mismatch(books: TwoBooks) -> None:
    books.sell(ONE)
    books.pay_out(ONE, day=TUESDAY)
    books.refund(ONE, "40.00", day=TUESDAY)
    await books.run(MONDAY, LATER)
    assert await books.stands() == {"payment tx-one": ("mismatched", ("payout",))}


async def test_refunds_that_only_one_side_has_are_found(books: TwoBooks) -> None:
    books.sell(ONE, TWO)
    books.pay_out(ONE, day=TUESDAY)
    books.pay_out(TWO, day=TUESDAY)
    books.refund(ONE, "10.00", by="ours")
    books.refund(TWO, "10.00", by="theirs")
    await books.run(MONDAY, TUESDAY)
    found = await books.stands()
    assert found["refund tx-one"] == ("aged", ("not_reported",))
    assert found["refund tx-two"] == ("mismatched", ("unknown_refund",))


async def test_a_refund_that_they_carried_out_twice_is_doubled(books: TwoBooks) -> None:
    books.sell(ONE)
    books.refund(ONE, "10.00")
    books.theirs.rows[MONDAY].append(
        replace(books.theirs.rows[MONDAY][-1], reported_id="refund-again")
    )
    books.pay_out(ONE, ONE.net - 10, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {"refund tx-one": ("mismatched", ("doubled",))}


async def test_a_refund_of_another_amount_is_a_mismatch(books: TwoBooks) -> None:
    books.sell(ONE)
    books.refund(ONE, "10.00", by="ours")
    books.refund(ONE, "10.01", by="theirs")
    books.pay_out(ONE, ONE.net - 10, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {"refund tx-one": ("mismatched", ("amount",))}


async def test_two_refunds_of_one_amount_are_told_apart_by_their_ids(books: TwoBooks) -> None:
    books.sell(ONE)
    books.refund(ONE, "10.00", number=1)
    books.refund(ONE, "10.00", number=2, by="ours")
    books.pay_out(ONE, ONE.net - 20, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {"refund tx-one": ("aged", ("not_reported",))}


async def test_a_cancelled_payment_is_never_paid_out(books: TwoBooks) -> None:
    books.sell(ONE)
    books.refund(ONE, "100.00", by="ours")
    books.theirs.rows[MONDAY].append(
        their_line(ONE, kind="cancel", reported_id="cancel-1", conversation_id="cancel")
    )
    await books.run(MONDAY, LATER)
    stands = await books.stands()
    assert "payment tx-one" not in stands
    assert stands == {"refund tx-one": ("expected", ())}, "its commission is not told back yet"


async def test_instalments_may_be_paid_out_over_months(books: TwoBooks) -> None:
    six = Sale(name="six", installments=6)
    books.sell(six)
    books.pay_out(six, six.net / 2, day=TUESDAY)
    await books.run(MONDAY, LATER)
    assert await books.stands() == {"payment tx-six": ("expected", ())}


async def test_a_row_of_which_nothing_succeeded_is_no_payment(books: TwoBooks) -> None:
    books.theirs.rows[MONDAY].append(their_line(ONE, succeeded=False))
    await books.run()
    assert await books.look() == []


async def test_days_around_midnight_make_no_difference(books: TwoBooks) -> None:
    books.keep(our_line(replace(ONE, day=TUESDAY)))
    books.theirs.rows[MONDAY].append(their_line(ONE))
    books.pay_out(ONE, day=TUESDAY)
    await books.run(MONDAY, TUESDAY)
    assert await books.stands() == {}
    assert [line.day for line in await books.look()] == [date(2026, 3, 3)]
