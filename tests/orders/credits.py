"""States of the world that tests about buying credits begin with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from application.bus import Bus, Command
from application.invoices import InvoicingRules
from application.orders import BuyCredits, RefundCredits
from application.payments import RecordPaymentOutcome, StartPayment
from application.ports import Paid, PaidLine
from application.processes import checkout as _checkout  # noqa: F401  # registers reactions
from application.processes import purchases as _purchases  # noqa: F401  # registers reactions
from application.store import Append, EventLog, Store
from application.terms import Terms
from application.wallet import OpenWallet
from domain.orders import CreditPurchase, Order
from domain.payments import PaymentAttempt
from domain.shared.aggregate import Event, Metadata
from domain.shared.money import Money
from domain.wallet import Wallet
from tests.orders.examples import ADDRESS, ATTEMPT, CUSTOMER, SHOPPER, Shop

REQUEST, REFUND_REQUEST, OTHER_REFUND_REQUEST, HOLD = (
    UUID(int=(7 << 76) | (9 << 64) | number) for number in range(31, 35)
)
ORDER = Order.id_of(REQUEST)
LINE = Order.line_id_of(ORDER, "credits")
PRICE = Money.of("80.00")
NET = Money.of("66.67")
CREDITS = 500
WELCOME = 500
BUY = BuyCredits(
    request_id=REQUEST, customer_id=CUSTOMER, package_id="credits-500", billing=ADDRESS
)
START = StartPayment(attempt_id=ATTEMPT, order_id=ORDER, customer_id=CUSTOMER)
REFUND = RefundCredits(
    order_id=ORDER, request_id=REFUND_REQUEST, customer_id=CUSTOMER, reason="customer"
)
REFUND_ID = PaymentAttempt.refund_id_of(REFUND_REQUEST, LINE)
OTHER_REFUND = RefundCredits(order_id=ORDER, request_id=OTHER_REFUND_REQUEST, reason="finance")

Spend = Callable[[Wallet], None]


def paid(order: Order, payment_id: str = "1") -> Paid:
    """The provider took all of an order's money."""
    lines = tuple(
        PaidLine(
            line_id=line.line_id,
            transaction_id=f"{payment_id}:{number}",
            paid=line.gross,
            commission=Decimal(0),
            fee=Decimal(0),
        )
        for number, line in enumerate(order.lines)
    )
    return Paid(
        payment_id=payment_id,
        paid=order.total,
        lines=lines,
        installments=1,
        card_last_four="0008",
    )


def held(credits: int, hold_id: UUID = HOLD) -> Spend:
    """Set credits aside."""
    return lambda wallet: wallet.hold(
        hold_id, credits=credits, purpose="generation", deadline=wallet.now
    )


def spent(credits: int, hold_id: UUID = HOLD) -> Spend:
    """Spend credits."""

    def spend(wallet: Wallet) -> None:
        held(credits, hold_id)(wallet)
        wallet.capture(hold_id)

    return spend


class CreditShop(Shop):
    """A shop in which somebody buys credits."""

    def goes_by(self, terms: Terms) -> None:
        """From now on these terms hold."""
        ports = {Terms: terms, InvoicingRules: InvoicingRules()}
        self.bus = Bus(self.log, ports, clock=self.clock, ids=self.ids)

    async def order(self) -> Order:
        """The order as the log has it."""
        return await Store(self.log, self.clock.now()).get(Order, ORDER)

    async def wallet(self) -> Wallet:
        """The customer's wallet as the log has it."""
        return await Store(self.log, self.clock.now()).get(Wallet, Wallet.id_of(CUSTOMER))

    async def purchase(self) -> CreditPurchase:
        """The purchase as the log has it."""
        purchase_id = CreditPurchase.id_of(ORDER)
        return await Store(self.log, self.clock.now()).get(CreditPurchase, purchase_id)

    async def opened(self) -> None:
        """The customer has an account and a wallet with the welcome credits."""
        await self.registered()
        await self.do(OpenWallet(customer_id=CUSTOMER))

    async def pays(self) -> None:
        """The customer pays what is ordered, and nothing has followed from it yet."""
        await self.do(START)
        attempt = await self.till.open_form(ATTEMPT, SHOPPER)
        self.gateway.pay(attempt.token)
        await self.till.confirm(ATTEMPT)

    async def bought(self, command: Command = BUY) -> None:
        """Credits that were ordered, paid and granted, beside those of the welcome."""
        await self.opened()
        await self.do(command)
        await self.pays()
        await self.react()

    async def only_bought(self) -> None:
        """Credits that were bought; the welcome is spent."""
        await self.opened()
        await self.uses(spent(WELCOME, UUID(int=1)))
        await self.do(BUY)
        await self.pays()
        await self.react()

    async def uses(self, *decisions: Spend) -> None:
        """Let these decisions about the wallet be taken."""
        wallet = await self.wallet()
        for decide in decisions:
            decide(wallet)
        await record(self.log, wallet)


async def record(log: EventLog, *aggregates: Any) -> None:
    """Let these have happened."""
    metadata = Metadata(command_id=CUSTOMER, command="Test", correlation_id=CUSTOMER)
    events = [e for a in aggregates for e in a.collect_events() if isinstance(e, Event)]
    await log.append(Append(events=events, metadata=metadata))


def told_paid(shop_now: Any, order: Order, attempt_id: UUID = ATTEMPT) -> RecordPaymentOutcome:
    """The provider says that an order was paid."""
    return RecordPaymentOutcome(
        attempt_id=attempt_id, outcome=paid(order, str(attempt_id)), asked_at=shop_now
    )
