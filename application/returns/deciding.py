"""What staff can ask about a return: agree or not, say that it is back, and settle it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

from application.bus import Command, handles
from application.four_eyes import Hand, party_of
from application.line_returns import reprints_used
from application.money_back import left_for
from application.production import RequestReprint, request_reprint
from application.store import Store
from application.terms import Terms
from domain.identity import User
from domain.orders import Order
from domain.payments import PaymentAttempt, RefundPart
from domain.production import ReprintReason
from domain.returns import (
    REASONS,
    Condition,
    Granted,
    MoneyGoesBackAlready,
    NoReprintLeft,
    Reason,
    Remedy,
    Return,
)
from domain.shared.errors import Forbidden
from domain.shared.four_eyes import Party
from domain.shared.money import Money

DESK = frozenset(("admin", "finance"))
REMINDER = timedelta(days=3)
"""So long before the last day the customer is reminded of sending it back."""

PRINTED_ANEW_FOR: dict[Reason, ReprintReason] = {
    "damaged": "damaged",
    "defective": "defect",
    "misprinted": "misprint",
    "wrong_item": "misprint",
    "not_arrived": "lost",
}


class NotOfTheReturnsDesk(Forbidden):
    """They hold neither the role admin nor finance now."""


class ApproveReturn(Command, frozen=True, kw_only=True):
    """Agree to a return: with which remedy, and whether it has to come back first."""

    return_id: UUID
    by: Hand
    remedy: Remedy
    send_back: bool = True
    instructions: str = ""
    expected_version: int | None = None


class RejectReturn(Command, frozen=True, kw_only=True):
    """Do not agree, and say why: to the claim, or to what came back."""

    return_id: UUID
    by: Hand
    said: str
    expected_version: int | None = None


class ReceiveReturn(Command, frozen=True, kw_only=True):
    """It is back, in this condition."""

    return_id: UUID
    by: Hand
    condition: Condition
    said: str = ""
    expected_version: int | None = None


class RefundReturn(Command, frozen=True, kw_only=True):
    """Give its money back: what was charged for it, as far as that is left. Another amount is for
    finance to say. Money that has gone already by another refund settles it.
    """

    return_id: UUID
    by: Hand
    amount: Money | None = None
    expected_version: int | None = None


class ReprintReturn(Command, frozen=True, kw_only=True):
    """Have it printed once more."""

    return_id: UUID
    by: Hand
    expected_version: int | None = None


Decision = ApproveReturn | RejectReturn | ReceiveReturn | RefundReturn | ReprintReturn


@handles
async def approve_return(command: ApproveReturn, store: Store, terms: Terms) -> dict[str, Any]:
    asked, _ = await _at_the_desk(command, store)
    send_by = store.now + timedelta(days=terms.return_send_days) if command.send_back else None
    if command.remedy == "reprint":
        await _must_have_reprint(asked, store, terms=terms)
    asked.approve(
        command.by.person_id,
        Granted(
            remedy=command.remedy,
            send_back=command.send_back,
            send_by=send_by,
            remind_at=max(send_by - REMINDER, store.now) if send_by else None,
        ),
        instructions=command.instructions.strip(),
    )
    return _saved(asked, store)


@handles
async def reject_return(command: RejectReturn, store: Store) -> dict[str, Any]:
    asked, _ = await _at_the_desk(command, store)
    asked.reject(command.by.person_id, command.said)
    return _saved(asked, store)


@handles
async def receive_return(command: ReceiveReturn, store: Store) -> dict[str, Any]:
    asked, _ = await _at_the_desk(command, store)
    asked.receive(command.by.person_id, command.condition, said=command.said)
    return _saved(asked, store)


@handles
async def refund_return(command: RefundReturn, store: Store) -> dict[str, Any]:
    asked, party = await _at_the_desk(command, store)
    order = await store.get(Order, asked.claim.order_id)
    attempt = await store.get(PaymentAttempt, order.paid_attempt or order.id)
    line_id = asked.claim.line_id
    refund_id = attempt.refund_id_of(asked.id, line_id)
    if refund_id in asked.refund_ids:
        return _saved(asked, store)
    asked.must_be_settled_by("refund")
    left = left_for(attempt, line_id)
    if not left.amount:
        _settle_otherwise(asked, order, attempt=attempt)
        return _saved(asked, store)
    amount = command.amount or min(asked.claim.charged, left)
    if command.amount is not None and command.amount != asked.claim.charged:
        party.must_be_finance()
    asked.ask_refund(command.by.person_id, refund_id, amount=amount)
    attempt.refund(asked.id, "return", parts=(RefundPart(line_id=line_id, amount=amount),))
    store.save(asked, attempt)
    return _saved(asked, store)


@handles
async def reprint_return(command: ReprintReturn, store: Store, terms: Terms) -> dict[str, Any]:
    asked, _ = await _at_the_desk(command, store)
    if asked.state != "reprinting":
        asked.must_be_settled_by("reprint")
        await _must_have_reprint(asked, store, terms=terms)
        answer = await request_reprint(
            RequestReprint(
                order_id=asked.claim.order_id,
                request_id=uuid5(asked.id, str(asked.called_off)),
                reason=PRINTED_ANEW_FOR[asked.claim.reason],
                by=command.by.person_id,
            ),
            store,
        )
        asked.ask_reprint(command.by.person_id, answer["copy"])
    return _saved(asked, store)


async def _at_the_desk(command: Decision, store: Store) -> tuple[Return, Party]:
    """The return, and who decides. Raises `NotFound`, `NotOfTheReturnsDesk`, `OwnBenefit`,
    `StaleVersion`.
    """
    party = await party_of(command.by, store)
    if not party.roles & DESK:
        raise NotOfTheReturnsDesk
    asked = await store.get(Return, command.return_id)
    customer = await store.find(User, asked.customer_id)
    if customer is not None:
        party.must_not_benefit(await party_of(Hand(person_id=customer.id), store))
    asked.must_be_at(command.expected_version)
    return asked, party


async def _must_have_reprint(asked: Return, store: Store, *, terms: Terms) -> None:
    if "reprint" not in REASONS[asked.claim.reason].remedies:
        return
    if await reprints_used(asked.claim.line_id, store) >= terms.return_reprints:
        raise NoReprintLeft(allowed=terms.return_reprints)


def _settle_otherwise(asked: Return, order: Order, *, attempt: PaymentAttempt) -> None:
    """Nothing is left, because it has gone; while it is on its way nobody knows that."""
    line_id = asked.claim.line_id
    if any(each.line_id == line_id and each.is_open for each in attempt.going_back):
        raise MoneyGoesBackAlready(line_id=line_id)
    asked.settle_otherwise(min(asked.claim.charged, order.returned[line_id]))


def _saved(asked: Return, store: Store) -> dict[str, Any]:
    store.save(asked)
    return {"return_id": asked.id, "state": asked.state}
