"""A payout run: proposed by one person, approved by another, made a file, and sent to the bank."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct
from msgspec.structs import replace

from domain.earnings.commission import EARNINGS
from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.errors import Conflict, Invalid, NotFound
from domain.shared.four_eyes import Party, Proposal, ProposalState
from domain.shared.money import Money, total
from domain.shared.months import day_at
from domain.shared.text import is_blank

MOST_ITEMS = 200
PayoutFileForm = Literal["pain.001", "csv"]
RunState = Literal["open", "approved", "rejected", "withdrawn", "expired", "called_off", "sent"]


class RunEmpty(Invalid):
    """A run pays somebody."""


class RunTooLong(Invalid):
    """More payouts than one run takes. Facts: `items` and `most`."""


class RunNoteMissing(Invalid):
    """A note says why in words of one's own; it is no blank."""


class RunNotApproved(Conflict):
    """There is no file before a second person has agreed, nor when it was called off. Fact:
    `state`.
    """


class RunSent(Conflict):
    """The bank has it: single payouts can be recorded as refused by it."""


class RunWithoutFile(Conflict):
    """Nobody has taken its file, so it can't have been sent."""


class RunNotSent(Conflict):
    """The bank does not refuse what it was not given; until then the run can be called off."""


class PayeeChangedSince(Conflict):
    """Somebody's IBAN is not the one of the file that was taken before, which the bank may have.
    Use that file, or call the run off. Fact: `reference` of the payout.
    """


class RunItem(Struct, frozen=True, kw_only=True):
    """One payout in a run."""

    account_id: UUID
    person_id: UUID
    payout_id: UUID
    reference: str
    amount: Money


class PayeeVersion(Struct, frozen=True):
    """Which of the IBANs of a payee is meant, without saying it."""

    payout_id: UUID
    version: int


class _Decided(Event, frozen=True, kw_only=True):
    """Somebody did something with a run."""

    reference: str
    by: UUID
    session_id: UUID | None


class _Noted(_Decided, frozen=True, kw_only=True):
    """The same, with a note of theirs."""

    SUBJECT = "by"
    note: Personal


