"""The process dies between any two steps of returns: whoever comes next finds all or nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from adapters.postgres.pool import Pool
from application.bus import Call, Command
from application.payments import RecordPaidOutside, RecordRefundOutcome, RefundOrder
from application.ports import Declined, Refunded
from domain.orders import Order
from domain.payments import PaymentAttempt, RefundPart
from domain.returns import Return
from domain.shared.money import Money
from tests.faults.mortal import Died, MortalLog
from tests.returns.examples import (
    ATTEMPT,
    BY_FINANCE,
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
from tests.returns.racing import Crowd, crowd_at

REQUEST = UUID(int=78)
COVERS = PaymentAttempt.refund_id_of(id_of(), LINE["cover"])
FEES = PaymentAttempt.refund_id_of(id_of("design_fee"), LINE["design_fee"])
CARGOS = PaymentAttempt.refund_id_of(REQUEST, LINE["cargo"])
CARDS = PaymentAttempt.refund_id_of(REQUEST, LINE["message_card"])


def told(refund_id: UUID, *, gone: bool = True) -> Command:
    """The provider's answer."""
    no = Declined(group="NOT_PERMITTED", code="5093", message="no")
    return RecordRefundOutcome(
        attempt_id=ATTEMPT, refund_id=refund_id, outcome=Refunded("r") if gone else no
    )


LIFE: tuple[Command, ...] = (
    asks(),
    shows(),
    approves(),
    receives(),
    refunds(),
    told(COVERS, gone=False),
    RecordPaidOutside(attempt_id=ATTEMPT, refund_id=COVERS, reference="EFT 1/17", by=BY_FINANCE),
    asks("design_fee", "not_as_approved"),
    approves("design_fee", send_back=False),
    refunds("design_fee"),
    told(FEES),
    RefundOrder(
        order_id=ORDER,
        request_id=REQUEST,
        reason="lost",
        parts=(
            RefundPart(line_id=LINE["cargo"], amount=PRICE["cargo"]),
            RefundPart(line_id=LINE["message_card"], amount=Money.of("10.00")),
        ),
    ),
    told(CARGOS),
    told(CARDS, gone=False),
)
"""Two returns, one of which the provider refuses, and a refund of two lines that goes by half."""


async def ask(crowd: Crowd, log: Any, *, steps: range) -> None:
    """Somebody asks for these steps, each under one key however often they have to."""
    bus = crowd.bus(log)
    for number in steps:
        call = Call(key=f"step-{number}", caller="client", request_hash=b"same")
        await bus.execute(LIFE[number], call)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whenever_the_process_dies_all_that_follows_is_there_or_nothing(
    database_url: str, pool: Pool, *, after: bool
) -> None:
    async with crowd_at(database_url, pool, people=1) as crowd:
        for step in range(len(LIFE)):
            log = MortalLog(crowd.logs[0])
            log.dies_at, log.after = 1, after
            with pytest.raises(Died):
                await ask(crowd, log, steps=range(step, step + 1))
            await crowd.evidence()
            # Whoever comes next asks for everything again.
            await ask(crowd, crowd.logs[0], steps=range(step + 1))
        seen = await crowd.evidence()
        assert len(seen.of("return_document.issued")) == 3
        order = await crowd.found(Order, ORDER)
        assert order.refunded == PRICE["cover"] + PRICE["design_fee"] + PRICE["cargo"]
        for each in (id_of(), id_of("design_fee")):
            assert (await crowd.found(Return, each)).state == "refunded"
