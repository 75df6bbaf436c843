"""Taking money and giving it back: what is asked of a provider, and what it may answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol
from uuid import UUID

from msgspec import Struct

from application.ports.world import Language
from domain.cards import SavedCard
from domain.payments import PaymentProvider
from domain.shared.address import Address
from domain.shared.money import Money


class Buyer(Struct, frozen=True, kw_only=True):
    """The person who pays, as the payment provider asks for them."""

    person_id: UUID
    given_name: str
    family_name: str
    email: str
    phone: str
    ip: str


class CheckoutLine(Struct, frozen=True, kw_only=True):
    """One order line as it is charged: the gross amount, never 0."""

    line_id: UUID
    name: str
    category: str
    physical: bool
    price: Money


class CheckoutRequest(Struct, frozen=True, kw_only=True):
    """Everything a hosted payment page is opened with; `total` is the sum of the lines, `shipping`
    is None where nothing is sent. `installments` are the numbers of instalments that are offered;
    `card_user_key` opens the shopper's saved cards, where there are any.
    """

    attempt_id: UUID
    order_id: UUID
    total: Money
    lines: tuple[CheckoutLine, ...]
    buyer: Buyer
    shipping: Address | None
    billing: Address
    callback_url: str
    language: Language
    installments: tuple[int, ...] = (1,)
    card_user_key: str = ""


class CheckoutForm(Struct, frozen=True, tag="form"):
    """A hosted payment page that waits for the shopper."""

    token: str
    page_url: str
    expires_in_seconds: int


class PaidLine(Struct, frozen=True, kw_only=True):
    """What the provider says of one line of a payment; `transaction_id` is needed for refunds."""

    line_id: UUID
    transaction_id: str
    paid: Money
    commission: Decimal
    fee: Decimal


class Paid(Struct, frozen=True, kw_only=True, tag="paid"):
    """Money was taken: signed, approved, and equal to what was asked. `paid` is what was charged:
    the price that was asked, and what the instalments cost beyond it.
    """

    payment_id: str
    paid: Money
    lines: tuple[PaidLine, ...]
    installments: int
    card_last_four: str
    saved_card: SavedCard | None = None


class Declined(Struct, frozen=True, kw_only=True, tag="declined"):
    """The bank or the provider said no; `group` is the provider's error group."""

    group: str
    code: str
    message: str


class InReview(Struct, frozen=True, tag="in_review"):
    """Taken, but the provider's fraud desk still looks at it: deliver nothing yet."""

    payment_id: str


class NotFinal(Struct, frozen=True, tag="not_final"):
    """The shopper has not finished; ask again later."""

    status: str


class Unknown(Struct, frozen=True, tag="unknown"):
    """Nobody knows (time-out, broken answer, bad signature): never treated as failed. `alarm` marks
    answers that contradict what was asked or signed.
    """

    reason: str
    alarm: bool = False


class RateLimited(Struct, frozen=True, tag="rate_limited"):
    """Too much was asked of the provider; nothing has happened. Ask later."""


class Invalid(Struct, frozen=True, tag="invalid"):
    """The provider refuses our request as it stands; nothing has happened. A person has to look."""

    code: str
    message: str


class Misconfigured(Struct, frozen=True, tag="misconfigured"):
    """The provider does not accept our keys or our account; a person has to look."""

    code: str
    message: str


class Refunded(Struct, frozen=True, tag="refunded"):
    """The provider took the refund."""

    refund_reference: str


class Pending(Struct, frozen=True, tag="pending"):
    """The provider will give the money back, and tells later when it has, or that it can't."""

    refund_reference: str


Obstacle = Invalid | RateLimited | Unknown | Misconfigured
"""What may come of every call instead of an answer to it."""
PaymentOutcome = Paid | Declined | InReview | NotFinal | Obstacle
CheckoutOutcome = CheckoutForm | Declined | Obstacle
RefundOutcome = Refunded | Pending | Declined | Obstacle
CancelOutcome = Refunded | Declined | Obstacle


class PaymentExpectation(Struct, frozen=True, kw_only=True):
    """What an honest answer about an attempt must agree with."""

    attempt_id: UUID
    order_id: UUID
    total: Money


