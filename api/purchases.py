"""Buying credits over HTTP: packages, quotes, purchases, and refunds of what is unspent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from msgspec import Meta, Struct, structs

from api.ask import OPEN, Ask, Done, Listed, Rate
from api.explained import STAFF
from application.orders import BuyCredits, CreditsQuote, RefundCredits, quote_credits
from application.pricing import credit_prices, price_list
from application.store import Store
from application.terms import CreditPrices, Terms
from domain.orders import CreditPurchase, Order, OrderState, RefundState
from domain.payments import PaymentAttempt, RefundStep
from domain.shared.address import Address
from domain.shared.errors import NotFound
from domain.shared.money import Money
from domain.wallet import Wallet, sum_of
from projections.invoices import invoice_of_order, invoices
from projections.purchases import PurchaseRow, credit_purchases, purchase_list

Short = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
Price = Annotated[str, Meta(pattern=r"^[0-9]{1,7}\.[0-9]{2}$(?!\n)", examples=["80.00"])]
PackageId = Annotated[str, Meta(min_length=1, max_length=40, examples=["credits-500"])]
Amount = Annotated[int, Meta(ge=1, le=1_000_000)]
RATE = {"rate": Rate("credit-purchases", 60)}


class PackageAnswer(Struct, frozen=True, kw_only=True):
    """A package; the price has KDV inside, and the name is in the caller's language."""

    package_id: str
    name: str
    credits: int
    price: Money


class AmountsAnswer(Struct, frozen=True, kw_only=True):
    """Which amounts are sold without a package, and what one credit costs in TRY, KDV inside."""

    least: int
    most: int
    per_credit: Decimal


class CreditOffers(Struct, frozen=True, kw_only=True):
    """What is on offer now."""

    packages: list[PackageAnswer]
    amounts: AmountsAnswer


