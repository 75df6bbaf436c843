"""The oracle's book of what follows when money goes back finds each thing that can be missing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from adapters.postgres.pool import Pool
from application.payments import RecordRefundOutcome
from application.ports import Refunded
from domain.payments import PaymentAttempt
from tests.faults.evidence import Evidence, Logged
from tests.faults.settled import settlement_faults
from tests.returns.examples import ATTEMPT, LINE, approves, asks, id_of, refunds
from tests.returns.racing import crowd_at

FEE = PaymentAttempt.refund_id_of(id_of("design_fee"), LINE["design_fee"])
LIFE = (
    asks("design_fee", "not_as_approved"),
    approves("design_fee", send_back=False),
    refunds("design_fee"),
    RecordRefundOutcome(attempt_id=ATTEMPT, refund_id=FEE, outcome=Refunded("r")),
)


def without(kind: str) -> Callable[[list[Logged]], list[Logged]]:
    return lambda events: [each for each in events if each.kind != kind]


def twice(kind: str) -> Callable[[list[Logged]], list[Logged]]:
    return lambda events: [*events, *(each for each in events if each.kind == kind)]


def later(kind: str) -> Callable[[list[Logged]], list[Logged]]:
    return lambda events: [
        replace(each, command_id="another") if each.kind == kind else each for each in events
    ]


FAULTS = {
    "no paper": without("return_document.issued"),
    "two papers": twice("return_document.issued"),
    "a paper of another commit": later("return_document.issued"),
    "not settled": without("order.money_settled"),
    "a share that stayed": without("designer_account.reversed"),
    "a share taken twice": twice("designer_account.reversed"),
    "a return that waits": without("return.refunded"),
    "a return refunded twice": twice("return.refunded"),
}


@pytest.fixture
async def seen(database_url: str, pool: Pool) -> Evidence:
    """A fee went back because of a return."""
    async with crowd_at(database_url, pool, done=LIFE, people=1) as crowd:
        return await crowd.evidence()


@pytest.mark.parametrize("name", FAULTS)
async def test_what_is_missing_or_twice_is_found(seen: Evidence, name: str) -> None:
    assert list(settlement_faults(seen)) == []
    broken = replace(seen, events=FAULTS[name](seen.events))
    assert list(settlement_faults(broken)) != []
