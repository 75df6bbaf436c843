"""Transfers that are awaited, and money that goes back by transfer: each by its reference code."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from domain.bank.line import AsideReason
from domain.bank.statements import BANK
from domain.shared.aggregate import Aggregate, Created, Event, event
from domain.shared.errors import Conflict
from domain.shared.money import Money

ReturnReason = Literal["refund", "double_payment", "unmatched"]


class TransferNotFitting(Conflict):
    """The line is not what this transfer waits for. Facts: `reason`, `awaited` and `came`."""


class TransferPart(Struct, frozen=True):
    """One line of the order, and what is asked for it."""

    line_id: UUID
    amount: Money


class AwaitedTransfer(Struct, frozen=True, kw_only=True):
    """What the customer was asked to send, to which account, and until when it is waited for."""

    reference: str
    attempt_id: UUID
    order_id: UUID
    customer_id: UUID
    iban: str
    recipient: str
    bank_name: str
    parts: tuple[TransferPart, ...]
    amount: Money
    until: datetime


class BankTransfer(Aggregate):
    """One for each reference code, whose id is made of it: no code is given out twice."""

    TOPIC = "bank_transfer"

    class Awaited(Created, frozen=True, kw_only=True):
        TOPIC = "bank_transfer.awaited"
        transfer: AwaitedTransfer

    class Received(Event, frozen=True, kw_only=True):
        TOPIC = "bank_transfer.received"
        line_id: UUID
        attempt_id: UUID
        order_id: UUID
        amount: Money
        reference: str = ""

    class CameOtherwise(Event, frozen=True, kw_only=True):
        TOPIC = "bank_transfer.came_otherwise"
        line_id: UUID
        customer_id: UUID
        order_id: UUID
        amount: Money
        awaited: Money
        reference: str
        until: datetime

    @staticmethod
    def id_of(reference: str) -> UUID:
        """The transfer with this code."""
        return uuid5(BANK, f"transfer/{reference}")

    @classmethod
    def expect(cls, transfer: AwaitedTransfer, now: datetime) -> BankTransfer:
        """A transfer that a customer is asked for."""
        return cls.begin(cls.Awaited, id=cls.id_of(transfer.reference), now=now, transfer=transfer)

    def misfit(self, amount: Money) -> AsideReason | None:
        """Why money of this amount is not what is waited for; None when it is."""
        return _misfit(amount, self.transfer.amount)

    def receive(self, line_id: UUID, amount: Money) -> bool:
        """Take the money of a line; False when another line has brought it before.

        Raises `TransferNotFitting`.
        """
        if reason := self.misfit(amount):
            raise TransferNotFitting(reason=reason, awaited=self.transfer.amount, came=amount)
        if self.line_id is not None:
            return self.line_id == line_id
        self.emit(
            BankTransfer.Received,
            line_id=line_id,
            attempt_id=self.transfer.attempt_id,
            order_id=self.transfer.order_id,
            amount=amount,
            reference=self.transfer.reference,
        )
        return True

    def note_misfit(self, line_id: UUID, amount: Money) -> None:
        """Money came that is too little, too much or of another currency: it does not count. Each
        line is noted once, and none after the right one.
        """
        if self.line_id or line_id in self.misfits or not self.misfit(amount):
            return
        self.emit(
            BankTransfer.CameOtherwise,
            line_id=line_id,
            customer_id=self.transfer.customer_id,
            order_id=self.transfer.order_id,
            amount=amount,
            awaited=self.transfer.amount,
            reference=self.transfer.reference,
            until=self.transfer.until,
        )

    @event(Awaited)
    def __init__(self, transfer: AwaitedTransfer) -> None:
        self.transfer = transfer
        self.line_id: UUID | None = None
        self.misfits: set[UUID] = set()

    @event(CameOtherwise)
    def _came_otherwise(self, line_id: UUID) -> None:
        self.misfits.add(line_id)

    @event(Received)
    def _received(self, line_id: UUID) -> None:
        self.line_id = line_id


class OrderedReturn(Struct, frozen=True, kw_only=True):
    """Money that is to go back to where the line came from. `subject_id` is what it is ordered for
    once: a refund, or the line itself; `attempt_id` is None where no payment knows of the money.
    """

    reference: str
    subject_id: UUID
    line_id: UUID
    amount: Money
    reason: ReturnReason
    attempt_id: UUID | None
    ordered_by: UUID | None


class BankReturn(Aggregate):
    """Money that finance sends back. A later statement with its reference confirms it."""

    TOPIC = "bank_return"

    class Ordered(Created, frozen=True, kw_only=True):
        TOPIC = "bank_return.ordered"
        back: OrderedReturn

    class Sent(Event, frozen=True, kw_only=True):
        TOPIC = "bank_return.sent"
        line_id: UUID
        subject_id: UUID
        attempt_id: UUID | None
        reference: str
        amount: Money

    @staticmethod
    def id_of(reference: str) -> UUID:
        """The return with this code."""
        return uuid5(BANK, f"return/{reference}")

    @classmethod
    def order(cls, back: OrderedReturn, now: datetime) -> BankReturn:
        """Money that finance is asked to send back."""
        return cls.begin(cls.Ordered, id=cls.id_of(back.reference), now=now, back=back)

    def misfit(self, amount: Money) -> AsideReason | None:
        """Why a line of this amount is not this return; None when it is."""
        return _misfit(amount, self.back.amount)

    def confirm(self, line_id: UUID) -> bool:
        """The bank has sent it; False when another line has done so before."""
        if self.line_id is not None:
            return self.line_id == line_id
        self.emit(
            BankReturn.Sent,
            line_id=line_id,
            subject_id=self.back.subject_id,
            attempt_id=self.back.attempt_id,
            reference=self.back.reference,
            amount=self.back.amount,
        )
        return True

    @event(Ordered)
    def __init__(self, back: OrderedReturn) -> None:
        self.back = back
        self.line_id: UUID | None = None

    @event(Sent)
    def _sent(self, line_id: UUID) -> None:
        self.line_id = line_id


def _misfit(amount: Money, wanted: Money) -> AsideReason | None:
    if amount.currency != wanted.currency:
        return "other_currency"
    if amount == wanted:
        return None
    return "too_little" if amount < wanted else "too_much"
