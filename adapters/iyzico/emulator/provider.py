"""The provider's own rules: opening pages, taking money, giving it back, paying it out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from adapters.iyzico.emulator import pending, returns, settlement
from adapters.iyzico.emulator.account import Account, RefundPlan
from adapters.iyzico.emulator.book import (
    BankCheck,
    Bounce,
    CardHolder,
    Page,
    PaidItem,
    Payment,
    Payout,
    Refund,
    StoredCard,
)
from adapters.iyzico.emulator.cards import SandboxCard, ShownCard, card_behind, shown
from adapters.iyzico.emulator.commission import EIGHT_DECIMALS, KURUS, percentage, split
from adapters.iyzico.emulator.refusals import Decline, Refusal
from adapters.iyzico.emulator.reports import Days
from adapters.iyzico.emulator.seals import seal_callback
from adapters.iyzico.emulator.settings import EmulatorSettings

PageState = Literal["open", "at_bank", "paid", "expired"]

THREEDS_FAILED = Decline("10215", "THREEDS_FAILED")
NO_DEBIT = Decline("10058", "NOT_PERMITTED_TO_TERMINAL")


class BankVerdict(Struct, frozen=True):
    """What the bank said about a card that the merchant sent for 3-D Secure: an mdStatus, of which
    only 1 lets the merchant take the money.
    """

    md_status: int


class Provider(Account):
    """One merchant's account and what can be done with it; `days` are its rows for reports."""

    def __init__(self, settings: EmulatorSettings, clock: Callable[[], datetime] | None) -> None:
        super().__init__(settings, clock)
        self.days = Days(self.book)

    def state_of(self, page: Page) -> PageState:
        """What can be done with a page now."""
        if page.payment_id is not None:
            return "paid"
        if self.now() >= page.expires_at:
            return "expired"
        return "open" if page.bank_check is None else "at_bank"

    def charged(self, page: Page, installments: int) -> Decimal:
        """What the card pays for a page in so many instalments."""
        return self.with_surcharge(page.paid_price, installments)

    def with_surcharge(self, price: Decimal, installments: int) -> Decimal:
        """What a price comes to in so many instalments."""
        surcharge = percentage(price, self.settings.surcharge_percent * (installments - 1))
        return price + surcharge.quantize(KURUS)

    def try_card(
        self, page: Page, card: SandboxCard, *, installments: int, save: bool = False
    ) -> Payment | Decline | BankCheck:
        """Charge a card, refuse it, or send its holder to the bank's page first.

        With `save` a card that pays is kept for the shopper. Only credit cards pay in instalments,
        and only in TRY: any other is charged at once.
        """
        check = BankCheck(
            card=shown(card),
            installments=installments if may_pay_in_installments(page, card) else 1,
            code=self.numbers.digits(6),
            md_status=card.md_status,
            save=save,
        )
        return self._try(page, card, check=check)

    def try_saved_card(
        self, page: Page, card_token: str, *, installments: int
    ) -> Payment | Decline | BankCheck:
        """The same with a card that is kept for the shopper of this page; one that is not is
        declined.
        """
        kept = self.book.cards.get(card_token)
        if kept is None or kept.card_user_key != page.card_user_key:
            decline = Decline("3006", "")
            self.book.keep(replace(page, decline=decline))
            return decline
        card = card_behind(kept.card)
        check = BankCheck(
            card=kept.card,
            installments=installments if may_pay_in_installments(page, card) else 1,
            code=self.numbers.digits(6),
            md_status=card.md_status,
            card_token=card_token,
        )
        return self._try(page, card, check=check)

    def answer_bank(
        self, page: Page, check: BankCheck, *, code: str | None
    ) -> Payment | Decline | BankCheck | BankVerdict:
        """The holder typed a code on the bank's page, or gave up with None.

        A `BankVerdict` comes only for a card that the merchant sent (`page.kind` is "threeds"): no
        money has moved, and the browser is to post `callback_fields` to the page's callback URL.
        """
        passed = code == check.code and check.md_status == 1
        if code is not None and code != check.code and check.tries_left > 1:
            again = replace(check, tries_left=check.tries_left - 1)
            self.book.keep(replace(page, bank_check=again))
            return again
        if page.kind == "threeds":
            verdict = BankVerdict(check.md_status if code == check.code else 0)
            self.book.keep(replace(page, bank_verdict=verdict.md_status))
            return verdict
        if passed:
            return self.capture(page, check, md_status=1)
        self.book.keep(replace(page, bank_check=None, decline=THREEDS_FAILED))
        return THREEDS_FAILED

    def start_3ds(self, page: Page, card: SandboxCard, *, check: BankCheck) -> BankCheck | Decline:
        """Let a card that the merchant sent be confirmed on the bank's page, whatever its kind."""
        if card.decline is not None:
            self.book.keep(replace(page, decline=card.decline))
            return card.decline
        self.book.keep(replace(page, bank_check=check))
        return check

    def callback_fields(self, page: Page) -> dict[str, str]:
        """What the browser posts to the merchant after the bank has spoken, signed."""
        fields = {
            "status": "success" if page.bank_verdict == 1 else "failure",
            "paymentId": str(page.promised_payment_id),
            "conversationData": page.conversation_data,
            "conversationId": page.conversation_id,
            "mdStatus": str(page.bank_verdict),
        }
        return fields | {"signature": seal_callback(fields, self.settings.secret_key)}

    def capture(self, page: Page, check: BankCheck, *, md_status: int | None) -> Payment:
        """Take the money of a page, and keep the card where that was asked."""
        in_review = self.review_next > 0
        self.review_next -= in_review
        sent_by_merchant = page.kind in {"threeds", "direct"}
        paid_price = page.paid_price if sent_by_merchant else self.charged(page, check.installments)
        stored = self._stored(page, check)
        payment = Payment(
            payment_id=page.promised_payment_id or self.new_id(),
            token=page.token,
            conversation_id=page.conversation_id,
            basket_id=page.basket_id,
            price=page.price,
            paid_price=paid_price,
            currency=page.currency,
            installments=check.installments,
            card=check.card,
            md_status=md_status,
            fraud_status=0 if in_review else 1,
            auth_code=self.numbers.digits(6),
            host_reference=f"mock-{self.numbers.digits(8)}",
            created_at=self.now(),
            items=self._items(page, paid_price),
            kind=page.kind,
            phase=page.phase,
            card_user_key=stored.card_user_key if stored else "",
            card_token=stored.card_token if stored else "",
            buyer_email=page.buyer_email,
            buyer_phone=page.buyer_phone,
            payout_after_days=(
                max(1, self.settings.installment_payout_days) if check.installments > 1 else 1
            ),
        )
        paid_page = replace(page, payment_id=payment.payment_id, bank_check=None, decline=None)
        self.book.keep(payment, paid_page)
        return payment

    def take_held(self, payment: Payment, price: Decimal) -> Payment:
        """Take what a pre-authorization holds, or less of it. Raises `Refusal`."""
        if payment.cancelled_at is not None:
            raise Refusal("5093")
        if payment.phase != "PRE_AUTH":
            raise Refusal("11")
        if not 0 < price <= payment.paid_price:
            raise Refusal("5005")
        if not payment.card.refundable:
            raise Refusal("10000", "GENERAL_ERROR")
        weights = [item.paid_price for item in payment.items]
        taken = replace(
            payment,
            phase="POST_AUTH",
            paid_price=price,
            items=tuple(
                replace(item, paid_price=paid, commission=commission, fee=fee)
                for item, (paid, commission, fee) in zip(
                    payment.items, self._shares(price, weights), strict=True
                )
            ),
        )
        self.book.keep(taken)
        return taken

    def keep_card(
        self, card: ShownCard, *, card_user_key: str, email: str, external_id: str, alias: str = ""
    ) -> StoredCard:
        """Keep a card for a shopper, who is a new one without a key."""
        kept = StoredCard(
            card_user_key=card_user_key or self.numbers.token(),
            card_token=self.numbers.token(),
            alias=alias or f"{card.bank} {card.last_four}",
            email=email,
            external_id=external_id,
            card=card,
            created_at=self.now(),
        )
        holder = CardHolder(card_user_key=kept.card_user_key, email=email, external_id=external_id)
        self.book.keep(holder, kept)
        return kept

    def cancel(self, payment: Payment, *, conversation_id: str = "") -> Payment:
        """Take a whole payment back on its own day. Raises `Refusal`."""
        return returns.cancel(self, payment, conversation_id=conversation_id)

    def refund(
        self, payment: Payment, item: PaidItem, *, price: Decimal, conversation_id: str
    ) -> Refund:
        """Give back part of a line. Raises `Refusal`."""
        return returns.refund(
            self, payment, item=item, price=price, conversation_id=conversation_id
        )

    def plan_refunds(self, plan: RefundPlan, times: int = 1) -> None:
        """Let the bank take its time with the next refunds, and perhaps refuse them."""
        self.refund_plans += [plan] * times

    def decide_refunds(self) -> list[tuple[Payment, Refund]]:
        """Let the bank make or refuse the pending refunds whose time has come."""
        return pending.decide_refunds(self)

    def settle(self) -> list[Payout]:
        """Pay out everything that has fallen due by now, and tell what was paid."""
        return settlement.settle(self)

    def bounce(self, reference: str, *, reason: str = "ACCOUNT_CLOSED") -> Bounce | None:
        """Let the merchant's bank send a transfer back; None when there was no such transfer."""
        return settlement.bounce(self, reference, reason=reason)

    def rule_on(self, payment: Payment, fraud_status: int) -> Payment:
        """The fraud desk comes to a result: 1 passed, 0 still looking, -1 rejected."""
        ruled = replace(payment, fraud_status=fraud_status, ruled_at=self.now())
        self.book.keep(ruled)
        return ruled

    def _try(
        self, page: Page, card: SandboxCard, *, check: BankCheck
    ) -> Payment | Decline | BankCheck:
        refused = card.decline
        if card.card_type == "DEBIT_CARD" and not page.debit_allowed:
            refused = NO_DEBIT
        if refused is not None:
            self.book.keep(replace(page, decline=refused))
            return refused
        if card.needs_bank_page or page.force_bank_page:
            self.book.keep(replace(page, bank_check=check))
            return check
        return self.capture(page, check, md_status=None)

    def _stored(self, page: Page, check: BankCheck) -> StoredCard | None:
        if check.card_token:
            return self.book.cards.get(check.card_token)
        if not check.save or not self.settings.card_storage:
            return None
        for kept in self.book.cards_of(page.card_user_key):
            if kept.card == check.card:
                return kept
        return self.keep_card(
            check.card,
            card_user_key=page.card_user_key,
            email=page.buyer_email,
            external_id=page.buyer_id,
        )

    def _items(self, page: Page, paid_price: Decimal) -> tuple[PaidItem, ...]:
        prices = [line.price for line in page.lines]
        return tuple(
            PaidItem(
                item_id=line.item_id,
                transaction_id=self.new_id(),
                price=line.price,
                paid_price=line_paid,
                commission=commission,
                fee=fee,
            )
            for line, (line_paid, commission, fee) in zip(
                page.lines, self._shares(paid_price, prices), strict=True
            )
        )

    def _shares(
        self, paid_price: Decimal, weights: list[Decimal]
    ) -> list[tuple[Decimal, Decimal, Decimal]]:
        """What each line pays, and what the provider keeps of it: its percentage and its fee."""
        paid = split(paid_price, weights, step=KURUS)
        commission = percentage(paid_price, self.settings.commission_percent)
        shares = split(commission, paid, step=EIGHT_DECIMALS)
        fees = split(self.settings.commission_fee, paid, step=EIGHT_DECIMALS)
        return list(zip(paid, shares, fees, strict=True))


def may_pay_in_installments(page: Page, card: SandboxCard) -> bool:
    """Whether instalments are for this card and currency."""
    return card.card_type == "CREDIT_CARD" and page.currency == "TRY"
