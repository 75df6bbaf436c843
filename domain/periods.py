"""Accounting months: closed in order, and reopened only by two people."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from msgspec.structs import replace

from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.errors import Conflict, Invalid, NotFound
from domain.shared.four_eyes import Party, Proposal, ProposalState
from domain.shared.months import (
    Month,
    day_at,
    end_of,
    month_after,
    month_at,
    month_before,
    month_of,
    posting_month,
)
from domain.shared.text import is_blank


class MonthNotOver(Conflict):
    """A month is closed when it is over, not before. Facts: `month`, `closable_at`."""


class MonthsInOrder(Conflict):
    """Months are closed one after the other. Facts: `month`, and `next`, whose turn it is."""


class NotLastClosed(Conflict):
    """Months are reopened from the last closed one backwards. Facts: `month`, and `last`, which is
    empty when none is closed.
    """


class ReopeningPending(Conflict):
    """Another reopening waits for its decision. Fact: `month`."""


class UnknownReopening(NotFound):
    """Nobody has proposed this reopening."""


class PeriodClosed(Conflict):
    """The month is closed: nothing is dated back into it, but as a correction that is posted to
    the open month. Facts: `month` and `open`.
    """


class EffectiveDayAhead(Invalid):
    """An entry is effective today or on a day before. Facts: `effective_on` and `today`."""


class EffectiveDayTooEarly(Invalid):
    """An entry is not about a day so long ago. Facts: `effective_on` and `earliest`."""


class ReopeningNoteMissing(Invalid):
    """A note says why in words of one's own; it is no blank."""


