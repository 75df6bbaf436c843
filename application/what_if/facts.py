"""What of the events decides about credits and money, person by person, in a short form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from msgspec import Struct

from application.store import Recorded
from domain.design import DesignJob
from domain.drafts import Draft
from domain.earnings import DesignerAccount
from domain.orders import Order
from domain.shared.aggregate import Event
from domain.shared.money import Money
from domain.wallet import CreditClass, LotShare, Origin, Wallet

CURRENCY = "TRY"
NOTHING = Decimal("0.00")


class NotReckoned(Exception):
    """History can't be reckoned by these rules; the message is one sentence."""


class Fact(Struct, frozen=True, kw_only=True, array_like=True, tag_field="is"):
    """Something that was decided at a moment."""

    at: datetime


class Opened(Fact, frozen=True, tag=1):
    """A wallet was opened."""


class Granted(Fact, frozen=True, tag=2):
    """Credits came; `value` is the net money that they carry."""

    lot_id: UUID
    credits: int
    credit_class: CreditClass
    origin: Origin
    expires_at: datetime | None
    value: Decimal
    order_id: UUID | None


class Held(Fact, frozen=True, tag=3):
    """Credits were set aside."""

    hold_id: UUID
    credits: int
    purpose: str
    generation_id: UUID
    deadline: datetime


class Captured(Fact, frozen=True, tag=4):
    """Of a hold so many credits were spent, which carried so much money."""

    hold_id: UUID
    credits: int
    value: Decimal


class Released(Fact, frozen=True, tag=5):
    """A hold ended without being spent."""

    hold_id: UUID


class GivenBack(Fact, frozen=True, tag=6):
    """Spent credits came back."""

    refund_id: UUID
    hold_id: UUID
    credits: int
    value: Decimal


class Expired(Fact, frozen=True, tag=7):
    """Credits were booked as expired."""

    credits: int
    value: Decimal


class TakenBack(Fact, frozen=True, tag=8):
    """Unspent credits were taken back, of an order or of one class if these are given."""

    clawback_id: UUID
    credits: int
    credit_class: CreditClass | None
    order_id: UUID | None
    value: Decimal


class Begun(Fact, frozen=True, tag=9):
    """A generation of a draft was asked for."""

    draft_id: UUID
    generation_id: UUID


class Painted(Fact, frozen=True, tag=10):
    """A generation of a draft gave candidates, so that the next one may cost more."""

    draft_id: UUID
    generation_id: UUID


class Line(Struct, frozen=True, array_like=True):
    """An order's line; `listed` is its price before coupons."""

    line_id: UUID
    kind: str
    gross: Decimal
    rate: Decimal
    listed: Decimal
    tax_class: str


class Placed(Fact, frozen=True, tag=11):
    """Something was ordered."""

    order_id: UUID
    lines: tuple[Line, ...]


class Paid(Fact, frozen=True, tag=12):
    """An order was paid; `charged` is what its lines were charged with, where that is told."""

    order_id: UUID
    amount: Decimal
    charged: tuple[tuple[UUID, Decimal], ...] = ()


class Cancelled(Fact, frozen=True, tag=13):
    """An order was cancelled."""

    order_id: UUID


class Returned(Fact, frozen=True, tag=14):
    """Money of an order's line went back."""

    order_id: UUID
    line_id: UUID
    amount: Decimal


class Earned(Fact, frozen=True, tag=15):
    """A designer earned a share of a fee; a negative one was taken back."""

    order_id: UUID
    share: Decimal


AnyFact = (
    Opened
    | Granted
    | Held
    | Captured
    | Released
    | GivenBack
    | Expired
    | TakenBack
    | Begun
    | Painted
    | Placed
    | Paid
    | Cancelled
    | Returned
    | Earned
)


def facts_of(recorded: Recorded) -> tuple[UUID, AnyFact]:
    """The person whom an event of `FACT_KINDS` is about, and its fact. Raises `NotReckoned` and
    the library's `MapperDeserialisationError`.
    """
    event: Any = recorded.event
    person = getattr(event, PERSONS.get(type(event), "customer_id"))
    return person, MAKERS[type(event)](event)


def _lira(money: Money) -> Decimal:
    if money.currency != CURRENCY:
        raise NotReckoned(f"there are amounts in {money.currency}; only {CURRENCY} is reckoned")
    return money.amount


def _carried(shares: Sequence[LotShare]) -> Decimal:
    return sum((_lira(share.value) for share in shares), NOTHING)


def _granted(event: Wallet.CreditsGranted) -> Granted:
    return Granted(
        at=event.timestamp,
        lot_id=event.lot_id,
        credits=event.credits,
        credit_class=event.credit_class,
        origin=event.origin,
        expires_at=event.expires_at,
        value=_lira(event.value),
        order_id=event.order_id,
    )


