"""A manual entry: made by one person, and booked at once or when a second one approves."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from msgspec.structs import replace

from domain.manual_entries.parts import EntryOrder, EntryRules, NoteMissing
from domain.manual_entries.tally import EntryTally
from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.four_eyes import Party, Proposal, ProposalState
from domain.shared.months import Month
from domain.shared.text import is_blank


class ManualEntry(Aggregate):
    """Credits of a customer, given or (when negative) taken by people in finance.

    What one person may not do alone is a proposal. `booked` tells whether the wallet was changed:
    the entry and the wallet are saved together.
    """

    TOPIC = "manual_entry"

    class Made(Created, frozen=True, kw_only=True):
        TOPIC = "manual_entry.made"
        SUBJECT = "customer_id"
        customer_id: UUID
        credits: int
        reason: str
        note: Personal
        made_by: UUID
        session_id: UUID | None
        moved_before: int
        needs_second: bool
        expires_at: datetime
        effective_on: date | None
        posts_late: bool

    class Booked(Event, frozen=True, kw_only=True):
        TOPIC = "manual_entry.booked"
        CONCERNS = ("customer_id",)
        SHOWS = ("credits", "reason")
        customer_id: UUID
        credits: int
        reason: str
        made_by: UUID
        approved_by: UUID | None
        session_id: UUID | None
        effective_on: date | None
        month: Month | None

    class Rejected(Event, frozen=True, kw_only=True):
        TOPIC = "manual_entry.rejected"
        SUBJECT = "customer_id"
        customer_id: UUID
        made_by: UUID
        rejected_by: UUID
        session_id: UUID | None
        note: Personal

    class Withdrawn(Event, frozen=True, kw_only=True):
        TOPIC = "manual_entry.withdrawn"
        made_by: UUID
        session_id: UUID | None

    class Expired(Event, frozen=True, kw_only=True):
        TOPIC = "manual_entry.expired"
        made_by: UUID

    @classmethod
    def make(
        cls, entry_id: UUID, order: EntryOrder, *, rules: EntryRules, tally: EntryTally
    ) -> ManualEntry:
        """A new entry, not booked yet. It needs a second person if, with what the maker moved for
        this customer alone within a day, it is above the limit. Refuses like `must_be_fit`.
        """
        order.must_be_fit(rules)
        moved = tally.moved_by(order.maker.person_id)
        return cls.begin(
            cls.Made,
            id=entry_id,
            now=tally.now,
            customer_id=order.customer.person_id,
            credits=order.credits,
            reason=order.reason,
            note=order.note.strip(),
            made_by=order.maker.person_id,
            session_id=order.maker.session_id,
            moved_before=moved,
            needs_second=moved + abs(order.credits) > rules.alone,
            expires_at=tally.now + rules.lifetime,
            effective_on=order.effective_on,
            posts_late=order.posts_late,
        )

    def book_alone(self, month: Month | None) -> None:
        """Book what needs no second person; `month` is where it posts, given an effective day."""
        if not self.booked and not self.needs_second:
            self._book(month, approved_by=None, session_id=self.proposal.session_id)

    def takes_approval(self, checker: Party, *, maker: Party, customer: Party) -> bool:
        """Whether this second person's approval is news; False when it is theirs already.

        Raises `NotFinance`, `MakerIsChecker`, `OwnBenefit`, `ProposalClosed`, `ProposalExpired`.
        """
        news = self.proposal.takes_approval(checker, maker=maker, now=self.now)
        checker.must_not_benefit(customer)
        return news

    def book_approved(self, checker: Party, month: Month | None) -> None:
        """Book what `takes_approval` of the checker."""
        self._book(month, approved_by=checker.person_id, session_id=checker.session_id)

    def reject(self, checker: Party, *, maker: Party, note: str) -> None:
        """Say no as the second person, with a note; refuses like an approval."""
        if is_blank(note):
            raise NoteMissing("/note")
        if self.proposal.takes_rejection(checker, maker=maker, now=self.now):
            self.emit(
                ManualEntry.Rejected,
                customer_id=self.customer_id,
                made_by=self.made_by,
                rejected_by=checker.person_id,
                session_id=checker.session_id,
                note=note.strip(),
            )

    def withdraw(self, maker: Party) -> None:
        """Take it back as who made it. Raises `NotTheMaker` or `ProposalClosed`."""
        if self.proposal.takes_withdrawal(maker.person_id):
            self.emit(ManualEntry.Withdrawn, made_by=self.made_by, session_id=maker.session_id)

    def expire(self) -> None:
        """Nobody decided in time; ignored before, and when somebody has."""
        if self.proposal.is_over(self.now):
            self.emit(ManualEntry.Expired, made_by=self.made_by)

    @property
    def made_by(self) -> UUID:
        """Who made it."""
        return self.proposal.made_by

    @property
    def booked(self) -> bool:
        """Whether the wallet was changed."""
        return self.proposal.state == "approved"

    def _book(
        self, month: Month | None, *, approved_by: UUID | None, session_id: UUID | None
    ) -> None:
        self.emit(
            ManualEntry.Booked,
            customer_id=self.customer_id,
            credits=self.credits,
            reason=self.reason,
            made_by=self.made_by,
            approved_by=approved_by,
            session_id=session_id,
            effective_on=self.effective_on,
            month=month,
        )

    @event(Made)
    def __init__(
        self,
        customer_id: UUID,
        credits: int,
        reason: str,
        made_by: UUID,
        session_id: UUID | None,
        needs_second: bool,
        expires_at: datetime,
        effective_on: date | None,
        posts_late: bool,
    ) -> None:
        self.customer_id = customer_id
        self.credits = credits
        self.reason = reason
        self.needs_second = needs_second
        self.effective_on = effective_on
        self.posts_late = posts_late
        self.proposal = Proposal(
            proposal_id=self.id, made_by=made_by, session_id=session_id, expires_at=expires_at
        )

    @event(Booked)
    def _booked(self, approved_by: UUID | None) -> None:
        self._end("approved", approved_by)

    @event(Rejected)
    def _rejected(self, rejected_by: UUID) -> None:
        self._end("rejected", rejected_by)

    @event(Withdrawn)
    def _withdrawn(self, made_by: UUID) -> None:
        self._end("withdrawn", made_by)

    @event(Expired)
    def _expired(self) -> None:
        self._end("expired", None)

    def _end(self, state: ProposalState, by: UUID | None) -> None:
        self.proposal = replace(self.proposal, state=state, decided_by=by)
