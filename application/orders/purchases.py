"""Buying credits by an ordinary order, and giving back what of them is unspent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from application.bus import Command, handles
from application.orders.numbers import free_number
from application.pricing import credit_prices, price_list
from application.store import Store
from application.terms import CreditPrices, Terms
from domain.addresses import AddressBook, AddressIncomplete, UnknownAddress
from domain.orders import (
    Bought,
    CreditPurchase,
    Order,
    OrderLine,
    Particulars,
    Purchase,
)
from domain.payments import PaymentAttempt, RefundPart
from domain.pricing import PriceChanged, PriceList
from domain.shared.address import Address
from domain.shared.errors import Invalid, NotFound
from domain.shared.money import Money, split_gross, total
from domain.wallet import Grant, Wallet, sum_of

LINE_NAME = "{credits} kapak üretim kredisi"
"""As it stands on the invoice, which is a Turkish document."""


class PackageOrAmount(Invalid):
    """Credits are bought as one package or as one amount, and not as both or neither."""


class UnknownPackage(Invalid):
    """No such package is on offer."""


class AmountNotOffered(Invalid):
    """So many credits are not sold at once. Facts: `least` and `most`."""


class BillingMissing(Invalid):
    """The invoice needs a name and an address: one of the saved ones, or another one."""


class CreditsQuote(Struct, frozen=True, kw_only=True):
    """What credits cost now, KDV included; no package for an amount of one's own."""

    package_id: str | None
    credits: int
    price: Money


class BuyCredits(Command, frozen=True, kw_only=True):
    """Place an order for a package of credits or for an amount; a `request_id` counts once.

    `price` is what the customer was shown, if that is to be held on to. The invoice goes to a saved
    address, else to `billing`, else to the default address.
    """

    request_id: UUID
    customer_id: UUID
    package_id: str | None = None
    credits: int | None = None
    price: Money | None = None
    address_id: UUID | None = None
    billing: Address | None = None
    tax_number: str = ""
    tax_office: str = ""


class GrantCredits(Command, frozen=True, kw_only=True):
    """Put the credits of a paid order into the wallet; once, and only while the order is paid and
    not held.
    """

    order_id: UUID


class RefundCredits(Command, frozen=True, kw_only=True):
    """Take back what of a purchase is neither spent nor held, and give back the money for it.

    Without a `customer_id` it is asked by the house. A `request_id` counts once.
    """

    order_id: UUID
    request_id: UUID
    reason: str
    customer_id: UUID | None = None


class GiveCreditsBack(Command, frozen=True, kw_only=True):
    """The provider refused a refund: what was taken back for it comes back, if anything was and the
    refund was not done after all.
    """

    order_id: UUID
    refund_id: UUID


def quote_credits(
    prices: CreditPrices, *, package_id: str | None, credits: int | None
) -> CreditsQuote:
    """What a package or an amount costs.

    Raises `PackageOrAmount`, `UnknownPackage`, `AmountNotOffered`.
    """
    if credits is None and package_id is not None:
        package = prices.package(package_id)
        if package is None:
            raise UnknownPackage("/package_id")
        return CreditsQuote(package_id=package_id, credits=package.credits, price=package.price)
    if credits is None or package_id is not None:
        raise PackageOrAmount("/credits")
    if not prices.least <= credits <= prices.most:
        raise AmountNotOffered("/credits", least=prices.least, most=prices.most)
    return CreditsQuote(package_id=None, credits=credits, price=prices.price_of(credits))


@handles
async def buy_credits(command: BuyCredits, store: Store, terms: Terms) -> dict[str, Any]:
    order = await store.find(Order, Order.id_of(command.request_id))
    if order is None:
        prices = await price_list(store, terms)
        quote = quote_credits(
            credit_prices(prices),
            package_id=command.package_id,
            credits=command.credits,
        )
        if command.price not in {None, quote.price}:
            raise PriceChanged(shown=command.price, price=quote.price)
        number = await free_number(store, Order.id_of(command.request_id))
        order = Order.place(
            command.customer_id,
            _purchase(command, quote, prices=prices, terms=terms),
            number=number.number,
            particulars=_particulars(command, await _billing(command, store)),
            now=store.now,
        )
        store.save(order, number)
    store.save(order)
    return {
        "order_id": order.id,
        "number": order.number,
        "credits": order.credits,
        "total": order.total,
    }


