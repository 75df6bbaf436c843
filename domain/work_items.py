"""Work items: what finance has to look at, and how each was resolved."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from domain.shared.aggregate import Aggregate, Created, Event, Personal, event
from domain.shared.errors import Conflict, Invalid
from domain.shared.four_eyes import Party
from domain.shared.money import Money
from domain.shared.text import is_blank

ITEMS = UUID("3f5d0c52-5a0e-4c8e-9b6f-77c1a4f0d216")

NOTE_LENGTH = 500

WorkItemKind = Literal[
    "refund_refused",
    "refund_contradicted",
    "payment_alarm",
    "provider_misconfigured",
    "unmatched_transfer",
    "recon_mismatch",
    "recon_aged",
    "payout_bounced",
    "print_rejected",
    "print_overdue",
    "parcel_refused",
    "parcel_lost",
    "parcel_returned",
]
WorkItemState = Literal["open", "resolved", "lapsed"]

RESOLUTIONS: dict[WorkItemKind, tuple[str, ...]] = {
    "refund_refused": ("paid_from_bank", "tried_again", "given_otherwise", "not_owed"),
    "refund_contradicted": ("returned", "not_returned", "explained"),
    "payment_alarm": ("money_taken", "no_money_taken", "explained"),
    "provider_misconfigured": ("corrected", "explained"),
    "unmatched_transfer": ("matched", "sent_back", "not_ours"),
    "recon_mismatch": ("booked", "corrected_by_provider", "explained"),
    "recon_aged": ("booked", "corrected_by_provider", "explained"),
    "payout_bounced": ("paid_again", "booked", "explained"),
    "print_rejected": ("printed_elsewhere", "given_back", "explained"),
    "print_overdue": ("printed_elsewhere", "given_back", "explained"),
    "parcel_refused": ("corrected", "explained"),
    "parcel_lost": ("refunded", "explained"),
    "parcel_returned": ("refunded", "explained"),
}
"""How an item of each kind may be resolved. Only what says that it books moves anything."""

WorkItemFacts = tuple[tuple[str, str], ...]
"""Names and values that say what was found; nothing in them is about a person."""


class WorkItemResolved(Conflict):
    """Somebody has resolved it already. Facts: `resolution` and `resolved_by`."""


class WorkItemLapsed(Conflict):
    """Its cause is gone, so there is nothing to resolve. Fact: `reason`."""


class UnknownResolution(Invalid):
    """Items of this kind are not resolved so. Facts: `resolution`, `kind` and `allowed`."""


class ResolutionNoteMissing(Invalid):
    """A note says why in words of one's own; it is no blank."""


class ResolutionNoteTooLong(Invalid):
    """The note is longer than it may be. Facts: `length` and `most`."""


