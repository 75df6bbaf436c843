"""The artist's work on one order: offered, taken on, shown, revised, approved; or called off."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID, uuid5

from domain.design.parts import (
    EDGES,
    Artist,
    Commission,
    DesignBrief,
    DesignCannotMove,
    DesignerDeclined,
    DesignerTooDear,
    JobState,
    Party,
    RevisionsUsedUp,
)
from domain.shared.aggregate import PERSONAL, Aggregate, Created, Event, Personal, event
from domain.shared.artwork import Artwork
from domain.shared.errors import NotFound
from domain.shared.money import Money

DESIGN_JOBS = UUID("d1b2a7c4-40e6-4a0c-9c53-5e2f8a7b9c21")


class _Step(Event, frozen=True, kw_only=True):
    """One step: `by` tells who took it and `said` what they said.

    `speaker_id` is the person whose words these are; where time decided, whoever kept silent.
    """

    CONCERNS = ("customer_id", "designer_person_id")
    SHOWS = ("order_id", "number", "by")
    SUBJECT = "speaker_id"
    order_id: UUID
    number: str
    customer_id: UUID
    designer_id: UUID
    designer_person_id: UUID
    by: Party
    speaker_id: UUID
    said: Personal = ""


class _Fee(Event, frozen=True, kw_only=True):
    """The fee that a designer has earned, or not. With `on_account` their account books their share
    of it; before there were accounts, all of it was owed by this event.
    """

    CONCERNS = ("designer_person_id",)
    SHOWS = ("order_id", "number", "fee")
    order_id: UUID
    number: str
    designer_id: UUID
    designer_person_id: UUID
    fee: Money
    on_account: bool = False


class DesignJob(Aggregate):
    """One per order. The state takes the steps of `EDGES`; approved and cancelled are ends."""

    TOPIC = "design"

    class Opened(Created, frozen=True, kw_only=True):
        TOPIC = "design.opened"
        SUBJECT = "customer_id"
        order_id: UUID
        number: str
        customer_id: UUID
        commission: Commission
        brief: Annotated[DesignBrief, PERSONAL]

    class Offered(_Step, frozen=True, kw_only=True):
        TOPIC = "design.offered"
        offer: int
        answer_by: datetime

    class Accepted(_Step, frozen=True, kw_only=True):
        TOPIC = "design.accepted"

    class Declined(_Step, frozen=True, kw_only=True):
        TOPIC = "design.declined"

    class PreviewSent(_Step, frozen=True, kw_only=True):
        TOPIC = "design.preview_sent"
        preview: int
        artwork: Artwork
        remind_at: tuple[datetime, ...]
        approves_at: datetime

    class CustomerReminded(_Step, frozen=True, kw_only=True):
        TOPIC = "design.customer_reminded"
        reminder: int
        approves_at: datetime

    class RevisionRequested(_Step, frozen=True, kw_only=True):
        TOPIC = "design.revision_requested"
        revision: int

    class Approved(_Step, frozen=True, kw_only=True):
        TOPIC = "design.approved"
        artwork: Artwork

    class Cancelled(_Step, frozen=True, kw_only=True):
        TOPIC = "design.cancelled"

    class FeeEarned(_Fee, frozen=True, kw_only=True):
        TOPIC = "design.fee_earned"

    class FeeReversed(_Fee, frozen=True, kw_only=True):
        TOPIC = "design.fee_reversed"

    @staticmethod
    def id_of(order_id: UUID) -> UUID:
        """The one design job of an order."""
        return uuid5(DESIGN_JOBS, str(order_id))

    @classmethod
    def open(
        cls, customer_id: UUID, commission: Commission, *, brief: DesignBrief, now: datetime
    ) -> DesignJob:
        """A job that nobody has been asked to do yet."""
        return cls.begin(
            cls.Opened,
            id=cls.id_of(commission.order_id),
            now=now,
            order_id=commission.order_id,
            number=commission.number,
            customer_id=customer_id,
            commission=commission,
            brief=brief,
        )

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for anybody any more."""
        return self.state in {"approved", "cancelled"}

    def offer(self, artist: Artist, answer_by: datetime) -> None:
        """Ask a designer, who has until then to answer. Raises `DesignCannotMove`,
        `DesignerDeclined`.
        """
        if self.state == "awaiting_designer" and self.artist == artist:
            return
        self._must_move_to("awaiting_designer")
        if artist.designer_id in self.declined_by:
            raise DesignerDeclined
        self._step(
            DesignJob.Offered,
            by="customer",
            artist=artist,
            offer=self.offers + 1,
            answer_by=answer_by,
        )

    def must_be_made_by(self, person_id: UUID) -> None:
        """Raises `NotFound` for everybody but the designer who was asked last."""
        if self.artist.person_id != person_id:
            raise NotFound(kind="designjob", id=self.id)

    def must_be_made_for(self, customer_id: UUID) -> None:
        """Raises `NotFound` for everybody but the customer."""
        if self.customer_id != customer_id:
            raise NotFound(kind="designjob", id=self.id)

    def must_afford(self, price: Money) -> None:
        """What was paid stays what is paid. Raises `DesignerTooDear`."""
        if price > self.commission.fee:
            raise DesignerTooDear(fee=self.commission.fee, price=price)

    def accept(self) -> None:
        """The designer takes it on. Raises `DesignCannotMove`."""
        if self.state == "in_progress":
            return
        self._must_move_to("in_progress")
        self._step(DesignJob.Accepted, by="designer")

    def decline(self, said: str) -> None:
        """The designer does not take it on. Raises `DesignCannotMove`."""
        if self.state == "declined":
            return
        self._must_move_to("declined")
        self._step(DesignJob.Declined, by="designer", said=said)

    def lapse(self, offer: int) -> None:
        """The time to answer this offer is over; ignored when it was answered."""
        if self.state == "awaiting_designer" and self.offers == offer:
            self._step(DesignJob.Declined, by="time")

    def send_preview(
        self,
        artwork: Artwork,
        said: str,
        *,
        remind_at: tuple[datetime, ...],
        approves_at: datetime,
    ) -> None:
        """Show the customer what would be printed. Raises `DesignCannotMove`."""
        if self.state == "preview_sent" and self.artwork == artwork:
            return
        self._must_move_to("preview_sent")
        self._step(
            DesignJob.PreviewSent,
            by="designer",
            said=said,
            preview=self.previews + 1,
            artwork=artwork,
            remind_at=remind_at,
            approves_at=approves_at,
        )

    def must_take_preview(self) -> None:
        """Raises `DesignCannotMove` where a preview would be refused, or is there already."""
        self._must_move_to("preview_sent")

    def remind(self, preview: int, reminder: int) -> None:
        """Tell the customer that this preview waits for them; ignored when it does not."""
        if self._waits(preview) and self.reminders < reminder:
            self._step(
                DesignJob.CustomerReminded,
                by="time",
                reminder=reminder,
                approves_at=self.approves_at,
            )

    def request_revision(self, said: str) -> None:
        """Have it changed. Raises `RevisionsUsedUp`, `DesignCannotMove`."""
        if self.state == "revision_requested" and self.wanted_change == said:
            return
        self._must_move_to("revision_requested")
        if self.revisions >= self.commission.revisions_allowed:
            raise RevisionsUsedUp(allowed=self.commission.revisions_allowed)
        self._step(
            DesignJob.RevisionRequested, by="customer", said=said, revision=self.revisions + 1
        )

    def approve(self) -> None:
        """The customer is content: the designer has earned the fee. Raises `DesignCannotMove`."""
        if self.state == "approved":
            return
        self._must_move_to("approved")
        self._approve("customer")

    def approve_unanswered(self, preview: int) -> None:
        """The preview waited long enough; ignored when it does not wait any more."""
        if self._waits(preview):
            self._approve("time")

    def cancel(self, by: Party, said: str = "") -> None:
        """Call it off; a designer can do so with what they took on. Raises `DesignCannotMove`."""
        if self.state == "cancelled":
            return
        if by == "designer" and self.state in {"awaiting_designer", "declined"}:
            raise DesignCannotMove(state=self.state, to="cancelled")
        self._must_move_to("cancelled")
        self._step(DesignJob.Cancelled, by=by, said=said)

    def close(self) -> None:
        """Its order was cancelled: open work ends, and a fee that was earned is taken back."""
        if self.state != "approved":
            self.cancel("seller")
        elif not self.fee_reversed:
            self._fee(DesignJob.FeeReversed)

    def _approve(self, by: Party) -> None:
        self._step(DesignJob.Approved, by=by, artwork=self.artwork)
        self._fee(DesignJob.FeeEarned)

    def _waits(self, preview: int) -> bool:
        return self.state == "preview_sent" and self.previews == preview

    def _must_move_to(self, state: JobState) -> None:
        if state not in EDGES[self.state]:
            raise DesignCannotMove(state=self.state, to=state)

    def _step(
        self,
        kind: type[Event],
        *,
        by: Party,
        said: str = "",
        artist: Artist | None = None,
        **facts: Any,
    ) -> None:
        asked = artist or self.artist
        spoke = by == "designer" or kind is DesignJob.Declined
        self.emit(
            kind,
            order_id=self.commission.order_id,
            number=self.commission.number,
            customer_id=self.customer_id,
            designer_id=asked.designer_id,
            designer_person_id=asked.person_id,
            by=by,
            speaker_id=asked.person_id if spoke else self.customer_id,
            said=said,
            **facts,
        )

    def _fee(self, kind: type[Event]) -> None:
        self.emit(
            kind,
            order_id=self.commission.order_id,
            number=self.commission.number,
            designer_id=self.artist.designer_id,
            designer_person_id=self.artist.person_id,
            fee=self.commission.fee,
            on_account=True,
        )

    @event(Opened)
    def __init__(self, customer_id: UUID, commission: Commission, brief: DesignBrief) -> None:
        self.customer_id = customer_id
        self.commission = commission
        self.brief = brief
        self.artist: Artist
        self.artwork: Artwork
        self.approves_at: datetime
        self.state: JobState = "opened"
        self.offers = 0
        self.declined_by: set[UUID] = set()
        self.previews = 0
        self.reminders = 0
        self.revisions = 0
        self.wanted_change = ""
        self.fee_on_account = False
        self.fee_reversed = False

    @event(Offered)
    def _offered(self, designer_id: UUID, designer_person_id: UUID, offer: int) -> None:
        self.state = "awaiting_designer"
        self.artist = Artist(designer_id=designer_id, person_id=designer_person_id)
        self.offers = offer

    @event(Accepted)
    def _accepted(self) -> None:
        self.state = "in_progress"

    @event(Declined)
    def _declined(self, designer_id: UUID) -> None:
        self.state = "declined"
        self.declined_by.add(designer_id)

    @event(PreviewSent)
    def _preview_sent(self, preview: int, artwork: Artwork, approves_at: datetime) -> None:
        self.state = "preview_sent"
        self.previews = preview
        self.artwork = artwork
        self.approves_at = approves_at
        self.reminders = 0

    @event(CustomerReminded)
    def _customer_reminded(self, reminder: int) -> None:
        self.reminders = reminder

    @event(RevisionRequested)
    def _revision_requested(self, revision: int, said: str) -> None:
        self.state = "revision_requested"
        self.revisions = revision
        self.wanted_change = said

    @event(Approved)
    def _approved(self) -> None:
        self.state = "approved"

    @event(Cancelled)
    def _cancelled(self) -> None:
        self.state = "cancelled"

    @event(FeeEarned)
    def _fee_earned(self, on_account: bool) -> None:
        self.fee_on_account = on_account
        self.fee_reversed = False

    @event(FeeReversed)
    def _fee_reversed(self) -> None:
        self.fee_reversed = True
