"""Refunds that the bank takes its time for: pending until it has spoken, and never given twice."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from application.ports import Declined, Invalid, Paid, Pending, Refunded, RefundOutcome, Unknown
from domain.shared.money import Money
from tests.payments.till import SHOP_IP, Till

DAY = 24 * 3600


async def refund(till: Till, paid: Paid, refund_id: UUID, amount: str = "60.00") -> RefundOutcome:
    """Ask for some of the first line."""
    return await till.gateway.refund(
        refund_id=refund_id, line=paid.lines[0], amount=Money.of(amount), ip=SHOP_IP
    )


async def calls(till: Till, name: str) -> int:
    """How often the emulator was asked so."""
    return sum(call["call"] == name for call in await till.look("calls"))


async def test_a_refund_is_pending_until_the_bank_has_made_it(fresh_till: Till) -> None:
    paid, refund_id = await fresh_till.paid(), uuid4()
    await fresh_till.control("refunds", seconds=3600, times=1)
    assert await refund(fresh_till, paid, refund_id) == Pending(str(refund_id))
    assert await refund(fresh_till, paid, refund_id) == Pending(str(refund_id))
    await fresh_till.control("clock", advance_seconds=3601)
    assert await refund(fresh_till, paid, refund_id) == Refunded(str(refund_id))
    assert await calls(fresh_till, "refund") == 1


async def test_a_refund_the_bank_refuses_after_all_is_not_sent_again(fresh_till: Till) -> None:
    paid, refund_id = await fresh_till.paid(), uuid4()
    await fresh_till.control("refunds", seconds=3600, times=1, fails=True)
    assert await refund(fresh_till, paid, refund_id) == Pending(str(refund_id))
    await fresh_till.control("clock", advance_seconds=3601)
    refused = await refund(fresh_till, paid, refund_id)
    assert isinstance(refused, Declined)
    assert refused.group == "REFUND_FAILED"
    assert await calls(fresh_till, "refund") == 1
    assert await refund(fresh_till, paid, uuid4()) == Refunded(
        (await fresh_till.booked(paid.payment_id))["items"][0]["refunds"][-1]["conversation_id"]
    )


async def test_a_refund_whose_report_is_lost_is_what_the_signed_answer_says(till: Till) -> None:
    paid, refund_id = await till.paid(), uuid4()
    await till.control("faults", call="refund", kind="reset_after")
    assert await refund(till, paid, refund_id) == Unknown("connection_lost")
    assert await refund(till, paid, refund_id) == Refunded(str(refund_id))


@pytest.mark.parametrize("days", [364, 366])
async def test_after_a_year_nothing_comes_back(fresh_till: Till, days: int) -> None:
    paid = await fresh_till.paid()
    await fresh_till.control("clock", advance_seconds=days * DAY)
    outcome = await refund(fresh_till, paid, uuid4())
    assert isinstance(outcome, Refunded if days < 365 else Declined)


async def test_a_line_that_is_not_there_is_our_mistake(till: Till) -> None:
    paid = await till.paid()
    line = paid.lines[0]
    reference = line.transaction_id.partition(":")[0] + ":1"
    other = type(line)(
        line_id=line.line_id,
        transaction_id=reference,
        paid=line.paid,
        commission=line.commission,
        fee=line.fee,
    )
    outcome = await till.gateway.refund(
        refund_id=uuid4(), line=other, amount=Money.of(1), ip=SHOP_IP
    )
    assert isinstance(outcome, Invalid)
    assert outcome.code == "5001"
