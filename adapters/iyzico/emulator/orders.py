"""What the control API can be told to do."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from adapters.iyzico.emulator.notices import NoticePlan

Times = Annotated[int, Meta(ge=0, le=1000)]
Seconds = Annotated[float, Meta(ge=0, le=400_000_000)]


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """An order; what it does not know it refuses, so that a slip of the pen is noticed."""


class TargetOrder(Order, frozen=True):
    """Where webhooks are to go from now on; what is left out stays."""

    url: str | UnsetType | None = UNSET
    delay_seconds: Seconds | UnsetType = UNSET
    signed: bool | UnsetType = UNSET
    intermediate: bool | UnsetType = UNSET


class HabitsOrder(Order, frozen=True):
    """How the account behaves from now on; what is left out stays."""

    failure_status: Literal[200, 400] | UnsetType = UNSET
    not_final_as_failure: bool | UnsetType = UNSET
    card_storage: bool | UnsetType = UNSET
    direct_payments: bool | UnsetType = UNSET
    refuse_reused_nonces: bool | UnsetType = UNSET
    refund_seconds: Seconds | UnsetType = UNSET
    page_lifetime_seconds: Annotated[int, Meta(ge=1, le=1_000_000)] | UnsetType = UNSET


class ReviewOrder(Order, frozen=True):
    """How many of the next payments the fraud desk holds back."""

    times: Times = 1


class RulingOrder(Order, frozen=True):
    """What the fraud desk says about a payment: 1 passed, 0 still looking, -1 rejected."""

    payment_id: int
    fraud_status: Literal[1, 0, -1]


class RefundsOrder(Order, frozen=True):
    """The bank takes its time with the next refunds, and then makes or refuses them. They are
    answered with a failure that may be tried again, or, `accepted`, with success.
    """

    seconds: Seconds
    fails: bool = False
    accepted: bool = False
    times: Times = 1


class ClockOrder(Order, frozen=True):
    """How far the emulated time moves on, or to which moment (with its offset from UTC)."""

    advance_seconds: Seconds = 0
    to: datetime | None = None


class SendOrder(Order, frozen=True):
    """Send what waits; with `held_too` also what was held back."""

    held_too: bool = True


class ExpiryOrder(Order, frozen=True):
    """When a page expires: so many seconds from now, or at once."""

    token: str
    in_seconds: Seconds = 0


class PayOrder(Order, frozen=True):
    """Pay a page without a browser, even when it has expired; `card` is a test card's number."""

    token: str
    card: str = "5526080000000006"
    installments: Annotated[int, Meta(ge=1, le=12)] = 1


class NoticeOrder(Order, frozen=True):
    """A webhook about a page that is known, with any status; without an event it has its own."""

    token: str
    status: str = "SUCCESS"
    event: str = ""
    plan: NoticePlan | None = None


class RefundNoticeOrder(Order, frozen=True):
    """A webhook that tells of a refund the bank made or refused later."""

    payment_id: int
    succeeded: bool = True
    plan: NoticePlan | None = None


class BounceOrder(Order, frozen=True):
    """The merchant's bank sends a transfer back."""

    reference: str
    reason: str = "ACCOUNT_CLOSED"


class CommissionOrder(Order, frozen=True):
    """The next line that is paid out is off by so many kuruş."""

    kurus: Annotated[int, Meta(ge=-100_000, le=100_000)] = 1


class SettleOrder(Order, frozen=True):
    """Pay out what has fallen due."""