class SeenPrice(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price as it was shown."""

    amount: Price
    currency: Literal["TRY"] = "TRY"

    def money(self) -> Money:
        return Money.of(self.amount)


class BillingFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom the invoice is made out to."""

    name: Short
    line: Annotated[str, Meta(min_length=1, max_length=250, pattern=r"\S")]
    district: Short
    province: Short
    postcode: Annotated[str, Meta(pattern=r"^([0-9]{5})?$(?!\n)", examples=["34710"])] = ""
    phone: Annotated[
        str, Meta(pattern=r"^(\+?[0-9 ]{7,20})?$(?!\n)", examples=["+905321112233"])
    ] = ""

    def address(self) -> Address:
        return Address(**structs.asdict(self))


class BuyCreditsBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A package or an amount of credits. With `price`, the purchase is refused if it would cost
    anything else. The invoice goes to a saved address, to `billing`, or to the default address.
    """

    package_id: PackageId | None = None
    credits: Amount | None = None
    price: SeenPrice | None = None
    address_id: UUID | None = None
    billing: BillingFields | None = None
    tax_number: Annotated[
        str, Meta(pattern=r"^([0-9]{10,11})?$(?!\n)", description="TCKN or VKN")
    ] = ""
    tax_office: Annotated[str, Meta(max_length=60)] = ""


class CreditsOrdered(Done, frozen=True, kw_only=True):
    """The order that is to be paid, what it brings, and what it costs with KDV."""

    order_id: UUID
    number: str
    credits: int
    total: Money


class RefundBegun(Done, frozen=True, kw_only=True):
    """The credits that were taken back, and the money that is on its way for them."""

    refund_id: UUID
    credits: int
    amount: Money


class PurchaseRefund(Struct, frozen=True, kw_only=True):
    """Money on its way back (`requested`, or `pending` while the bank takes its time), back
    (`refunded`), or refused by the provider (`failed`: the credits came back into the wallet).
    """

    refund_id: UUID
    amount: Money
    state: RefundStep


class PurchaseSummary(Struct, frozen=True, kw_only=True):
    """An order of credits. `paid` is 0 until it is paid; `taken_back` counts credits that went
    against refunds, `refunded` is the money that arrived back, and `lot_id` the lot in the wallet.
    """

    order_id: UUID
    number: str
    state: OrderState
    credits: int
    price: Money
    paid: Money
    kdv_rate: Decimal
    taken_back: int
    refunded: Money
    lot_id: UUID | None
    invoice_number: str
    placed_at: datetime


class PurchaseAnswer(Struct, frozen=True, kw_only=True):
    """A purchase as it stands at this moment. `refundable_credits` are unspent and not set aside,
    and `refundable` is the money for them.
    """

    order_id: UUID
    number: str
    state: OrderState
    refund_state: RefundState
    credits: int
    price: Money
    kdv_rate: Decimal
    lot_id: UUID | None
    taken_back: int
    refundable_credits: int
    refundable: Money
    refunded: Money
    refunds: list[PurchaseRefund]
    invoice_number: str


class PurchasesController(Controller):
    path = "/wallet"
    tags = ("wallet",)

    @get("/packages", operation_id="CreditOffers", summary="What credits cost", opt=OPEN)
    async def offers(self, ask: Ask) -> Response[CreditOffers]:
        """The packages, and the range of amounts that are sold by the credit."""
        prices = await _prices(ask)
        packages = [
            PackageAnswer(
                package_id=each.package_id,
                name=f"{each.credits} {'credits' if ask.language == 'en' else 'kredi'}",
                credits=each.credits,
                price=each.price,
            )
            for each in prices.packages
        ]
        amounts = AmountsAnswer(least=prices.least, most=prices.most, per_credit=prices.per_credit)
        return ask.answer(CreditOffers(packages=packages, amounts=amounts))

    @get("/quote", operation_id="QuoteCredits", summary="What a purchase would cost", opt=OPEN)
    async def quote(
        self, ask: Ask, package_id: str | None = None, credits: int | None = None
    ) -> Response[CreditsQuote]:
        """Exactly what the order is going to cost, as long as the prices stay."""
        prices = await _prices(ask)
        return ask.answer(quote_credits(prices, package_id=package_id, credits=credits))

    @post(
        "/purchases",
        operation_id="BuyCredits",
        summary="Order a package or an amount of credits",
        status_code=201,
        opt=RATE,
    )
    async def buy(self, ask: Ask, data: BuyCreditsBody) -> Response[CreditsOrdered]:
        """Answers with an order to be paid like any other; its credits come when it is paid.

        Needs an `Idempotency-Key`.
        """
        command = BuyCredits(
            request_id=ask.new_id(),
            customer_id=ask.person,
            package_id=data.package_id,
            credits=data.credits,
            price=data.price.money() if data.price else None,
            address_id=data.address_id,
            billing=data.billing.address() if data.billing else None,
            tax_number=data.tax_number,
            tax_office=data.tax_office.strip(),
        )
        response = await ask.run(command, status=201, required_key=True)
        response.headers["Location"] = f"/api/v1/orders/{response.content['order_id']}"
        return response

    @get("/purchases", operation_id="CreditPurchases", summary="The caller's orders of credits")
    async def purchases(
        self, ask: Ask, limit: int | None = None, cursor: str | None = None
    ) -> Response[Listed[PurchaseSummary]]:
        """Newest first, with what was paid, taken back and invoiced."""
        page = ask.page(limit, cursor)
        await ask.fresh(credit_purchases)
        before = msgspec.convert(page.after, tuple[datetime, UUID]) if page.after else None
        rows = await purchase_list(ask.reads, ask.person, before=before, limit=page.limit + 1)
        items = [_summary(row) for row in rows]
        return ask.listed(items, page, key=lambda item: [item.placed_at, item.order_id])

    @get(
        "/purchases/{purchase_id:uuid}",
        operation_id="CreditPurchase",
        summary="How an order of credits stands, and what of it can be refunded",
    )
    async def purchase(self, ask: Ask, purchase_id: UUID) -> Response[PurchaseAnswer]:
        """By the id of the order; for its customer, admins and finance. Nothing in it is late: what
        was refunded is told as refunded.
        """
        store = Store(ask.log, ask.now)
        order = await store.get(Order, purchase_id)
        if not order.credits or order.customer_id != _asked_for(ask, order.customer_id):
            raise NotFound
        await ask.fresh(invoices)
        invoice = await invoice_of_order(ask.reads, order.id)
        return ask.answer(
            await _purchase(store, order, invoice_number=invoice.number if invoice else "")
        )

    @post(
        "/purchases/{purchase_id:uuid}/refund",
        operation_id="RefundCredits",
        summary="Have the unspent credits of a purchase refunded",
        status_code=202,
        opt=RATE,
    )
    async def refund(self, ask: Ask, purchase_id: UUID) -> Response[RefundBegun]:
        """Takes back at once what is neither spent nor set aside, and sends the money for it; for
        the customer, admins and finance. Needs an `Idempotency-Key`. 409 when nothing is left.
        """
        staff = bool(STAFF & ask.who.roles)
        command = RefundCredits(
            order_id=purchase_id,
            request_id=ask.new_id(),
            customer_id=None if staff else ask.person,
            reason="finance" if staff else "customer",
        )
        location = f"/api/v1/wallet/purchases/{purchase_id}"
        return await ask.run(command, status=202, location=location, required_key=True)


def _asked_for(ask: Ask, customer_id: UUID) -> UUID:
    return customer_id if STAFF & ask.who.roles else ask.person


async def _prices(ask: Ask) -> CreditPrices:
    return credit_prices(await price_list(Store(ask.log, ask.now), ask.port(Terms)))


async def _purchase(store: Store, order: Order, *, invoice_number: str) -> PurchaseAnswer:
    bought = await store.find(CreditPurchase, CreditPurchase.id_of(order.id))
    wallet = await store.find(Wallet, Wallet.id_of(order.customer_id))
    paid_by = order.paid_attempt
    attempt = await store.find(PaymentAttempt, paid_by) if paid_by else None
    unspent = sum_of(wallet.unspent(order.id)) if wallet else 0
    refunds = [
        PurchaseRefund(refund_id=each.refund_id, amount=each.amount, state=each.state)
        for each in (attempt.going_back if attempt else ())
    ]
    return PurchaseAnswer(
        order_id=order.id,
        number=order.number,
        state=order.state,
        refund_state=order.refund_state,
        credits=order.credits,
        price=order.total,
        kdv_rate=order.lines[0].kdv_rate,
        lot_id=bought.lot_id if bought else None,
        taken_back=bought.gone if bought else 0,
        refundable_credits=unspent,
        refundable=bought.money_for(unspent) if bought and unspent else order.total * 0,
        refunded=order.refunded,
        refunds=refunds,
        invoice_number=invoice_number,
    )


def _summary(row: PurchaseRow) -> PurchaseSummary:
    return PurchaseSummary(
        **{name: getattr(row, name) for name in PurchaseSummary.__struct_fields__}
    )
