"""Every command about accounting months, each in a house where it does something."""

from __future__ import annotations

from application.periods import ExpireReopening, RejectReopening, WithdrawReopening
from tests.asked import State
from tests.manual_entries.examples import CAN, FATMA, Office, an_office, hand
from tests.periods.examples import FEBRUARY, PROPOSAL, approved, close, proposed


async def an_office_after_a_week() -> Office:
    """A reopening has waited longer than it may."""
    office = await an_office()
    await office.do(close(FEBRUARY))
    await office.do(proposed())
    office.clock.pass_(days=8)
    return office


OPEN = State(an_office)
CLOSED = OPEN.after(close(FEBRUARY))
WAITING = CLOSED.after(proposed())

EXAMPLES = [
    *OPEN.asked(close(FEBRUARY)),
    *CLOSED.asked(proposed()),
    *WAITING.asked(
        approved(),
        RejectReopening(proposal_id=PROPOSAL, by=hand(CAN), note="Gerek yok"),
        WithdrawReopening(proposal_id=PROPOSAL, by=hand(FATMA)),
    ),
    *State(an_office_after_a_week).asked(ExpireReopening(proposal_id=PROPOSAL)),
]