def _held(event: Wallet.CreditsHeld) -> Held:
    return Held(
        at=event.timestamp,
        hold_id=event.hold_id,
        credits=event.credits,
        purpose=event.purpose,
        generation_id=event.reference or event.hold_id,
        deadline=event.deadline,
    )


def _captured(event: Wallet.HoldCaptured) -> Captured:
    value = _carried(event.shares)
    return Captured(at=event.timestamp, hold_id=event.hold_id, credits=event.credits, value=value)


def _given_back(event: Wallet.CaptureRefunded) -> GivenBack:
    return GivenBack(
        at=event.timestamp,
        refund_id=event.refund_id,
        hold_id=event.hold_id,
        credits=event.credits,
        value=_carried(event.shares),
    )


def _taken_back(event: Wallet.CreditsClawedBack) -> TakenBack:
    classes = {share.credit_class for share in event.shares}
    return TakenBack(
        at=event.timestamp,
        clawback_id=event.clawback_id,
        credits=event.credits,
        credit_class=classes.pop() if len(classes) == 1 else None,
        order_id=event.order_id,
        value=_carried(event.shares),
    )


def _placed(event: Order.Placed) -> Placed:
    return Placed(
        at=event.timestamp,
        order_id=event.originator_id,
        lines=tuple(
            Line(
                line.line_id,
                line.kind,
                _lira(line.gross),
                line.kdv_rate,
                _lira(line.list_price),
                line.tax_class,
            )
            for line in event.purchase.lines
        ),
    )


def _paid(event: Order.Paid) -> Paid:
    return Paid(
        at=event.timestamp,
        order_id=event.originator_id,
        amount=_lira(event.amount),
        charged=tuple((line.line_id, _lira(line.amount)) for line in event.charged),
    )


def _returned(event: Order.MoneyReturned) -> Returned:
    return Returned(
        at=event.timestamp,
        order_id=event.originator_id,
        line_id=event.line_id,
        amount=_lira(event.amount),
    )


def _fee(event: DesignJob.FeeEarned | DesignJob.FeeReversed) -> Earned:
    """Before there were accounts, all of the fee was the designer's; now their account tells."""
    fee = NOTHING if event.on_account else _lira(event.fee)
    earned = isinstance(event, DesignJob.FeeEarned)
    return Earned(at=event.timestamp, order_id=event.order_id, share=fee if earned else -fee)


def _accrued(event: DesignerAccount.Accrued) -> Earned:
    accrual = event.accrual
    share = NOTHING if accrual.carried else _lira(accrual.cut.share)
    return Earned(at=event.timestamp, order_id=accrual.order_id, share=share)


PERSONS: dict[type[Event], str] = {
    DesignJob.FeeEarned: "designer_person_id",
    DesignJob.FeeReversed: "designer_person_id",
    DesignerAccount.Accrued: "person_id",
    DesignerAccount.Reversed: "person_id",
}
"""Where it stands whom an event is about, if that is no customer."""

MAKERS: dict[type[Event], Callable[[Any], AnyFact]] = {
    Wallet.Opened: lambda e: Opened(at=e.timestamp),
    Wallet.CreditsGranted: _granted,
    Wallet.CreditsHeld: _held,
    Wallet.HoldCaptured: _captured,
    Wallet.HoldReleased: lambda e: Released(at=e.timestamp, hold_id=e.hold_id),
    Wallet.HoldExpired: lambda e: Released(at=e.timestamp, hold_id=e.hold_id),
    Wallet.CaptureRefunded: _given_back,
    Wallet.CreditsExpired: lambda e: Expired(
        at=e.timestamp, credits=e.credits, value=_lira(e.value)
    ),
    Wallet.CreditsClawedBack: _taken_back,
    Draft.GenerationBegun: lambda e: Begun(
        at=e.timestamp, draft_id=e.originator_id, generation_id=e.generation_id
    ),
    Draft.CandidatesReceived: lambda e: Painted(
        at=e.timestamp, draft_id=e.originator_id, generation_id=e.generation_id
    ),
    Order.Placed: _placed,
    Order.Paid: _paid,
    Order.Cancelled: lambda e: Cancelled(at=e.timestamp, order_id=e.originator_id),
    Order.MoneyReturned: _returned,
    DesignJob.FeeEarned: _fee,
    DesignJob.FeeReversed: _fee,
    DesignerAccount.Accrued: _accrued,
    DesignerAccount.Reversed: lambda e: Earned(
        at=e.timestamp, order_id=e.order_id, share=-_lira(e.share)
    ),
}
FACT_KINDS = frozenset(MAKERS)
"""The kinds of events that decide about credits and money."""
