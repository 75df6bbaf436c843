"""What is told of a wallet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from api.ask import Ask
from api.explained import Because, Explanation
from api.wallet.words import line_text
from domain.shared.money import Money
from domain.wallet import CreditClass, Origin
from projections.wallet import StatementLine
from projections.wallet_lots import Expiring, HoldUse, LotEntry, LotRow, hold_uses

RESERVATIONS = {"held", "released", "hold_expired"}


class WalletAnswer(Struct, frozen=True, kw_only=True):
    """Credits: all of them, those held for work under way, and what may be spent. `expiring` tells
    what of that expires first, and when. `explanation` is there if it was asked for.
    """

    balance: int
    held: int
    available: int
    expiring: list[Expiring]
    explanation: Explanation | UnsetType = UNSET


class StatementEntry(Struct, frozen=True, kw_only=True):
    """One line: what happened, in the caller's language, and `credits`, which is signed.

    `kind` is granted, held, captured, released, hold_expired, refunded, expired or clawed_back.
    `balance_change` is 0 for reservations, which only move credits between held and available.
    `hold_id` joins the lines of one piece of work, and `order_id` names the purchase. `because` is
    there if it was asked for.
    """

    position: int
    at: datetime
    kind: str
    text: str
    credits: int
    balance_change: int
    purpose: str
    hold_id: UUID | None
    order_id: UUID | None
    because: Because | UnsetType = UNSET


class Payment(Struct, frozen=True, kw_only=True):
    """What a lot paid for, or got back of it when `credits` is negative."""

    position: int
    at: datetime
    text: str
    credits: int
    hold_id: UUID


class LotAnswer(Struct, frozen=True, kw_only=True):
    """Credits that came together: promotional ones pay first, the soonest to expire before others.

    `paid` is the money that was given for them, and `paid_for` the newest of what they were spent
    on, at most 50.
    """

    lot_id: UUID
    at: datetime
    credit_class: CreditClass
    origin: Origin
    granted: int
    remaining: int
    held: int
    expires_at: datetime | None
    paid: Money | None
    order_id: UUID | None
    paid_for: list[Payment]


class LotPart(Struct, frozen=True, kw_only=True):
    """How much of a charge one lot paid, less what was refunded."""

    lot_id: UUID
    credit_class: CreditClass
    origin: Origin
    credits: int


class GenerationAsked(Struct, frozen=True, kw_only=True):
    """What the credits were for."""

    id: UUID
    draft_id: UUID
    title: str
    candidates: int


class WhyAnswer(Struct, frozen=True, kw_only=True):
    """Why credits were charged: what for, which lots paid, and each step with who asked for it, by
    which command, and in reaction to what. `charged` is what is left of it after refunds.
    """

    hold_id: UUID
    charged: int
    generation: GenerationAsked | None
    lots: list[LotPart]
    steps: list[StatementEntry]


async def uses_of(ask: Ask, lines: Sequence[StatementLine | LotEntry]) -> Mapping[UUID, HoldUse]:
    """What the holds of these lines were made for."""
    wanted = {line.hold_id for line in lines if line.hold_id is not None}
    return await hold_uses(ask.reads, wanted) if wanted else {}


def entry(
    ask: Ask,
    line: StatementLine,
    *,
    uses: Mapping[UUID, HoldUse],
    because: Because | UnsetType = UNSET,
) -> StatementEntry:
    """A line as the caller reads it."""
    use = uses.get(line.hold_id) if line.hold_id else None
    return StatementEntry(
        position=line.position,
        at=line.at,
        kind=line.kind,
        text=line_text(line, use, language=ask.language),
        credits=line.credits,
        balance_change=0 if line.kind in RESERVATIONS else line.credits,
        purpose=line.purpose,
        hold_id=line.hold_id,
        order_id=line.order_id,
        because=because,
    )


def lot_answer(lot: LotRow, paid_for: Sequence[Payment]) -> LotAnswer:
    """A lot as its owner reads it."""
    return LotAnswer(
        lot_id=lot.lot_id,
        at=lot.at,
        credit_class=lot.credit_class,
        origin=lot.origin,
        granted=lot.granted,
        remaining=lot.remaining,
        held=lot.held,
        expires_at=lot.expires_at,
        paid=lot.paid,
        order_id=lot.order_id,
        paid_for=list(paid_for),
    )


def payment(ask: Ask, each: LotEntry, *, uses: Mapping[UUID, HoldUse]) -> Payment:
    """A charge or refund of one lot, as its owner reads it."""
    assert each.hold_id is not None, "what is spent was held before"
    line = StatementLine(
        customer_id=each.customer_id,
        position=each.position,
        at=each.at,
        kind=each.kind,
        credits=each.credits,
        purpose="",
    )
    return Payment(
        position=each.position,
        at=each.at,
        text=line_text(line, uses.get(each.hold_id), language=ask.language),
        credits=-each.credits,
        hold_id=each.hold_id,
    )


def parts_of(lots: Sequence[LotRow], entries: Sequence[LotEntry]) -> list[LotPart]:
    """What each lot has paid by these entries of a hold, in the order in which they paid."""
    paid: dict[UUID, int] = {}
    for each in entries:
        if each.credits:
            paid[each.lot_id] = paid.get(each.lot_id, 0) - each.credits
    by_id = {lot.lot_id: lot for lot in lots}
    return [
        LotPart(
            lot_id=lot_id,
            credit_class=by_id[lot_id].credit_class,
            origin=by_id[lot_id].origin,
            credits=credits,
        )
        for lot_id, credits in paid.items()
    ]
