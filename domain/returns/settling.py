"""How a return is settled: by money that goes back, or by printing it once more."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any
from uuid import UUID

from domain.returns import facts
from domain.returns.parts import (
    AmountNotOwed,
    Claim,
    Granted,
    NotBackYet,
    RemedyWasAnother,
    ReturnState,
)
from domain.returns.policy import Remedy
from domain.shared.aggregate import Event
from domain.shared.money import Money


class Settling:
    """The part of a return that knows what became of its remedy. Money that goes back is that of
    the payment's refunds; this tells which of them are the return's.
    """

    claim: Claim
    granted: Granted
    state: ReturnState
    refund_ids: tuple[UUID, ...]
    amount: Money
    refused: bool
    copy: int | None
    called_off: int

    @abstractmethod
    def _step(self, kind: type[Event], **told: Any) -> None:
        """Let an event happen; its kind is that of the return with the same name."""

    @abstractmethod
    def _must_move_to(self, state: ReturnState, *, also: tuple[ReturnState, ...] = ()) -> None:
        """Raises `ReturnCannotMove`."""

    def must_be_settled_by(self, remedy: Remedy) -> None:
        """Raises `ReturnCannotMove`, `NotBackYet` and `RemedyWasAnother`."""
        self._must_move_to("refunding" if remedy == "refund" else "reprinting")
        if self.state == "approved" and self.granted.send_back:
            raise NotBackYet
        # What can't be printed after all is refunded, if there is money to give back.
        open_to_both = self.called_off and (remedy == "reprint" or self.claim.charged.amount)
        if self.granted.remedy != remedy and not open_to_both:
            raise RemedyWasAnother(remedy=self.granted.remedy)

    def must_owe(self, amount: Money) -> None:
        """Raises `AmountNotOwed`."""
        most = self.claim.charged
        if not 0 < amount.amount <= most.amount or amount.currency != most.currency:
            raise AmountNotOwed("/amount", amount=amount, most=most)

    def ask_refund(self, by: UUID, refund_id: UUID, *, amount: Money) -> None:
        """Its money is to go back by this refund; the same one again changes nothing.

        Raises `ReturnCannotMove`, `NotBackYet`, `RemedyWasAnother`, `AmountNotOwed`.
        """
        if refund_id in self.refund_ids:
            return
        self.must_be_settled_by("refund")
        self.must_owe(amount)
        self._step(facts.RefundAsked, by=by, refund_id=refund_id, amount=amount)

    def follow_refund(self, refused: UUID, retried: UUID) -> None:
        """What was refused is tried again by a new refund; ignored where it was not this one's."""
        if self.waits_for(refused) and retried not in self.refund_ids:
            self._step(facts.RefundAsked, by=None, refund_id=retried, amount=self.amount)

    def waits_for(self, refund_id: UUID) -> bool:
        """Whether this refund is to bring its money."""
        return self.state == "refunding" and refund_id in self.refund_ids

    def note_refused(self, refund_id: UUID) -> None:
        """The provider said no; ignored where it was not this one's refund."""
        if self.waits_for(refund_id) and not self.refused:
            self._step(facts.RefundRefused, refund_id=refund_id)

    def record_refunded(self, refund_id: UUID, amount: Money) -> None:
        """Its money has gone; ignored where it was not this one's refund."""
        if self.waits_for(refund_id):
            self._step(facts.Refunded, refund_id=refund_id, amount=amount, otherwise=False)

    def settle_otherwise(self, amount: Money) -> None:
        """What was claimed went back by another way, such as a refund of the whole order.

        Raises `ReturnCannotMove`, `NotBackYet`, `RemedyWasAnother`.
        """
        if self.state != "refunding":
            self.must_be_settled_by("refund")
        self._step(facts.Refunded, refund_id=None, amount=amount, otherwise=True)

    def dismiss(self, refund_id: UUID) -> None:
        """Finance found that nothing is owed; ignored where it was not this one's refund."""
        if self.waits_for(refund_id):
            self._step(facts.Rejected, by=None, because="not_owed", said="")

    def ask_reprint(self, by: UUID, copy: int) -> None:
        """It is printed once more; the same copy again changes nothing. Raises
        `ReturnCannotMove`, `NotBackYet`, `RemedyWasAnother`.
        """
        if self.state == "reprinting" and self.copy == copy:
            return
        self.must_be_settled_by("reprint")
        self._step(facts.ReprintAsked, by=by, copy=copy)

    def call_reprint_off(self, copy: int) -> None:
        """The copy will not be made; ignored where it was not this one's."""
        if self.state == "reprinting" and self.copy == copy:
            self._step(facts.ReprintCalledOff, copy=copy)

    def record_reprinted(self, copy: int) -> None:
        """The copy is made; ignored where it was not this one's."""
        if self.state == "reprinting" and self.copy == copy:
            self._step(facts.Reprinted, copy=copy)
