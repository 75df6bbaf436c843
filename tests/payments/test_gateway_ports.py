"""Taking and returning money: the fake gateway and iyzico's keep the same promises."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from msgspec import Struct
from msgspec.structs import replace

from adapters.iyzico.emulator.shopper import NO_FUNDS, PAYS
from adapters.memory import MemoryGateway
from application.ports import (
    CancelOutcome,
    CheckoutForm,
    CheckoutRequest,
    Declined,
    Invalid,
    NotFinal,
    Paid,
    PaymentExpectation,
    PaymentGateway,
    Refunded,
    RefundOutcome,
    Unknown,
)
from domain.shared.money import Money, total
from tests.payments.till import SHOP_IP, checkout, till_at

Step = Callable[[CheckoutForm], Awaitable[None]]


class Counter(Struct, frozen=True):
    """A gateway, and the shopper in front of it."""

    gateway: PaymentGateway
    pay: Step
    fail: Step

    async def open(self, request: CheckoutRequest) -> CheckoutForm:
        """A page."""
        form = await self.gateway.open_checkout(request)
        assert isinstance(form, CheckoutForm), form
        return form

    async def paid(self) -> Paid:
        """A payment of two lines."""
        request = checkout("1260.00", "30.00")
        form = await self.open(request)
        await self.pay(form)
        outcome = await self.gateway.outcome(form.token, expected(request))
        assert isinstance(outcome, Paid), outcome
        return outcome

    async def refund(self, paid: Paid, amount: str, refund_id: UUID | None = None) -> RefundOutcome:
        """Some of the first line back."""
        return await self.gateway.refund(
            refund_id=refund_id or uuid4(),
            line=paid.lines[0],
            amount=Money.of(amount),
            ip=SHOP_IP,
        )

    async def cancel(self, paid: Paid, cancel_id: UUID | None = None) -> CancelOutcome:
        """All of it back."""
        return await self.gateway.cancel(
            cancel_id=cancel_id or uuid4(),
            payment_id=paid.payment_id,
            total=paid.paid,
            ip=SHOP_IP,
        )


def expected(request: CheckoutRequest) -> PaymentExpectation:
    """What an honest answer agrees with."""
    return PaymentExpectation(
        attempt_id=request.attempt_id, order_id=request.order_id, total=request.total
    )


@contextlib.asynccontextmanager
async def fake() -> AsyncIterator[Counter]:
    """The fake."""
    gateway = MemoryGateway()

    async def pay(form: CheckoutForm) -> None:
        gateway.pay(form.token)

    async def fail(form: CheckoutForm) -> None:
        gateway.decline(form.token)

    yield Counter(gateway, pay, fail)


@contextlib.asynccontextmanager
async def iyzico() -> AsyncIterator[Counter]:
    """The emulator, asked through the SDK."""
    async with till_at() as till:

        async def pay(form: CheckoutForm) -> None:
            await till.shopper.pay(form.page_url, PAYS)

        async def fail(form: CheckoutForm) -> None:
            await till.shopper.pay(form.page_url, NO_FUNDS)

        yield Counter(till.gateway, pay, fail)


@pytest.fixture(params=[fake, iyzico], ids=["fake", "iyzico"])
async def counter(request: pytest.FixtureRequest) -> AsyncIterator[Counter]:
    """Each gateway in turn."""
    async with request.param() as opened:
        yield opened


async def test_a_page_is_paid_only_when_the_shopper_has_paid(counter: Counter) -> None:
    request = checkout("1260.00", "30.00")
    form = await counter.open(request)
    assert isinstance(await counter.gateway.outcome(form.token, expected(request)), NotFinal)
    await counter.fail(form)
    declined = await counter.gateway.outcome(form.token, expected(request))
    assert isinstance(declined, Declined)
    assert declined.group == "NOT_SUFFICIENT_FUNDS"
    await counter.pay(form)
    paid = await counter.gateway.outcome(form.token, expected(request))
    assert isinstance(paid, Paid)
    assert paid.paid == request.total == total(line.paid for line in paid.lines)
    assert [line.line_id for line in paid.lines] == [line.line_id for line in request.lines]


async def test_an_answer_to_another_question_raises_the_alarm(counter: Counter) -> None:
    request = checkout("1260.00")
    form = await counter.open(request)
    await counter.pay(form)
    other = replace(expected(request), total=Money.of(1))
    outcome = await counter.gateway.outcome(form.token, other)
    assert isinstance(outcome, Unknown)
    assert outcome.alarm


async def test_a_refund_is_given_once_however_often_it_is_asked_for(counter: Counter) -> None:
    paid, refund_id = await counter.paid(), uuid4()
    first = await counter.refund(paid, "1000.00", refund_id)
    assert isinstance(first, Refunded)
    assert await counter.refund(paid, "1000.00", refund_id) == first
    assert isinstance(await counter.refund(paid, "260.01"), Declined)
    assert isinstance(await counter.refund(paid, "260.00"), Refunded)


async def test_a_payment_is_cancelled_once_however_often_it_is_asked_for(
    counter: Counter,
) -> None:
    paid, cancel_id = await counter.paid(), uuid4()
    first = await counter.cancel(paid, cancel_id)
    assert isinstance(first, Refunded)
    assert await counter.cancel(paid, cancel_id) == first
    assert isinstance(await counter.refund(paid, "1.00"), Declined)


async def test_what_was_refunded_in_part_is_not_cancelled(counter: Counter) -> None:
    paid = await counter.paid()
    assert isinstance(await counter.refund(paid, "1.00"), Refunded)
    assert isinstance(await counter.cancel(paid), Declined)
    assert isinstance(await counter.refund(paid, "1259.00"), Refunded)


async def test_a_payment_nobody_made_gives_nothing_back(counter: Counter) -> None:
    paid = replace(await counter.paid(), payment_id="1")
    assert isinstance(await counter.cancel(paid), Invalid | Unknown)
