"""The provider's own rules: opening pages, taking money, giving it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from adapters.iyzico.emulator.book import (
    BankCheck,
    Book,
    Page,
    PaidItem,
    Payment,
    Refund,
)
from adapters.iyzico.emulator.cards import SandboxCard, ShownCard, shown
from adapters.iyzico.emulator.commission import EIGHT_DECIMALS, KURUS, percentage, split
from adapters.iyzico.emulator.numbers import Numbers
from adapters.iyzico.emulator.refusals import Decline, Refusal
from adapters.iyzico.emulator.settings import EmulatorSettings

ISTANBUL = ZoneInfo("Europe/Istanbul")
REFUND_WINDOW = timedelta(days=365)

PageState = Literal["open", "at_bank", "paid", "expired"]


class Provider:
    """One merchant's account. `advance` moves its clock; `review_next` holds the next payments."""

    def __init__(self, settings: EmulatorSettings, clock: Callable[[], datetime] | None) -> None:
        self.settings = settings
        self.book = Book(settings.database)
        self.numbers = Numbers(settings.seed)
        self.review_next = 0
        self._clock = clock or (lambda: datetime.now(UTC))
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The emulated time."""
        return self._clock() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the emulated time on."""
        self._ahead += timedelta(seconds=seconds)

    def state_of(self, page: Page) -> PageState:
        """What can be done with a page now."""
        if page.payment_id is not None:
            return "paid"
        if self.now() >= page.expires_at:
            return "expired"
        return "open" if page.bank_check is None else "at_bank"

    def charged(self, page: Page, installments: int) -> Decimal:
        """What the card pays for a page in so many instalments."""
        surcharge = percentage(
            page.paid_price, self.settings.surcharge_percent * (installments - 1)
        )
        return page.paid_price + surcharge.quantize(KURUS)

    def try_card(
        self, page: Page, card: SandboxCard, *, installments: int
    ) -> Payment | Decline | BankCheck:
        """Charge a card, refuse it, or send its holder to the bank's page first."""
        if card.decline is not None:
            self.book.keep(replace(page, decline=card.decline))
            return card.decline
        if card.needs_bank_page:
            check = BankCheck(
                card=shown(card),
                installments=installments,
                code=self.numbers.digits(6),
                md_status=card.md_status,
            )
            self.book.keep(replace(page, bank_check=check))
            return check
        return self._capture(page, shown(card), installments=installments, md_status=None)

    def answer_bank(
        self, page: Page, check: BankCheck, *, code: str | None
    ) -> Payment | Decline | BankCheck:
        """The holder typed a code on the bank's page, or gave up with None."""
        if code == check.code and check.md_status == 1:
            return self._capture(page, check.card, installments=check.installments, md_status=1)
        if code is not None and code != check.code and check.tries_left > 1:
            again = replace(check, tries_left=check.tries_left - 1)
            self.book.keep(replace(page, bank_check=again))
            return again
        decline = Decline("10215", "THREEDS_FAILED")
        self.book.keep(replace(page, bank_check=None, decline=decline))
        return decline

    def cancel(self, payment: Payment) -> Payment:
        """Take a whole payment back on its own day. Raises `Refusal`."""
        if payment.cancelled_at is not None:
            raise Refusal("5093", retryable=False)
        same_day = _day(payment.created_at) == _day(self.now())
        if not same_day or payment.refunded:
            raise Refusal("5008", retryable=False)
        if not payment.card.refundable:
            raise Refusal("10000", "GENERAL_ERROR", retryable=True)
        cancelled = replace(payment, cancelled_at=self.now())
        self.book.keep(cancelled)
        return cancelled

    def refund(
        self, payment: Payment, item: PaidItem, *, price: Decimal, conversation_id: str
    ) -> Refund:
        """Give back part of a line. Raises `Refusal`."""
        if payment.cancelled_at is not None:
            raise Refusal("5093", retryable=False)
        if self.now() - payment.created_at > REFUND_WINDOW:
            raise Refusal("5008", retryable=False)
        if price <= 0:
            raise Refusal("5005", retryable=False)
        if price > item.paid_price - item.refunded:
            raise Refusal("5006", retryable=False)
        if not payment.card.refundable:
            raise Refusal("10000", "GENERAL_ERROR", retryable=True)
        refund = Refund(
            refund_id=self.numbers.id_not_in(self.book.transactions),
            conversation_id=conversation_id,
            price=price,
            created_at=self.now(),
            host_reference=f"mock-refund-{self.numbers.digits(8)}",
        )
        items = tuple(
            replace(each, refunds=(*each.refunds, refund)) if each == item else each
            for each in payment.items
        )
        self.book.keep(replace(payment, items=items))
        return refund

    def rule_on(self, payment: Payment, fraud_status: int) -> Payment:
        """The fraud desk comes to a result: 1 passed, 0 still looking, -1 rejected."""
        ruled = replace(payment, fraud_status=fraud_status)
        self.book.keep(ruled)
        return ruled

    def _capture(
        self, page: Page, card: ShownCard, *, installments: int, md_status: int | None
    ) -> Payment:
        in_review = self.review_next > 0
        self.review_next -= in_review
        paid_price = self.charged(page, installments)
        payment = Payment(
            payment_id=self.numbers.id_not_in(self.book.payments),
            token=page.token,
            conversation_id=page.conversation_id,
            basket_id=page.basket_id,
            price=page.price,
            paid_price=paid_price,
            currency=page.currency,
            installments=installments,
            card=card,
            md_status=md_status,
            fraud_status=0 if in_review else 1,
            auth_code=self.numbers.digits(6),
            host_reference=f"mock-{self.numbers.digits(8)}",
            created_at=self.now(),
            items=self._items(page, paid_price),
        )
        paid_page = replace(page, payment_id=payment.payment_id, bank_check=None, decline=None)
        self.book.keep(payment, paid_page)
        return payment

    def _items(self, page: Page, paid_price: Decimal) -> tuple[PaidItem, ...]:
        prices = [line.price for line in page.lines]
        paid = split(paid_price, prices, step=KURUS)
        commission = percentage(paid_price, self.settings.commission_percent)
        shares = split(commission, paid, step=EIGHT_DECIMALS)
        fees = split(self.settings.commission_fee, paid, step=EIGHT_DECIMALS)
        return tuple(
            PaidItem(
                item_id=line.item_id,
                transaction_id=self.numbers.id_not_in(self.book.transactions),
                price=line.price,
                paid_price=line_paid,
                commission=share,
                fee=fee,
            )
            for line, line_paid, share, fee in zip(page.lines, paid, shares, fees, strict=True)
        )


def _day(moment: datetime) -> object:
    return moment.astimezone(ISTANBUL).date()
