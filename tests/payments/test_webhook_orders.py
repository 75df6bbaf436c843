"""Recorded sequences of webhooks, in every order in which they could arrive: one final state."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import Any, Literal

import msgspec
import pytest
from msgspec import Struct

from adapters.iyzico.emulator.seals import seal_notice
from adapters.iyzico.hints import IyzicoWebhooks
from adapters.memory_webhooks import MemoryInbox
from adapters.system import UuidIds
from application.payments import AskAboutPayment, RefundOrder, WebhookDesk
from application.ports import Declined, NotFinal, Pending
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.processes import refunds as _refunds  # noqa: F401  # the same
from domain.orders import Order
from domain.payments import PaymentAttempt
from domain.shared.money import Money
from tests.orders.examples import ATTEMPT, ORDER, TOTAL, Shop
from tests.payments.commands import REQUEST
from tests.payments.received import message

SECRET = "sandbox-secret"
NO_FUNDS = Declined(group="NOT_SUFFICIENT_FUNDS", code="10051", message="Declined")
WAITS = NotFinal("INIT_THREEDS")
Seen = Literal["signed", "unsigned"]


class Told(Struct, frozen=True):
    """One message: the event, the status, and what makes it the same message or another one."""

    status: str
    reference: str
    event: str = "CHECKOUT_FORM_AUTH"


A_CARD_AND_ANOTHER = (
    Told("INIT_THREEDS", "1"),
    Told("FAILURE", "2"),
    Told("CALLBACK_THREEDS", "3"),
    Told("SUCCESS", "4"),
    Told("SUCCESS", "4"),
)
"""The bank refused one card, the next one went through, and that was told twice."""
TOLD_OVER_AND_OVER = (
    Told("SUCCESS", "1"),
    Told("SUCCESS", "2"),
    Told("FAILURE", "3"),
    Told("SUCCESS", "4", event="SOMETHING_NEW"),
)
"""The failure of an earlier card is told last, by new messages each."""
A_SLOW_REFUND = (
    Told("FAILURE", "1", event="REFUND_RETRY_FAILURE"),
    Told("SUCCESS", "2", event="REFUND_RETRY_SUCCESS"),
    Told("SUCCESS", "2", event="REFUND_RETRY_SUCCESS"),
    Told("SUCCESS", "3"),
)
"""The bank failed to give money back and then did, and the payment is told once more."""


def orders_of(sequence: tuple[Told, ...]) -> list[tuple[Told, ...]]:
    """Every order in which they could arrive, each once."""
    return sorted(set(permutations(sequence)), key=str)


class Counter:
    """A shop, its desk for webhooks, and the bank's moods: `truths` come one by one."""

    def __init__(self, seen: Seen) -> None:
        self.shop = Shop()
        self.inbox = MemoryInbox()
        self.seen = seen
        self.desk = WebhookDesk(
            IyzicoWebhooks(SECRET),
            self.inbox,
            bus=self.shop.bus,
            world=(self.shop.clock, UuidIds()),
            policy="hints" if seen == "unsigned" else "strict",
        )

    async def take(self, told: Told) -> None:
        """One message arrives, and what follows from it is done."""
        body = await self._body(told)
        signature = _seal(body) if self.seen == "signed" else ""
        kept = await self.desk.keep(msgspec.json.encode(body), {"x-iyz-signature-v3": signature})
        if kept.handled_at is None:
            await self.desk.handle(kept)
        await self.shop.carry_out()

    async def sweep(self) -> None:
        """The sweeper looks last."""
        await self.shop.do(
            AskAboutPayment(attempt_id=ATTEMPT, asked_by="sweeper", reference="the last")
        )
        await self.shop.carry_out()

    async def state(self) -> tuple[object, ...]:
        """All that somebody could see of it afterwards."""
        order, attempt = await self.shop.order(), await self.shop.attempt()
        happened = self.shop.happened()
        return (
            order.state,
            order.refund_state,
            order.paid,
            order.refunded,
            attempt.state,
            attempt.capture,
            attempt.surplus,
            attempt.is_settled,
            sorted((each.amount, each.state) for each in attempt.refunds.values()),
            [happened.count(kind) for kind in (Order.Paid, PaymentAttempt.Succeeded)],
            sorted(each.verdict for each in self.inbox.kept.values()),
            all(each.handled_at for each in self.inbox.kept.values()),
        )

    async def _body(self, told: Told) -> dict[str, Any]:
        attempt = await self.shop.attempt()
        body = message(attempt, told.status, told.reference) | {"iyziEventType": told.event}
        if told.event.startswith("REFUND_RETRY"):
            del body["token"], body["iyziPaymentId"]
            assert attempt.capture
            body["paymentId"] = attempt.capture.payment_id
        return body


def _seal(body: dict[str, Any]) -> str:
    if "token" in body:
        return seal_notice(body, SECRET)
    return seal_notice({"iyziPaymentId": body["paymentId"]} | body, SECRET)


async def ends(
    sequence: tuple[Told, ...], seen: Seen, *, truths: Iterable[Any]
) -> list[tuple[object, ...]]:
    """The state after each order of the messages; while they arrive the provider's answer goes from
    one truth to the next, and then it has taken the money.
    """
    found = []
    for order in orders_of(sequence):
        counter, shop = Counter(seen), None
        shop = counter.shop
        attempt = await shop.at_the_page()
        paid = shop.gateway.pay(attempt.token)
        for told, truth in zip(order, [*truths, *[paid] * len(order)], strict=False):
            shop.gateway.tell(attempt.token, truth)
            await counter.take(told)
        shop.gateway.tell(attempt.token, paid)
        await counter.sweep()
        found.append(await counter.state())
    return found


@pytest.mark.parametrize("seen", ["signed", "unsigned"])
@pytest.mark.parametrize("truths", [(), (WAITS, NO_FUNDS, WAITS)], ids=["late", "as it happens"])
@pytest.mark.parametrize("sequence", [A_CARD_AND_ANOTHER, TOLD_OVER_AND_OVER])
async def test_every_order_of_a_payments_webhooks_ends_in_the_same_state(
    sequence: tuple[Told, ...], truths: tuple[Any, ...], seen: Seen
) -> None:
    found = await ends(sequence, seen, truths=truths)
    assert len(found) >= 24
    assert [state for state in found if state != found[0]] == []
    assert found[0][:5] == ("paid", "none", TOTAL, Money.of(0), "succeeded")
    assert found[0][9] == [1, 1]


@pytest.mark.parametrize("seen", ["signed", "unsigned"])
async def test_every_order_of_a_refunds_webhooks_ends_in_the_same_state(seen: Seen) -> None:
    found = []
    for order in orders_of(A_SLOW_REFUND):
        counter = Counter(seen)
        shop = counter.shop
        attempt = await shop.at_the_page()
        shop.gateway.pay(attempt.token)
        await counter.sweep()
        shop.clock.pass_(days=1)
        shop.gateway.next_refunds.extend([Pending("later"), Pending("later")])
        await shop.do(RefundOrder(order_id=ORDER, request_id=REQUEST, reason="damaged"))
        await shop.carry_out()
        assert {each.state for each in (await shop.attempt()).refunds.values()} == {"pending"}
        for told in order:
            await counter.take(told)
        found.append(await counter.state())
    assert [state for state in found if state != found[0]] == []
    assert found[0][:5] == ("paid", "fully", TOTAL, TOTAL, "succeeded")
    assert found[0][9] == [1, 1]
