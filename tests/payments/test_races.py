"""Browser, webhook and sweeper at one moment: one capture, one paid order, one invoice."""

from __future__ import annotations

import os
from pathlib import Path

from adapters.memory import MemoryGateway
from tests.payments.racing import ONCE_EACH, outcome_of, paid_pages, race_at

ROUNDS = int(os.environ.get("RACE_ROUNDS", "300"))
"""`make races` asks for 10,000 of them."""
FEW = 1_000
"""Of so many the invoices are issued by two processes at once, which takes long."""


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
    assert outcome.seen == dict.fromkeys(ONCE_EACH, (ROUNDS, ROUNDS)) | {
        "payment.found_surplus": (0, 0)
    }
    assert outcome.met_others >= ROUNDS, "nobody met anybody: this was no race"