class PayoutRun(Aggregate):
    """Its id is made of its reference, which the bank repeats on statements."""

    TOPIC = "payout_run"

    class Proposed(Created, frozen=True, kw_only=True):
        TOPIC = "payout_run.proposed"
        request_id: UUID
        reference: str
        items: tuple[RunItem, ...]
        amount: Money
        by: UUID
        session_id: UUID | None
        expires_at: datetime

    class Approved(_Decided, frozen=True, kw_only=True):
        TOPIC = "payout_run.approved"

    class Rejected(_Noted, frozen=True, kw_only=True):
        TOPIC = "payout_run.rejected"

    class Withdrawn(_Decided, frozen=True, kw_only=True):
        TOPIC = "payout_run.withdrawn"

    class Expired(Event, frozen=True, kw_only=True):
        TOPIC = "payout_run.expired"
        reference: str

    class FileTaken(_Decided, frozen=True, kw_only=True):
        TOPIC = "payout_run.file_taken"
        form: PayoutFileForm
        pay_on: date
        payees: tuple[PayeeVersion, ...]

    class Sent(_Decided, frozen=True, kw_only=True):
        TOPIC = "payout_run.sent"

    class CalledOff(_Noted, frozen=True, kw_only=True):
        TOPIC = "payout_run.called_off"

    @staticmethod
    def id_of(reference: str) -> UUID:
        """The run with this code."""
        return uuid5(EARNINGS, f"run/{reference}")

    @classmethod
    def propose(
        cls,
        reference: str,
        request_id: UUID,
        *,
        items: Sequence[RunItem],
        maker: Party,
        until: tuple[datetime, timedelta],
    ) -> PayoutRun:
        """A run that waits for a second person; `until` is the moment and for how long. Raises
        `NotFinance`, `RunEmpty`, `RunTooLong`.
        """
        maker.must_be_finance()
        if not items:
            raise RunEmpty("/payouts")
        if len(items) > MOST_ITEMS:
            raise RunTooLong("/payouts", items=len(items), most=MOST_ITEMS)
        now, lifetime = until
        return cls.begin(
            cls.Proposed,
            id=cls.id_of(reference),
            now=now,
            request_id=request_id,
            reference=reference,
            items=tuple(sorted(items, key=lambda item: item.reference)),
            amount=total(item.amount for item in items),
            by=maker.person_id,
            session_id=maker.session_id,
            expires_at=now + lifetime,
        )

    def approve(self, checker: Party, *, maker: Party, payees: Sequence[Party]) -> bool:
        """Agree as the second person; False when they have done so before. Raises `NotFinance`,
        `MakerIsChecker`, `OwnBenefit`, `ProposalClosed`, `ProposalExpired`.
        """
        news = self.proposal.takes_approval(checker, maker=maker, now=self.now)
        for payee in payees:
            checker.must_not_benefit(payee)
        if news:
            self._by(PayoutRun.Approved, checker)
        return news

    def reject(self, checker: Party, *, maker: Party, note: str) -> bool:
        """Say no as the second person; refuses like an approval."""
        _must_say(note)
        news = self.proposal.takes_rejection(checker, maker=maker, now=self.now)
        if news:
            self._by(PayoutRun.Rejected, checker, note=note.strip())
        return news

    def withdraw(self, maker: Party) -> bool:
        """Take it back as who proposed it. Raises `NotTheMaker`, `ProposalClosed`."""
        news = self.proposal.takes_withdrawal(maker.person_id)
        if news:
            self._by(PayoutRun.Withdrawn, maker)
        return news

    def expire(self) -> bool:
        """Nobody decided in time; False before, and when somebody has."""
        over = self.proposal.is_over(self.now)
        if over:
            self.emit(PayoutRun.Expired, reference=self.reference)
        return over

    def take_file(
        self, by: Party, form: PayoutFileForm, *, payees: tuple[PayeeVersion, ...]
    ) -> None:
        """Record who took the file for the bank; taken again it is the same file. Raises
        `NotFinance`, `RunNotApproved`, `PayeeChangedSince`.
        """
        by.must_be_finance()
        self.must_be_approved()
        known = {each.payout_id: each.version for each in self.payees}
        for item, payee in zip(self.items, payees, strict=True):
            if known and known[item.payout_id] != payee.version:
                raise PayeeChangedSince(reference=item.reference)
        self._by(
            PayoutRun.FileTaken,
            by,
            form=form,
            pay_on=self.pay_on or day_at(self.now),
            payees=payees,
        )

    def mark_sent(self, by: Party) -> None:
        """The file was given to the bank. Raises `NotFinance`, `RunNotApproved`,
        `RunWithoutFile`.
        """
        by.must_be_finance()
        self.must_be_approved()
        if not self.payees:
            raise RunWithoutFile
        if not self.sent:
            self._by(PayoutRun.Sent, by)

    def call_off(self, by: Party, note: str) -> bool:
        """Do not send what was approved; False when that was decided. Raises `NotFinance`,
        `RunNoteMissing`, `RunNotApproved`, `RunSent`.
        """
        by.must_be_finance()
        _must_say(note)
        if self.called_off:
            return False
        self.must_be_approved()
        if self.sent:
            raise RunSent
        self._by(PayoutRun.CalledOff, by, note=note.strip())
        return True

    @property
    def state(self) -> RunState:
        """How it stands."""
        if self.called_off:
            return "called_off"
        return "sent" if self.sent else self.proposal.state

    def item(self, payout_id: UUID) -> RunItem:
        """One of its payouts. Raises `NotFound`."""
        for item in self.items:
            if item.payout_id == payout_id:
                return item
        raise NotFound(kind="payout", id=payout_id)

    def must_be_approved(self) -> None:
        """Raises `RunNotApproved`."""
        if self.called_off or self.proposal.state != "approved":
            raise RunNotApproved(state=self.state)

    def must_be_sent(self) -> None:
        """Raises `RunNotApproved`, `RunNotSent`."""
        self.must_be_approved()
        if not self.sent:
            raise RunNotSent

    def _by(self, kind: type[Event], who: Party, **facts: object) -> None:
        self.emit(
            kind,
            reference=self.reference,
            by=who.person_id,
            session_id=who.session_id,
            **facts,
        )

    @event(Proposed)
    def __init__(
        self,
        request_id: UUID,
        reference: str,
        items: tuple[RunItem, ...],
        amount: Money,
        by: UUID,
        session_id: UUID | None,
        expires_at: datetime,
    ) -> None:
        self.request_id = request_id
        self.reference = reference
        self.items = items
        self.amount = amount
        self.proposal = Proposal(
            proposal_id=self.id, made_by=by, session_id=session_id, expires_at=expires_at
        )
        self.payees: tuple[PayeeVersion, ...] = ()
        self.pay_on: date | None = None
        self.made_at: datetime | None = None
        self.sent = False
        self.called_off = False

    @event(Approved)
    def _approved(self, by: UUID) -> None:
        self._end("approved", by)

    @event(Rejected)
    def _rejected(self, by: UUID) -> None:
        self._end("rejected", by)

    @event(Withdrawn)
    def _withdrawn(self, by: UUID) -> None:
        self._end("withdrawn", by)

    @event(Expired)
    def _expired(self) -> None:
        self._end("expired", None)

    @event(FileTaken)
    def _file_taken(
        self, timestamp: datetime, pay_on: date, payees: tuple[PayeeVersion, ...]
    ) -> None:
        self.made_at = self.made_at or timestamp
        self.pay_on = pay_on
        self.payees = payees

    @event(Sent)
    def _sent(self) -> None:
        self.sent = True

    @event(CalledOff)
    def _called_off(self) -> None:
        self.called_off = True

    def _end(self, state: ProposalState, by: UUID | None) -> None:
        self.proposal = replace(self.proposal, state=state, decided_by=by)


class PayoutCode(Aggregate):
    """Which payout has a reference code; its id is made of the code, so none is given out twice."""

    TOPIC = "payout_code"

    class Given(Created, frozen=True, kw_only=True):
        TOPIC = "payout_code.given"
        reference: str
        account_id: UUID
        payout_id: UUID

    @staticmethod
    def id_of(reference: str) -> UUID:
        """The one with this code."""
        return uuid5(EARNINGS, f"payout/{reference}")

    @classmethod
    def give(
        cls, reference: str, *, account_id: UUID, payout_id: UUID, now: datetime
    ) -> PayoutCode:
        """A code for a payout."""
        return cls.begin(
            cls.Given,
            id=cls.id_of(reference),
            now=now,
            reference=reference,
            account_id=account_id,
            payout_id=payout_id,
        )

    @event(Given)
    def __init__(self, reference: str, account_id: UUID, payout_id: UUID) -> None:
        self.reference = reference
        self.account_id = account_id
        self.payout_id = payout_id


def _must_say(note: str) -> None:
    if is_blank(note):
        raise RunNoteMissing("/note")