class WorkItem(Aggregate):
    """Something that no rule decides, so that a person does. What it is about is told anew when it
    changes, and it opens again when that happens after it was resolved.
    """

    TOPIC = "work_item"

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "work_item.opened"
        kind: WorkItemKind
        key: str
        order_id: UUID | None
        attempt_id: UUID | None
        amount: Money | None
        facts: WorkItemFacts

    class Changed(Event, frozen=True, kw_only=True):
        TOPIC = "work_item.changed"
        kind: WorkItemKind
        amount: Money | None
        facts: WorkItemFacts

    class Reopened(Event, frozen=True, kw_only=True):
        TOPIC = "work_item.reopened"
        kind: WorkItemKind
        amount: Money | None
        facts: WorkItemFacts

    class Resolved(Event, frozen=True, kw_only=True):
        TOPIC = "work_item.resolved"
        SUBJECT = "resolved_by"
        kind: WorkItemKind
        key: str
        order_id: UUID | None
        attempt_id: UUID | None
        resolved_by: UUID
        session_id: UUID | None
        resolution: str
        note: Personal
        amount: Money | None

    class Lapsed(Event, frozen=True, kw_only=True):
        TOPIC = "work_item.lapsed"
        kind: WorkItemKind
        reason: str

    @staticmethod
    def id_of(kind: WorkItemKind, key: str) -> UUID:
        """The one item of this kind about this thing."""
        return uuid5(ITEMS, f"{kind}/{key}")

    @classmethod
    def open(
        cls,
        kind: WorkItemKind,
        key: str,
        *,
        about: tuple[UUID | None, UUID | None],
        found: tuple[Money | None, WorkItemFacts],
        now: datetime,
    ) -> WorkItem:
        """A new item about an order and an attempt, if it is, with what was found."""
        return cls.begin(
            cls.Opened,
            id=cls.id_of(kind, key),
            now=now,
            kind=kind,
            key=key,
            order_id=about[0],
            attempt_id=about[1],
            amount=found[0],
            facts=found[1],
        )

    def find(self, amount: Money | None, facts: WorkItemFacts) -> None:
        """It was found so now. The same again changes nothing, unless it had lapsed meanwhile;
        something else opens also an item that was resolved.
        """
        same = (amount, facts) == (self.amount, self.facts)
        if same and self.state != "lapsed":
            return
        kind = WorkItem.Changed if self.state == "open" else WorkItem.Reopened
        self.emit(kind, kind=self.kind, amount=amount, facts=facts)

    def resolve(self, by: Party, resolution: str, *, note: str) -> None:
        """Say how it was resolved; the same by the same person again changes nothing.

        Raises `NotFinance`, `UnknownResolution`, `ResolutionNoteMissing`, `ResolutionNoteTooLong`,
        `WorkItemResolved` and `WorkItemLapsed`.
        """
        by.must_be_finance()
        self._must_allow(resolution)
        _must_say_why(note)
        if self.state == "resolved" and self.ended == (by.person_id, resolution):
            return
        self._must_be_open()
        self.emit(
            WorkItem.Resolved,
            kind=self.kind,
            key=self.key,
            order_id=self.order_id,
            attempt_id=self.attempt_id,
            resolved_by=by.person_id,
            session_id=by.session_id,
            resolution=resolution,
            note=note.strip(),
            amount=self.amount,
        )

    def lapse(self, reason: str) -> None:
        """Its cause is gone by itself; ignored when somebody has resolved it."""
        if self.state == "open":
            self.emit(WorkItem.Lapsed, kind=self.kind, reason=reason)

    def _must_allow(self, resolution: str) -> None:
        allowed = RESOLUTIONS[self.kind]
        if resolution not in allowed:
            raise UnknownResolution(
                "/resolution",
                resolution=resolution,
                kind=self.kind,
                allowed=", ".join(allowed),
            )

    def _must_be_open(self) -> None:
        if self.state == "resolved":
            raise WorkItemResolved(resolution=self.ended[1], resolved_by=self.ended[0])
        if self.state == "lapsed":
            raise WorkItemLapsed(reason=self.ended[1])

    @event(Opened)
    def __init__(
        self,
        kind: WorkItemKind,
        key: str,
        *,
        order_id: UUID | None,
        attempt_id: UUID | None,
        amount: Money | None,
        facts: WorkItemFacts,
    ) -> None:
        self.kind = kind
        self.key = key
        self.order_id = order_id
        self.attempt_id = attempt_id
        self.state: WorkItemState = "open"
        self.amount = amount
        self.facts = facts
        self.ended: tuple[UUID | None, str] = (None, "")

    @event(Changed)
    def _changed(self, amount: Money | None, facts: WorkItemFacts) -> None:
        self.amount = amount
        self.facts = facts

    @event(Reopened)
    def _reopened(self, amount: Money | None, facts: WorkItemFacts) -> None:
        self.state = "open"
        self.amount = amount
        self.facts = facts

    @event(Resolved)
    def _resolved(self, resolved_by: UUID, resolution: str) -> None:
        self.state = "resolved"
        self.ended = (resolved_by, resolution)

    @event(Lapsed)
    def _lapsed(self, reason: str) -> None:
        self.state = "lapsed"
        self.ended = (None, reason)


def _must_say_why(note: str) -> None:
    if is_blank(note):
        raise ResolutionNoteMissing("/note")
    if len(note.strip()) > NOTE_LENGTH:
        raise ResolutionNoteTooLong("/note", length=len(note.strip()), most=NOTE_LENGTH)
