"""Every command about manual entries, each in a house where it does something."""

from __future__ import annotations

from datetime import timedelta

from application.manual_entries import (
    ExpireManualEntry,
    RejectManualEntry,
    WithdrawManualEntry,
)
from tests.asked import State
from tests.given import NOW
from tests.manual_entries.examples import (
    CAN,
    ENTRY,
    FATMA,
    Office,
    an_office,
    approval,
    entry,
    hand,
)

DATED_BACK = (NOW - timedelta(days=3)).date()


async def an_office_after_a_week() -> Office:
    """An entry has waited longer than it may."""
    office = await an_office()
    await office.made(5_000)
    office.clock.pass_(days=8)
    return office


OPEN = State(an_office)
WAITING = OPEN.after(entry(5_000))

EXAMPLES = [
    *OPEN.asked(
        entry(300),
        entry(-300),
        entry(300, effective_on=DATED_BACK),
        entry(5_000),
    ),
    *WAITING.asked(
        approval(),
        RejectManualEntry(entry_id=ENTRY, by=hand(CAN), note="Bu kadar olmaz"),
        WithdrawManualEntry(entry_id=ENTRY, by=hand(FATMA)),
    ),
    *State(an_office_after_a_week).asked(ExpireManualEntry(entry_id=ENTRY)),
]
