"""What every provider behind the port promises: one in memory, the emulated one, and the bank."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from msgspec.structs import replace

from adapters.memory import MemoryGateway
from application.ports import (
    CheckoutForm,
    CheckoutRequest,
    Declined,
    NotFinal,
    Paid,
    PaymentExpectation,
    PaymentGateway,
    Pending,
    Refunded,
    Unknown,
)
from domain.shared.money import Money, total
from tests.bank.files import a_line
from tests.bank.shop import BankShop, imported
from tests.payments.till import Till, checkout, till_at

PRICES = ("1260.00", "30.00")


class World(ABC):
    """A provider, and somebody who pays there."""

    gateway: PaymentGateway

    @abstractmethod
    async def pay(self, form: CheckoutForm, price: Money) -> None:
        """The shopper pays all of it."""

    async def settle_refund(self, reference: str, amount: Money) -> None:
        """The provider gives back what it said that it would."""
        raise AssertionError(f"{reference} over {amount} waits for nothing")


class Memory(World):
    def __init__(self) -> None:
        self.gateway = self.book = MemoryGateway()

    async def pay(self, form: CheckoutForm, price: Money) -> None:  # noqa: ARG002 - the book knows
        self.book.pay(form.token)


class Emulated(World):
    def __init__(self, till: Till) -> None:
        self.till = till
        self.gateway = till.gateway

    async def pay(self, form: CheckoutForm, price: Money) -> None:  # noqa: ARG002 - the page knows
        await self.till.shopper.pay(form.page_url, "5526080000000006")


class Bank(World):
    def __init__(self) -> None:
        self.shop = BankShop()
        self.gateway = self.shop.bank

    async def pay(self, form: CheckoutForm, price: Money) -> None:
        await self._tells(str(price.amount), form.token)

    async def settle_refund(self, reference: str, amount: Money) -> None:
        await self._tells(f"-{amount.amount}", reference)

    async def _tells(self, amount: str, text: str) -> None:
        await self.shop.do(imported(self.shop.statement(a_line(amount, text))))
        await self.shop.react()


@asynccontextmanager
async def opened(kind: str) -> AsyncIterator[World]:
    """A world of this kind."""
    if kind == "emulated":
        async with till_at() as till:
            yield Emulated(till)
    else:
        yield Memory() if kind == "memory" else Bank()


@pytest.fixture(params=["memory", "emulated", "bank"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    async with opened(request.param) as found:
        yield found


def expectation(request: CheckoutRequest) -> PaymentExpectation:
    return PaymentExpectation(
        attempt_id=request.attempt_id, order_id=request.order_id, total=request.total
    )


async def visited(world: World) -> tuple[CheckoutRequest, CheckoutForm]:
    request = checkout(*PRICES)
    form = await world.gateway.open_checkout(request)
    assert isinstance(form, CheckoutForm), form
    return request, form


async def paid(world: World) -> tuple[CheckoutRequest, Paid]:
    request, form = await visited(world)
    await world.pay(form, request.total)
    outcome = await world.gateway.outcome(form.token, expectation(request))
    assert isinstance(outcome, Paid), outcome
    return request, outcome


def refunding(outcome: Paid, amount: str) -> dict[str, Any]:
    facts = {"line": outcome.lines[0], "amount": Money.of(amount), "ip": "127.0.0.1"}
    return {"refund_id": uuid4(), **facts}


async def test_a_page_has_a_token_an_address_and_an_end(world: World) -> None:
    _, form = await visited(world)
    assert form.token
    assert form.page_url.startswith("http")
    assert form.expires_in_seconds > 0


async def test_nobody_has_paid_until_somebody_pays(world: World) -> None:
    request, form = await visited(world)
    assert isinstance(await world.gateway.outcome(form.token, expectation(request)), NotFinal)


async def test_what_was_paid_is_what_was_asked_line_by_line(world: World) -> None:
    request, outcome = await paid(world)
    assert outcome.paid == request.total == total(line.paid for line in outcome.lines)
    assert {line.line_id: line.paid for line in outcome.lines} == {
        line.line_id: line.price for line in request.lines
    }
    assert len({line.transaction_id for line in outcome.lines}) == len(PRICES)


async def test_asked_again_it_says_the_same(world: World) -> None:
    request, form = await visited(world)
    await world.pay(form, request.total)
    first, second = [
        await world.gateway.outcome(form.token, expectation(request)) for _ in range(2)
    ]
    assert first == second


async def test_an_answer_is_not_taken_for_another_price(world: World) -> None:
    request, form = await visited(world)
    await world.pay(form, request.total)
    other = replace(expectation(request), total=Money.of("1.00"))
    outcome = await world.gateway.outcome(form.token, other)
    assert isinstance(outcome, Unknown), outcome
    assert outcome.alarm


async def test_an_unknown_token_is_no_payment(world: World) -> None:
    request, _ = await visited(world)
    outcome = await world.gateway.outcome("no-such-token", expectation(request))
    assert not isinstance(outcome, Paid)


async def test_a_refund_asked_twice_is_one_refund(world: World) -> None:
    _, outcome = await paid(world)
    asked = refunding(outcome, "100.00")
    first = await world.gateway.refund(**asked)
    again = await world.gateway.refund(**asked)
    assert isinstance(first, Refunded | Pending), first
    assert again == first


async def test_a_refund_is_done_in_the_end(world: World) -> None:
    _, outcome = await paid(world)
    asked = refunding(outcome, "100.00")
    answer = await world.gateway.refund(**asked)
    if isinstance(answer, Pending):
        await world.settle_refund(answer.refund_reference, asked["amount"])
        answer = await world.gateway.refund(**asked)
    assert isinstance(answer, Refunded), answer


async def test_a_whole_payment_is_called_off_or_that_is_declined(world: World) -> None:
    request, outcome = await paid(world)
    answer = await world.gateway.cancel(
        cancel_id=uuid4(), payment_id=outcome.payment_id, total=request.total, ip="127.0.0.1"
    )
    assert isinstance(answer, Refunded | Declined), answer
