"""Taking whole payments back on their own day: once, and known by the report, not by the answer."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from application.ports import CancelOutcome, Declined, Invalid, Paid, Refunded, Unknown
from domain.shared.money import Money
from tests.payments.till import SHOP_IP, Till

DAY = 24 * 3600


async def cancel(
    till: Till, paid: Paid, *, cancel_id: UUID | None = None, total: Money | None = None
) -> CancelOutcome:
    """Ask for the whole payment back."""
    return await till.gateway.cancel(
        cancel_id=cancel_id or uuid4(),
        payment_id=paid.payment_id,
        total=total or paid.paid,
        ip=SHOP_IP,
    )


async def test_a_payment_is_taken_back_on_its_own_day(till: Till) -> None:
    paid, cancel_id = await till.paid(), uuid4()
    assert await cancel(till, paid, cancel_id=cancel_id) == Refunded(str(cancel_id))
    assert (await till.booked(paid.payment_id))["cancelled"]


async def test_asking_again_cancels_nothing_twice(till: Till) -> None:
    paid, cancel_id = await till.paid(), uuid4()
    await cancel(till, paid, cancel_id=cancel_id)
    before = await cancel_calls(till)
    assert await cancel(till, paid, cancel_id=cancel_id) == Refunded(str(cancel_id))
    assert await cancel_calls(till) == before


@pytest.mark.parametrize(
    "kind", ["timeout_after_commit", "reset_after", "html", "truncated", "http_500"]
)
async def test_a_cancel_asked_again_after_any_fault_is_carried_out_once(
    till: Till, kind: str
) -> None:
    gateway = till.gateway_with(timeout_seconds=0.3 if kind == "timeout_after_commit" else 20)
    paid, cancel_id = await till.paid(), uuid4()
    await till.control("faults", call="cancel", kind=kind)
    first = await gateway.cancel(
        cancel_id=cancel_id, payment_id=paid.payment_id, total=paid.paid, ip=SHOP_IP
    )
    assert isinstance(first, Unknown)
    assert await cancel(till, paid, cancel_id=cancel_id) == Refunded(str(cancel_id))


async def test_what_was_refunded_in_part_can_not_be_cancelled(till: Till) -> None:
    paid = await till.paid()
    await till.gateway.refund(refund_id=uuid4(), line=paid.lines[0], amount=Money.of(1), ip=SHOP_IP)
    refused = await cancel(till, paid)
    assert isinstance(refused, Declined)
    assert refused.code == "5008"


async def test_yesterdays_payment_can_not_be_cancelled(fresh_till: Till) -> None:
    paid = await fresh_till.paid()
    await fresh_till.control("clock", advance_seconds=DAY)
    assert isinstance(await cancel(fresh_till, paid), Declined)
    assert not (await fresh_till.booked(paid.payment_id))["cancelled"]


async def test_a_card_that_can_not_be_cancelled_now_is_asked_again_later(till: Till) -> None:
    paid = await till.paid("5406670000000009")
    assert await cancel(till, paid) == Unknown("refused_for_now")


async def test_a_payment_of_another_total_is_not_cancelled(till: Till) -> None:
    paid = await till.paid()
    assert await cancel(till, paid, total=Money.of(1)) == Unknown("other_total", alarm=True)
    assert not (await till.booked(paid.payment_id))["cancelled"]


async def test_nothing_is_cancelled_while_the_report_can_not_be_read(till: Till) -> None:
    paid = await till.paid()
    await till.control("faults", call="report", kind="html")
    assert await cancel(till, paid) == Unknown("unreadable")
    assert not (await till.booked(paid.payment_id))["cancelled"]


async def test_a_payment_nobody_made_has_no_report_and_is_not_cancelled(till: Till) -> None:
    paid = await till.paid()
    outcome = await cancel(till, replace(paid, payment_id="1"))
    assert not isinstance(outcome, Refunded | Declined | Invalid)


async def cancel_calls(till: Till) -> int:
    """How often the emulator was asked to cancel."""
    return sum(call["call"] == "cancel" for call in await till.look("calls"))
