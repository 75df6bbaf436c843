"""To which month an entry belongs, and which day it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from application.store import Recorded
from domain.shared.aggregate import Event
from domain.wallet import Dated, Grant, Wallet
from projections.ledger import LedgerEntry, ledger_entries, ledger_months

CUSTOMER, ENTRY = UUID(int=5), UUID(int=6)


class Stored(Recorded):
    """An event as a log has it that recorded it at some moment."""

    moment: datetime = datetime(2026, 3, 1, tzinfo=UTC)

    @property
    def recorded_at(self) -> datetime:
        return self.moment


def granted(moment: datetime, dated: Dated | None = None) -> Recorded:
    """A grant by hand that was recorded at this moment."""
    wallet = Wallet.open(CUSTOMER, moment)
    wallet.grant(
        ENTRY,
        Grant(credits=5, credit_class="promotional", origin="manual", entry_id=ENTRY, dated=dated),
    )
    *_, event = wallet.collect_events()
    assert isinstance(event, Event)
    return Stored(2, event, None, moment)


def entries_of(recorded: Recorded) -> list[LedgerEntry]:
    """Its lines."""
    return list(ledger_entries.lines(recorded))


@pytest.mark.parametrize(
    ("moment", "period", "day"),
    [
        (datetime(2026, 3, 31, 20, 59, tzinfo=UTC), "2026-03", date(2026, 3, 31)),
        (datetime(2026, 3, 31, 21, 0, tzinfo=UTC), "2026-04", date(2026, 4, 1)),
        (datetime(2026, 12, 31, 21, 0, tzinfo=UTC), "2027-01", date(2027, 1, 1)),
    ],
)
def test_months_begin_at_midnight_in_turkey(moment: datetime, period: str, day: date) -> None:
    for entry in entries_of(granted(moment)):
        assert (entry.period, entry.effective_on, entry.booked_at) == (period, day, moment)


def test_an_entry_by_hand_belongs_to_the_month_that_it_was_posted_to() -> None:
    moment = datetime(2026, 4, 2, 9, tzinfo=UTC)
    recorded = granted(moment, Dated(date(2026, 2, 27), "2026-03"))
    for entry in entries_of(recorded):
        assert (entry.period, entry.effective_on) == ("2026-03", date(2026, 2, 27))
        assert (entry.booked_at, entry.entry_id) == (moment, ENTRY)
    assert {row.period for row in ledger_months.lines(recorded)} == {"2026-03"}


def test_only_tables_that_know_months_ask_when_events_were_recorded() -> None:
    assert ledger_entries.whole
    assert ledger_months.whole
