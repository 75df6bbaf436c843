"""Every command about generations, each in a house where it does something."""

from __future__ import annotations

from application.generation import ExpireGeneration
from tests.asked import State
from tests.drafts.examples import GENERATION
from tests.generation.examples import (
    ASK,
    CANCEL,
    FAILED,
    PAINTED,
    PREVIEWED,
    a_house,
)
from tests.given import House


async def a_house_past_the_deadline() -> House:
    """The painter took too long."""
    house = await a_house()
    await house.do(ASK)
    house.clock.pass_(minutes=5)
    return house


READY = State(a_house)

EXAMPLES = [
    *READY.asked(ASK),
    *READY.after(ASK).asked(CANCEL, PREVIEWED, PAINTED, FAILED),
    *State(a_house_past_the_deadline).asked(ExpireGeneration(generation_id=GENERATION)),
]
