"""Every command about controls, each in a house where it does something."""

from __future__ import annotations

from application.controls import RecordControl
from domain.controls import Finding
from tests.asked import State
from tests.given import House


async def an_empty_house() -> House:
    """No control has run."""
    return House({})


PASSED = RecordControl(name="trial-balance", checked_position=12, checked=3, faults=0, findings=())
FAILED = RecordControl(
    name="log-gaps",
    checked_position=12,
    checked=12,
    faults=1,
    findings=(Finding("position 7", "missing"),),
)

EXAMPLES = State(an_empty_house).asked(PASSED, FAILED)
