"""Every command about work items, each in a house where it does something."""

from __future__ import annotations

from tests.asked import State
from tests.manual_entries.examples import an_office
from tests.work_items.examples import LESS, lapsed, opened, resolved

OPEN = State(an_office)
WAITING = OPEN.after(opened())

EXAMPLES = [
    *OPEN.asked(opened()),
    *WAITING.asked(opened(amount=LESS), resolved(), lapsed()),
    *WAITING.after(resolved()).asked(opened(amount=LESS)),
]
