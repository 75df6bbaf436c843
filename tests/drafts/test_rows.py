"""What the row of a draft shows after each kind of end of a generation."""

from __future__ import annotations

import pytest

from application.bus import Command
from application.generation import ExpireGeneration
from projections.drafts import DraftRow, drafts
from tests.drafts.examples import DRAFT, GENERATION
from tests.generation.examples import ASK, CANCEL, FAILED, PAINTED, PREVIEWED, a_house
from tests.given import House

EXPIRE = ExpireGeneration(generation_id=GENERATION)


def row_of(house: House) -> DraftRow:
    wanted = [recorded for recorded in house.log.recorded if drafts.wants(recorded)]
    row = drafts.fold({}, wanted)[DRAFT]
    assert isinstance(row, DraftRow)
    return row


async def test_previews_are_shown_in_the_order_of_their_variants() -> None:
    house = await a_house()
    await house.do(ASK)
    for variant in (2, 0, 1):
        await house.do(
            type(PREVIEWED)(generation_id=GENERATION, variant=variant, preview_digest="")
        )
    [line] = row_of(house).generations
    assert [each.variant for each in line.previews] == [0, 1, 2]
    assert line.state == "requested"


@pytest.mark.parametrize(
    ("end", "state", "reason"),
    [
        (PAINTED, "completed", ""),
        (FAILED, "failed", "painter_failed"),
        (CANCEL, "cancelled", ""),
        (EXPIRE, "expired", ""),
    ],
)
async def test_every_end_of_a_generation_is_shown(end: Command, state: str, reason: str) -> None:
    house = await a_house()
    await house.do(ASK)
    if end is EXPIRE:
        house.clock.pass_(seconds=240)
    await house.do(end)
    row = row_of(house)
    [line] = row.generations
    assert (line.state, line.reason) == (state, reason)
    assert row.completed == (1 if state == "completed" else 0)
    assert len(line.candidates) == 3 * row.completed
