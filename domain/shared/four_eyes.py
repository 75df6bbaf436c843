"""What one person proposes and another must approve: who may decide, and how a proposal ends."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from msgspec import Struct

from domain.shared.errors import Conflict, Forbidden
from domain.shared.text import mailbox_of

CHECKING_ROLE = "finance"
"""Who proposes and who approves holds this role at the moment of doing so."""

ProposalState = Literal["open", "approved", "rejected", "withdrawn", "expired"]
Seen = Literal["person", "session", "mailbox"]
"""By what two who claim to be different are seen to be one."""


class NotFinance(Forbidden):
    """They do not hold the role finance now, whatever they held before."""


class MakerIsChecker(Forbidden):
    """Nobody decides on what they have proposed themselves, by whatever account. Fact: `seen`."""


class OwnBenefit(Forbidden):
    """Nobody proposes or approves what goes to themselves, by whatever account. Fact: `seen`."""


class NotTheMaker(Forbidden):
    """Only who has proposed it takes it back."""


class ProposalClosed(Conflict):
    """It was decided before. Fact: `state`."""


class ProposalExpired(Conflict):
    """Nobody decided in time. Fact: `expired_at`."""


class Party(Struct, frozen=True, kw_only=True):
    """Somebody who takes part, as the system sees them at this moment."""

    person_id: UUID
    email: str
    roles: frozenset[str]
    session_id: UUID | None = None

    def seen_as(self, other: Party) -> Seen | None:
        """By what the two are one and the same; None when nothing tells that they are."""
        if self.person_id == other.person_id:
            return "person"
        if self.session_id is not None and self.session_id == other.session_id:
            return "session"
        mailbox = mailbox_of(self.email)
        return "mailbox" if mailbox and mailbox == mailbox_of(other.email) else None

    def must_be_finance(self) -> None:
        """Raises `NotFinance`."""
        if CHECKING_ROLE not in self.roles:
            raise NotFinance

    def must_not_benefit(self, beneficiary: Party) -> None:
        """Raises `OwnBenefit`."""
        if seen := self.seen_as(beneficiary):
            raise OwnBenefit(seen=seen)


class Proposal(Struct, frozen=True, kw_only=True):
    """Something that waits for a second person until it expires."""

    proposal_id: UUID
    made_by: UUID
    session_id: UUID | None
    expires_at: datetime
    state: ProposalState = "open"
    decided_by: UUID | None = None

    def takes_approval(self, checker: Party, *, maker: Party, now: datetime) -> bool:
        """Whether the checker's approval is news; False when it is theirs already.

        Raises `NotFinance`, `MakerIsChecker`, `ProposalClosed` and `ProposalExpired`.
        """
        return self._takes("approved", checker, maker=maker, now=now)

    def takes_rejection(self, checker: Party, *, maker: Party, now: datetime) -> bool:
        """Whether the checker's rejection is news; refuses like `takes_approval`."""
        return self._takes("rejected", checker, maker=maker, now=now)

    def takes_withdrawal(self, person_id: UUID) -> bool:
        """Whether the maker's taking it back is news. Raises `NotTheMaker`, `ProposalClosed`."""
        if person_id != self.made_by:
            raise NotTheMaker
        if self.state == "withdrawn":
            return False
        self._must_be_open()
        return True

    def is_over(self, now: datetime) -> bool:
        """Whether it waits no longer, although nobody has decided."""
        return self.state == "open" and now >= self.expires_at

    def _takes(self, end: ProposalState, checker: Party, *, maker: Party, now: datetime) -> bool:
        checker.must_be_finance()
        if seen := checker.seen_as(maker):
            raise MakerIsChecker(seen=seen)
        if (self.state, self.decided_by) == (end, checker.person_id):
            return False
        self._must_be_open()
        if self.is_over(now):
            raise ProposalExpired(expired_at=self.expires_at)
        return True

    def _must_be_open(self) -> None:
        if self.state != "open":
            raise ProposalClosed(state=self.state)