class Periods(Aggregate):
    """The books of the house, month by month in Turkey; there is one of it.

    All months up to `closed_through` are closed; the first one to be closed closes all before it,
    and they stay closed when it is opened again.
    What is booked with an effective day in an earlier month appends here, so that it and the
    closing of that month meet in the log.
    """

    TOPIC = "period"
    ID = UUID("7d1c1f0e-3b7c-4c53-9b43-0d1c6e0f5a77")

    class BooksOpened(Created, frozen=True, kw_only=True):
        TOPIC = "period.books_opened"

    class Closed(Event, frozen=True, kw_only=True):
        TOPIC = "period.closed"
        month: Month
        closed_by: UUID
        session_id: UUID | None

    class ReopeningProposed(Event, frozen=True, kw_only=True):
        TOPIC = "period.reopening_proposed"
        SUBJECT = "made_by"
        proposal_id: UUID
        month: Month
        note: Personal
        made_by: UUID
        session_id: UUID | None
        expires_at: datetime

    class Reopened(Event, frozen=True, kw_only=True):
        TOPIC = "period.reopened"
        proposal_id: UUID
        month: Month
        made_by: UUID
        approved_by: UUID
        session_id: UUID | None

    class ReopeningRejected(Event, frozen=True, kw_only=True):
        TOPIC = "period.reopening_rejected"
        SUBJECT = "rejected_by"
        proposal_id: UUID
        month: Month
        made_by: UUID
        rejected_by: UUID
        session_id: UUID | None
        note: Personal

    class ReopeningWithdrawn(Event, frozen=True, kw_only=True):
        TOPIC = "period.reopening_withdrawn"
        proposal_id: UUID
        month: Month
        made_by: UUID
        session_id: UUID | None

    class ReopeningExpired(Event, frozen=True, kw_only=True):
        TOPIC = "period.reopening_expired"
        proposal_id: UUID
        month: Month
        made_by: UUID

    class EntryDatedBack(Event, frozen=True, kw_only=True):
        TOPIC = "period.entry_dated_back"
        entry_id: UUID
        effective_on: date
        month: Month

    @classmethod
    def open(cls, now: datetime) -> Periods:
        """The books, in which no month is closed."""
        return cls.begin(cls.BooksOpened, id=cls.ID, now=now)

    def close(self, month: Month, *, by: Party, margin: timedelta) -> None:
        """Close a month that is over; a second time changes nothing.

        `margin` is how long after its end at the earliest. It is more than two clocks differ by, so
        that nothing is recorded in the month by another clock behind the closing.

        Raises `NotFinance`, `MonthNotOver` and `MonthsInOrder`.
        """
        by.must_be_finance()
        if self.closed_through and month <= self.closed_through:
            return
        if self.now < end_of(month) + margin:
            raise MonthNotOver(month=month, closable_at=end_of(month) + margin)
        if self.closed_through and month != month_after(self.closed_through):
            raise MonthsInOrder(month=month, next=month_after(self.closed_through))
        self.emit(Periods.Closed, month=month, closed_by=by.person_id, session_id=by.session_id)

    def propose_reopening(
        self, proposal_id: UUID, month: Month, *, maker: Party, note: str, lifetime: timedelta
    ) -> None:
        """Ask for the last closed month to be opened again; the same proposal twice is one.

        Raises `NotFinance`, `ReopeningNoteMissing`, `NotLastClosed` and `ReopeningPending`.
        """
        if proposal_id in self.reopenings:
            return
        maker.must_be_finance()
        if is_blank(note):
            raise ReopeningNoteMissing("/note")
        self._must_be_last_closed(month)
        if waiting := self._waiting():
            raise ReopeningPending(month=self.months[waiting.proposal_id])
        self.emit(
            Periods.ReopeningProposed,
            proposal_id=proposal_id,
            month=month,
            note=note.strip(),
            made_by=maker.person_id,
            session_id=maker.session_id,
            expires_at=self.now + lifetime,
        )

    def approve_reopening(self, proposal_id: UUID, checker: Party, *, maker: Party) -> None:
        """Open the month again as the second person; asked twice by them it changes nothing.

        Raises `UnknownReopening`, `NotFinance`, `MakerIsChecker`, `ProposalClosed`,
        `ProposalExpired`, and `NotLastClosed` if a later month was closed since.
        """
        proposal = self.reopening(proposal_id)
        if not proposal.takes_approval(checker, maker=maker, now=self.now):
            return
        month = self.months[proposal_id]
        self._must_be_last_closed(month)
        self.emit(
            Periods.Reopened,
            proposal_id=proposal_id,
            month=month,
            made_by=proposal.made_by,
            approved_by=checker.person_id,
            session_id=checker.session_id,
        )

    def reject_reopening(
        self, proposal_id: UUID, checker: Party, *, maker: Party, note: str
    ) -> None:
        """Say no as the second person, with a note; refuses like `approve_reopening`."""
        proposal = self.reopening(proposal_id)
        if is_blank(note):
            raise ReopeningNoteMissing("/note")
        if proposal.takes_rejection(checker, maker=maker, now=self.now):
            self.emit(
                Periods.ReopeningRejected,
                proposal_id=proposal_id,
                month=self.months[proposal_id],
                made_by=proposal.made_by,
                rejected_by=checker.person_id,
                session_id=checker.session_id,
                note=note.strip(),
            )

    def withdraw_reopening(self, proposal_id: UUID, maker: Party) -> None:
        """Take it back as who proposed it. Raises `NotTheMaker`, `ProposalClosed`."""
        proposal = self.reopening(proposal_id)
        if proposal.takes_withdrawal(maker.person_id):
            self.emit(
                Periods.ReopeningWithdrawn,
                proposal_id=proposal_id,
                month=self.months[proposal_id],
                made_by=proposal.made_by,
                session_id=maker.session_id,
            )

    def expire_reopening(self, proposal_id: UUID) -> None:
        """Nobody decided in time; ignored before, and when somebody has."""
        proposal = self.reopenings.get(proposal_id)
        if proposal and proposal.is_over(self.now):
            self.emit(
                Periods.ReopeningExpired,
                proposal_id=proposal_id,
                month=self.months[proposal_id],
                made_by=proposal.made_by,
            )

    def date_back(
        self, entry_id: UUID, effective_on: date, *, posts_late: bool, reach: timedelta
    ) -> Month:
        """The month to which an entry is posted that is effective on this day. That of the day; or
        for one that `posts_late`, if it is closed, the earliest open month. `reach` is how far back
        the day may be.

        Raises `EffectiveDayAhead`, `EffectiveDayTooEarly` and `PeriodClosed`.
        """
        if effective_on > day_at(self.now):
            raise EffectiveDayAhead(
                "/effective_on", effective_on=effective_on, today=day_at(self.now)
            )
        earliest = day_at(self.now) - reach
        if effective_on < earliest:
            raise EffectiveDayTooEarly(
                "/effective_on", effective_on=effective_on, earliest=earliest
            )
        wanted = month_of(effective_on)
        month = posting_month(wanted, self.closed_through)
        if month != wanted and not posts_late:
            raise PeriodClosed(month=wanted, open=month)
        if wanted < month_at(self.now) and entry_id not in self.dated_back:
            self.emit(
                Periods.EntryDatedBack, entry_id=entry_id, effective_on=effective_on, month=month
            )
        return month

    def reopening(self, proposal_id: UUID) -> Proposal:
        """A proposed reopening. Raises `UnknownReopening`."""
        if proposal_id not in self.reopenings:
            raise UnknownReopening(proposal_id=proposal_id)
        return self.reopenings[proposal_id]

    def _must_be_last_closed(self, month: Month) -> None:
        if month != self.closed_through:
            raise NotLastClosed(month=month, last=self.closed_through or "")

    def _waiting(self) -> Proposal | None:
        for each in self.reopenings.values():
            if each.state == "open" and not each.is_over(self.now):
                return each
        return None

    @event(BooksOpened)
    def __init__(self) -> None:
        self.closed_through: Month | None = None
        self.reopenings: dict[UUID, Proposal] = {}
        self.months: dict[UUID, Month] = {}
        self.dated_back: set[UUID] = set()

    @event(Closed)
    def _closed(self, month: Month) -> None:
        self.closed_through = month

    @event(ReopeningProposed)
    def _reopening_proposed(
        self,
        proposal_id: UUID,
        month: Month,
        made_by: UUID,
        session_id: UUID | None,
        expires_at: datetime,
    ) -> None:
        self.months[proposal_id] = month
        self.reopenings[proposal_id] = Proposal(
            proposal_id=proposal_id, made_by=made_by, session_id=session_id, expires_at=expires_at
        )

    @event(Reopened)
    def _reopened(self, proposal_id: UUID, month: Month, approved_by: UUID) -> None:
        self.closed_through = month_before(month)
        self._end(proposal_id, "approved", by=approved_by)

    @event(ReopeningRejected)
    def _reopening_rejected(self, proposal_id: UUID, rejected_by: UUID) -> None:
        self._end(proposal_id, "rejected", by=rejected_by)

    @event(ReopeningWithdrawn)
    def _reopening_withdrawn(self, proposal_id: UUID, made_by: UUID) -> None:
        self._end(proposal_id, "withdrawn", by=made_by)

    @event(ReopeningExpired)
    def _reopening_expired(self, proposal_id: UUID) -> None:
        self._end(proposal_id, "expired", by=None)

    @event(EntryDatedBack)
    def _entry_dated_back(self, entry_id: UUID) -> None:
        self.dated_back.add(entry_id)

    def _end(self, proposal_id: UUID, state: ProposalState, *, by: UUID | None) -> None:
        self.reopenings[proposal_id] = replace(
            self.reopenings[proposal_id], state=state, decided_by=by
        )
