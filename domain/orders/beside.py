"""What changes an order beside its steps: holds, notes, and other addresses."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from domain.orders import facts
from domain.orders.parts import (
    HOLDABLE,
    MOST_NOTES,
    UNPRINTED,
    BillingFixed,
    DeliveryFixed,
    HoldKind,
    Note,
    NoteEmpty,
    NothingToHold,
    OrderState,
    Particulars,
    ReasonMissing,
    TooManyNotes,
    UnknownOrderHold,
)
from domain.shared.address import Address
from domain.shared.aggregate import Event
from domain.shared.text import is_blank


class BesideSteps:
    """The part of an order that staff and customers may change without moving it on."""

    number: str
    state: OrderState
    particulars: Particulars
    holds: dict[UUID, HoldKind]
    released: set[UUID]
    notes: dict[UUID, Note]

    @abstractmethod
    def _say(self, kind: type[Event], /, **told: Any) -> None:
        """Let an event happen; its kind is that of the order with the same name."""

    @property
    def is_held(self) -> bool:
        """Whether somebody has to look at it before it is printed, sent or, of credits, granted."""
        return bool(self.holds) and self.state in HOLDABLE

    @property
    def takes_delivery(self) -> bool:
        """Whether it may still go to another address."""
        return self.particulars.delivery is not None and self.state in UNPRINTED

    def hold(self, hold_id: UUID, kind: HoldKind, *, by: UUID | None, reason: str) -> None:
        """Keep it back; the same hold twice is one. Raises `NothingToHold`, `ReasonMissing`."""
        if hold_id in self.holds or hold_id in self.released:
            return
        if self.state not in HOLDABLE:
            raise NothingToHold(state=self.state)
        if is_blank(reason):
            raise ReasonMissing("/reason")
        self._say(facts.Held, hold_id=hold_id, kind=kind, by=by, reason=reason)

    def release(self, hold_id: UUID, *, by: UUID) -> None:
        """Let that hold be over; a second time changes nothing. Raises `UnknownOrderHold`."""
        if hold_id in self.released:
            return
        if hold_id not in self.holds:
            raise UnknownOrderHold(hold_id=hold_id)
        self._say(facts.HoldReleased, hold_id=hold_id, by=by)

    def change_delivery(self, address: Address, *, by: UUID) -> None:
        """Send it there instead; the address it has changes nothing. Raises `DeliveryFixed`."""
        if not self.takes_delivery:
            raise DeliveryFixed(state=self.state)
        if address != self.particulars.delivery:
            changed = replace(self.particulars, delivery=address)
            self._say(facts.DeliveryChanged, number=self.number, by=by, particulars=changed)

    def change_billing(
        self, address: Address, *, tax_number: str, tax_office: str, by: UUID
    ) -> None:
        """Make the invoice out to them instead. Raises `BillingFixed` once it is paid or over."""
        if self.state != "awaiting_payment":
            raise BillingFixed(state=self.state)
        changed = replace(
            self.particulars, billing=address, tax_number=tax_number, tax_office=tax_office
        )
        if changed != self.particulars:
            self._say(facts.BillingChanged, number=self.number, by=by, particulars=changed)

    def note(self, note_id: UUID, note: Note) -> None:
        """Keep what somebody wrote; the same note twice is one. Raises `NoteEmpty`,
        `TooManyNotes`.
        """
        if note_id in self.notes:
            return
        if is_blank(note.text):
            raise NoteEmpty("/text")
        if len(self.notes) >= MOST_NOTES:
            raise TooManyNotes(most=MOST_NOTES)
        self._say(facts.Noted, note_id=note_id, by=note.by, text=note.text, shown_to=note.shown_to)
