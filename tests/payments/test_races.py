"""Browser, webhook and sweeper at one moment: one capture, one paid order, one invoice."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

from adapters.memory import MemoryGateway
from tests.orders.examples import TOTAL
from tests.payments.racing import (
    ONCE_EACH,
    outcome_of,
    pages_paid_by_card,
    paid_pages,
    race_at,
)
from tests.payments.till import Till

ROUNDS = int(os.environ.get("RACE_ROUNDS", "300"))
"""`make races` asks for 10,000 of them."""
BY_CARD = max(20, ROUNDS // 20)
"""So many more are paid at the emulated provider, over real sockets."""
FEW = 1_000
"""Of so many the invoices are issued by two processes at once, which takes long."""


def once_each(rounds: int) -> dict[str, tuple[int, int]]:
    """As many events as payments, each in a history of its own, and nothing too much."""
    return dict.fromkeys(ONCE_EACH, (rounds, rounds)) | {"payment.found_surplus": (0, 0)}


async def test_however_many_confirm_a_payment_at_once_it_counts_once(
    database_url: str, tmp_path: Path
) -> None:
    gateway = MemoryGateway()
    async with race_at(database_url, tmp_path, gateway) as race:
        contenders = await paid_pages(race, gateway, ROUNDS)
        seconds = await race.run(contenders)
        await race.follow(processes=2 if ROUNDS <= FEW else 1)
        outcome = await outcome_of(race, ROUNDS, seconds=seconds)
    print(outcome)  # noqa: T201  # the figures of a long run
    assert outcome.seen == once_each(ROUNDS)
    assert outcome.met_others >= ROUNDS, "nobody met anybody: this was no race"


async def test_payments_by_card_that_all_confirm_at_once_are_in_both_books_once(
    database_url: str, tmp_path: Path, fresh_till: Till
) -> None:
    async with race_at(database_url, tmp_path, fresh_till.gateway) as race:
        contenders = await pages_paid_by_card(race, fresh_till, BY_CARD)
        seconds = await race.run(contenders)
        await race.follow(processes=2)
        outcome = await outcome_of(race, BY_CARD, seconds=seconds)
    print(outcome)  # noqa: T201  # the figures of a long run
    assert outcome.seen == once_each(BY_CARD)
    book = (await fresh_till.look("book"))["payments"]
    assert [Decimal(each["paid_price"]) for each in book] == [TOTAL.amount] * BY_CARD
