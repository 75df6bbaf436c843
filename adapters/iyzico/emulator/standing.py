"""What is ordered and still to come, and how far the clock is ahead: kept over a restart."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from msgspec import Struct

from adapters.iyzico.emulator.account import RefundPlan
from adapters.iyzico.emulator.courier import Courier
from adapters.iyzico.emulator.faults import Fault, Faults
from adapters.iyzico.emulator.notices import Plan
from adapters.iyzico.emulator.provider import Provider


class Standing(Struct, frozen=True, kw_only=True):
    """All of it at one moment. Where webhooks go is not of it: that is for who starts it to say."""

    ahead_seconds: float
    review_next: int
    refund_plans: tuple[RefundPlan, ...]
    payout_off: Decimal
    faults: tuple[Fault, ...]
    plans: tuple[Plan, ...]


class StandingOrders:
    """Restores what was kept when it is made; `keep` writes down what has changed since."""

    def __init__(self, provider: Provider, courier: Courier, *, faults: Faults) -> None:
        self._provider = provider
        self._courier = courier
        self._faults = faults
        self._kept = provider.book.noted()
        if self._kept is not None:
            self._restore(msgspec.json.decode(self._kept, type=Standing))

    def keep(self) -> None:
        """Write it down, where it is not what was written before."""
        now = Standing(
            ahead_seconds=self._provider.ahead.total_seconds(),
            review_next=self._provider.review_next,
            refund_plans=tuple(self._provider.refund_plans),
            payout_off=self._provider.payout_off,
            faults=tuple(self._faults.waiting),
            plans=tuple(self._courier.plans),
        )
        body = msgspec.json.encode(now)
        if body != self._kept:
            self._provider.book.note(body)
            self._kept = body

    def _restore(self, kept: Standing) -> None:
        self._provider.advance(kept.ahead_seconds)
        self._provider.review_next = kept.review_next
        self._provider.refund_plans += kept.refund_plans
        self._provider.payout_off = kept.payout_off
        self._faults.waiting += kept.faults
        self._courier.plans += kept.plans
