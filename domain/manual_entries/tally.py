"""How many credits of one customer were moved by hand lately, and by whom alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from msgspec import Struct

from domain.shared.aggregate import Aggregate, Created, Event, event

TALLIES = UUID("c0a5b1d8-54b0-4df0-8c55-7a2f0d8c2e11")
DAY = timedelta(hours=24)
"""What counts together. It moves with the entries, so that no midnight parts them."""


class CountedEntry(Struct, frozen=True):
    """An entry that one person booked alone; `credits` without sign."""

    made_by: UUID
    credits: int
    at: datetime


class EntryTally(Aggregate):
    """One for each customer. Whoever books alone appends to it, so that two who do so at once meet
    in the log, and small entries do not slip past the limit side by side.
    """

    TOPIC = "entry_tally"
    SNAPSHOTS = True
    customer_id: UUID
    counted: dict[UUID, CountedEntry]

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "entry_tally.opened"
        customer_id: UUID

    class Counted(Event, frozen=True, kw_only=True):
        TOPIC = "entry_tally.counted"
        customer_id: UUID
        entry_id: UUID
        made_by: UUID
        credits: int

    @staticmethod
    def id_of(customer_id: UUID) -> UUID:
        """The one tally of a customer."""
        return uuid5(TALLIES, str(customer_id))

    @classmethod
    def open(cls, customer_id: UUID, now: datetime) -> EntryTally:
        """A new tally, in which nothing is counted."""
        return cls.begin(cls.Opened, id=cls.id_of(customer_id), now=now, customer_id=customer_id)

    def moved_by(self, made_by: UUID) -> int:
        """Credits, given and taken, that this person moved alone within the last day."""
        return sum(
            each.credits
            for each in self.counted.values()
            if each.made_by == made_by and each.at > self.now - DAY
        )

    def count(self, entry_id: UUID, *, made_by: UUID, credits: int) -> None:
        """Count what was booked by one person; the same entry twice counts once."""
        if entry_id not in self.counted:
            self.emit(
                EntryTally.Counted,
                customer_id=self.customer_id,
                entry_id=entry_id,
                made_by=made_by,
                credits=abs(credits),
            )

    @event(Opened)
    def __init__(self, customer_id: UUID) -> None:
        self.customer_id = customer_id
        self.counted = {}

    @event(Counted)
    def _counted(self, entry_id: UUID, made_by: UUID, credits: int, timestamp: datetime) -> None:
        # What is older than the clocks of two servers can differ by counts no more
        kept = {id_: each for id_, each in self.counted.items() if each.at > timestamp - 2 * DAY}
        self.counted = {**kept, entry_id: CountedEntry(made_by, credits, timestamp)}
