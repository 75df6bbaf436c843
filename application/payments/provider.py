"""Talking with the payment provider, outside of any handler: open a page, ask, confirm."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from application.bus import Bus, Call
from application.cards import card_user_key_of
from application.payments.commands import (
    RecordCheckoutFailed,
    RecordCheckoutForm,
    RecordPaymentOutcome,
)
from application.ports import (
    Buyer,
    CheckoutForm,
    CheckoutLine,
    CheckoutRequest,
    Clock,
    Declined,
    Invalid,
    Language,
    Misconfigured,
    Obstacle,
    PaymentExpectation,
    PaymentGateways,
    RateLimited,
    Unknown,
)
from application.store import EventLog, Store
from domain.identity import User
from domain.orders import LineKind, Order
from domain.payments import GRACE, FormNotWanted, PaymentAttempt
from domain.shared.errors import NotFound
from domain.shared.money import Money, distribute

CATEGORY = "Kitap kapağı"
CATEGORY_OF_CREDITS = "Kredi"
DIGITAL: frozenset[LineKind] = frozenset(("design_fee", "credits"))


class Shopper(Struct, frozen=True, kw_only=True):
    """Who is about to pay: the address they come from, the language they read, and whether the page
    is to show the cards that they have saved.
    """

    ip: str
    language: Language
    sees_cards: bool = True


class Till:
    """The provider and our book beside each other. Every verb may be repeated at any time.

    `public_url` is where shoppers' browsers come back to, without a slash at its end.
    """

    def __init__(
        self,
        gateways: PaymentGateways,
        log: EventLog,
        *,
        bus: Bus,
        clock: Clock,
        public_url: str,
    ) -> None:
        self._gateways = gateways
        self._log = log
        self._bus = bus
        self._clock = clock
        self._public_url = public_url

    async def attempt(self, attempt_id: UUID) -> PaymentAttempt:
        """The attempt as the log has it. Raises `NotFound`."""
        return await self._store().get(PaymentAttempt, attempt_id)

    async def confirm(self, attempt_id: UUID) -> PaymentAttempt:
        """Ask the provider and record what it says; the attempt afterwards. Raises `NotFound`."""
        command = await ask_provider(attempt_id, self._gateways, log=self._log, clock=self._clock)
        if command:
            await self._bus.execute(command)
        return await self.attempt(attempt_id)

    async def settle(self, order_id: UUID, customer_id: UUID) -> None:
        """Ask about an open attempt whose page has ended, so that a new one may follow.

        Raises `NotFound`, also when the order is another's.
        """
        store = self._store()
        order = await store.get(Order, order_id)
        if order.customer_id != customer_id:
            raise NotFound(kind="order", id=order_id)
        if order.open_attempt is None:
            return
        attempt = await store.get(PaymentAttempt, order.open_attempt)
        if attempt.expires_at and store.now >= attempt.expires_at + GRACE:
            await self.confirm(attempt.id)

    async def open_form(
        self, attempt_id: UUID, shopper: Shopper, *, installments: tuple[int, ...] = (1,)
    ) -> PaymentAttempt:
        """Open the provider's page, unless that was done; the attempt afterwards. What is sent may
        be paid in one of these numbers of `installments`; credits, which are gone at once, may not.

        An attempt that got none has ended: nobody can pay by a page that nobody knows.
        """
        store = self._store()
        attempt = await store.get(PaymentAttempt, attempt_id)
        if attempt.state != "opened":
            return attempt
        request = await self._request(store, attempt, shopper=shopper)
        outcome = await self._gateways.of(attempt.provider).open_checkout(
            request if request.shipping is None else replace(request, installments=installments)
        )
        command = (
            RecordCheckoutForm(
                attempt_id=attempt_id,
                token=outcome.token,
                page_url=outcome.page_url,
                expires_at=store.now + timedelta(seconds=outcome.expires_in_seconds),
            )
            if isinstance(outcome, CheckoutForm)
            else RecordCheckoutFailed(
                attempt_id=attempt_id,
                reason=_why(outcome),
            )
        )
        try:
            await self._bus.execute(command, Call())
        except FormNotWanted:
            # It ended while the page was being opened: nobody gets to see this one.
            return await self.attempt(attempt_id)
        return await self.attempt(attempt_id)

    def _store(self) -> Store:
        return Store(self._log, self._clock.now())

    async def _request(
        self, store: Store, attempt: PaymentAttempt, *, shopper: Shopper
    ) -> CheckoutRequest:
        order = await store.get(Order, attempt.order_id)
        user = await store.get(User, attempt.customer_id)
        given_name, _, family_name = user.name.strip().rpartition(" ")
        billing = order.particulars.billing
        return CheckoutRequest(
            attempt_id=attempt.id,
            order_id=order.id,
            total=attempt.amount,
            lines=basket_of(order, attempt.amount),
            buyer=Buyer(
                person_id=user.id,
                given_name=given_name or family_name,
                family_name=family_name,
                email=user.email,
                phone=billing.phone,
                ip=shopper.ip,
            ),
            shipping=order.particulars.delivery,
            billing=billing,
            callback_url=f"{self._public_url}/api/v1/payments/{attempt.id}/return",
            language=shopper.language,
            card_user_key=await card_user_key_of(user.id, store) if shopper.sees_cards else "",
        )


async def ask_provider(
    attempt_id: UUID,
    gateways: PaymentGateways,
    *,
    token: str = "",
    log: EventLog,
    clock: Clock,
) -> RecordPaymentOutcome | None:
    """What the provider says of an attempt, as the command that records it. The `token` is that of
    a page whose opener died before the attempt knew of it.

    None when there is nothing to ask: no page was opened, or the money is known to be taken.
    """
    asked_at = clock.now()
    attempt = await Store(log, asked_at).get(PaymentAttempt, attempt_id)
    page = attempt.token or token
    if not page or attempt.state == "succeeded":
        return None
    outcome = await gateways.of(attempt.provider).outcome(
        page,
        PaymentExpectation(attempt_id=attempt_id, order_id=attempt.order_id, total=attempt.amount),
    )
    return RecordPaymentOutcome(attempt_id=attempt_id, outcome=outcome, asked_at=asked_at)


def _why(outcome: Declined | Obstacle) -> str:
    match outcome:
        case Unknown(reason=reason):
            return reason
        case RateLimited():
            return "rate_limited"
        case Misconfigured(code=code):
            return f"misconfigured_{code}"
        case Invalid(code=code):
            return f"invalid_{code}"
        case refusal:
            return refusal.code


def basket_of(order: Order, price: Money) -> tuple[CheckoutLine, ...]:
    """The order's lines as they share a price, in proportion to their own and to the kuruş; what
    costs nothing is left out, as no provider takes it.
    """
    shares = distribute(price, [line.gross.amount for line in order.lines])
    return tuple(
        CheckoutLine(
            line_id=line.line_id,
            name=line.name,
            category=CATEGORY_OF_CREDITS if line.credits else CATEGORY,
            physical=line.kind not in DIGITAL,
            price=share,
        )
        for line, share in zip(order.lines, shares, strict=True)
        if share.amount
    )