class PaymentGateway(Protocol):
    """A provider that takes money and gives it back."""

    async def open_checkout(self, request: CheckoutRequest) -> CheckoutOutcome:
        """Open a hosted page. The attempt must be stored before this is called."""
        ...

    async def outcome(self, token: str, expected: PaymentExpectation) -> PaymentOutcome:
        """Ask what became of a hosted page; the signature is verified and the figures compared."""
        ...

    async def refund(
        self, *, refund_id: UUID, line: PaidLine, amount: Money, ip: str
    ) -> RefundOutcome:
        """Give back (part of) one line. Safe to repeat under the same id, one after the other: the
        provider is asked first whether it was done. `Declined` and `Invalid` are a no for good;
        after `Pending` and every other obstacle the same refund may be asked for again.
        """
        ...

    async def cancel(
        self, *, cancel_id: UUID, payment_id: str, total: Money, ip: str
    ) -> CancelOutcome:
        """Take back a whole payment, `total` being all that was paid. Possible on the payment's own
        day in Istanbul, while nothing of it was refunded. Safe to repeat, as a refund is;
        `Declined` and `Invalid` say that it was not taken back and will not be.
        """
        ...


class PaymentGateways(Protocol):
    """The gateway of each provider."""

    def of(self, provider: PaymentProvider) -> PaymentGateway:
        """The gateway of this provider."""
        ...


class InstallmentPlan(Struct, frozen=True, kw_only=True):
    """What a payment costs in so many instalments; `total` is all that the card pays."""

    installments: int
    each: Money
    total: Money


class InstallmentOffer(Struct, frozen=True, kw_only=True):
    """The plans for one kind of card."""

    association: str
    family: str
    bank: str
    credit: bool
    plans: tuple[InstallmentPlan, ...]


class Installments(Protocol):
    """Tells what instalments cost."""

    async def offers(
        self, price: Money, *, card_prefix: str = ""
    ) -> tuple[InstallmentOffer, ...] | Obstacle | Declined:
        """The offers for this price: of the card that begins so (6 or 8 digits), or of all."""
        ...


class CardVault(Protocol):
    """Cards that the provider keeps. No card number passes through it."""

    async def cards(self, card_user_key: str) -> tuple[SavedCard, ...] | Obstacle | Declined:
        """The cards kept under this key; none when the provider does not know it."""
        ...

    async def forget(self, card_user_key: str, card_token: str) -> Obstacle | Declined | None:
        """Delete a card; None when it is gone, also when it had been before."""
        ...


ReportedKind = Literal["payment", "refund", "cancel"]


def reported_as(transaction_id: str) -> str:
    """How the provider's books name the line of `PaidLine.transaction_id`: without the payment that
    stands before the colon.
    """
    return transaction_id.rpartition(":")[2]


class ReportedTransaction(Struct, frozen=True, kw_only=True):
    """One line of a payment or its return, as the provider's books have it. `payout` is what is
    paid out for it, below 0 for a refund after settlement. `transaction_id` is the line's, as
    `reported_as` gives it; `conversation_id` is ours: of the attempt, the refund or the cancel.
    """

    kind: ReportedKind
    day: date
    reported_id: str
    transaction_id: str
    payment_id: str
    conversation_id: str
    basket_id: str
    price: Money
    paid: Money
    commission: Decimal
    fee: Decimal
    payout: Decimal
    succeeded: bool
    after_settlement: bool


class ReportedPayout(Struct, frozen=True, kw_only=True):
    """What was paid out for one line, below 0 for a refund; exact, with parts of a kuruş.
    `reference` names the bank transfer it was part of, `transaction_id` is as in the transactions.
    """

    transaction_id: str
    amount: Decimal
    currency: str
    kind: str
    reference: str


class BouncedTransfer(Struct, frozen=True, kw_only=True):
    """A payout that our bank sent back."""

    reference: str
    amount: Money
    reason: str


class ProviderReports(Protocol):
    """What the provider's books say of a day (in Istanbul). Raises `Unavailable` while it can't be
    asked, and `ReportUnreadable` when its answer is not a report.
    """

    def transactions(self, day: date) -> AsyncIterator[tuple[ReportedTransaction, ...]]:
        """All payments, refunds and cancels of the day, page by page."""
        ...

    async def payouts(self, day: date) -> tuple[ReportedPayout, ...]:
        """What was paid out on the day."""
        ...

    async def bounced(self, day: date) -> tuple[BouncedTransfer, ...]:
        """The payouts that came back on the day."""
        ...


class ReportUnreadable(Exception):
    """The provider's report is not what it says it is."""
