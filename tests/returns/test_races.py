"""Two who decide at the same moment: the store lets one of them in, and tells the other."""

from __future__ import annotations

from uuid import UUID

import pytest

from adapters.postgres.pool import Pool
from application.bus import Command, Receipt
from application.payments import RecordRefundOutcome, RefundOrder
from application.ports import Refunded
from application.returns import CancelReturn, RejectReturn
from domain.orders import Order
from domain.payments import PaymentAttempt, RefundPart, RefundTooLarge
from domain.returns import MoneyGoesBackAlready, Return, ReturnCannotMove, ReturnOpen
from domain.shared.errors import Refusal, StaleVersion
from domain.shared.money import Money, total
from tests.returns.examples import (
    ATTEMPT,
    BY_SECOND,
    CUSTOMER,
    LINE,
    ORDER,
    PRICE,
    approves,
    asks,
    id_of,
    receives,
    refunds,
    shows,
)
from tests.returns.racing import crowd_at

REQUEST = UUID(int=77)
KEEP = CancelReturn(return_id=id_of(), customer_id=CUSTOMER)
BACK = (asks(), shows(), approves(), receives())


def finance_gives(amount: str) -> RefundOrder:
    part = RefundPart(line_id=LINE["cover"], amount=Money.of(amount))
    return RefundOrder(order_id=ORDER, request_id=REQUEST, reason="goodwill", parts=(part,))


def refused(told: list[Receipt | Refusal]) -> list[type]:
    return [type(each) for each in told if isinstance(each, Refusal)]


@pytest.mark.parametrize("amount", ["1260.00", "1000.00", "0.01"])
async def test_a_refund_and_a_return_of_one_line_never_give_more_than_was_paid(
    database_url: str, pool: Pool, amount: str
) -> None:
    async with crowd_at(database_url, pool, done=BACK) as crowd:
        told = await crowd.at_once(finance_gives(amount), refunds())
        attempt = await crowd.found(PaymentAttempt, ATTEMPT)
        asked = total(each.amount for each in attempt.refunds.values())
        assert asked == PRICE["cover"]
        assert set(refused(told)) <= {RefundTooLarge, MoneyGoesBackAlready}
        for refund_id in attempt.refunds:
            await crowd.do(
                RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=refund_id, outcome=Refunded("r"))
            )
        order = await crowd.found(Order, ORDER)
        assert order.returned[LINE["cover"]] == PRICE["cover"]
        await crowd.evidence()


async def test_what_two_refunds_of_one_request_bring_at_once_stands_on_one_paper(
    database_url: str, pool: Pool
) -> None:
    parts = tuple(
        RefundPart(line_id=LINE[kind], amount=PRICE[kind]) for kind in ("cover", "design_fee")
    )
    both = RefundOrder(order_id=ORDER, request_id=REQUEST, reason="lost", parts=parts)
    async with crowd_at(database_url, pool, done=[both]) as crowd:
        attempt = await crowd.found(PaymentAttempt, ATTEMPT)
        await crowd.at_once(
            *(
                RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=refund_id, outcome=Refunded("r"))
                for refund_id in attempt.refunds
            )
        )
        seen = await crowd.evidence()
        [paper] = seen.of("return_document.issued")
        assert len(paper.facts["given_back"]["refund_ids"]) == 2


@pytest.mark.parametrize(
    ("one", "other", "states"),
    [
        (
            CancelReturn(return_id=id_of(), customer_id=CUSTOMER),
            receives(),
            {"cancelled", "received"},
        ),
        (
            approves(),
            RejectReturn(return_id=id_of(), by=BY_SECOND, said="Görünmüyor"),
            {"approved", "rejected"},
        ),
        (KEEP, approves(), {"cancelled", "approved"}),
    ],
    ids=["keeping against receiving", "two who decide", "keeping against approving"],
)
async def test_of_two_steps_at_once_one_is_taken(
    database_url: str, pool: Pool, one: Command, other: Command, *, states: set[str]
) -> None:
    done = [asks(), shows(), *([approves()] if "received" in states else [])]
    async with crowd_at(database_url, pool, done=done) as crowd:
        told = await crowd.at_once(one, other)
        asked = await crowd.found(Return, id_of())
        assert asked.state in states
        late = refused(told)
        # A customer may keep what was approved a moment before.
        assert late == [ReturnCannotMove] or (late == [] and asked.state == "cancelled")


async def test_of_two_admins_who_saw_the_same_one_is_told_that_it_changed(
    database_url: str, pool: Pool
) -> None:
    async with crowd_at(database_url, pool, done=[asks(), shows()]) as crowd:
        version = (await crowd.found(Return, id_of())).version
        told = await crowd.at_once(
            approves_at(version),
            RejectReturn(
                return_id=id_of(), by=BY_SECOND, said="Görünmüyor", expected_version=version
            ),
        )
        assert refused(told) == [StaleVersion]


async def test_however_many_ask_at_once_there_is_one_open_return_of_a_line(
    database_url: str, pool: Pool
) -> None:
    async with crowd_at(database_url, pool, people=4) as crowd:
        told = await crowd.at_once(*[asks()] * 4)
        assert refused(told) == [ReturnOpen] * 3
        seen = await crowd.evidence()
        assert len(seen.of("return.requested")) == 1


async def test_two_who_give_the_money_of_one_return_at_once_give_it_once(
    database_url: str, pool: Pool
) -> None:
    async with crowd_at(database_url, pool, done=BACK) as crowd:
        told = await crowd.at_once(refunds(), refunds(by=BY_SECOND))
        assert refused(told) == []
        attempt = await crowd.found(PaymentAttempt, ATTEMPT)
        assert [each.amount for each in attempt.refunds.values()] == [PRICE["cover"]]


def approves_at(version: int) -> Command:
    """An approval by somebody who looked at this version."""
    command = approves()
    return type(command)(
        **{name: getattr(command, name) for name in command.__struct_fields__}
        | {"expected_version": version}
    )
