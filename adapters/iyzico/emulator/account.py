"""One merchant's account with the provider: its book, its clock, and what is to go wrong next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from adapters.iyzico.emulator.book import ISTANBUL, Book, Payment, Refund
from adapters.iyzico.emulator.numbers import Numbers
from adapters.iyzico.emulator.settings import EmulatorSettings


class RefundPlan(Struct, frozen=True):
    """A refund that the bank takes its time with, and then makes or refuses for good; `accepted`
    says whether the merchant is told at once that it was given.
    """

    seconds: float
    fails: bool = False
    accepted: bool = False


class Account:
    """What every rule works on.

    `review_next` counts the next payments that the fraud desk holds back, `refund_plans` are for
    the next refunds, `payout_off` is added to the next line paid out. `refund_decided` is called
    with each refund that was pending and no longer is. `settled_at` is when payouts were last
    looked for, `ahead` how far the clock was moved on.
    """

    def __init__(self, settings: EmulatorSettings, clock: Callable[[], datetime] | None) -> None:
        self.settings = settings
        self.book = Book(settings.database)
        self.numbers = Numbers(settings.seed)
        self.review_next = 0
        self.refund_plans: list[RefundPlan] = []
        self.payout_off = Decimal(0)
        self.refund_decided: Callable[[Payment, Refund], object] = _tell_nobody
        self.nonces: set[str] = set()
        self.settled_at: datetime | None = None
        self._clock = clock or (lambda: datetime.now(UTC))
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        """The emulated time."""
        return self._clock() + self.ahead

    def advance(self, seconds: float) -> None:
        """Move the emulated time on."""
        self.ahead += timedelta(seconds=seconds)

    def new_id(self) -> int:
        """An id that no payment, line or refund has."""
        number = self.numbers.id_not_in(self.book.ids)
        self.book.ids.add(number)
        return number


def day_of(moment: datetime) -> date:
    """The day in Türkiye."""
    return moment.astimezone(ISTANBUL).date()


def _tell_nobody(_payment: Payment, _refund: Refund) -> None:
    pass