@handles
async def grant_credits(command: GrantCredits, store: Store, terms: Terms) -> None:
    order = await store.get(Order, command.order_id)
    store.save(order)
    if not order.may_move_to("delivered") or order.state != "paid":
        return
    [line] = order.charged_lines
    bought = Bought(
        credits=line.credits,
        paid=line.gross,
        net=split_gross(line.gross, line.kdv_rate).net,
        kdv_rate=line.kdv_rate,
    )
    wallet = await store.find(Wallet, Wallet.id_of(order.customer_id))
    if wallet is None:
        wallet = Wallet.open(order.customer_id, store.now)
    days = terms.purchased_days
    grant = Grant(
        credits=bought.credits,
        credit_class="purchased",
        origin="purchase",
        expires_at=None if days is None else store.now + timedelta(days=days),
        value=bought.net,
        paid=bought.paid,
        kdv_rate=bought.kdv_rate,
        order_id=order.id,
    )
    wallet.grant(line.line_id, grant)
    purchase = CreditPurchase.grant(order, lot_id=line.line_id, bought=bought)
    order.deliver()
    store.save(wallet, purchase)


@handles
async def refund_credits(command: RefundCredits, store: Store) -> dict[str, Any]:
    order = await store.get(Order, command.order_id)
    purchase = await store.find(CreditPurchase, CreditPurchase.id_of(order.id))
    anothers = command.customer_id not in {None, order.customer_id}
    if anothers or purchase is None or order.paid_attempt is None:
        raise NotFound(kind="purchase", id=order.id)
    wallet = await store.get(Wallet, Wallet.id_of(order.customer_id))
    attempt = await store.get(PaymentAttempt, order.paid_attempt)
    refund_id = PaymentAttempt.refund_id_of(command.request_id, purchase.lot_id)
    wallet.claw_back(refund_id, order_id=order.id)
    shares = wallet.clawbacks.get(refund_id, ())
    taken = purchase.take_back(
        refund_id, credits=sum_of(shares), net=total(share.value for share in shares)
    )
    part = RefundPart(line_id=purchase.lot_id, amount=taken.amount)
    attempt.refund(command.request_id, command.reason, parts=(part,))
    store.save(purchase, wallet, attempt)
    return {"refund_id": refund_id, "credits": taken.credits, "amount": taken.amount}


@handles
async def give_credits_back(command: GiveCreditsBack, store: Store) -> None:
    order = await store.find(Order, command.order_id)
    paid_by = order.paid_attempt if order else None
    attempt = await store.find(PaymentAttempt, paid_by) if paid_by else None
    refund = attempt.refunds.get(command.refund_id) if attempt else None
    if refund is not None and refund.state == "refunded":
        return
    purchase = await store.find(CreditPurchase, CreditPurchase.id_of(command.order_id))
    taken = purchase.give_back(command.refund_id) if purchase else None
    if purchase is None or taken is None:
        return
    wallet = await store.get(Wallet, Wallet.id_of(purchase.customer_id))
    grant = Grant(
        credits=taken.credits,
        credit_class="purchased",
        origin="purchase",
        expires_at=wallet.lots[purchase.lot_id].expires_at,
        value=taken.net,
        paid=taken.amount,
        kdv_rate=purchase.bought.kdv_rate,
        order_id=purchase.order_id,
    )
    wallet.grant(CreditPurchase.lot_given_back(command.refund_id), grant)
    store.save(purchase, wallet)


def _purchase(
    command: BuyCredits, quote: CreditsQuote, *, prices: PriceList, terms: Terms
) -> Purchase:
    tax = prices.tax_of("credits")
    line = OrderLine(
        line_id=Order.line_id_of(Order.id_of(command.request_id), "credits"),
        kind="credits",
        name=LINE_NAME.format(credits=quote.credits),
        gross=quote.price,
        kdv_rate=tax.rate,
        tax_class=tax.tax_class,
        exemption=tax.exemption,
        credits=quote.credits,
    )
    return Purchase(
        draft_id=None,
        request_id=command.request_id,
        method="credits",
        lines=(line,),
        artwork=None,
        designer_id=None,
        pay_by=prices.at + timedelta(hours=terms.payment_hours),
    )


async def _billing(command: BuyCredits, store: Store) -> Address:
    if command.billing is not None:
        if command.address_id is not None:
            raise BillingMissing("/address_id")
        if blank := command.billing.blank:
            raise AddressIncomplete(f"/billing/{blank[0]}", missing=", ".join(blank))
        return command.billing
    book = await store.find(AddressBook, AddressBook.id_of(command.customer_id))
    saved = book.addresses if book else {}
    address_id = command.address_id or (book.default_id if book else None)
    if address_id is None:
        raise BillingMissing("/billing")
    if address_id not in saved:
        raise UnknownAddress(address_id=address_id)
    return saved[address_id]


def _particulars(command: BuyCredits, billing: Address) -> Particulars:
    return Particulars(
        title="",
        author="",
        delivery=None,
        billing=billing,
        tax_number=command.tax_number,
        tax_office=command.tax_office,
    )
