"""The price book: entries with the moment from which they hold; what has held is never changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from domain.pricing.entries import Dated, Entry, LineTax, TaxRate
from domain.pricing.lists import PriceList
from domain.pricing.refusals import (
    NothingScheduled,
    PriceInForce,
    PriceInThePast,
    RateInUse,
)
from domain.shared.aggregate import Aggregate, Created, Event, event


class PriceBook(Aggregate):
    """All prices and rates of the house; there is one of it. Before its first entry of a name, the
    opening list holds.
    """

    TOPIC = "price_book"
    SNAPSHOTS = True
    ID = UUID("2f6d0b5e-4a1c-4a61-9d0e-7c5b8e3f0a27")
    entries: dict[str, tuple[Dated, ...]]

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "price_book.opened"

    class EntryScheduled(Event, frozen=True, kw_only=True):
        TOPIC = "price_book.entry_scheduled"
        entry: Entry
        since: datetime
        scheduled_by: UUID

    class EntryWithdrawn(Event, frozen=True, kw_only=True):
        TOPIC = "price_book.entry_withdrawn"
        entry: Entry
        since: datetime
        withdrawn_by: UUID

    @classmethod
    def open(cls, now: datetime) -> PriceBook:
        """The book, in which nothing is written."""
        return cls.begin(cls.Opened, id=cls.ID, now=now)

    def prices_at(self, moment: datetime, opening: Iterable[Entry]) -> PriceList:
        """What holds at a moment."""
        held = [
            begun[-1]
            for dated in self.entries.values()
            if (begun := [each for each in dated if each.since <= moment])
        ]
        return PriceList(moment, opening, held)

    def schedule(
        self,
        entry: Entry,
        *,
        since: datetime | None,
        lead: timedelta,
        opening: tuple[Entry, ...],
        by: UUID,
    ) -> datetime:
        """Let an entry hold from a moment on, now for None, in place of one that was to begin at
        that moment. The moment is at least `lead` ahead, so that whoever decides behind it has read
        the entry; the answer tells it.

        Raises `PriceInThePast`, `PriceInForce`, `UnknownTaxClass`, and why the entry can't be.
        """
        entry.check()
        if since is not None and since < self.now:
            raise PriceInThePast(since=since, now=self.now)
        begins = max(since or self.now, self.now + lead)
        wanted = Dated(since=begins, entry=entry)
        dated = self.entries.get(entry.key, ())
        if wanted in dated:
            return begins
        if any(each.since == begins <= self.now for each in dated):
            raise PriceInForce(since=begins)
        if isinstance(entry, LineTax):
            self.prices_at(begins, opening).rate_of(entry.tax_class)
        self.emit(PriceBook.EntryScheduled, entry=entry, since=begins, scheduled_by=by)
        return begins

    def withdraw(self, key: str, since: datetime, *, opening: tuple[Entry, ...], by: UUID) -> None:
        """Take back an entry that has not begun.

        Raises `NothingScheduled`, `PriceInForce`, `RateInUse`.
        """
        found = [each for each in self.entries.get(key, ()) if each.since == since]
        if not found:
            raise NothingScheduled(key=key, since=since)
        if since <= self.now:
            raise PriceInForce(since=since)
        entry = found[0].entry
        if isinstance(entry, TaxRate) and self._needs(entry, since, opening=opening):
            raise RateInUse(tax_class=entry.tax_class)
        self.emit(PriceBook.EntryWithdrawn, entry=entry, since=since, withdrawn_by=by)

    def _needs(self, rate: TaxRate, since: datetime, *, opening: tuple[Entry, ...]) -> bool:
        """Whether lines are put into its class while no other rate of it would hold."""
        others = [each.since for each in self.entries[rate.key] if each.since != since]
        if any(each.key == rate.key for each in opening):
            return False
        return any(
            isinstance(each.entry, LineTax)
            and each.entry.tax_class == rate.tax_class
            and not any(other <= each.since for other in others)
            for dated in self.entries.values()
            for each in dated
        )

    @event(Opened)
    def __init__(self) -> None:
        self.entries = {}

    @event(EntryScheduled)
    def _entry_scheduled(self, entry: Entry, since: datetime) -> None:
        self._put(entry.key, since, Dated(since=since, entry=entry))

    @event(EntryWithdrawn)
    def _entry_withdrawn(self, entry: Entry, since: datetime) -> None:
        self._put(entry.key, since)

    def _put(self, key: str, since: datetime, *dated: Dated) -> None:
        others = [each for each in self.entries.get(key, ()) if each.since != since]
        self.entries[key] = tuple(sorted((*others, *dated), key=lambda each: each.since))
