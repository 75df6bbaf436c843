"""What the provider keeps: pages, payments, stored cards, payouts and notices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from adapters.iyzico.emulator.cards import ShownCard
from adapters.iyzico.emulator.refusals import Decline

Phase = Literal["AUTH", "PRE_AUTH", "POST_AUTH"]
PageKind = Literal["form", "wallet", "threeds", "direct"]


class BasketLine(Struct, frozen=True):
    """One thing that is bought."""

    item_id: str
    name: str
    price: Decimal


class BankCheck(Struct, frozen=True, kw_only=True):
    """A card that waits for its holder's code on the bank's page."""

    card: ShownCard
    installments: int
    code: str
    md_status: int
    tries_left: int = 3
    save: bool = False
    card_token: str = ""


class Page(Struct, frozen=True, kw_only=True, tag="page"):
    """Something to be paid: on a hosted page (`form`; `wallet` is "pay with iyzico"), or by a card
    that the merchant sent, with 3-D Secure (`threeds`) or without (`direct`).

    `payment_id` is set once it is paid; `decline` is the last card's refusal. A `threeds` page has
    `promised_payment_id` from its start, and `bank_verdict`, an mdStatus, once the bank has spoken.
    """

    token: str
    conversation_id: str
    basket_id: str
    language: str
    price: Decimal
    paid_price: Decimal
    currency: str
    callback_url: str
    lines: tuple[BasketLine, ...]
    installments: tuple[int, ...]
    opened_at: datetime
    expires_at: datetime
    decline: Decline | None = None
    bank_check: BankCheck | None = None
    payment_id: int | None = None
    kind: PageKind = "form"
    phase: Phase = "AUTH"
    card_user_key: str = ""
    buyer_id: str = ""
    buyer_email: str = ""
    buyer_phone: str = ""
    force_bank_page: bool = False
    debit_allowed: bool = True
    promised_payment_id: int | None = None
    conversation_data: str = ""
    bank_verdict: int | None = None


RefundState = Literal["done", "pending", "failed"]


class Refund(Struct, frozen=True, kw_only=True):
    """Money given back on one line; while `pending` the bank has until `decided_at`, and then it
    `will_fail` or not, and `accepted` says whether the merchant was told that it is given.
    `commission_back` is what the provider gives back of its own share.
    """

    refund_id: int
    conversation_id: str
    price: Decimal
    created_at: datetime
    host_reference: str
    state: RefundState = "done"
    decided_at: datetime | None = None
    will_fail: bool = False
    accepted: bool = True
    after_settlement: bool = False
    commission_back: Decimal = Decimal(0)


class PaidItem(Struct, frozen=True, kw_only=True):
    """One line of a payment, with what the provider keeps of it."""

    item_id: str
    transaction_id: int
    price: Decimal
    paid_price: Decimal
    commission: Decimal
    fee: Decimal
    cancel_id: int | None = None
    refunds: tuple[Refund, ...] = ()

    @property
    def refunded(self) -> Decimal:
        """What was given back so far, or is about to be."""
        return sum((r.price for r in self.refunds if r.state != "failed"), Decimal(0))

    @property
    def payout(self) -> Decimal:
        """What the merchant gets for it, before refunds."""
        return self.paid_price - self.commission - self.fee


class Payment(Struct, frozen=True, kw_only=True, tag="payment"):
    """Money taken. `fraud_status` is 1 passed, 0 in review, -1 rejected; `ruled_at` is when the
    fraud desk came to it. A `PRE_AUTH` only holds the money. `payout_after_days` are calendar days;
    a payout that would fall on a weekend comes on Monday.
    """

    payment_id: int
    token: str
    conversation_id: str
    basket_id: str
    price: Decimal
    paid_price: Decimal
    currency: str
    installments: int
    card: ShownCard
    md_status: int | None
    fraud_status: int
    auth_code: str
    host_reference: str
    created_at: datetime
    items: tuple[PaidItem, ...]
    cancelled_at: datetime | None = None
    cancel_conversation_id: str = ""
    kind: PageKind = "form"
    phase: Phase = "AUTH"
    ruled_at: datetime | None = None
    card_user_key: str = ""
    card_token: str = ""
    buyer_email: str = ""
    buyer_phone: str = ""
    payout_after_days: int = 1

    @property
    def refunded(self) -> Decimal:
        """What was given back so far, over all lines."""
        return sum((item.refunded for item in self.items), Decimal(0))


class CardHolder(Struct, frozen=True, kw_only=True, tag="holder"):
    """A shopper for whom cards are or were kept."""

    card_user_key: str
    email: str
    external_id: str


class StoredCard(Struct, frozen=True, kw_only=True, tag="card"):
    """A card kept for a shopper, who is known by `card_user_key`; never its number."""

    card_user_key: str
    card_token: str
    alias: str
    email: str
    external_id: str
    card: ShownCard
    created_at: datetime


PayoutKind = Literal["payment", "refund"]


class Payout(Struct, frozen=True, kw_only=True, tag="payout"):
    """One line's part of a bank transfer to the merchant, below 0 for a refund after settlement.

    `source_id` is the line's transaction or the refund; `transaction_id` always the line's.
    """

    source_id: int
    transaction_id: int
    amount: Decimal
    currency: str
    kind: PayoutKind
    reference: str
    paid_at: datetime


class Bounce(Struct, frozen=True, kw_only=True, tag="bounce"):
    """A bank transfer that the merchant's bank sent back."""

    reference: str
    amount: Decimal
    currency: str
    reason: str
    bounced_at: datetime


NoticeState = Literal["waiting", "held", "delivered", "given_up", "dropped"]


class Notice(Struct, frozen=True, kw_only=True, tag="notice"):
    """A webhook to the merchant and what became of it; `answers` are HTTP statuses, 0 is none.

    One that is held `behind_next` goes once another has been delivered. `signed` overrules what the
    account is set to.
    """

    notice_id: str
    body: dict[str, str | int]
    due_at: datetime
    state: NoticeState = "waiting"
    spoil_signature: bool = False
    before_callback: bool = False
    behind_next: bool = False
    signed: bool | None = None
    answers: tuple[int, ...] = ()


Record = Page | Payment | CardHolder | StoredCard | Payout | Bounce | Notice
